"""Signing in without leaving the page: what the dialog of the scripts asks for and hears."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from backoffice.accounts.entering import SignIn
from backoffice.comments.models import Comment, CommentStatus
from backoffice.foundation import clock
from backoffice.foundation.database import db, unit_of_work
from backoffice.posts.models import Tag
from tests import factories, people
from tests.browser import Browser

SignInAs = Callable[[str], Browser]
SCRIPT = {"X-Requested-With": "fetch", "Accept": "application/json"}


def now(browser: Browser) -> dict[str, Any]:
    """What a script learns of the session."""
    answer = browser.get("/auth/session", headers=SCRIPT)
    assert answer.headers["Cache-Control"] == "no-store"
    told: dict[str, Any] = answer.get_json()
    return told


def signs_in(browser: Browser, username: str, password: str = people.PASSWORD, **more: Any) -> Any:
    """Post the dialog."""
    fields = {"csrf_token": now(browser)["token"], "username": username, "password": password, **more}
    return browser.post("/auth/login", data=fields, headers=SCRIPT)


def loses_her_session(browser: Browser) -> None:
    """The cookie is gone."""
    browser.delete_cookie("backoffice")


def test_a_script_learns_who_is_signed_in_and_the_token_of_the_session(client: Browser, sign_in: SignInAs) -> None:
    assert now(client)["username"] is None
    ana = sign_in("ana")
    told = now(ana)
    assert told["username"] == "ana"
    assert ana.post("/admin/tag/new/", data={"csrf_token": told["token"], "name": "Tides"}).status_code == 302


def test_to_ask_who_is_signed_in_is_no_activity(app: Flask, sign_in: SignInAs) -> None:
    ana = sign_in("ana")
    before = clock.now() - timedelta(minutes=30)
    with app.app_context(), unit_of_work():
        db.session.scalars(select(SignIn)).one().seen_at = before
    assert now(ana)["username"] == "ana"
    with app.app_context():
        assert db.session.scalars(select(SignIn.seen_at)).one() == before


def test_whoever_signs_in_by_script_gets_the_token_of_the_new_session(app: Flask, sign_in: SignInAs) -> None:
    ana = sign_in("ana")
    loses_her_session(ana)
    answer = signs_in(ana, "ana")
    assert answer.status_code == 200
    assert answer.get_json()["username"] == "ana"
    assert answer.headers["Cache-Control"] == "no-store"
    token = answer.get_json()["token"]
    assert ana.post("/admin/tag/new/", data={"csrf_token": token, "name": "Tides"}).status_code == 302
    with app.app_context():
        assert db.session.scalars(select(Tag.name)).all() == ["Tides"]


def test_a_script_hears_why_it_was_turned_away(client: Browser, sign_in: SignInAs) -> None:
    sign_in("ana")
    for username, password in (("ana", "wrong"), ("nobody at all", "wrong"), ("", "")):
        answer = signs_in(client, username, password)
        assert answer.status_code == 422
        assert answer.get_json()["error"].endswith(".")
        assert now(client)["username"] is None


def test_throttling_holds_for_scripts(make_app: Callable[..., Flask]) -> None:
    browser: Any = make_app(RATELIMIT_ENABLED=True).test_client()
    answers = [signs_in(browser, "admin", "wrong") for _ in range(11)]
    assert [answer.status_code for answer in answers] == [422] * 10 + [429]
    assert "Wait" in answers[-1].get_json()["error"]


def test_a_script_without_a_token_learns_that_it_needs_a_new_one(client: Browser, sign_in: SignInAs) -> None:
    fields = {"username": "ana", "password": people.PASSWORD}
    for browser, address in ((client, "/auth/login"), (sign_in("ana"), "/admin/tag/new/")):
        answer = browser.post(address, data=fields, headers=SCRIPT)
        assert (answer.status_code, answer.get_json()["reason"]) == (400, "token")


def test_a_button_pressed_after_the_session_ended_works_once_after_signing_in(app: Flask, sign_in: SignInAs) -> None:
    mo = sign_in("mo")
    with app.app_context(), unit_of_work():
        id = factories.comment().id
    fields = {"csrf_token": now(mo)["token"], "action": "approve", "rowid": str(id)}
    loses_her_session(mo)
    answer = mo.post("/admin/comment/action/", data=fields, headers=SCRIPT)
    assert answer.status_code == 401
    fields["csrf_token"] = signs_in(mo, "mo").get_json()["token"]
    answer = mo.post("/admin/comment/action/", data=fields, headers=SCRIPT)
    assert (answer.status_code, len(answer.get_json()["done"])) == (200, 1)
    with app.app_context():
        assert db.session.get_one(Comment, id).status is CommentStatus.APPROVED


def test_the_token_of_the_session_before_is_not_taken_any_more(sign_in: SignInAs) -> None:
    ana = sign_in("ana")
    old = now(ana)["token"]
    loses_her_session(ana)
    signs_in(ana, "ana")
    assert ana.post("/admin/tag/new/", data={"csrf_token": old, "name": "Tides"}).status_code == 400


@pytest.mark.parametrize("address", ["https://evil.example/", "//evil.example"])
def test_a_script_is_not_sent_anywhere(client: Browser, sign_in: SignInAs, address: str) -> None:
    sign_in("ana")
    answer = signs_in(client, "ana", next=address)
    assert answer.status_code == 200
    assert "Location" not in answer.headers
