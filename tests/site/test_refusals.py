"""What somebody was refused stands in the trail, once in a minute, whatever page or button it was."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from backoffice.accounts.models import Role
from backoffice.accounts.operations import grant_exactly
from backoffice.foundation import clock
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.permissions import OWN
from backoffice.posts.models import Tag
from backoffice.records.audit import AuditEntry
from tests import factories
from tests.browser import Browser

both_databases = pytest.mark.both_databases
SignIn = Callable[[str], Browser]


def refusals(app: Flask) -> list[tuple[str, str, str]]:
    """Who was refused what: person, action and permission."""
    with app.app_context():
        query = select(AuditEntry).where(AuditEntry.action.like("%.refused")).order_by(AuditEntry.id)
        return [(entry.actor_name, entry.action, entry.target_title) for entry in db.session.scalars(query)]


@both_databases
def test_a_page_that_is_refused_is_written_down_once_a_minute(
    app: Flask, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    mo = sign_in("mo")
    for _time in range(3):
        assert mo.get("/admin/user/").status_code == 403
    assert refusals(app) == [("mo", "user.refused", "user.view")]
    assert mo.get("/admin/role/").status_code == 403
    assert refusals(app)[1:] == [("mo", "role.refused", "role.view")]
    later = clock.now() + timedelta(seconds=61)
    monkeypatch.setattr(clock, "now", lambda: later)
    mo.get("/admin/user/")
    assert len(refusals(app)) == 3


def test_each_person_has_entries_of_her_own(app: Flask, sign_in: SignIn) -> None:
    for name in ("mo", "ed"):
        sign_in(name).get("/admin/user/")
    assert [name for name, _action, _permission in refusals(app)] == ["mo", "ed"]


def test_a_button_that_is_refused_is_written_down_and_changes_nothing(app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), unit_of_work():
        writer = factories.user(roles=[factories.role(permissions={"post.view": "all", "post.edit": OWN})])
        id, username = factories.post().id, writer.username
    browser = sign_in(username)
    answer = browser.submit("/admin/post/action/", {"action": "delete", "rowid": str(id)})
    assert answer.status_code == 403
    assert refusals(app) == [(username, "post.refused", "post.delete")]


def test_a_line_that_is_not_hers_is_refused_among_others(app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), unit_of_work():
        role = factories.role(permissions={"post.view": "all", "post.publish": OWN})
        writer = factories.user(roles=[role])
        ids = [factories.post(author=writer).id, factories.post().id]
        username = writer.username
    browser = sign_in(username)
    page = browser.submit(
        "/admin/post/action/", {"action": "publish", "rowid": [str(id) for id in ids]}, follow_redirects=True
    )
    assert "1 skipped" in page.text or "Skipped" in page.text
    assert refusals(app) == [(username, "post.refused", "post.publish")]


def test_who_is_not_signed_in_leaves_no_entry(app: Flask, client: Browser) -> None:
    client.get("/admin/user/")
    assert refusals(app) == []


def test_an_administrator_reads_who_was_refused(app: Flask, sign_in: SignIn) -> None:
    sign_in("mo").get("/admin/user/")
    page = sign_in("ana").get("/admin/audit/?search=user.view").text
    assert "Refused" in page and "mo" in page


@both_databases
def test_an_undo_that_is_refused_is_written_down(app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), unit_of_work():
        permissions = dict.fromkeys(("tag.view", "tag.edit", "tag.delete"), "all")
        role = factories.role(permissions=permissions)
        id, role_id, username = factories.tag().id, role.id, factories.user(roles=[role]).username
    browser = sign_in(username)
    heard = browser.submit(
        "/admin/tag/action/", {"action": "delete", "rowid": str(id)}, headers={"X-Requested-With": "fetch"}
    ).json
    with app.app_context(), unit_of_work():
        grant_exactly(db.session.get_one(Role, role_id), {"tag.view": "all"})
    for _time in range(2):
        answer = browser.submit("/admin/undo/back/", {"batch": heard["undo"]}, headers={"X-Requested-With": "fetch"})
        assert answer.status_code == 409
    assert refusals(app) == [(username, "tag.refused", "tag.delete")]
    with app.app_context():
        assert db.session.get(Tag, id) is None
