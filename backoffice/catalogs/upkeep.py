"""Beginning, updating and compiling catalogs: as few changed lines as possible, and never half a file."""

from __future__ import annotations

import os
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

from babel.messages import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import write_po

from backoffice.catalogs import checks, compiling, extraction, layers, locking, po, reading
from backoffice.catalogs.layers import stamp_of
from backoffice.catalogs.locking import Busy
from backoffice.catalogs.places import DOMAINS, OURS, REFERENCES, catalog_path
from backoffice.catalogs.po import PoFault
from backoffice.catalogs.reading import UnreadableCatalog
from backoffice.catalogs.replacing import quiet
from backoffice.catalogs.replacing import replace_file as replace_file
from backoffice.catalogs.updating import Policy, updated
from backoffice.foundation.i18n import _l

#: Puts the content in place of the file at the path.
Write = Callable[[Path, bytes], None]

#: How often to begin again when a program that knows no lock wrote the file in between.
_TRIES = 20


def template_for(domain: str, locale: str, template: Catalog, present: Catalog | None = None) -> Catalog:
    """What a catalog should hold: all our texts; of a package only those that it does not say well itself.

    An overlay keeps what it has (`present`), as long as the package still knows the text.
    """
    if domain == OURS:
        return template
    reference, _problems = reading.read_po(REFERENCES[domain])
    shipped = layers.shipped_for(domain, locale)
    wanted = Catalog()
    for message in reading.entries(reference):
        lacks = shipped is None or shipped.forms(reading.key_of(message)[0]) is None
        if lacks or (present is not None and reading.find(present, message)):
            wanted.add(message.id, None, flags=message.flags, context=message.context)
    return wanted


def begin(folder: Path, locale: str, template: Catalog, write: Write = replace_file) -> list[Path]:
    """Make the catalogs of a language that has none; returns the files made. Existing files stay as they are.

    Raises Busy, and ReadOnly where nothing can be written.
    """
    made = []
    for domain in DOMAINS:
        path, wanted = catalog_path(folder, locale, domain), template_for(domain, locale, template)
        if path.exists() or not len(wanted):
            continue
        catalog = _empty(locale, domain)
        catalog.update(wanted, no_fuzzy_matching=True, update_creation_date=False)
        _make_folder(path.parent)
        with locking.alone(path) as lock:
            if path.exists():
                continue
            write(path, _written(catalog))
            lock.leave(stamp_of(path))
        made.append(path)
    return made


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise locking.read_only(error) or error from error


def begun(locale: str, domain: str) -> bytes:
    """A catalog with nothing but its header."""
    return _written(_empty(locale, domain))


def _empty(locale: str, domain: str) -> Catalog:
    comment = f"# The texts of {domain if domain != OURS else 'the back office'} in {locale}.\n#"
    catalog = Catalog(
        locale,
        project="backoffice",
        version="1",
        header_comment=comment,
        creation_date=extraction.FIXED_DATE,
        revision_date=extraction.FIXED_DATE,
        fuzzy=False,
    )
    extraction.nobody(catalog)
    forms, expression = checks.usual_rule(locale)
    catalog.mime_headers = [("Plural-Forms", f"nplurals={forms}; plural={expression};")]
    return catalog


def update(path: Path, locale: str, wanted: Catalog, write: Write = replace_file, policy: Policy | None = None) -> bool:
    """Bring a catalog in line with its template and say whether that changed it; what did not change keeps its lines.

    Nothing is guessed unless the policy wants that. A text that comes back gets the translation it had. Raises
    UnreadableCatalog for a file with mistakes, which has to be mended by hand before anything is written over it, Busy,
    and ReadOnly where nothing can be written.
    """
    with locking.alone(path) as lock:
        for _attempt in range(_TRIES):
            stamp = quiet(path, lock.left)
            before, after = _updated(path, wanted, policy)
            if after == before:
                return False
            if stamp_of(path) == stamp:
                write(path, after)
                lock.leave(stamp_of(path))
                return True
    raise Busy(_l("Another program keeps writing this catalog. Try again."))


def is_in_step(path: Path, wanted: Catalog, policy: Policy | None = None) -> bool:
    """Whether an update would change nothing. Raises UnreadableCatalog."""
    before, after = _updated(path, wanted, policy)
    return before == after


def _updated(path: Path, wanted: Catalog, policy: Policy | None) -> tuple[bytes, bytes]:
    try:
        before = path.read_bytes()
        after = updated(po.parse(before), wanted, policy)
        po.parse(after)
    except PoFault as fault:
        raise UnreadableCatalog(fault.in_english()) from fault
    except OSError as error:
        raise UnreadableCatalog(error.strerror or type(error).__name__) from error
    return before, after


def compile_catalog(path: Path, locale: str) -> list[str]:
    """Write the .mo beside a .po unless it is fresh; returns what was left out and why, in English.

    Entries with an error are left out, so that English is shown; of a file with mistakes what can be read is compiled.
    Raises UnreadableCatalog when nothing can be read, Busy, and ReadOnly where nothing can be written.
    """
    compiled = path.with_suffix(".mo")
    if layers.is_fresh(compiled, path):
        return []
    with locking.alone(path) as lock:
        quiet(path, lock.left)
        written = path.stat().st_mtime_ns
        content, left_out = compiled_bytes(path, locale)
        replace_file(compiled, content, is_kept=False)
        if compiled.stat().st_mtime_ns < written:
            os.utime(compiled, ns=(written, written))
    return left_out


def compiled_bytes(path: Path, locale: str) -> tuple[bytes, list[str]]:
    """What belongs into the .mo of a .po, and what was left out and why, in English. Raises UnreadableCatalog."""
    try:
        return compiling.compiled(po.parse(path.read_bytes()), locale)
    except (PoFault, OSError):
        pass
    catalog, left_out = reading.read_po(path, locale)
    left_out += layers.mend_rule(catalog, locale)
    kept = {reading.key_of(message) for message in layers.sound(catalog, left_out)}
    for message in reading.entries(catalog):
        if reading.key_of(message) not in kept:
            catalog.delete(message.id, message.context)
    made = BytesIO()
    write_mo(made, catalog)
    return made.getvalue(), left_out


def _written(catalog: Catalog) -> bytes:
    made = BytesIO()
    write_po(made, catalog, include_lineno=False)
    return made.getvalue()
