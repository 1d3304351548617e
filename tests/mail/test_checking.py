"""Right before a mail goes, everybody who may know better is asked: the account, and whoever promised it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from jinja2 import ChoiceLoader, DictLoader
from sqlalchemy import select

from backoffice.accounts.models import User
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.i18n import _l
from backoffice.mail.delivering import deliver_due
from backoffice.mail.models import MailAttempt
from backoffice.records import outbox
from backoffice.records.outbox import MailStatus, OutboxMail
from tests import factories
from tests.mail.server import MailServer

pytestmark = pytest.mark.both_databases
LETTERS = {
    "mail/note.subject.txt": "{{ title }}",
    "mail/note.txt": "{{ title }} for {{ name }} at {{ to }} {{ stop_link or '' }}",
    "mail/note.html": "<p>{{ title }}</p>",
}
Answer = Callable[[Any], object]


@pytest.fixture
def house(sending: Flask) -> Flask:
    """The application with a letter of the test's own."""
    sending.jinja_env.loader = ChoiceLoader([DictLoader(LETTERS), sending.jinja_env.loader])  # type: ignore[list-item]
    return sending


@pytest.fixture
def answering() -> Iterator[Callable[[Answer], None]]:
    """Lets the test answer for mail about tides."""
    before = dict(outbox._checks)

    def answer(check: Answer) -> None:
        outbox.checked_by("tide")(check)  # type: ignore[arg-type]  # what a test answers

    yield answer
    outbox._checks.clear()
    outbox._checks.update(before)


def promise(app: Flask, **more: Any) -> int:
    """A mail about tide 7; its number."""
    with app.app_context(), unit_of_work():
        return outbox.promise("note", **{"to": "ana@example.org", "title": "Low", "origin": ("tide", 7), **more}).id


def now(app: Flask, id: int) -> OutboxMail:
    """The mail as it stands."""
    with app.app_context():
        return db.session.get_one(OutboxMail, id)


def change(app: Flask, username: str, **values: Any) -> None:
    """Change an account."""
    with app.app_context(), unit_of_work():
        user = db.session.scalars(select(User).where(User.username == username)).one()
        for name, value in values.items():
            setattr(user, name, value)


def to_reader(app: Flask, **more: Any) -> int:
    """A mail to a person of the house."""
    with app.app_context(), unit_of_work():
        reader = factories.user(username="noor", name="Noor", email="noor@example.org")
        return outbox.promise("note", "noor@example.org", user=reader, title="Low", **more).id


def test_what_is_not_true_any_more_is_not_sent_and_says_why(
    house: Flask, server: MailServer, answering: Callable[[Answer], None]
) -> None:
    asked: list[tuple[str, int]] = []

    def gone(mail: OutboxMail) -> outbox.Drop:
        asked.append((str(mail.origin_kind), mail.origin_id or 0))
        return outbox.Drop(_l("Cancelled"))

    answering(gone)
    id = promise(house)
    assert deliver_due(house) == 0
    assert server.ids == []
    assert (now(house, id).status, now(house, id).last_error) == (MailStatus.CANCELLED, "Cancelled")
    assert asked == [("tide", 7)]


def test_what_changed_is_written_anew_before_it_goes(
    house: Flask, server: MailServer, answering: Callable[[Answer], None]
) -> None:
    answering(lambda mail: outbox.Anew("note", {"title": "High"}))
    id = promise(house)
    assert deliver_due(house) == 1
    (sent,) = server.taken
    assert sent["Subject"] == "High"
    assert "High for" in sent.as_string()
    assert sent["Message-ID"] == now(house, id).message_id
    assert (now(house, id).subject, now(house, id).html) == ("High", "<p>High</p>")


def test_what_is_as_it_was_goes_as_it_was(
    house: Flask, server: MailServer, answering: Callable[[Answer], None]
) -> None:
    answering(lambda mail: None)
    promise(house)
    assert deliver_due(house) == 1
    assert server.taken[0]["Subject"] == "Low"


def test_a_check_that_breaks_keeps_no_other_mail(
    house: Flask, server: MailServer, answering: Callable[[Answer], None]
) -> None:
    answering(lambda mail: 1 // 0)
    broken = promise(house)
    promise(house, origin=None)
    assert deliver_due(house) == 1
    assert (now(house, broken).status, now(house, broken).attempts) == (MailStatus.WAITING, 1)
    assert now(house, broken).last_error == "ZeroDivisionError"


def test_who_was_deactivated_a_second_before_gets_nothing(house: Flask, server: MailServer) -> None:
    id = to_reader(house)
    change(house, "noor", is_active=False)
    assert deliver_due(house) == 0
    assert server.ids == []
    assert now(house, id).status is MailStatus.CANCELLED
    assert "not active" in now(house, id).last_error


def test_a_mail_goes_to_the_address_that_its_reader_has_now(house: Flask, server: MailServer) -> None:
    id = to_reader(house)
    change(house, "noor", email="noor@new.example")
    assert deliver_due(house) == 1
    assert server.envelopes[0][1] == ["noor@new.example"]
    assert now(house, id).recipient == "noor@new.example"


def test_a_key_is_not_carried_to_an_address_it_was_not_made_for(house: Flask, server: MailServer) -> None:
    id = to_reader(house, secret=True)
    change(house, "noor", email="noor@new.example")
    assert deliver_due(house) == 0
    assert (now(house, id).status, now(house, id).text) == (MailStatus.CANCELLED, "")


def test_what_was_meant_for_another_address_of_hers_goes_there(house: Flask, server: MailServer) -> None:
    """The warning that her address was changed goes to the old one."""
    with house.app_context(), unit_of_work():
        reader = factories.user(username="noor", email="noor@new.example")
        outbox.promise("note", "noor@old.example", user=reader, title="Low")
    assert deliver_due(house) == 1
    assert server.envelopes[0][1] == ["noor@old.example"]


def test_what_is_changed_while_it_waits_for_its_turn_is_seen(
    house: Flask, server: MailServer, answering: Callable[[Answer], None]
) -> None:
    """Mails are claimed many at once; each is looked at right before its own turn."""
    dropped: set[int] = set()
    answering(lambda mail: outbox.Drop("late") if mail.id in dropped else None)
    ids = [promise(house) for _ in range(3)]
    server.then = lambda: dropped.add(ids[1])
    assert deliver_due(house) == 2
    assert [now(house, id).status.value for id in ids] == ["sent", "cancelled", "sent"]


def test_what_happened_on_the_way_is_kept_with_the_mail_and_forgotten_with_it(
    house: Flask, server: MailServer, answering: Callable[[Answer], None]
) -> None:
    answering(lambda mail: outbox.Drop("late"))
    id = promise(house)
    deliver_due(house)
    with house.app_context():
        assert db.session.scalars(select(MailAttempt.words)).all() == ["late"]
        with unit_of_work():
            db.session.delete(db.session.get_one(OutboxMail, id))
        assert db.session.scalars(select(MailAttempt)).all() == []
