"""`flask sign-in`: who is signed in, and what is done about it, from the command line."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from backoffice.accounts.models import User
from backoffice.foundation.database import db, unit_of_work
from backoffice.records.audit import AuditEntry
from backoffice.records.outbox import OutboxMail
from tests import factories, people
from tests.browser import Browser
from tests.signing.authenticator import find, set_up
from tests.terminal import refusal, run

SignInAs = Callable[[str | User], Browser]


def is_in(browser: Browser) -> bool:
    return browser.get("/auth/profile").status_code == 200


@pytest.mark.both_databases
def test_it_shows_how_a_person_signs_in(app: Flask, sign_in: SignInAs) -> None:
    set_up(sign_in("ed"))
    stranger: Browser = app.test_client()  # type: ignore[assignment]
    stranger.sign_in("ed", "not the password")
    told = json.loads(run(app, "sign-in", "show", "ed", "--json").stdout)
    assert (told["username"], told["failed_since"], told["has_second_factor"]) == ("ed", 1, True)
    assert [row["address"] for row in told["sessions"]] == ["127.0.0.1"]
    plain = run(app, "sign-in", "show", "ed").stdout
    assert "Failed attempts since: 1" in plain and "127.0.0.1" in plain


def test_it_ends_every_session_of_a_person(app: Flask, sign_in: SignInAs) -> None:
    first, second, other = sign_in("ed"), sign_in("ed"), sign_in("mo")
    assert "2 sessions ended." in run(app, "sign-in", "end", "ed").stdout
    assert not is_in(first) and not is_in(second) and is_in(other)
    with app.app_context():
        entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "user.end_sessions")).one()
    assert (entry.actor_name, entry.surface) == ("cli", "cli")


def test_it_mails_a_reset_and_shows_no_link(app: Flask) -> None:
    with app.app_context(), unit_of_work():
        people.person("ed")
    printed = run(app, "sign-in", "reset", "ed").stdout
    assert "ed@example.org" in printed and "/auth/" not in printed
    with app.app_context():
        assert "/auth/reset/" in db.session.scalars(select(OutboxMail.text)).one()


def test_it_demands_a_new_password_and_removes_a_second_factor(app: Flask, sign_in: SignInAs) -> None:
    set_up(sign_in("ed"))
    run(app, "sign-in", "remove-second-factor", "ed")
    run(app, "sign-in", "demand-password", "ed")
    assert find(app, "ed").must_change_password
    fresh: Browser = app.test_client()  # type: ignore[assignment]
    assert fresh.sign_in("ed", people.PASSWORD).headers["Location"] == "/auth/new-password"


@pytest.mark.parametrize("verb", ["show", "end", "reset", "demand-password", "remove-second-factor"])
@pytest.mark.parametrize("name", ["nobody-here", "a\x00b", ""])
def test_an_unknown_name_is_refused_in_one_line(app: Flask, verb: str, name: str) -> None:
    assert "There is no account" in refusal(run(app, "sign-in", verb, name))


@pytest.mark.parametrize("verb", ["reset", "remove-second-factor"])
def test_what_does_not_apply_is_refused_in_one_line(app: Flask, verb: str) -> None:
    with app.app_context(), unit_of_work():
        factories.user(username="silent", email=None)
    assert refusal(run(app, "sign-in", verb, "silent"))


def test_the_page_of_a_person_tells_how_she_signs_in(app: Flask, sign_in: SignInAs) -> None:
    set_up(sign_in("ed"))
    page = sign_in("ana").get(f"/admin/user/details/?id={find(app, 'ed').id}").text
    assert "Signing in" in page and "flt_user=ed" in page
    listed = sign_in("ana").get("/admin/session/?flt_user=ed").text
    assert listed.count("127.0.0.1") == 1
