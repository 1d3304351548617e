"""Strangers make accounts only where that is open, only with an address of their own, and may next to nothing then."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from backoffice.accounts.models import User
from backoffice.foundation import clock
from backoffice.foundation.database import db, unit_of_work
from backoffice.records.outbox import OutboxMail
from backoffice.records.policies import OPEN_REGISTRATION, Setting
from tests import factories
from tests.browser import Browser

pytestmark = pytest.mark.both_databases
GOOD = {"name": "Nia Newcomer", "username": "nia", "password": "lantern tide quay", "again": "lantern tide quay"}


@pytest.fixture
def opened(app: Flask) -> Flask:
    """Registration is open."""
    with app.app_context(), unit_of_work():
        db.session.add(Setting(name=OPEN_REGISTRATION.name, value=True))
    return app


def mails(app: Flask) -> list[OutboxMail]:
    with app.app_context():
        return list(db.session.scalars(select(OutboxMail).order_by(OutboxMail.id)))


def link_for(app: Flask, client: Browser, email: str) -> str:
    """The path in the mail to a stranger who asked."""
    assert client.submit("/auth/register", {"email": email}).status_code == 200
    found = re.search(r"/auth/register/\S+", mails(app)[-1].text)
    assert found
    return found[0]


def people(app: Flask) -> set[str]:
    with app.app_context():
        return set(db.session.scalars(select(User.username)))


def test_it_is_closed_unless_somebody_opens_it(app: Flask, client: Browser) -> None:
    assert client.get("/auth/register").status_code == 404
    assert client.submit("/auth/register", {"email": "nia@example.org"}).status_code == 404
    assert "/auth/register" not in client.get("/auth/login").text
    assert mails(app) == []


def test_a_stranger_confirms_her_address_and_gets_the_least_role(opened: Flask, client: Browser) -> None:
    assert "/auth/register" in client.get("/auth/login").text
    link = link_for(opened, client, "Nia@Example.org")
    assert people(opened) == {"admin"}
    assert client.get(link).status_code == 200
    assert client.submit(link, GOOD).status_code == 302
    with opened.app_context():
        nia = db.session.scalars(select(User).where(User.username == "nia")).one()
        assert (nia.email, [role.name for role in nia.roles], nia.granted) == ("nia@example.org", ["default"], {})
    assert client.sign_in("nia", GOOD["password"]).status_code == 302
    assert client.get("/admin/user/").status_code == 403


def test_a_link_works_once(opened: Flask, client: Browser) -> None:
    link = link_for(opened, client, "nia@example.org")
    client.submit(link, GOOD)
    assert client.get(link).status_code == 404
    assert client.submit(link, {**GOOD, "username": "nia2"}).status_code == 404
    assert people(opened) == {"admin", "nia"}


def test_a_link_works_for_a_day(opened: Flask, client: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    link = link_for(opened, client, "nia@example.org")
    real = time.time()
    monkeypatch.setattr("itsdangerous.timed.time.time", lambda: real + 25 * 60 * 60)
    assert client.get(link).status_code == 404


@pytest.mark.parametrize("changed", ["x", "made-up", "..", "a.b.c"])
def test_a_link_that_nobody_sent_leads_nowhere(opened: Flask, client: Browser, changed: str) -> None:
    assert client.get(f"/auth/register/{changed}").status_code == 404
    link = link_for(opened, client, "nia@example.org")
    assert client.get(link[:-3] + "abc").status_code == 404


def test_closing_it_closes_links_too(opened: Flask, client: Browser) -> None:
    link = link_for(opened, client, "nia@example.org")
    with opened.app_context(), unit_of_work():
        db.session.scalars(select(Setting)).one().value = False
    assert client.get(link).status_code == 404
    assert client.submit(link, GOOD).status_code == 404


def test_known_and_unknown_addresses_get_the_same_answer(opened: Flask, client: Browser) -> None:
    with opened.app_context(), unit_of_work():
        factories.user(username="mo", email="mo@example.org")
    known = client.submit("/auth/register", {"email": "mo@example.org"})
    unknown = client.submit("/auth/register", {"email": "no@example.org"})
    assert known.status_code == unknown.status_code == 200
    assert known.text.replace("mo@", "no@") == unknown.text
    first, second = mails(opened)
    assert (first.recipient, second.recipient) == ("mo@example.org", "no@example.org")
    assert "/auth/register/" not in first.text
    assert first.is_secret and second.is_secret


def test_one_address_gets_at_most_one_mail_an_hour(
    opened: Flask, client: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _time in range(3):
        client.submit("/auth/register", {"email": "nia@example.org"})
    assert len(mails(opened)) == 1
    later = clock.now() + timedelta(hours=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    client.submit("/auth/register", {"email": "nia@example.org"})
    assert len(mails(opened)) == 2


def test_who_asks_too_often_is_slowed_down(opened: Flask, make_app: Callable[..., Flask]) -> None:
    client: Browser = make_app(RATELIMIT_ENABLED=True).test_client()  # type: ignore[assignment]
    answers = [client.submit("/auth/register", {"email": f"n{n}@example.org"}).status_code for n in range(8)]
    assert 429 in answers


@pytest.mark.parametrize("email", ["", "nia", "nia@", "a b@example.org", "x" * 300 + "@example.org"])
def test_what_is_no_address_is_refused_in_words(opened: Flask, client: Browser, email: str) -> None:
    answer = client.submit("/auth/register", {"email": email})
    assert answer.status_code == 422
    assert mails(opened) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"username": "admin"},
        {"username": "erased-7"},
        {"username": "Not A Name!"},
        {"username": ""},
        {"name": ""},
        {"password": "short", "again": "short"},
        {"again": "something else"},
    ],
    ids=str,
)
def test_a_form_that_is_not_right_makes_nothing(opened: Flask, client: Browser, wrong: dict[str, str]) -> None:
    link = link_for(opened, client, "nia@example.org")
    answer = client.submit(link, {**GOOD, **wrong})
    assert answer.status_code == 422
    assert people(opened) == {"admin"}
    assert client.submit(link, GOOD).status_code == 302


def test_nobody_gives_herself_more_by_the_form(opened: Flask, client: Browser) -> None:
    link = link_for(opened, client, "nia@example.org")
    client.submit(link, {**GOOD, "roles": "administrator", "email": "other@example.org", "is_active": "y"})
    with opened.app_context():
        nia = db.session.scalars(select(User).where(User.username == "nia")).one()
        assert ([role.name for role in nia.roles], nia.email) == (["default"], "nia@example.org")
