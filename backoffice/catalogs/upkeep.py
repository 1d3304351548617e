"""Beginning, updating and compiling catalogs: as few changed lines as possible, and never half a file."""

from __future__ import annotations

import os
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

from babel.messages import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import write_po

from backoffice.catalogs import extraction, layers, reading
from backoffice.catalogs.places import DOMAINS, OURS, REFERENCES, catalog_path
from backoffice.catalogs.reading import UnreadableCatalog
from backoffice.catalogs.replacing import replace_file as replace_file

#: Puts the content in place of the file at the path.
Write = Callable[[Path, bytes], None]


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
    """Make the catalogs of a language that has none; returns the files made. Existing files stay as they are."""
    made = []
    for domain in DOMAINS:
        path, wanted = catalog_path(folder, locale, domain), template_for(domain, locale, template)
        if path.exists() or not len(wanted):
            continue
        catalog = _empty(locale, domain)
        catalog.update(wanted, no_fuzzy_matching=True, update_creation_date=False)
        write(path, _written(catalog))
        made.append(path)
    return made


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
    return catalog


def update(path: Path, locale: str, wanted: Catalog, write: Write = replace_file) -> bool:
    """Bring a catalog in line with its template and say whether that changed it; the header stays byte for byte.

    Nothing is guessed. A text that comes back gets the translation it had. Raises UnreadableCatalog for a file with
    mistakes, which has to be mended by hand before anything is written over it.
    """
    before = path.read_bytes()
    catalog = _whole(path, locale)
    unchanged = _written(catalog)
    for message in reading.entries(wanted):
        key = catalog._key_for(message.id, message.context)
        if key not in catalog._messages and key in catalog.obsolete:
            catalog[message.id] = catalog.obsolete.pop(key)
    catalog.update(wanted, no_fuzzy_matching=True, update_creation_date=False)
    content = _written(catalog)
    if content == unchanged:
        return False
    write(path, _header(before) + content[len(_header(content)) :])
    return True


def compile_catalog(path: Path, locale: str) -> list[str]:
    """Write the .mo beside a .po unless it is fresh; returns what was left out and why, in English.

    Entries with a fault are left out, so that English is shown. Raises UnreadableCatalog when nothing can be read.
    """
    compiled = path.with_suffix(".mo")
    if layers.is_fresh(compiled, path):
        return []
    written = path.stat().st_mtime_ns
    catalog, left_out = reading.read_po(path, locale)
    left_out += layers.mend_rule(catalog, locale)
    kept = {reading.key_of(message) for message in layers.sound(catalog, left_out)}
    for message in reading.entries(catalog):
        if reading.key_of(message) not in kept:
            catalog.delete(message.id, message.context)
    made = BytesIO()
    write_mo(made, catalog)
    replace_file(compiled, made.getvalue())
    if compiled.stat().st_mtime_ns < written:
        os.utime(compiled, ns=(written, written))
    return left_out


def _whole(path: Path, locale: str) -> Catalog:
    catalog, problems = reading.read_po(path, locale)
    if problems:
        raise UnreadableCatalog(problems[0])
    return catalog


def _written(catalog: Catalog) -> bytes:
    made = BytesIO()
    write_po(made, catalog, include_lineno=False)
    return made.getvalue()


def _header(content: bytes) -> bytes:
    """Everything up to the blank line behind the first entry."""
    end = content.replace(b"\r\n", b"\n").find(b"\n\n")
    return content[: end + 2] if end >= 0 else content
