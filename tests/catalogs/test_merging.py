"""A catalog that somebody edited elsewhere comes back: what only she changed is written, what both changed is shown."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from backoffice.catalogs import editing, merging, po
from backoffice.catalogs.checks import Source
from backoffice.catalogs.merging import Row
from backoffice.catalogs.po import PoFile
from tests.catalogs.conftest import Writer
from tests.catalogs.conftest import po as text_of


def entry(id: str, form: str, above: str = "") -> str:
    return f'{above}msgid "{id}"\nmsgstr "{form}"\n'


def catalog(*entries: str) -> PoFile:
    return po.parse(text_of("de", "\n".join(entries)).encode())


def only(base: PoFile | None, theirs: PoFile, present: PoFile) -> Row:
    (row,) = merging.compare(base, theirs, present)
    return row


EMPTY, A, B, C = entry("x", ""), entry("x", "A"), entry("x", "B"), entry("x", "C")


@pytest.mark.parametrize(
    ("base", "theirs", "present", "kind"),
    [
        (A, A, A, "same"),
        (A, A, B, "same"),
        (A, B, B, "same"),
        (A, B, A, "changed"),
        (A, B, C, "conflicting"),
        (EMPTY, B, EMPTY, "added"),
        (EMPTY, B, C, "conflicting"),
        (A, EMPTY, A, "changed"),
        (A, EMPTY, B, "conflicting"),
        (None, A, A, "same"),
        (None, B, A, "conflicting"),
        (None, B, EMPTY, "added"),
        (None, EMPTY, A, "same"),
        (A, entry("y", "A"), A, "unknown"),
        (A, entry("x", "<b>A"), A, "failing"),
        (A, entry("x", "A", above="#, fuzzy\n"), A, "changed"),
        (A, entry("x", "A", above="# A comment\n"), A, "changed"),
    ],
)
def test_each_entry_is_one_of_six_kinds(base: str | None, theirs: str, present: str, kind: str) -> None:
    assert only(catalog(base) if base else None, catalog(theirs), catalog(present)).kind == kind


def test_a_text_that_an_overlay_lacks_but_the_package_has_can_be_added() -> None:
    known = {po.eid_of("x"): Source("x")}
    (row,) = merging.compare(None, catalog(A), catalog(entry("z", "Z")), known=known)
    (edit,) = merging.edits_for([row], [row.eid])
    assert (row.kind, edit.base, edit.source) == ("added", editing.ABSENT, Source("x"))


def test_a_plural_for_a_text_without_one_is_unknown() -> None:
    plural = 'msgid "x"\nmsgid_plural "xs"\nmsgstr[0] "A"\nmsgstr[1] "B"\n'
    assert only(None, catalog(plural), catalog(A)).kind == "unknown"


def test_only_chosen_rows_are_written_and_what_fails_is_to_be_checked(
    speaker: Flask, write: Writer, folder: Path
) -> None:
    path = write("de", "\n".join([entry("x", "A"), entry("y", "A"), entry("z", "A")]))
    present = po.parse(path.read_bytes())
    theirs = catalog(entry("x", "B"), entry("y", "<b>"), entry("z", "B"))
    rows = merging.compare(present, theirs, present)
    with speaker.app_context():
        outcomes = editing.save(folder, "de", "messages", merging.edits_for(rows, [po.eid_of("x"), po.eid_of("y")]))
    assert [each.status for each in outcomes] == ["saved", "saved"]
    now = po.parse(path.read_bytes())
    assert [(each.forms[0], each.is_fuzzy) for each in now.entries] == [("B", False), ("<b>", True), ("A", False)]


def test_a_comment_that_they_left_alone_stays_what_it_is_now() -> None:
    base, theirs = catalog(entry("x", "A", "# old\n")), catalog(entry("x", "B", "# old\n"))
    (edit,) = merging.edits_for(merging.compare(base, theirs, catalog(entry("x", "A", "# new\n"))), [po.eid_of("x")])
    assert edit.comments is None
