"""One-time links: nobody types another person's password."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from backoffice.accounts import links
from backoffice.accounts.entering import AccessLink
from backoffice.accounts.models import User
from backoffice.foundation import clock
from backoffice.foundation.database import db, unit_of_work
from backoffice.records.audit import AuditEntry
from tests import factories
from tests.browser import Browser, fields_in, token_in

SignIn = Callable[[str], Browser]


def new_person(browser: Browser, username: str = "mira") -> str:
    """Make a person in the back office and give back the path of the link that is shown."""
    page = browser.get("/admin/user/new/").text
    fields = {**fields_in(page, holding="username"), "name": "Mira Tolvane", "username": username, "roles": "editor"}
    answer = browser.submit("/admin/user/new/", fields, follow_redirects=True)
    found = re.search(r'href="http://localhost(/auth/invite/[^"]+)"', answer.text)
    assert found, re.findall(r'class="bo-error".*?</p>', answer.text)
    return found.group(1)


def set_password(browser: Browser, path: str, password: str = "harbour wind salt") -> int:
    """Open the link and choose a password; the status of the second step."""
    page = browser.get(path)
    assert page.status_code == 200
    fields = {"csrf_token": token_in(page.text), "password": password, "again": password}
    return browser.post(path, data=fields).status_code


@pytest.mark.both_databases
def test_a_new_person_sets_her_own_password_by_a_link(app: Flask, sign_in: SignIn) -> None:
    path = new_person(sign_in("ana"))
    hers: Browser = app.test_client()  # type: ignore[assignment]
    assert "Mira Tolvane" in hers.get(path).text
    assert set_password(hers, path) == 302
    assert hers.get("/admin/post/").status_code == 200
    again: Browser = app.test_client()  # type: ignore[assignment]
    assert again.sign_in("mira", "harbour wind salt").status_code == 302
    with app.app_context():
        told = db.session.scalars(
            select(AuditEntry.action).where(AuditEntry.target_title == "Mira Tolvane").order_by(AuditEntry.id)
        ).all()
    assert told == ["user.create", "user.set_roles", "user.invite", "user.set_password", "user.sign_in"]


def test_a_link_works_once(app: Flask, sign_in: SignIn) -> None:
    path = new_person(sign_in("ana"))
    assert set_password(app.test_client(), path) == 302  # type: ignore[arg-type]
    stranger: Browser = app.test_client()  # type: ignore[assignment]
    assert stranger.get(path).status_code == 404
    token = token_in(stranger.get("/auth/login").text)
    fields = {"csrf_token": token, "password": "taken over now", "again": "taken over now"}
    assert stranger.post(path, data=fields).status_code == 404


def test_a_link_is_shown_once(sign_in: SignIn) -> None:
    browser = sign_in("ana")
    path = new_person(browser)
    for page in ("/admin/user/", "/admin/audit/?page_size=100"):
        assert path not in browser.get(page).text


def test_a_link_stops_working_after_seven_days(app: Flask, sign_in: SignIn, client: Browser) -> None:
    path = new_person(sign_in("ana"))
    with app.app_context(), unit_of_work():
        link = db.session.scalars(select(AccessLink)).one()
        assert timedelta(days=6) < link.expires_at - clock.now() <= timedelta(days=7)
        link.expires_at = clock.now() - timedelta(seconds=1)
    assert client.get(path).status_code == 404


def test_a_second_link_puts_the_first_out_of_use(app: Flask, sign_in: SignIn, client: Browser) -> None:
    browser = sign_in("ana")
    first = new_person(browser)
    with app.app_context():
        id = db.session.scalars(select(User.id).where(User.username == "mira")).one()
    page = browser.submit("/admin/user/action/", {"action": "invite", "rowid": str(id)}, follow_redirects=True).text
    second = re.search(r'href="http://localhost(/auth/invite/[^"]+)"', page)
    assert second
    assert client.get(first).status_code == 404
    assert client.get(second.group(1)).status_code == 200


def test_a_link_of_a_deactivated_person_lets_nobody_in(app: Flask, sign_in: SignIn, client: Browser) -> None:
    path = new_person(sign_in("ana"))
    with app.app_context(), unit_of_work():
        db.session.scalars(select(User).where(User.username == "mira")).one().is_active = False
    assert client.get(path).status_code == 404


def test_only_a_digest_of_a_link_is_kept(app: Flask) -> None:
    with app.app_context(), unit_of_work():
        token = links.new_link(factories.user())
        kept = db.session.scalars(select(AccessLink)).one()
        assert len(token) >= 43
        assert token not in kept.token_digest
        assert links.open_link(token) is kept
        assert links.open_link(kept.token_digest) is None
        assert links.open_link(token[:-1]) is None
        assert links.open_link("") is None


@pytest.mark.parametrize("token", ["x", "x" * 43, "x" * 5000, "%00", "..%2f..", "ä", "%ED%A0%80"])
def test_no_other_address_is_a_link(client: Browser, token: str) -> None:
    assert client.get(f"/auth/invite/{token}").status_code == 404


@pytest.mark.parametrize("password", ["short", "", "x" * 5000])
def test_a_bad_password_leaves_the_link_open(app: Flask, sign_in: SignIn, client: Browser, password: str) -> None:
    path = new_person(sign_in("ana"))
    assert set_password(client, path, password) == 422
    assert set_password(client, path) == 302


def test_links_for_several_at_once_are_refused(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("ana")
    with app.app_context(), unit_of_work():
        ids = [str(factories.user().id) for _ in range(2)]
    browser.submit("/admin/user/action/", {"action": "invite", "rowid": ids}, follow_redirects=True)
    with app.app_context():
        assert db.session.scalars(select(AccessLink)).all() == [], "only the last of the links would be shown"


def test_who_may_not_invite_creates_people_without_a_link(app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), unit_of_work():
        role = factories.role(permissions={"user.view": "all", "user.create": "all"})
        username = factories.user(roles=[role]).username
    browser = sign_in(username)
    page = browser.get("/admin/user/new/").text
    fields = {**fields_in(page, holding="username"), "name": "Mira Tolvane", "username": "mira"}
    answer = browser.submit("/admin/user/new/", fields, follow_redirects=True)
    assert answer.status_code == 200
    assert "/auth/invite/" not in answer.text
    with app.app_context():
        assert db.session.scalars(select(User).where(User.username == "mira")).one().roles == []
        assert db.session.scalars(select(AccessLink)).all() == []
