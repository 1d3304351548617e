"""Whether the catalogs of a language are complete and sound: the gate of the tests and of `flask i18n check`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from babel.messages import Catalog, Message

from backoffice.catalogs import checks, layers, reading
from backoffice.catalogs.places import DOMAINS, OURS, REFERENCES, catalog_path
from backoffice.catalogs.reading import UnreadableCatalog


def findings(folder: Path, locale: str, template: Catalog) -> Iterator[str]:
    """What is missing or wrong in all catalogs of a locale, in English, one line each."""
    for domain in DOMAINS:
        path = catalog_path(folder, locale, domain)
        place = f"{locale}/LC_MESSAGES/{domain}.po"
        if domain == OURS and not path.exists():
            yield f"{place}: there is no such file"
            continue
        catalog = None
        if path.exists():
            try:
                catalog, problems = reading.read_po(path, locale)
            except UnreadableCatalog as error:
                yield f"{place}: {error}"
                continue
            yield from (f"{place}: {line}" for line in (*problems, *_of_file(catalog, locale, domain, template)))
        if domain != OURS:
            yield from (f"{place}: {line}" for line in _not_said(folder, locale, domain))


def _of_file(catalog: Catalog, locale: str, domain: str, template: Catalog) -> Iterator[str]:
    if not checks.same_rule(catalog, locale):
        forms, rule = checks.usual_rule(locale)
        yield f"its Plural-Forms should be nplurals={forms}; plural={rule};"
        return
    if domain == OURS:
        for message in reading.entries(template):
            if not reading.find(catalog, message):
                yield f"{_short(message)} is missing; run `flask i18n update`"
    for message in reading.entries(catalog):
        if message.fuzzy:
            yield f"{_short(message)} is only a guess (fuzzy)"
        elif not reading.is_translated(message):
            yield f"{_short(message)} is not translated"
        for fault in checks.faults(message, catalog):
            yield f"{_short(message)}: {fault.in_english()}"


def _not_said(folder: Path, locale: str, domain: str) -> Iterator[str]:
    """The texts of a package that neither it nor the overlay says in this language."""
    reference, _problems = reading.read_po(REFERENCES[domain])
    shipped, overlay = layers.shipped_for(domain, locale), None
    path = catalog_path(folder, locale, domain)
    if path.exists():
        overlay = layers.Layer(reading.read_po(path, locale)[0], locale)
    for message in reading.entries(reference):
        text = reading.key_of(message)[0]
        if all(layer is None or layer.forms(text) is None for layer in (overlay, shipped)):
            yield f"{_short(message)} is not said in this language; run `flask i18n update`, then translate it"


def _short(message: Message) -> str:
    text = reading.key_of(message)[0]
    return repr(text if len(text) <= 60 else f"{text[:57]}...")
