"""Collecting the texts of the product from its files, the same bytes each time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import write_po

from backoffice.catalogs import reading
from backoffice.catalogs.places import MAPPING, ROOT

#: Written into headers instead of the present moment, so that nothing changes when no text did.
FIXED_DATE = datetime(2026, 11, 20, tzinfo=UTC)

#: A comment of the code that begins so is for translators.
FOR_TRANSLATORS = "Translators:"

_HEADER = "# The texts of the back office in English. Made by `flask i18n extract`; do not edit.\n#"


def collect(root: Path = ROOT, mapping: Path = MAPPING) -> Catalog:
    """Every text under a folder, by the rules of a mapping file."""
    from babel.messages.frontend import parse_mapping_cfg  # Heavy, and of no use while pages are served.

    with mapping.open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)  # type: ignore[no-untyped-call]  # Babel has no types here
    template = Catalog(project="backoffice", version="1", header_comment=_HEADER, creation_date=FIXED_DATE, fuzzy=False)
    nobody(template)
    found = extract_from_dir(str(root), methods, options, comment_tags=(FOR_TRANSLATORS,), strip_comment_tags=True)
    for name, line, text, comments, context in found:
        template.add(text, None, [(Path(name).as_posix(), line)], auto_comments=comments, context=context)
    return template


def nobody(catalog: Catalog) -> None:
    """Name no person and no address in the header."""
    catalog.msgid_bugs_address = catalog.last_translator = catalog.language_team = ""


def template_bytes(template: Catalog) -> bytes:
    """The template as a .pot file: by file, without line numbers."""
    made = BytesIO()
    write_po(made, template, sort_by_file=True, include_lineno=False)
    return made.getvalue()


def differences(old: Catalog, new: Catalog) -> Iterator[str]:
    """What was added, removed or moved between two templates, in English, one line each."""
    before = {reading.key_of(message): message for message in reading.entries(old)}
    after = {reading.key_of(message): message for message in reading.entries(new)}
    for key in after.keys() - before.keys():
        yield f"{after[key].locations[0][0]}: {key[0]!r} is new"
    for key in before.keys() - after.keys():
        yield f"{key[0]!r} is gone"
