"""What a person says of herself."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from backoffice.accounts.models import User
from backoffice.foundation.database import db
from backoffice.foundation.errors import InvalidInput
from backoffice.records.audit import AuditEntry
from tests import factories
from tests.browser import Browser, fields_in

SignIn = Callable[[str], Browser]


def person(app: Flask, username: str) -> User:
    """The person as the database has her."""
    with app.app_context():
        return db.session.scalars(select(User).where(User.username == username)).one()


@pytest.mark.parametrize("username", ["ed", "nobody"])
def test_everybody_changes_name_language_zone_theme_and_density(app: Flask, sign_in: SignIn, username: str) -> None:
    browser = sign_in(username)
    fields = fields_in(browser.get("/auth/profile").text, holding="time_zone")
    changes = {
        "name": "Edda Marlow", "locale": "de", "time_zone": "Europe/Berlin", "theme": "dark", "density": "compact",
    }  # fmt: skip
    assert browser.submit("/auth/profile", {**fields, **changes}).status_code == 302
    saved = person(app, username)
    assert {name: getattr(saved, name) for name in changes} == changes
    page = browser.get("/auth/profile").text
    assert '<html lang="de" dir="ltr" data-theme="dark" data-density="compact"' in page
    with app.app_context():
        entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
    assert (entry.action, entry.actor_name) == ("user.edit_profile", username)
    assert set(entry.changes) == set(changes)


@pytest.mark.parametrize(
    "change",
    [{"name": ""}, {"name": "x" * 81}, {"locale": "xx"}, {"time_zone": "Mars/Base"}, {"theme": "pink"},
     {"density": "x"}, {"time_zone": "../../etc/passwd"}, {"name": "\x00"}],
    ids=str,
)  # fmt: skip
def test_what_is_not_offered_is_refused_and_nothing_is_saved(
    app: Flask, sign_in: SignIn, change: dict[str, str]
) -> None:
    browser, before = sign_in("ed"), person(app, "ed")
    fields = fields_in(browser.get("/auth/profile").text, holding="time_zone")
    answer = browser.submit("/auth/profile", {**fields, "density": "compact", **change})
    assert answer.status_code == 422
    after = person(app, "ed")
    assert (after.name, after.density, after.version) == (before.name, before.density, before.version)


def test_the_profile_changes_nothing_but_what_it_shows(app: Flask, sign_in: SignIn) -> None:
    browser, before = sign_in("nobody"), person(app, "nobody")
    fields = fields_in(browser.get("/auth/profile").text, holding="time_zone")
    slipped = {
        "username": "admin2", "email": "other@example.org", "is_active": "", "roles": "administrator", "id": "1",
        "password_hash": "x", "session_key": "x", "version": "99",
    }  # fmt: skip
    assert browser.submit("/auth/profile", {**fields, **slipped}).status_code == 302
    after = person(app, "nobody")
    for name in ("username", "email", "is_active", "id", "password_hash", "session_key"):
        assert getattr(after, name) == getattr(before, name)
    assert [role.name for role in after.roles] == ["default"]


def test_theme_and_density_change_from_the_menu(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("ed")
    headers = {"Referer": "http://localhost/admin/post/"}
    assert (
        browser.submit("/auth/profile/look", {"theme": "dark"}, headers=headers).headers["Location"] == "/admin/post/"
    )
    assert browser.submit("/auth/profile/look", {"density": "compact"}).status_code == 302
    script = browser.submit("/auth/profile/look", {"theme": "light"}, headers={"X-Requested-With": "fetch"})
    assert script.status_code == 204
    browser.submit("/auth/profile/look", {"theme": "pink", "density": "huge", "name": "Other"})
    saved = person(app, "ed")
    assert (saved.theme, saved.density, saved.name) == ("light", "compact", "Ed Marlow")


def test_the_language_is_kept_in_the_session_by_get_and_in_the_profile_by_post(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("ed")
    assert browser.get("/babel/fr").status_code == 302
    assert '<html lang="fr"' in browser.get("/auth/profile").text
    assert person(app, "ed").locale is None
    assert browser.submit("/babel/es").status_code == 302
    assert person(app, "ed").locale == "es"
    assert browser.get("/babel/xx").status_code == 404


@pytest.mark.parametrize(
    ("column", "wrong"),
    [
        ("username", " "),
        ("username", "Ana Kestrin"),
        ("username", "a@b"),
        ("username", "-ana"),
        ("username", "x" * 41),
        ("username", "ana\nx"),
        ("name", "  "),
        ("email", "nonsense"),
        ("locale", "xx"),
        ("time_zone", "Nowhere"),
    ],
)
def test_an_account_takes_no_value_that_makes_no_sense(app: Flask, column: str, wrong: str) -> None:
    with app.app_context(), pytest.raises(InvalidInput) as refusal:
        factories.user(**{column: wrong})
    assert refusal.value.field == column


def test_names_and_addresses_are_kept_in_one_form(app: Flask) -> None:
    with app.app_context():
        made = factories.user(username=" Ana.K ", name=" Ana \n Kestrin ", email=" Ana@Example.ORG ")
        assert (made.username, made.name, made.email) == ("ana.k", "Ana Kestrin", "ana@example.org")
        assert (made.title_text, made.initials, made.actor_name) == ("Ana Kestrin", "AK", "ana.k")
        assert factories.user(email="").email is None
        assert factories.user(email="").email is None, "two people without an address clash"
