"""Two requests at the same moment: one wins, the other hears it in words, and nothing typed is lost."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from sqlalchemy import event, select, text

from backoffice.accounts.entering import LastSeen
from backoffice.accounts.models import User
from backoffice.foundation.database import db, unit_of_work
from tests import people
from tests.browser import Browser, fields_in

SignIn = Callable[[str | User], Browser]


@pytest.fixture
def somebody_is_faster() -> Iterator[None]:
    """Every change of a person finds that somebody else changed her a moment ago."""

    def change(_mapper: object, connection: object, user: User) -> None:
        statement = text("UPDATE users SET version = version + 1 WHERE id = :id")
        connection.execute(statement, {"id": user.id})  # type: ignore[attr-defined]

    event.listen(User, "before_update", change)
    yield
    event.remove(User, "before_update", change)


def test_a_change_somebody_else_overtook_is_refused_in_words(sign_in: SignIn, somebody_is_faster: None) -> None:
    browser = sign_in("ed")
    typed = {"name": "Edward", "locale": "de", "time_zone": "UTC", "theme": "dark", "density": "compact"}
    answer = browser.submit("/auth/profile", typed, headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 409
    assert "at the same moment" in answer.text
    assert fields_in(answer.text, holding="time_zone")["name"] == ["Edward"]
    answer = browser.submit("/auth/profile/look", {"theme": "dark"}, headers={"X-Requested-With": "fetch"})
    assert (answer.status_code, answer.is_json) == (409, True)


@pytest.mark.both_databases
def test_a_person_signs_in_for_the_first_time_in_many_places_at_once(app: Flask) -> None:
    with app.app_context(), unit_of_work():
        number = people.person("ed").id
    browsers = [app.test_client() for _ in range(8)]
    for browser in browsers:
        browser.get("/auth/login")
    statuses: list[int] = []

    def enter(browser: Browser) -> None:
        statuses.append(browser.sign_in("ed", people.PASSWORD).status_code)

    threads = [threading.Thread(target=enter, args=(browser,)) for browser in browsers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [302] * 8
    with app.app_context():
        assert db.session.scalars(select(LastSeen.id)).all() == [number]
