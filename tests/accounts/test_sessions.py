"""How a session ends, and what was typed when it had."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import func, select, update

from backoffice.accounts.entering import SignIn
from backoffice.accounts.models import User
from backoffice.foundation import clock
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.permissions import System
from backoffice.posts.models import Tag
from backoffice.records.policies import SESSION_DAYS, SESSION_IDLE_MINUTES
from backoffice.settings.operations import set_policies
from tests import people
from tests.browser import Browser, fields_in, token_in
from tests.house.every_view import statements

SignInAs = Callable[[str | User], Browser]
OURS = {"Sec-Fetch-Site": "same-origin"}
THEIRS = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}


def with_the_cookie_of(app: Flask, browser: Browser) -> Browser:
    """Another browser with the same cookie: a copy somebody took."""
    copy: Browser = app.test_client()  # type: ignore[assignment]
    cookie = browser.get_cookie("backoffice")
    assert cookie is not None
    copy.set_cookie("backoffice", cookie.value)
    return copy


def is_in(browser: Browser) -> bool:
    return browser.get("/auth/profile").status_code == 200


# The end


def test_a_copy_of_the_cookie_ends_with_the_session(app: Flask, sign_in: SignInAs) -> None:
    browser, elsewhere = sign_in("ed"), sign_in("ed")
    copy = with_the_cookie_of(app, browser)
    assert is_in(copy)
    browser.submit("/auth/logout")
    assert not is_in(copy)
    assert is_in(elsewhere)


def test_a_slow_answer_does_not_bring_an_ended_session_back(app: Flask, sign_in: SignInAs) -> None:
    browser = sign_in("ed")
    slow = with_the_cookie_of(app, browser)
    token = browser.token()
    browser.submit("/auth/logout")
    # What was asked before the end is answered after it, with the cookie of before.
    slow.post("/admin/tag/new/", data={"csrf_token": token, "name": "Late"})
    assert not is_in(slow)
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Tag)) == 0


def test_a_new_sign_in_ends_what_the_browser_had_before(app: Flask, sign_in: SignInAs) -> None:
    browser = sign_in("ed")
    copy = with_the_cookie_of(app, browser)
    browser.submit("/auth/logout")
    browser.sign_in("ed", people.PASSWORD)
    assert is_in(browser)
    assert not is_in(copy)


def test_a_new_password_ends_every_copy_but_not_this_session(app: Flask, sign_in: SignInAs) -> None:
    browser, elsewhere = sign_in("ed"), sign_in("ed")
    copy = with_the_cookie_of(app, browser)
    form = {"present": people.PASSWORD, "password": "another good one", "again": "another good one"}
    assert browser.submit("/auth/profile/password", form).status_code == 302
    assert is_in(browser)
    assert not is_in(copy) and not is_in(elsewhere)


@pytest.mark.parametrize(
    ("is_lasting", "idle", "old", "lives"),
    [
        (False, timedelta(hours=11), timedelta(days=2), True),
        (False, timedelta(hours=13), timedelta(days=1), False),
        (False, timedelta(minutes=1), timedelta(days=31), False),
        (True, timedelta(days=6, hours=23), timedelta(days=29), True),
        (True, timedelta(days=7, minutes=1), timedelta(days=8), False),
        (True, timedelta(minutes=1), timedelta(days=31), False),
    ],
)
def test_a_session_that_nobody_uses_ends(
    app: Flask, sign_in: SignInAs, is_lasting: bool, idle: timedelta, old: timedelta, lives: bool
) -> None:
    browser = sign_in("ed")
    now = clock.now()
    with app.app_context(), unit_of_work():
        db.session.execute(update(SignIn).values(is_lasting=is_lasting, seen_at=now - idle, begun_at=now - old))
    assert is_in(browser) is lives


@pytest.mark.parametrize(
    ("is_lasting", "idle", "old", "lives"),
    [
        (False, timedelta(minutes=9), timedelta(days=1), True),
        (False, timedelta(minutes=11), timedelta(days=1), False),
        (True, timedelta(minutes=9), timedelta(days=1), True),
        (True, timedelta(minutes=11), timedelta(days=1), False),
        (True, timedelta(minutes=1), timedelta(days=1, hours=23), True),
        (True, timedelta(minutes=1), timedelta(days=2, hours=1), False),
    ],
)
def test_people_decide_how_long_a_session_lives(
    app: Flask, sign_in: SignInAs, is_lasting: bool, idle: timedelta, old: timedelta, lives: bool
) -> None:
    browser = sign_in("ed")
    now = clock.now()
    with app.app_context(), unit_of_work():
        set_policies({SESSION_IDLE_MINUTES: 10, SESSION_DAYS: 2}, actor=System("keeper", "setting.edit"))
        db.session.execute(update(SignIn).values(is_lasting=is_lasting, seen_at=now - idle, begun_at=now - old))
    assert is_in(browser) is lives


def test_what_was_typed_into_a_session_that_was_idle_too_long_is_kept(app: Flask, sign_in: SignInAs) -> None:
    browser = sign_in("ed")
    form = fields_in(browser.get("/admin/tag/new/").text, holding="name")
    with app.app_context(), unit_of_work():
        db.session.execute(update(SignIn).values(seen_at=clock.now() - timedelta(hours=13)))
    answer = browser.post("/admin/tag/new/", data={**form, "name": "Harbour"}, headers=OURS)
    assert answer.status_code == 401
    assert fields_in(answer.text, holding="kept")["kept"] != [""]


def test_asking_who_one_is_stays_one_query_whatever_is_set(app: Flask, sign_in: SignInAs) -> None:
    browser = sign_in("ed")
    with app.app_context(), unit_of_work():
        set_policies({SESSION_IDLE_MINUTES: 600}, actor=System("keeper", "setting.edit"))
    browser.get("/auth/profile")
    with statements(app) as seen:
        browser.get("/auth/profile")
    asked = [one for one in seen if "settings" in one]
    assert len(asked) == 1 and "sign_ins" in asked[0]


def test_being_here_keeps_a_session_alive(app: Flask, sign_in: SignInAs) -> None:
    browser = sign_in("ed")
    for _ in range(3):
        with app.app_context(), unit_of_work():
            db.session.execute(update(SignIn).values(seen_at=SignIn.seen_at))
            for one in db.session.scalars(select(SignIn)):
                one.seen_at -= timedelta(hours=11)
        assert is_in(browser)


def test_the_database_holds_nothing_that_could_be_a_cookie(app: Flask, sign_in: SignInAs) -> None:
    browser = sign_in("ed")
    with browser.session_transaction() as session:
        carried = session["sign_in"]
    with app.app_context():
        assert carried not in str(db.session.execute(select(SignIn.__table__)).all())


# What was typed


def test_what_was_typed_into_an_ended_session_is_saved_after_signing_in(app: Flask, sign_in: SignInAs) -> None:
    browser = sign_in("ed")
    form = fields_in(browser.get("/admin/tag/new/").text, holding="name")
    browser.submit("/auth/logout")
    answer = browser.post("/admin/tag/new/", data={**form, "name": "Harbour"}, headers=OURS)
    assert answer.status_code == 401
    form = fields_in(answer.text, holding="kept")
    # A wrong password first: the parcel stays.
    answer = browser.post("/auth/login", data={**form, "username": "ed", "password": "wrong one"})
    assert answer.status_code == 422
    form = fields_in(answer.text, holding="kept")
    answer = browser.post("/auth/login", data={**form, "username": "ed", "password": people.PASSWORD})
    form = fields_in(answer.text, holding="name")
    assert form["name"] == ["Harbour"]
    assert browser.post("/admin/tag/new/", data=form, headers=OURS).status_code == 302
    with app.app_context():
        assert db.session.scalars(select(Tag.name)).all() == ["Harbour"]


def test_nothing_from_another_site_is_kept_for_somebody_to_send(client: Browser) -> None:
    token = token_in(client.get("/auth/login").text)
    for headers in (THEIRS, {"Origin": "null"}, {"Sec-Fetch-Site": "same-site"}, {}):
        for sent in (token, "stale"):
            answer = client.post("/admin/tag/new/", data={"csrf_token": sent, "name": "Planted"}, headers=headers)
            assert answer.status_code == 401
            assert "Planted" not in answer.text and 'name="kept"' not in answer.text


def test_a_stale_form_from_another_site_is_not_shown_again(sign_in: SignInAs) -> None:
    browser = sign_in("ed")
    for headers in (THEIRS, {"Origin": "null"}, {}):
        answer = browser.post("/admin/tag/new/", data={"name": "Planted"}, headers=headers)
        assert answer.status_code == 400
        assert "Planted" not in answer.text


def test_a_stale_sign_in_form_is_shown_anew(client: Browser) -> None:
    typed = {"csrf_token": "stale", "username": "ed", "password": "a secret", "next": "/admin/tag/"}
    answer = client.post("/auth/login", data=typed, headers=OURS)
    assert answer.status_code == 400
    form = fields_in(answer.text, holding="username")
    assert (form["username"], form["next"]) == (["ed"], ["/admin/tag/"])
    assert "a secret" not in answer.text
    answer = client.post("/auth/login", data={**typed, "kept": "x"}, headers=THEIRS)
    form = fields_in(answer.text, holding="username")
    assert form["username"] == [""] and "kept" not in form and "next" not in form


def test_passwords_are_never_shown_again_nor_sealed(sign_in: SignInAs, client: Browser) -> None:
    typed = {"csrf_token": "stale", "present": "old secret", "password": "new secret", "again": "new secret"}
    for browser in (client, sign_in("ed")):
        for address in ("/auth/profile/password", "/auth/invite/" + "x" * 43):
            answer = browser.post(address, data=typed, headers=OURS)
            assert answer.status_code in (400, 401)
            assert "secret" not in answer.text
            assert 'name="kept"' not in answer.text
    assert "Load the page anew" in answer.text


@pytest.mark.parametrize(
    "address", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
def test_a_parcel_leads_nowhere_else(app: Flask, address: str) -> None:
    browser: Browser = app.test_client()  # type: ignore[assignment]
    seal = URLSafeTimedSerializer(app.config["SECRET_KEY"], salt="typed")
    for parcel in (seal.dumps([address, [["name", "x"]]]), "x", "", "." * 50, seal.dumps([address, []])[:-3]):
        with app.app_context(), unit_of_work():
            people.person("ed")
        answer = browser.sign_in("ed", people.PASSWORD, kept=parcel)
        assert answer.status_code == 302
        assert not re.search("evil|javascript", answer.headers["Location"])
        browser.submit("/auth/logout")
