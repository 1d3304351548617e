"""Mail is promised with the change it tells of, once, in the words of its reader."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from jinja2 import ChoiceLoader, DictLoader
from sqlalchemy import select

from backoffice.foundation.acting import acting
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.errors import InvalidInput
from backoffice.records import outbox
from backoffice.records.outbox import MailStatus, OutboxMail
from tests import factories

WHEN = datetime(2026, 11, 21, 20, 0, tzinfo=UTC)
LETTERS = {
    "mail/note.subject.txt": "{{ title }}",
    "mail/note.txt": "{{ text }}\n{{ locale }} {{ direction }} {{ _('Comments') }} {{ when|moment }}",
    "mail/note.html": "<p>{{ text }}</p>",
    "mail/short.subject.txt": "Short",
    "mail/short.txt": "Only words",
    "mail/broken.subject.txt": "Broken",
    "mail/broken.txt": "{% include 'mail/nowhere.txt' %}",
}


@pytest.fixture
def house(app: Flask) -> Flask:
    """The application with letters of the test's own."""
    app.jinja_env.loader = ChoiceLoader([DictLoader(LETTERS), app.jinja_env.loader])  # type: ignore[list-item]
    return app


def note(to: str = "ana@example.org", **more: Any) -> OutboxMail:
    """Promise the letter `note`."""
    return outbox.promise("note", to, **{"title": "A note", "text": "Words", "when": WHEN, **more})


def promised(app: Flask) -> list[OutboxMail]:
    """What stands in the outbox."""
    with app.app_context():
        return list(db.session.scalars(select(OutboxMail).order_by(OutboxMail.id)))


@pytest.mark.both_databases
def test_a_promise_comes_with_the_change_and_goes_with_it(house: Flask) -> None:
    with house.app_context():
        with pytest.raises(ZeroDivisionError), unit_of_work():
            note()
            factories.tag(name=str(1 // 0))
        with acting(request_id="REQUEST00001"), unit_of_work():
            factories.tag(name="Tides")
            note()
    (mail,) = promised(house)
    assert (mail.recipient, mail.subject, mail.status, mail.attempts) == (
        "ana@example.org",
        "A note",
        MailStatus.WAITING,
        0,
    )
    assert mail.request_id == "REQUEST00001"
    assert mail.html == "<p>Words</p>"


@pytest.mark.both_databases
def test_a_promise_with_the_same_key_is_made_once(house: Flask) -> None:
    with house.app_context(), unit_of_work():
        first = note(key="comment 7")
        assert note(key="comment 7", title="Another") is first
        assert note(key="comment 8") is not first
        assert note() is not note()
    with house.app_context(), unit_of_work():
        assert note(key="comment 7").id == first.id
    assert [mail.key for mail in promised(house)] == ["comment 7", "comment 8", None, None]


def test_each_mail_has_a_name_of_its_own_at_the_public_host(make_app: Callable[..., Flask]) -> None:
    for settings, host in (
        ({}, "localhost"),
        ({"BASE_URL": "https://gazette.example:8443/x"}, "gazette.example"),
        ({"BASE_URL": "https://zeitung.münchen.example"}, "zeitung.xn--mnchen-3ya.example"),
    ):
        app = make_app(**settings)
        with app.app_context():
            one, other = factories.mail(), factories.mail()
            assert one.message_id != other.message_id
            assert one.message_id.endswith(f"@{host}>")


def test_the_reader_is_written_to_in_her_language_and_zone(house: Flask) -> None:
    reader = SimpleNamespace(id=None, name="Noor", locale="ar", time_zone="Asia/Tokyo")
    with house.test_request_context(headers={"Accept-Language": "fr"}), unit_of_work():
        text = note(user=reader).text
        german = note(user=reader, locale="de").text
        plain = note().text
    assert "ar rtl" in text
    assert "التعليقات" in text
    assert "de ltr Kommentare 22.11.2026, 05:00:00" in german
    assert "en ltr Comments" in plain
    assert "Nov 21, 2026, 8:00:00" in plain


def test_writing_to_a_reader_leaves_the_page_in_the_language_of_whoever_asked(house: Flask) -> None:
    from flask_babel import get_locale, get_timezone

    with house.test_request_context(headers={"Accept-Language": "fr"}), unit_of_work():
        before = (str(get_locale()), str(get_timezone()))
        note(user=SimpleNamespace(id=None, name="", locale="ar", time_zone="Asia/Tokyo"))
        assert (str(get_locale()), str(get_timezone())) == before == ("fr", "UTC")


def test_a_mail_needs_no_formatted_text(house: Flask) -> None:
    with house.app_context(), unit_of_work():
        assert outbox.promise("short", "ana@example.org").html is None


def test_a_letter_that_is_not_there_is_a_mistake_of_ours(house: Flask) -> None:
    with house.app_context():
        with pytest.raises(LookupError):
            outbox.promise("nothing", "ana@example.org")
        with pytest.raises(Exception, match="nowhere"):
            outbox.promise("broken", "ana@example.org")


@pytest.mark.parametrize(
    "to",
    ["", "ana", "ana@", "ana@example.org\nBcc: all@example.org", "ana@example.org, bo@example.org", "a b@example.org"],
)
def test_what_is_no_address_is_refused(house: Flask, to: str) -> None:
    with house.app_context(), pytest.raises(InvalidInput):
        note(to)


@pytest.mark.parametrize(
    "sign", ["\n", "\r\n", "\r", "\x00", "\x0b", "\x0c", "\x85", "\u2028", "\u2029", "\t", "\u202e"]
)
def test_a_subject_is_one_line_whatever_is_in_it(house: Flask, sign: str) -> None:
    with house.app_context(), unit_of_work():
        subject = note(title=f"Tide{sign}Bcc: all@example.org").subject
    assert subject in ("Tide Bcc: all@example.org", "TideBcc: all@example.org")


def test_a_long_subject_is_cut(house: Flask) -> None:
    with house.app_context(), unit_of_work():
        assert len(note(title="tide " * 200).subject) <= 200
        assert len(note(title="t" * 500).subject) <= 200


def test_what_people_typed_is_text_in_the_formatted_text(house: Flask) -> None:
    with house.app_context(), unit_of_work():
        assert note(text="<script>alert(1)</script>").html == "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"


def test_links_lead_to_the_public_address_whatever_the_request_says(make_app: Callable[..., Flask]) -> None:
    app = make_app(BASE_URL="https://gazette.example")
    with app.test_request_context(base_url="http://evil.example"):
        assert outbox.link_to("accounts.sign_in") == "https://gazette.example/auth/login"
    with app.app_context():
        assert outbox.link_to("accounts.sign_in") == "https://gazette.example/auth/login"
    with make_app().app_context():
        assert outbox.link_to("accounts.sign_in") == "http://localhost/auth/login"


def test_every_letter_of_the_house_has_a_subject_and_a_text(app: Flask) -> None:
    folder = Path(app.root_path).parent / "templates" / "mail"
    names = {path.name.split(".", 1)[0] for path in folder.iterdir() if not path.name.startswith("_")}
    assert "invitation" in names
    for name in names:
        assert (folder / f"{name}.subject.txt").exists()
        assert (folder / f"{name}.txt").exists()
