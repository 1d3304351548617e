"""Who guesses at a password is slowed down, and keeps nobody else out."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask

from backoffice.foundation.database import unit_of_work
from tests import people
from tests.browser import Browser

ELSEWHERE = {"REMOTE_ADDR": "203.0.113.9"}


def attempt(browser: Browser, username: str, password: str, **place: str) -> int:
    """The status of an attempt to sign in, from a place."""
    address = "/auth/login"
    browser.get(address, environ_overrides=place)
    data = {"csrf_token": browser.token(fresh=True), "username": username, "password": password}
    return browser.post(address, data=data, environ_overrides=place).status_code


def test_guesses_at_one_account_are_slowed_down(make_app: Callable[..., Flask]) -> None:
    app = make_app(RATELIMIT_ENABLED=True)
    with app.app_context(), unit_of_work():
        people.person("ed")
        people.person("mo")
    browser: Browser = app.test_client()  # type: ignore[assignment]
    guesses = [attempt(browser, " Ed " if number % 2 else "ed", f"guess {number}") for number in range(12)]
    assert guesses == [422] * 10 + [429] * 2
    # The right password comes too late now, but only for this account and from here.
    assert attempt(browser, "ed", people.PASSWORD) == 429
    assert attempt(browser, "mo", people.PASSWORD) == 302
    other: Browser = app.test_client()  # type: ignore[assignment]
    assert attempt(other, "ed", people.PASSWORD, **ELSEWHERE) == 302


def test_who_knows_her_password_is_not_counted(make_app: Callable[..., Flask]) -> None:
    app = make_app(RATELIMIT_ENABLED=True)
    with app.app_context(), unit_of_work():
        people.person("ed")
    statuses = []
    for _ in range(12):
        browser: Browser = app.test_client()  # type: ignore[assignment]
        statuses.append(attempt(browser, "ed", people.PASSWORD))
    assert statuses == [302] * 12
