"""Whoever wants no more of a mail says so by one press, also in her mail program, and can take it back."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from email import message_from_bytes
from email.policy import default
from typing import Any

import pytest
from flask import Flask
from jinja2 import ChoiceLoader, DictLoader

from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.errors import NotFound
from backoffice.foundation.i18n import _l
from backoffice.mail.message import message_of
from backoffice.records import outbox, stopping
from backoffice.records.outbox import OutboxMail, Promise

KIND = "tides"
LETTERS = {
    "mail/note.subject.txt": "{{ title }}",
    "mail/note.txt": 'Words\n{% include "mail/_stop.txt" %}',
    "mail/note.html": '{% extends "mail/_letter.html" %}{% block letter %}<p>Words</p>{% endblock %}',
}


@pytest.fixture
def house(make_app: Callable[..., Flask]) -> Iterator[Flask]:
    """The application with a letter and a kind of mail of the test's own."""
    app = make_app(BASE_URL="https://gazette.example")
    app.jinja_env.loader = ChoiceLoader([DictLoader(LETTERS), app.jinja_env.loader])  # type: ignore[list-item]
    stopping.stops_addresses(KIND, _l("Tides of the week"))
    yield app
    stopping._purposes.pop(KIND)


def link(app: Flask, email: str = "jo@example.org") -> str:
    """The path of the link that stops mail about tides to this address."""
    with app.app_context(), unit_of_work():
        whole = stopping.link(KIND, stopping.number_of(email, KIND))
    assert whole.startswith("https://gazette.example/mail/unsubscribe/")
    return whole.removeprefix("https://gazette.example")


def is_stopped(app: Flask, email: str = "jo@example.org") -> bool:
    """Whether she gets no more."""
    with app.app_context():
        return stopping.is_stopped(email, KIND)


def promised(app: Flask, **more: Any) -> OutboxMail:
    """A mail that can be stopped."""
    with app.app_context(), unit_of_work():
        stop = (KIND, stopping.number_of("jo@example.org", KIND))
        return outbox.promise("note", "jo@example.org", title="Low", stop=stop, **more)


@pytest.mark.both_databases
def test_opening_the_link_does_nothing_and_its_button_stops_the_mail(house: Flask) -> None:
    path, browser = link(house), house.test_client()
    page = browser.get(path).text
    assert "Tides of the week" in page
    assert browser.head(path).status_code == 200
    assert not is_stopped(house), "programs that look at mail open every link, some only by its head"
    done = browser.post(path)
    assert done.status_code == 200
    assert is_stopped(house)
    assert is_stopped(house, "JO@example.org")
    assert not is_stopped(house, "mo@example.org")
    assert 'name="again"' in done.text
    assert "again" in browser.post(path, data={"again": "1"}).text
    assert not is_stopped(house)


def test_a_mail_program_stops_it_by_one_request_without_a_session(house: Flask) -> None:
    """RFC 8058: no cookie, no token, only the line that the header promised."""
    answer = house.test_client().post(link(house), data={"List-Unsubscribe": "One-Click"}, headers={"Origin": "null"})
    assert answer.status_code == 200
    assert is_stopped(house)
    assert "Set-Cookie" not in answer.headers


def test_the_link_carries_no_address_and_is_kept_from_caches_and_other_sites(house: Flask) -> None:
    path = link(house)
    assert "jo" not in path.lower().split("/")[-1] or "example" not in path
    assert "@" not in path
    answer = house.test_client().get(path)
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "jo@example.org" not in answer.text
    assert link(house) == path, "the same for good"


@pytest.mark.parametrize("token", ["x", "WyJ0aWRlcyIsMV0.forged", "%00", "a" * 5000])
def test_a_forged_link_stops_nothing(house: Flask, token: str) -> None:
    link(house)
    for answer in (
        house.test_client().get(f"/mail/unsubscribe/{token}"),
        house.test_client().post(f"/mail/unsubscribe/{token}"),
    ):
        assert answer.status_code == 404
    assert not is_stopped(house)


def test_a_link_to_what_is_gone_says_so(house: Flask) -> None:
    with house.app_context():
        token = stopping.token_for(KIND, 999)
    assert house.test_client().post(f"/mail/unsubscribe/{token}").status_code == 404


def test_other_forms_still_need_their_token(house: Flask) -> None:
    assert house.test_client().post("/auth/login", data={"username": "ana", "password": "x"}).status_code == 400


def test_a_mail_that_can_be_stopped_says_how_in_its_headers_and_at_its_end(house: Flask) -> None:
    mail = promised(house)
    with house.app_context():
        message = message_from_bytes(message_of(db.session.get_one(OutboxMail, mail.id)), policy=default)
    found = re.fullmatch(r"<(https://gazette\.example/mail/unsubscribe/[\w.-]+)>", str(message["List-Unsubscribe"]))
    assert found
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    for kind in ("plain", "html"):
        body = message.get_body((kind,))
        assert body is not None
        assert found[1] in body.get_content()


def test_a_mail_that_cannot_be_stopped_promises_nothing(house: Flask) -> None:
    with house.app_context(), unit_of_work():
        mail = outbox.promise("note", "jo@example.org", title="Low")
    assert mail.headers == {}
    assert "Stop" not in (mail.html or "")
    assert mail.text == "Words"


def test_a_kind_that_nobody_registered_is_a_mistake_of_ours(house: Flask) -> None:
    with house.app_context(), pytest.raises(LookupError):
        stopping.link("nothing", 1)


@pytest.mark.both_databases
def test_many_are_asked_about_at_once(house: Flask) -> None:
    with house.app_context(), unit_of_work():
        stopping.stop_address("Jo@example.org", KIND)
        stopping.number_of("mo@example.org", KIND)
        many = [f"r{number}@example.org" for number in range(1200)]
        assert stopping.stopped_among([*many, "JO@example.org", "mo@example.org"], KIND) == {"jo@example.org"}
        with pytest.raises(NotFound):
            stopping.read("x")


@pytest.mark.both_databases
def test_thousands_are_promised_in_a_few_statements_and_each_once(house: Flask) -> None:
    with house.app_context():
        some = [
            Promise(f"r{number}@example.org", key=f"tide:{number}", origin=("tide", number), context={"title": "Low"})
            for number in range(1500)
        ]
        with unit_of_work():
            assert outbox.promise_many("note", some[:1000]) == 1000
        with unit_of_work():
            assert outbox.promise_many("note", some) == 500
            assert outbox.promise_many("note", [*some, Promise("x@example.org", context={"title": "Low"})]) == 1
            assert outbox.promise_many("note", []) == 0
        rows = db.session.execute(db.select(OutboxMail.message_id, OutboxMail.origin_id, OutboxMail.set_at)).all()
        assert len({row.message_id for row in rows}) == 1501
        assert None not in {row.set_at for row in rows}
