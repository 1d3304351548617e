"""Saving translations: what was typed is in the file, in the trail and in the pages, and nothing else changed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from flask import Flask
from flask_babel import force_locale
from sqlalchemy import select

from backoffice.catalogs import editing, po, upkeep
from backoffice.catalogs.checks import Source
from backoffice.catalogs.editing import ABSENT, Edit, Outcome
from backoffice.catalogs.history import Revision
from backoffice.catalogs.places import catalog_path
from backoffice.catalogs.po import eid_of
from backoffice.foundation.database import db
from backoffice.foundation.errors import InvalidInput
from backoffice.foundation.i18n import _
from backoffice.records.audit import AuditEntry
from tests.catalogs.conftest import Writer

GERMAN = (
    '#: a.py\nmsgid "Saved."\nmsgstr "Gespeichert."\n\n#: b.py\n#, python-format\nmsgid "Hello %(name)s."\n'
    'msgstr "Hallo %(name)s."\n\nmsgid "%(num)s line"\nmsgid_plural "%(num)s lines"\n'
    'msgstr[0] "%(num)s Zeile"\nmsgstr[1] "%(num)s Zeilen"\n'
)
SAVED, HELLO, LINES = eid_of("Saved."), eid_of("Hello %(name)s."), eid_of("%(num)s line")


def one(app: Flask, folder: Path, edit: Edit, domain: str = "messages", **policy: bool) -> Outcome:
    """Save one edit of the German catalog."""
    with app.app_context():
        return editing.save(folder, "de", domain, [edit], **policy)[0]


def base(path: Path, eid: str) -> str:
    entry = po.parse(path.read_bytes()).find(eid)
    assert entry is not None
    return entry.base


@pytest.mark.both_databases
def test_a_saved_text_is_in_the_file_in_the_pages_in_the_trail_and_in_the_history(
    speaker: Flask, write: Writer, folder: Path
) -> None:
    path = write("de", GERMAN)
    before = path.read_text()
    outcome = one(speaker, folder, Edit(SAVED, base(path, SAVED), ("Gesichert.",)))
    assert outcome.status == "saved"
    assert path.read_text() == before.replace("Gespeichert.", "Gesichert.")
    with speaker.app_context():
        with speaker.test_request_context(), force_locale("de"):
            assert _("Saved.") == "Gesichert."
        row = db.session.scalars(select(Revision)).one()
        assert (row.before, row.after, row.locale) == (["Gespeichert."], ["Gesichert."], "de")
        actions = db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id))
        assert [action for action in actions if action.startswith("translation.")] == [
            "translation.begun",
            "translation.edit",
        ]


def test_the_same_text_changes_no_byte_and_is_not_recorded(speaker: Flask, write: Writer, folder: Path) -> None:
    path = write("de", GERMAN)
    before = (path.read_bytes(), path.stat().st_ino)
    assert one(speaker, folder, Edit(SAVED, "an old version", ("Gespeichert.",))).status == "same"
    assert (path.read_bytes(), path.stat().st_ino) == before
    with speaker.app_context():
        assert db.session.scalars(select(Revision)).all() == []


def test_whoever_saw_an_older_text_overwrites_nothing(speaker: Flask, write: Writer, folder: Path) -> None:
    path = write("de", GERMAN)
    seen = base(path, SAVED)
    one(speaker, folder, Edit(SAVED, seen, ("Gesichert.",)))
    outcome = one(speaker, folder, Edit(SAVED, seen, ("Abgelegt.",)))
    assert outcome.status == "conflict"
    assert outcome.after is not None and outcome.after.forms == ("Gesichert.",)
    assert "Gesichert." in path.read_text()


def test_a_broken_text_is_refused_and_kept_only_as_one_to_check(speaker: Flask, write: Writer, folder: Path) -> None:
    path = write("de", GERMAN)
    seen = base(path, HELLO)
    outcome = one(speaker, folder, Edit(HELLO, seen, ("Hallo %(nom)s.",)))
    assert outcome.status == "refused"
    assert outcome.findings
    assert one(speaker, folder, Edit(HELLO, seen, ("Hallo %(nom)s.",), fuzzy=True)).status == "saved"
    assert "#, fuzzy, python-format" in path.read_text()
    with speaker.test_request_context(), force_locale("de"):
        assert _("Hello %(name)s.", name="Ana") == "Hello Ana."


def test_of_many_edits_those_that_can_be_are_written_at_once(speaker: Flask, write: Writer, folder: Path) -> None:
    path = write("de", GERMAN)
    edits = [
        Edit(SAVED, "old", ("Gesichert.",)),
        Edit(HELLO, None, ("Hallo!",)),
        Edit(eid_of("Nobody says this."), None, ("Nichts",)),
        Edit(LINES, None, ("%(num)s Reihe", "%(num)s Reihen")),
    ]
    with speaker.app_context():
        outcomes = editing.save(folder, "de", "messages", edits)
        assert [each.status for each in outcomes] == ["conflict", "refused", "gone", "saved"]
        assert len(db.session.scalars(select(Revision)).all()) == 1
    assert "%(num)s Reihen" in path.read_text()


def test_an_overlay_begins_with_the_first_text_that_it_says_differently(
    speaker: Flask, write: Writer, folder: Path
) -> None:
    write("de", GERMAN)
    source = Source("Save")
    assert one(speaker, folder, Edit(eid_of("Save"), ABSENT, ("Sichern",), source=source), "admin").status == "saved"
    path = catalog_path(folder, "de", "admin")
    assert po.parse(path.read_bytes()).get("Save").forms == ("Sichern",)  # type: ignore[union-attr]
    again = one(speaker, folder, Edit(eid_of("Save"), ABSENT, ("Ablegen",), source=source), "admin")
    assert again.status == "conflict"


def test_a_link_to_a_catalog_stays_a_link(speaker: Flask, write: Writer, folder: Path, tmp_path: Path) -> None:
    path = write("de", GERMAN)
    real = tmp_path / "elsewhere.po"
    os.rename(path, real)
    path.symlink_to(real)
    assert one(speaker, folder, Edit(SAVED, None, ("Gesichert.",))).status == "saved"
    assert path.is_symlink()
    assert "Gesichert." in real.read_text()


@pytest.mark.parametrize("text", ["a\x00b", "a\x04b", "a\x0bb", "a\u2028b", "a\x85b", "x" * 1_000_000])
def test_what_no_file_should_hold_is_refused_even_to_be_checked(
    speaker: Flask, write: Writer, folder: Path, text: str
) -> None:
    path = write("de", GERMAN)
    before = path.read_bytes()
    assert one(speaker, folder, Edit(SAVED, None, (text,), fuzzy=True)).status == "refused"
    assert path.read_bytes() == before


def test_a_comment_loses_what_no_file_should_hold(speaker: Flask, write: Writer, folder: Path) -> None:
    path = write("de", GERMAN)
    one(speaker, folder, Edit(SAVED, None, ("Gespeichert.",), comments=("one\x00\x04\x1b", "two\u2028three", "", "")))
    entry = po.parse(path.read_bytes()).find(SAVED)
    assert entry is not None
    assert entry.comments == ("one", "two", "three")


@pytest.mark.parametrize("overrides", [False, True])
def test_a_finding_about_security_is_passed_over_only_by_who_may(
    speaker: Flask, write: Writer, folder: Path, overrides: bool
) -> None:
    write("de", GERMAN)
    outcome = one(speaker, folder, Edit(SAVED, None, ("<b>Gesichert.</b>",)), overrides_security=overrides)
    assert outcome.status == ("saved" if overrides else "refused")
    assert any(each.is_security for each in outcome.findings)
    with speaker.app_context():
        told = [row.overridden for row in db.session.scalars(select(Revision))]
        assert bool(told and told[0]) is overrides


def said(app: Flask, text: str = "Saved.") -> str:
    """What a German page says."""
    with app.test_request_context("/?lang=de"):
        return _(text)


@pytest.mark.parametrize("way", ["compiled", "by hand"])
def test_what_a_manager_allowed_is_served_until_somebody_else_changes_it(
    speaker: Flask, write: Writer, folder: Path, way: str
) -> None:
    path = write("de", GERMAN)
    one(speaker, folder, Edit(SAVED, None, ("Bei https://gesichert.example.",)), overrides_security=True)
    if way == "by hand":
        path.with_suffix(".mo").unlink()
    assert said(speaker) == "Bei https://gesichert.example."
    noted = Edit(SAVED, None, ("Bei https://gesichert.example.",), comments=("Ours",))
    assert one(speaker, folder, noted).status == "saved"
    assert said(speaker) == "Bei https://gesichert.example."
    assert one(speaker, folder, Edit(SAVED, None, ("Bei https://boese.example.",))).status == "refused"
    assert one(speaker, folder, Edit(SAVED, None, ("Gut.",))).status == "saved"
    assert b"unsafe" not in path.read_bytes()
    assert said(speaker) == "Gut."


def test_no_translation_can_allow_itself_anything(speaker: Flask, write: Writer, folder: Path) -> None:
    path = write("de", GERMAN)
    hello = f"X-Unsafe-Allowed: {SAVED}"
    path.write_bytes(path.read_bytes().replace(b'"Gespeichert."', b'"<b>Gesichert.</b>"'))
    entries = path.read_text(encoding="utf-8") + f'\nmsgid "Other"\nmsgstr "\\n{hello}\\n"\n'
    path.write_text(entries, encoding="utf-8")
    upkeep.compile_catalog(path, "de")
    assert said(speaker) == "Saved."


def test_half_a_character_is_refused_in_words(speaker: Flask, write: Writer, folder: Path) -> None:
    write("de", GERMAN)
    with pytest.raises(InvalidInput):
        one(speaker, folder, Edit(SAVED, None, ("\ud800",)))


def test_warnings_refuse_where_they_are_not_accepted(speaker: Flask, write: Writer, folder: Path) -> None:
    write("de", GERMAN)
    edit = Edit(SAVED, None, ("Ist  gesichert.",))
    assert one(speaker, folder, edit, accepts_warnings=False).status == "refused"
    assert one(speaker, folder, edit).status == "saved"


def test_a_file_of_ascii_says_that_it_is_utf_8_once_a_letter_is_none(speaker: Flask, folder: Path) -> None:
    path = catalog_path(folder, "de", "messages")
    path.parent.mkdir(parents=True)
    path.write_text(
        'msgid ""\nmsgstr ""\n"X-Own: 1\\n"\n"Content-Type: text/plain; charset=US-ASCII\\n"\n\n'
        'msgid "Saved."\nmsgstr "Gesichert."\n\nmsgid "Close"\nmsgstr "Zu"\n'
    )
    ascii_only = path.read_text()
    assert one(speaker, folder, Edit(SAVED, None, ("Gespeichert.",))).status == "saved"
    assert path.read_text() == (ascii_only := ascii_only.replace("Gesichert.", "Gespeichert."))
    assert one(speaker, folder, Edit(eid_of("Close"), None, ("Schließen",))).status == "saved"
    assert path.read_text(encoding="utf-8") == ascii_only.replace("Zu", "Schließen").replace("US-ASCII", "UTF-8")
