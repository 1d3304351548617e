"""The forms about oneself sent twice at the same moment: done once, and the second is answered in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from backoffice.accounts.models import User
from backoffice.foundation.database import db, unit_of_work
from backoffice.records.audit import AuditEntry
from tests import factories, people
from tests.browser import Browser, fields_in
from tests.house.at_once import twice

pytestmark = pytest.mark.both_databases
SignIn = Callable[[str | User], Browser]
NEW = "lantern tide harbour"


def noted(app: Flask, action: str) -> int:
    """How many entries of this action there are."""
    with app.app_context():
        return len(db.session.scalars(select(AuditEntry.id).where(AuditEntry.action == action)).all())


def statuses(answers: list[Any]) -> list[int]:
    return sorted(answer.status_code for answer in answers)


def test_the_profile(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("ed")
    fields = {**fields_in(browser.get("/auth/profile").text, holding="time_zone"), "name": "Edward"}
    answers = twice(app, browser, "/auth/profile", fields, headers={"Sec-Fetch-Site": "same-origin"})
    assert statuses(answers) in ([302, 302], [302, 409])
    for answer in answers:
        if answer.status_code == 409:
            assert "at the same moment" in answer.text
            assert fields_in(answer.text, holding="time_zone")["name"] == ["Edward"], "what was typed is lost"
    assert noted(app, "user.edit_profile") == 1


def test_a_new_password(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("ed")
    form = {"present": people.PASSWORD, "password": NEW, "again": NEW}
    fields = fields_in(browser.get("/auth/profile").text, holding="present")
    answers = twice(
        app, browser, "/auth/profile/password", {**dict.fromkeys(fields, NEW), **form, "csrf_token": browser.token()}
    )
    assert statuses(answers) in ([302, 302], [302, 409])
    assert noted(app, "user.set_password") == 1
    assert app.test_client().sign_in("ed", NEW).status_code == 302  # type: ignore[attr-defined]


def test_an_invitation(app: Flask, sign_in: SignIn, client: Browser) -> None:
    with app.app_context(), unit_of_work():
        id = factories.user(username="new", password_hash=None).id
    browser = sign_in("ana")
    page = browser.submit("/admin/user/action/", {"action": "invite", "rowid": str(id)}, follow_redirects=True).text
    path = "/auth/invite/" + page.split("/auth/invite/")[1].split("<")[0].split('"')[0].strip()
    fields = fields_in(client.get(path).text, holding="password")
    answers = twice(app, client, path, {**dict.fromkeys(fields, NEW), "csrf_token": client.token()})
    assert statuses(answers) in ([302, 302], [302, 404], [302, 409])
    assert noted(app, "user.set_password") == 1
    assert app.test_client().sign_in("new", NEW).status_code == 302  # type: ignore[attr-defined]


def test_signing_out(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("ed")
    assert statuses(twice(app, browser, "/auth/logout", {})) == [302, 302]
    assert noted(app, "user.sign_out") == 1
    assert browser.get("/admin/").status_code == 302
