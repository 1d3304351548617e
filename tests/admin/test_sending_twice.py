"""A button pressed twice makes one record; going back and changing something makes another."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import func, select

from backoffice.accounts.models import User
from backoffice.foundation.database import db
from backoffice.reminders.models import Reminder
from tests.browser import Browser, fields_in

pytestmark = pytest.mark.both_databases
SignIn = Callable[[str | User], Browser]
TYPED = {"subject": "Ferry", "due_at": "2027-01-01T10:00", "recipient": "ed"}


def filled(browser: Browser, **typed: str) -> dict[str, object]:
    """The form for a new reminder, filled in."""
    return {**fields_in(browser.get("/admin/reminder/new/").text, holding="subject"), **TYPED, **typed}


def subjects(app: Flask) -> list[str]:
    with app.app_context():
        return list(db.session.scalars(select(Reminder.subject).order_by(Reminder.id)))


def test_a_form_sent_twice_makes_one_record_and_answers_alike(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("ed")
    form = filled(browser)
    for _ in range(2):
        assert browser.post("/admin/reminder/new/", data=form).headers["Location"] == "/admin/reminder/"
        assert "Saved: Ferry." in browser.get("/admin/reminder/").text
    assert subjects(app) == ["Ferry"]


def test_a_form_sent_twenty_times_at_once_makes_one_record(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("ed")
    form = filled(browser)
    cookie = browser.get_cookie("backoffice")
    assert cookie is not None
    statuses: list[int] = []

    def press() -> None:
        copy = app.test_client()
        copy.set_cookie("backoffice", cookie.value)
        statuses.append(copy.post("/admin/reminder/new/", data=form).status_code)

    threads = [threading.Thread(target=press) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [302] * 20
    assert subjects(app) == ["Ferry"]


def test_what_is_changed_after_going_back_is_another_record(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("ed")
    form = filled(browser)
    browser.post("/admin/reminder/new/", data=form)
    browser.post("/admin/reminder/new/", data={**form, "subject": "Harbour"})
    assert subjects(app) == ["Ferry", "Harbour"]


def test_a_form_opened_anew_may_say_the_same(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("ed")
    for _ in range(2):
        browser.post("/admin/reminder/new/", data=filled(browser))
    assert subjects(app) == ["Ferry", "Ferry"]


def test_a_form_that_was_refused_can_be_sent_again(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("ed")
    form = filled(browser, recipient="nobody at all")
    answer = browser.post("/admin/reminder/new/", data=form)
    assert answer.status_code == 422
    again = {**fields_in(answer.text, holding="subject"), "recipient": "ed"}
    assert again["once"] == form["once"]
    assert browser.post("/admin/reminder/new/", data=again).status_code == 302
    assert subjects(app) == ["Ferry"]


def test_the_key_of_one_person_is_not_that_of_another(app: Flask, sign_in: SignIn) -> None:
    first, second = sign_in("ed"), sign_in("ana")
    form = filled(first)
    first.post("/admin/reminder/new/", data=form)
    second.post("/admin/reminder/new/", data={**form, "csrf_token": second.token()})
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Reminder)) == 2
