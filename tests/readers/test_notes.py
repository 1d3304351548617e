"""Notes about readers on the screen: one's own can be changed and deleted, others' are not here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from backoffice.comments import measures
from backoffice.foundation.acting import acting
from backoffice.foundation.database import db, unit_of_work
from backoffice.readers.models import Note
from backoffice.records.audit import AuditEntry
from tests import factories, people
from tests.browser import Browser

pytestmark = pytest.mark.both_databases
SignIn = Callable[[Any], Browser]


@pytest.fixture
def note(app: Flask) -> int:
    """A note of mo's."""
    with app.app_context(), unit_of_work():
        mo = people.person("mo")
        with acting(actor=mo):
            measures.note(factories.comment(author_email="rude@example.net"), actor=mo, text="Knows the harbour.")
        return db.session.scalars(select(Note.id)).one()


def texts(app: Flask) -> list[str]:
    with app.app_context():
        return list(db.session.scalars(select(Note.text)))


def test_a_moderator_writes_her_note_anew(app: Flask, sign_in: SignIn, note: int) -> None:
    mo, address = sign_in("mo"), f"/admin/note/edit/?id={note}"
    assert "Knows the harbour." in mo.get(address).text
    page = mo.submit(address, {"text": " "})
    assert page.status_code == 422
    assert 'class="bo-error"' in page.text
    assert mo.submit(address, {"text": "Is the harbour master."}).status_code == 302
    assert texts(app) == ["Is the harbour master."]


def test_a_moderator_deletes_her_note_and_brings_it_back(app: Flask, sign_in: SignIn, note: int) -> None:
    mo = sign_in("mo")
    mo.submit("/admin/note/delete/", {"id": str(note)})
    assert texts(app) == []
    with app.app_context():
        batch = db.session.scalars(select(AuditEntry.request_id).where(AuditEntry.action == "note.delete")).one()
    answer = mo.submit("/admin/undo/back/", {"batch": batch}, headers={"X-Requested-With": "fetch"})
    assert answer.status_code == 200, answer.text
    assert texts(app) == ["Knows the harbour."]


def test_what_others_wrote_is_not_here(app: Flask, sign_in: SignIn, note: int) -> None:
    for who in ("ana", "ed", "rita"):
        browser = sign_in(who)
        assert browser.get(f"/admin/note/edit/?id={note}").status_code == 404
        assert browser.submit(f"/admin/note/edit/?id={note}", {"text": "Mine"}).status_code == 404
        assert browser.submit("/admin/note/delete/", {"id": str(note)}).status_code == 404
    for id in ("", "x", "0", "9" * 30):
        assert sign_in("mo").get(f"/admin/note/edit/?id={id}").status_code == 404
    assert texts(app) == ["Knows the harbour."]


def test_the_trail_of_a_note_tells_no_address(app: Flask, note: int) -> None:
    with app.app_context():
        entry = db.session.scalars(select(AuditEntry).where(AuditEntry.target_type == "note")).one()
        assert "Knows the harbour." in str(entry.changes)
        assert "rude@example.net" not in f"{entry.changes} {entry.exact} {entry.target_title}"
