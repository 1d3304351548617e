"""Signing in and out."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from backoffice.accounts import passwords
from backoffice.accounts.entering import LastSeen
from backoffice.accounts.models import User
from backoffice.foundation.database import db, unit_of_work
from backoffice.records.audit import AuditEntry
from tests import factories
from tests.browser import Browser, token_in
from tests.databases import ADMIN_PASSWORD
from tests.people import PASSWORD

SignIn = Callable[[str], Browser]


def last_entry(app: Flask) -> AuditEntry:
    """The newest entry of the trail."""
    with app.app_context():
        return db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()


def made(app: Flask, **changes: object) -> str:
    """The user name of a new person."""
    with app.app_context(), unit_of_work():
        return factories.user(**changes).username  # type: ignore[arg-type]


@pytest.mark.both_databases
def test_a_person_signs_in_by_name_or_by_address(app: Flask) -> None:
    username = made(app, username="mira", email="mira@example.org")
    for typed in ("mira", "MIRA", " mira ", "mira@example.org", "Mira@Example.org"):
        browser: Browser = app.test_client()  # type: ignore[assignment]
        assert browser.sign_in(typed, PASSWORD).status_code == 302, typed
        assert browser.get("/auth/profile").status_code == 200
    entry = last_entry(app)
    assert (entry.action, entry.actor_name) == ("user.sign_in", username)
    with app.app_context():
        assert db.session.scalars(select(LastSeen.signed_in_at)).one() is not None


def test_unknown_and_known_people_hear_the_same_words(app: Flask, client: Browser) -> None:
    made(app, username="mira")
    made(app, username="gone", is_active=False)
    made(app, username="new", password_hash=None)
    answers = {}
    for typed in ("mira", "gone", "new", "nobodyhere", "nobody@example.org"):
        answer = client.sign_in(typed, "not the password")
        text = re.sub(r'value="[^"]*"|nonce[^ ]*', "", answer.text)
        answers[typed] = (answer.status_code, text)
    assert len(set(answers.values())) == 1
    assert answers["mira"][0] == 422
    assert "do not match" in answers["mira"][1]


def test_unknown_and_known_people_wait_the_same_time(make_app: Callable[..., Flask]) -> None:
    app = make_app(BCRYPT_ROUNDS=12)
    with app.app_context(), unit_of_work():
        kept = passwords.hashed(PASSWORD, 12)
        factories.user(username="mira", password_hash=kept)
        factories.user(username="gone", password_hash=kept, is_active=False)
        factories.user(username="new", password_hash=None)
    browser: Browser = app.test_client()  # type: ignore[assignment]
    tries = [
        ("mira", "not the password"),
        ("mira", "x" * 5000),
        ("gone", PASSWORD),
        ("new", PASSWORD),
        ("nobodyhere", PASSWORD),
    ]

    def seconds(username: str, password: str) -> float:
        began = time.thread_time()
        assert browser.sign_in(username, password).status_code == 422
        return time.thread_time() - began

    # The work that was done, not the time that passed; of several the least, as nothing else was in its way then. In
    # turn, so that a machine that changes its speed changes it for all.
    rounds = [[seconds(*each) for each in tries] for _ in range(2)]
    least = [min(column) for column in zip(*rounds, strict=True)]
    assert max(least) / min(least) < 1.35, dict(zip(tries, least, strict=True))


def test_a_wrong_password_is_written_in_the_trail(app: Flask, client: Browser) -> None:
    client.sign_in("admin", "not the password")
    entry = last_entry(app)
    assert (entry.action, entry.actor_name, entry.target_title) == ("user.sign_in_refused", "visitor", "Administrator")
    assert "not the password" not in str(entry.changes)


@pytest.mark.parametrize("username", ["", "   ", "x" * 300, "admin\x00", "' OR 1=1 --", "admin'--", "🚢", "\ud800"])
def test_nothing_typed_as_a_name_breaks_the_page(client: Browser, username: str) -> None:
    token = token_in(client.get("/auth/login").text)
    fields = {"csrf_token": token, "username": username.encode("utf-8", "surrogatepass"), "password": ADMIN_PASSWORD}
    answer = client.post("/auth/login", data=fields)
    assert answer.status_code == 422
    assert client.get("/auth/profile").status_code == 302


def test_a_deactivated_person_is_turned_away_and_her_session_ends(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("mo")
    assert browser.get("/admin/comment/").status_code == 200
    with app.app_context(), unit_of_work():
        person = db.session.scalars(select(User).where(User.username == "mo")).one()
        person.is_active = False
    assert browser.get("/admin/comment/").status_code == 302
    assert browser.sign_in("mo", PASSWORD).status_code == 422


def test_nothing_a_visitor_carried_goes_with_the_session(app: Flask, client: Browser) -> None:
    page = client.get("/auth/login").text
    planted = token_in(page)
    with client.session_transaction() as session:
        session["planted"] = "by somebody else"
        session["locale"] = "de"
    before = client.get_cookie("backoffice")
    assert client.sign_in("admin", ADMIN_PASSWORD).status_code == 302
    after = client.get_cookie("backoffice")
    assert before and after and before.value != after.value
    with client.session_transaction() as session:
        assert "planted" not in session
        assert session["locale"] == "de"
    assert client.post("/auth/profile/look", data={"csrf_token": planted, "theme": "dark"}).status_code == 400
    assert client.submit("/auth/profile/look", {"theme": "dark"}).status_code == 302


def test_the_cookie_is_kept_only_for_whom_it_asks(app: Flask) -> None:
    brief, kept = app.test_client(), app.test_client()
    brief.sign_in("admin", ADMIN_PASSWORD)  # type: ignore[attr-defined]
    answer = kept.sign_in("admin", ADMIN_PASSWORD, remember="y")  # type: ignore[attr-defined]
    cookie = next(line for line in answer.headers.getlist("Set-Cookie") if line.startswith("backoffice="))
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie
    assert "Expires=" in cookie
    assert brief.get_cookie("backoffice").expires is None
    assert not [line for line in answer.headers.getlist("Set-Cookie") if "remember_token" in line]


def test_cookies_are_fit_for_https_where_the_site_is(make_app: Callable[..., Flask]) -> None:
    app = make_app(SECURE_COOKIES=True)
    browser: Browser = app.test_client()  # type: ignore[assignment]
    answer = browser.get("/auth/login", base_url="https://localhost")
    (cookie,) = answer.headers.getlist("Set-Cookie")
    assert cookie.startswith("__Host-backoffice=")
    assert "Secure" in cookie and "HttpOnly" in cookie and "Path=/" in cookie and "Domain" not in cookie


@pytest.mark.parametrize(
    "value",
    [
        "",
        "x",
        "a" * 10_000,
        "\u00e4",
        "eyJfdXNlcl9pZCI6IjEifQ.aaaa.bbbb",
        ".eJx.",
        "..",
        "null",
        "%00",
        "x; backoffice=y",
    ],
)
def test_a_cookie_that_is_not_ours_is_nobody_s(app: Flask, value: str) -> None:
    headers = {"Cookie": f"backoffice={value}; remember_token=1|{'ä' * 3}; session=1".encode().decode("latin-1")}
    answer = app.test_client().get("/auth/profile", headers=headers)
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/auth/login")


def test_a_cookie_for_a_number_is_nobody_s(app: Flask, client: Browser) -> None:
    for planted in (1, "1", None, [], {"a": 1}, "x" * 43):
        with client.session_transaction() as session:
            session["_user_id"] = planted
            session["_fresh"] = True
        assert client.get("/auth/profile").status_code == 302, planted


def test_signing_out_ends_the_session_of_this_browser(app: Flask, sign_in: SignIn) -> None:
    browser, other = sign_in("ana"), sign_in("ana")
    assert browser.get("/auth/logout").status_code == 405
    assert browser.post("/auth/logout").status_code == 400
    assert browser.get("/admin/user/").status_code == 200
    assert browser.submit("/auth/logout").status_code == 302
    assert browser.get("/admin/user/").status_code == 302
    assert last_entry(app).action == "user.sign_out"
    assert other.get("/admin/user/").status_code == 200


def test_rights_do_not_outlive_the_session(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("ana")
    browser.submit("/auth/logout")
    with browser.session_transaction() as session:
        assert not [name for name in session if "identity" in name or "user" in name]


def test_a_change_of_roles_counts_from_the_next_page_on(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("mo")
    assert browser.get("/admin/comment/").status_code == 200
    with app.app_context(), unit_of_work():
        person = db.session.scalars(select(User).where(User.username == "mo")).one()
        person.roles = [factories.find_role("editor")]
    assert browser.get("/admin/comment/").status_code == 403
    assert browser.get("/admin/post/").status_code == 200


def test_a_person_comes_to_where_she_was_going(app: Flask, client: Browser) -> None:
    answer = client.get("/admin/comment/?flt_status=pending")
    assert answer.status_code == 302
    page = client.get(answer.headers["Location"]).text
    token = token_in(page)
    following = re.search(r'name="next" value="([^"]+)"', page)
    assert following
    fields = {"csrf_token": token, "username": "admin", "password": ADMIN_PASSWORD, "next": following.group(1)}
    answer = client.post("/auth/login", data=fields)
    assert answer.headers["Location"] == "/admin/comment/?flt_status=pending"


def test_staff_go_to_their_work_and_others_to_the_paper(client: Browser, sign_in: SignIn) -> None:
    assert client.get("/").headers["Location"] == "/blog/"
    assert sign_in("mo").get("/").headers["Location"] == "/admin/"
    assert sign_in("nobody").get("/").headers["Location"] == "/auth/profile"


def test_too_many_tries_are_slowed_down_whatever_a_header_says(make_app: Callable[..., Flask]) -> None:
    app = make_app(RATELIMIT_ENABLED=True)
    browser: Browser = app.test_client()  # type: ignore[assignment]
    token = token_in(browser.get("/auth/login").text)
    fields = {"csrf_token": token, "username": "admin", "password": "wrong"}
    statuses = [
        browser.post("/auth/login", data=fields, headers={"X-Forwarded-For": f"192.0.2.{number}"}).status_code
        for number in range(40)
    ]
    assert statuses[0] == 422
    assert statuses[-1] == 429
    good = {**fields, "password": ADMIN_PASSWORD}
    assert browser.post("/auth/login", data=good).status_code == 429
    elsewhere = app.test_client()
    token = token_in(elsewhere.get("/auth/login", environ_base={"REMOTE_ADDR": "198.51.100.9"}).text)
    answer = elsewhere.post(
        "/auth/login", data={**good, "csrf_token": token}, environ_base={"REMOTE_ADDR": "198.51.100.9"}
    )
    assert answer.status_code == 302
