"""Catalogs that a command writes are in the trail, and what was cut off is settled by looking at the file."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from backoffice.catalogs import recording, upkeep
from backoffice.catalogs.places import catalog_path
from backoffice.foundation.acting import acting
from backoffice.foundation.database import db, unit_of_work
from backoffice.records import journal
from backoffice.records.audit import AuditEntry
from tests.catalogs.conftest import Writer
from tests.terminal import run

GERMAN = 'msgid "Not ours any more."\nmsgstr "Nicht mehr unser."\n'


def told(app: Flask) -> list[tuple[str, str, str, dict[str, Any]]]:
    """The entries about catalogs, oldest first."""
    with app.app_context():
        entries = db.session.scalars(
            select(AuditEntry).where(AuditEntry.target_type == "translation").order_by(AuditEntry.id)
        )
        return [
            (entry.action, entry.surface, entry.target_title, {name: pair[1] for name, pair in entry.changes.items()})
            for entry in entries
        ]


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.both_databases
def test_a_command_that_begins_and_updates_catalogs_is_in_the_trail(
    speaker: Flask, write: Writer, folder: Path
) -> None:
    path = write("de", GERMAN)
    before = digest(path)
    run(speaker, "i18n", "update")
    found = told(speaker)
    ours = [entry for entry in found if entry[2] == "de/LC_MESSAGES/messages.po"]
    assert [(action, surface) for action, surface, _title, _facts in ours] == [
        ("translation.begun", "cli"),
        ("translation.update", "cli"),
    ]
    assert (ours[1][3]["sha256_before"], ours[1][3]["sha256"]) == (before, digest(path))
    assert ("translation.create", "de/LC_MESSAGES/wtforms.po") in [(entry[0], entry[2]) for entry in found]


def test_an_update_that_was_cut_off_is_settled_by_what_the_file_holds(speaker: Flask, write: Writer) -> None:
    path = write("de", GERMAN)
    content = path.read_bytes() + b"\n"
    with speaker.app_context():
        for title in ("before", "after"):
            facts = {"file": "de/LC_MESSAGES/messages.po", "sha256": hashlib.sha256(content).hexdigest()}
            with unit_of_work(), acting(surface="cli", request_id=title):
                opened = journal.begin(recording.CatalogWitness(path.parents[2]), "translation.update", title, facts)
                db.session.get_one(journal.OpenAction, opened.id).process = f"{journal.process_name()}0"
            if title == "after":
                upkeep.replace_file(path, content)
            assert journal.settle_left() == 1
    ends = [(action, title) for action, _surface, title, _facts in told(speaker) if action != "translation.begun"]
    assert ends == [("translation.not_done", "before"), ("translation.update", "after")]


def test_without_a_database_catalogs_are_kept_all_the_same(speaker: Flask, write: Writer, folder: Path) -> None:
    write("de", GERMAN)
    with speaker.app_context():
        journal.OpenAction.__table__.drop(db.engine)  # type: ignore[attr-defined]
        assert not recording.can_be_recorded()
    assert "updated" in run(speaker, "i18n", "update").stdout
    assert catalog_path(folder, "de", "wtforms").exists()
    assert told(speaker) == []
