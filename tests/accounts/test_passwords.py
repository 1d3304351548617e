"""Passwords: how long, what counts, and that each is its owner's alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from backoffice.accounts import links, passwords
from backoffice.accounts.models import User
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.errors import InvalidInput
from tests import factories
from tests.browser import Browser
from tests.people import PASSWORD

SignIn = Callable[[str], Browser]
GOOD = {
    "8": "b" * 8, "64": "b" * 64, "71": "c" * 71, "72": "d" * 72, "73": "e" * 73, "200": "f" * 200, "1024": "g" * 1024,
    "40 x e acute": "\u00e9" * 40, "NUL inside": "before\x00after", "emoji": "🚢🌊⚓🚢🌊⚓🚢🌊", "spaces": "        ",
    "composed": "cafe\u0301 latte", "controls": "line\r\nbreak\there",
}  # fmt: skip


@pytest.mark.parametrize("password", GOOD.values(), ids=GOOD)
def test_a_password_counts_to_its_last_byte(password: str) -> None:
    stored = passwords.hashed(password, 4)
    assert passwords.matches(password, stored)
    assert not passwords.matches(password[:-1], stored)
    assert not passwords.matches(password[:-1] + "X", stored)
    assert not passwords.matches(password + "X", stored)


@pytest.mark.parametrize("password", ["", "a" * 7, "a" * 1025, "é" * 513, "a" * 5000], ids=len)
def test_a_password_too_short_or_too_long_is_refused_in_words(password: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        passwords.hashed(password, 4)
    assert refusal.value.field == "password"


@pytest.mark.parametrize("stored", [None, "", "x", "$2b$04$short", "$2b$12$" + "x" * 53, "not a hash at all"])
def test_a_hash_that_is_none_matches_nothing(stored: str | None) -> None:
    for password in ("", "x", "nobody", "a" * 5000, "\ud800" * 10):
        assert not passwords.matches(password, stored)


def test_two_people_with_one_password_have_two_hashes() -> None:
    assert passwords.hashed("the same password", 4) != passwords.hashed("the same password", 4)
    assert "the same password" not in passwords.hashed("the same password", 4)


def change(browser: Browser, present: str, password: str, again: str | None = None) -> int:
    """Post the form for a new password; the status."""
    fields = {"present": present, "password": password, "again": password if again is None else again}
    return browser.submit("/auth/profile/password", fields).status_code


@pytest.mark.parametrize("password", GOOD.values(), ids=GOOD)
def test_every_good_password_can_be_set_and_used(app: Flask, sign_in: SignIn, password: str) -> None:
    browser = sign_in("ed")
    assert change(browser, PASSWORD, password) == 302
    other: Browser = app.test_client()  # type: ignore[assignment]
    assert other.sign_in("ed", password).status_code == 302
    fresh: Browser = app.test_client()  # type: ignore[assignment]
    assert fresh.sign_in("ed", PASSWORD).status_code == 422


def test_a_password_of_any_size_is_answered_in_words(app: Flask, sign_in: SignIn) -> None:
    """From none to 10,000 bytes, in every form that takes one: never a broken page, and never the wrong person."""
    sizes = (0, 1, 7, 8, 55, 56, 71, 72, 73, 127, 128, 255, 256, 511, 1023, 1024, 1025, 4096, 9999, 10_000)
    browser = sign_in("ed")
    guest: Browser = app.test_client()  # type: ignore[assignment]
    with app.app_context(), unit_of_work():
        token = links.new_link(factories.user())
    door = ("/auth/login", guest, {"username": "ed"}, ("password",))
    others = [
        ("/auth/profile/password", browser, {"password": "a new password", "again": "a new password"}, ("present",)),
        ("/auth/profile/password", browser, {"present": "wrong"}, ("password", "again")),
        (f"/auth/invite/{token}", guest, {"again": "another one"}, ("password",)),
        ("/auth/confirm", browser, {}, ("password",)),
    ]
    for step, size in enumerate(sizes):
        for address, each, fields, names in (door, others[step % len(others)]):
            sign = ("a", "\x00", "é", "🚢", "\ud800")[step % 5].encode("utf-8", "surrogatepass")
            typed = (sign * size)[: size - size % len(sign)]
            data = {"csrf_token": each.token(), **fields, **dict.fromkeys(names, typed)}
            status = each.post(address, data=data).status_code
            assert status == 422, (address, names, size, sign, status)


@pytest.mark.parametrize(
    ("present", "password", "again"),
    [
        ("wrong password", "a new password", None),
        ("", "a new password", None),
        (PASSWORD, "short", None),
        (PASSWORD, "", None),
        (PASSWORD, "a" * 5000, None),
        (PASSWORD, "é" * 600, None),
        (PASSWORD, "a new password", "another password"),
    ],
)
def test_a_change_that_cannot_be_is_refused_and_changes_nothing(
    app: Flask, sign_in: SignIn, present: str, password: str, again: str | None
) -> None:
    browser = sign_in("ed")
    with app.app_context():
        before = db.session.scalars(select(User.password_hash).where(User.username == "ed")).one()
    assert change(browser, present, password, again) == 422
    assert browser.get("/auth/profile").status_code == 200
    with app.app_context():
        assert db.session.scalars(select(User.password_hash).where(User.username == "ed")).one() == before


def test_a_new_password_ends_the_sessions_elsewhere_and_keeps_this_one(sign_in: SignIn) -> None:
    here, elsewhere = sign_in("ed"), sign_in("ed")
    assert change(here, PASSWORD, "a brand new password") == 302
    assert here.get("/auth/profile").status_code == 200
    assert elsewhere.get("/auth/profile").status_code == 302


def test_no_form_of_the_back_office_takes_another_person_s_password(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("ana")
    with app.app_context():
        id = db.session.scalars(select(User.id).where(User.username == "admin")).one()
    for page in ("/admin/user/new/", f"/admin/user/edit/?id={id}"):
        assert 'type="password"' not in browser.get(page).text
