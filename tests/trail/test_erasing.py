"""Erasing what the trail tells of a person: for good, with a reason that stays, and never brought back."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from backoffice.comments.models import Comment
from backoffice.foundation.database import db, unit_of_work
from backoffice.records import seals, trash
from backoffice.records.audit import AuditEntry
from backoffice.records.verifying import verify
from tests import factories
from tests.browser import Browser

pytestmark = pytest.mark.both_databases
SignIn = Callable[[str], Browser]
ACTION = "/admin/audit/action/"


@pytest.fixture
def entry(app: Flask) -> int:
    """A change of a comment that says too much."""
    with app.app_context():
        with unit_of_work():
            comment = factories.comment(text="Call me: 0170 1234")
        with unit_of_work():
            comment.text = "Call me some time"
        about = select(AuditEntry.id).where(AuditEntry.target_type == "comment", AuditEntry.effect == "edit")
        return db.session.scalars(about).one()


def erase(browser: Browser, id: int, **typed: str) -> int:
    given = {"action": "erase", "rowid": str(id), "reason": "asked for by letter", **typed}
    return browser.submit(ACTION, given).status_code


def told(app: Flask) -> list[str]:
    with app.app_context():
        rows = db.session.scalars(select(AuditEntry).where(AuditEntry.target_type == "comment").order_by(AuditEntry.id))
        return [str(row.changes) for row in rows]


def test_it_asks_for_a_reason_and_for_the_name(app: Flask, entry: int, sign_in: SignIn) -> None:
    browser = sign_in("ana")
    page = browser.submit(ACTION, {"action": "erase", "rowid": str(entry)}).text
    assert "Nothing brings it back after that." in page and 'name="reason"' in page
    assert erase(browser, entry, confirm="something else") == 422
    assert erase(browser, entry, reason="", confirm=f"#{entry}") == 422
    assert "0170" in str(told(app))
    assert erase(browser, entry, confirm=f"#{entry}") == 302
    assert told(app)[1] == "{}"


def test_all_entries_about_the_record_can_go_at_once(app: Flask, entry: int, sign_in: SignIn) -> None:
    assert erase(sign_in("ana"), entry, confirm=f"#{entry}", whole="y") == 302
    assert told(app) == ["{}", "{}"]
    with app.app_context():
        with unit_of_work():
            seals.seal(seals.house_key())
        verdict = verify(seals.house_key())
        assert (verdict.fault, verdict.erased) == ("", 2)


def test_the_page_of_the_entry_says_who_erased_it(app: Flask, entry: int, sign_in: SignIn) -> None:
    browser = sign_in("ana")
    erase(browser, entry, confirm=f"#{entry}")
    with app.app_context():
        by = db.session.get_one(AuditEntry, entry).erased_by
    page = browser.get(f"/admin/audit/details/?id={entry}").text
    assert f"Its values were erased by entry {by}." in page
    assert "asked for by letter" in browser.get(f"/admin/audit/details/?id={by}").text


def test_undo_never_brings_it_back(app: Flask, entry: int, sign_in: SignIn) -> None:
    browser = sign_in("ana")
    with app.app_context():
        batch = db.session.get_one(AuditEntry, entry).request_id
    erase(browser, entry, confirm=f"#{entry}")
    page = browser.submit("/admin/undo/back/", {"batch": batch}, follow_redirects=True).text
    assert "Its values were erased" in page
    with app.app_context():
        assert db.session.scalars(select(Comment.text)).one() == "Call me some time"


def test_what_the_trash_kept_of_it_goes_too(app: Flask, entry: int, sign_in: SignIn) -> None:
    browser = sign_in("ana")
    with app.app_context(), unit_of_work():
        db.session.delete(db.session.scalars(select(Comment)).one())
    erase(browser, entry, confirm=f"#{entry}", whole="y")
    with app.app_context():
        assert db.session.scalars(select(trash.Trashed)).all() == []


def test_only_who_may_erases(app: Flask, entry: int, sign_in: SignIn) -> None:
    with app.app_context(), unit_of_work():
        role = factories.role(permissions={"audit.view": "all", "comment.view": "all"})
        reader = factories.user(roles=[role])
    browser = sign_in(reader)  # type: ignore[arg-type]
    assert erase(browser, entry, confirm=f"#{entry}") == 403
    assert "0170" in str(told(app))
