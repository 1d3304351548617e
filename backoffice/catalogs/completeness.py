"""Whether the catalogs of a language are complete and sound: the gate of the tests and of `flask i18n check`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from babel.messages import Catalog

from backoffice.catalogs import checks, compiling, layers, po, reading
from backoffice.catalogs.checks import Rule, Severity
from backoffice.catalogs.places import DOMAINS, OURS, REFERENCES, ROOT, catalog_path
from backoffice.catalogs.po import Entry, PoFault, PoFile
from backoffice.catalogs.reading import key_of
from backoffice.catalogs.torn import shortened


def findings(folder: Path, locale: str, template: Catalog) -> Iterator[str]:
    """What is missing or wrong in all catalogs of a locale, in English, one line each."""
    yield from gaps(folder, locale, template)
    yield from errors(folder, locale)


def gaps(folder: Path, locale: str, template: Catalog) -> Iterator[str]:
    """What is not said in a locale, or only to be checked, in English, one line each."""
    for domain in DOMAINS:
        place = _place(locale, domain)
        file = _file(folder, locale, domain)
        if domain == OURS and file is None:
            if not catalog_path(folder, locale, domain).exists():
                yield f"{place}: there is no such file"
            continue
        for entry in file.entries if file is not None else ():
            if entry.is_fuzzy:
                yield f"{place}: {_short(entry.id)} is only a guess (fuzzy)"
            elif not entry.is_translated:
                yield f"{place}: {_short(entry.id)} is not translated"
        if domain == OURS and file is not None:
            for text, context in map(key_of, reading.entries(template)):
                if file.get(text, context) is None:
                    yield f"{place}: {_short(text)} is missing; run `flask i18n update`"
        elif domain != OURS:
            yield from (f"{place}: {line}" for line in _not_said(file, locale, domain))


def errors(folder: Path, locale: str) -> Iterator[str]:
    """What is wrong in the catalogs of a locale and therefore not shown, in English, one line each."""
    for domain in DOMAINS:
        yield from _told(folder, locale, domain, Severity.ERROR)


def warnings(folder: Path, locale: str) -> Iterator[str]:
    """What may be wrong in the catalogs of a locale, in English, one line each."""
    files = {domain: file for domain in DOMAINS if (file := _file(folder, locale, domain)) is not None}
    for domain in files:
        yield from _told(folder, locale, domain, Severity.WARNING)
    several = checks.across({domain: file.entries for domain, file in files.items()})
    for (domain, eid), found in several.items():
        if (entry := files[domain].find(eid)) is not None:
            place = f"{_place(locale, domain)}:{entry.line}: {_short(entry.id)}"
            yield from (f"{place}: {each.in_english()}" for each in found)


def of_sources(template: Catalog, folder: Path, locales: tuple[str, ...]) -> Iterator[str]:
    """What developers should mend in the English texts, in English, one line each."""
    for message in reading.entries(template):
        source = checks.Source.of(message)
        where = source.places[0] if source.places else "babel/messages.pot"
        for each in checks.source_findings(source):
            yield f"{where}: {_short(source.id)}: {each.in_english()}"
    for path in sorted((ROOT / "backoffice").rglob("*.py")):
        for line, each in checks.code_findings(path.read_text(encoding="utf-8")):
            yield f"{path.relative_to(ROOT).as_posix()}:{line}: {each.in_english()}"
    failing: dict[str, list[str]] = {locale: [] for locale in locales}
    texts: dict[str, str] = {}
    for locale in locales:
        for _domain, entry, rule in _entries(folder, locale):
            if entry.is_translated and compiling.errors(entry, rule, locale):
                failing[locale].append(entry.eid)
                texts[entry.eid] = entry.id
    for eid, each in checks.in_several_locales(failing).items():
        yield f"{_short(texts[eid])}: {each.in_english()}"


def _told(folder: Path, locale: str, domain: str, severity: Severity) -> Iterator[str]:
    path, place = catalog_path(folder, locale, domain), _place(locale, domain)
    try:
        content = path.read_bytes()
    except OSError as error:
        if path.exists():
            yield f"{place}: {error.strerror}"
        return
    try:
        file = po.parse(content)
    except PoFault as fault:
        if severity is Severity.ERROR:
            yield f"{place}: {fault.in_english()}"
        return
    for each in checks.file_findings(file, locale):
        if each.severity is severity:
            yield f"{place}: {each.in_english()}"
    rule = compiling.rule_of(file, locale)[0]
    for entry in file.entries:
        for each in checks.findings(entry.source, entry.forms, rule, locale, facts=_facts(entry)):
            if each.severity is severity:
                yield f"{place}:{entry.line}: {_short(entry.id)}: {each.in_english()}"


def _facts(entry: Entry) -> checks.Facts:
    return checks.Facts(is_fuzzy=entry.is_fuzzy, previous=entry.previous[1] if entry.previous else None)


def _entries(folder: Path, locale: str) -> Iterator[tuple[str, Entry, Rule]]:
    for domain in DOMAINS:
        file = _file(folder, locale, domain)
        if file is not None:
            rule = compiling.rule_of(file, locale)[0]
            yield from ((domain, entry, rule) for entry in file.entries)


def _file(folder: Path, locale: str, domain: str) -> PoFile | None:
    try:
        return po.parse(catalog_path(folder, locale, domain).read_bytes())
    except (OSError, PoFault):
        return None


def _not_said(overlay: PoFile | None, locale: str, domain: str) -> Iterator[str]:
    """The texts of a package that neither it nor the overlay says in this language."""
    reference, _problems = reading.read_po(REFERENCES[domain])
    shipped = layers.shipped_for(domain, locale)
    ours = overlay.entries if overlay is not None else ()
    rule = compiling.rule_of(overlay, locale)[0] if overlay is not None else None
    said = {each.id for each in ours if rule and each.is_translated and not compiling.errors(each, rule, locale)}
    for message in reading.entries(reference):
        text = reading.key_of(message)[0]
        if text not in said and (shipped is None or shipped.forms(text) is None):
            yield f"{_short(text)} is not said in this language; run `flask i18n update`, then translate it"


def _place(locale: str, domain: str) -> str:
    return f"{locale}/LC_MESSAGES/{domain}.po"


def _short(text: str) -> str:
    return repr(shortened(text))
