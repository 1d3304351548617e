"""Whatever a server, a disk, a database or a clock does: nothing is lost, no one is stuck, and it goes on by itself."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select, update
from sqlalchemy.exc import OperationalError

from backoffice.foundation import clock
from backoffice.foundation.database import db, unit_of_work
from backoffice.mail import checking, claiming
from backoffice.mail.deliveries import Limits
from backoffice.mail.delivering import MANY, deliver_due, is_due
from backoffice.mail.models import MailPause, Trouble
from backoffice.records.outbox import MailStatus, OutboxMail
from tests import factories
from tests.browser import Browser
from tests.mail.rude_server import RudeServer, took
from tests.mail.server import NAME, MailServer

SECOND = timedelta(seconds=1)
SHORT = Limits(call=SECOND, command=SECOND, after_dot=SECOND, whole=2 * SECOND)
SignIn = Callable[[str], Browser]


@pytest.fixture
def rude() -> Iterator[RudeServer]:
    """A server that can be made misbehave."""
    made = RudeServer()
    yield made
    made.stop()


def sending_to(make_app: Callable[..., Flask], port: int, kind: str = "smtp", who: str = "") -> Flask:
    """An application that sends there."""
    return make_app(MAIL_URL=f"{kind}://{who}127.0.0.1:{port}", BASE_URL="https://gazette.example")


def mails(app: Flask, many: int = 1, **changes: Any) -> list[str]:
    """New mails that wait; their Message-IDs."""
    with app.app_context(), unit_of_work():
        return [factories.mail(**changes).message_id for _ in range(many)]


def states(app: Flask) -> list[tuple[str, int]]:
    """Status and attempts of every mail, in the order of their numbers."""
    with app.app_context():
        rows = db.session.execute(select(OutboxMail.status, OutboxMail.attempts).order_by(OutboxMail.id))
        return [(status.value, attempts) for status, attempts in rows]


def pause(app: Flask) -> MailPause | None:
    """Why everything waits."""
    with app.app_context():
        return db.session.scalar(select(MailPause))


def time_passes(app: Flask, span: timedelta) -> None:
    """Let everything that is planned have been planned earlier."""
    with app.app_context(), unit_of_work():
        for row in [*db.session.scalars(select(OutboxMail)), *db.session.scalars(select(MailPause))]:
            row.next_at -= span


@pytest.mark.both_databases
def test_a_password_that_is_refused_stops_the_queue_and_uses_up_nothing(
    make_app: Callable[..., Flask], server: MailServer, sign_in: SignIn
) -> None:
    wrong = sending_to(make_app, server.port, who=f"{NAME}:wrong@")
    ids = mails(wrong, 3)
    assert deliver_due(wrong) == 0
    found = pause(wrong)
    assert found is not None
    assert (found.why, found.words) == (Trouble.SETTINGS, "535 5.7.8 Authentication credentials invalid")
    assert states(wrong) == [("waiting", 0)] * 3
    ana = sign_in("ana")
    for page in ("/admin/", "/admin/outbox/"):
        assert "535 5.7.8 Authentication credentials invalid" in ana.get(page).text
    assert "535 5.7.8" not in sign_in("mo").get("/admin/").text
    right = sending_to(make_app, server.port)
    assert deliver_due(right) == 0, "nobody looks before it is time"
    assert ana.submit("/admin/outbox/queue/try/", {}).status_code == 303
    assert deliver_due(right) == 3
    assert sorted(server.ids) == sorted(ids)
    assert pause(right) is None
    assert "535 5.7.8" not in ana.get("/admin/outbox/").text


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        ({"MAIL": "530 5.7.0 authentication required"}, Trouble.SETTINGS),
        ({"MAIL": "550 sender refused"}, Trouble.SETTINGS),
        ({"RCPT": "530 5.7.0 authentication required"}, Trouble.SETTINGS),
        ({"EHLO": "421 too busy"}, Trouble.AWAY),
        ({"MAIL": "421 closing"}, Trouble.AWAY),
    ],
)
def test_what_is_about_the_house_keeps_all_mail_and_blames_none(
    make_app: Callable[..., Flask], rude: RudeServer, answers: dict[str, str], why: Trouble
) -> None:
    rude.answers.update(answers)
    app = sending_to(make_app, rude.port)
    mails(app, 2)
    assert deliver_due(app, limits=SHORT) == 0
    found = pause(app)
    assert found is not None
    assert found.why is why
    assert states(app) == [("waiting", 0)] * 2
    rude.answers.update({"EHLO": "250 fine", "MAIL": "250 fine", "RCPT": "250 fine"})
    time_passes(app, timedelta(minutes=3))
    assert deliver_due(app, limits=SHORT) == 2


def test_one_address_that_asks_for_a_password_keeps_the_others_waiting_once_only(
    make_app: Callable[..., Flask], rude: RudeServer
) -> None:
    rude.answers["RCPT"] = "530 5.7.0 authentication required"
    app = sending_to(make_app, rude.port)
    mails(app, 1)
    assert deliver_due(app, limits=SHORT) == 0 and pause(app) is not None
    rude.answers["RCPT"] = "250 fine"
    mails(app, 2)
    time_passes(app, timedelta(minutes=3))
    with app.app_context(), unit_of_work():
        # The first of them is again the one that nobody takes.
        first = db.session.scalars(select(OutboxMail).order_by(OutboxMail.id)).first()
        assert first is not None
        first.next_at += timedelta(minutes=30)
    assert deliver_due(app, limits=SHORT) == 2
    rude.answers["RCPT"] = "530 5.7.0 authentication required"
    time_passes(app, timedelta(minutes=30))
    assert deliver_due(app, limits=SHORT) == 0
    assert pause(app) is None
    assert states(app) == [("waiting", 1), ("sent", 1), ("sent", 1)]


@pytest.mark.both_databases
def test_whatever_signs_a_server_refuses_a_mail_with_the_refusal_is_kept(
    make_app: Callable[..., Flask], rude: RudeServer
) -> None:
    rude.answers["RCPT"] = "550 no \0 such\x1b[31m \x85reader"
    app = sending_to(make_app, rude.port)
    mails(app)
    assert deliver_due(app, limits=SHORT) == 0
    assert states(app) == [("failed", 1)]
    with app.app_context():
        assert db.session.scalars(select(OutboxMail.last_error)).one() == "550 no such[31m reader"


def test_a_server_without_the_encryption_that_was_asked_for_keeps_all_mail(
    make_app: Callable[..., Flask], server: MailServer
) -> None:
    app = sending_to(make_app, server.port, "smtp+starttls")
    mails(app)
    assert deliver_due(app) == 0
    found = pause(app)
    assert found is not None
    assert found.why is Trouble.SETTINGS
    assert states(app) == [("waiting", 0)]


@pytest.mark.parametrize("place", ["greeting", "EHLO", "MAIL", "RCPT", "DATA", "."])
@pytest.mark.parametrize("manner", ["silence", "drip"])
def test_a_server_that_does_not_answer_holds_nobody_for_longer_than_the_limit(
    make_app: Callable[..., Flask], rude: RudeServer, place: str, manner: str
) -> None:
    if manner == "drip":
        rude.drips_at = "" if place == "greeting" else place
    if place == "greeting":
        rude.greeting = None
    elif manner == "silence":
        rude.answers[place] = None
    app = sending_to(make_app, rude.port)
    mails(app)
    begun = time.monotonic()
    assert deliver_due(app, limits=SHORT) == 0
    assert took(begun) < 5
    ((status, attempts),) = states(app)
    assert status == "waiting"
    is_about_the_server = place in ("greeting", "EHLO", "MAIL")
    assert attempts == (0 if is_about_the_server else 1)
    assert (pause(app) is not None) == is_about_the_server


@pytest.mark.both_databases
def test_one_bad_reader_of_three_keeps_the_other_two_from_nothing(sending: Flask, server: MailServer) -> None:
    good = mails(sending) + mails(sending)
    mails(sending, recipient="unknown@example.org", next_at=clock.now() - timedelta(hours=1))
    assert deliver_due(sending) == 2
    assert sorted(server.ids) == sorted(good)
    assert sorted(states(sending)) == [("failed", 1), ("sent", 1), ("sent", 1)]


def test_a_server_that_hangs_up_on_every_message_is_away(sending: Flask, server: MailServer) -> None:
    server.answer = "421 shutting down"
    mails(sending, MANY + 5)
    assert deliver_due(sending) == 0
    found = pause(sending)
    assert found is not None
    assert found.why is Trouble.AWAY
    assert sum(attempts for _status, attempts in states(sending)) == MANY
    server.answer = None
    time_passes(sending, timedelta(seconds=10))
    assert deliver_due(sending) == MANY + 5, "those that were tried do not wait for their own next attempt"


def test_a_mail_nobody_can_put_into_a_message_keeps_no_other(app: Flask) -> None:
    mails(app, recipient="a\r\nRCPT TO:<b@example.org>@example.org", next_at=clock.now() - timedelta(hours=1))
    mails(app)
    assert deliver_due(app) == 1
    assert sorted(states(app)) == [("sent", 1), ("waiting", 1)]


@pytest.mark.both_databases
def test_a_next_attempt_set_by_a_clock_that_was_ahead_is_found(app: Flask) -> None:
    ahead = clock.now() + timedelta(hours=2)
    mails(app, set_at=ahead, next_at=ahead + timedelta(minutes=5), attempts=1)
    mails(app, set_at=clock.now(), next_at=clock.now() + timedelta(hours=1), attempts=3)
    mails(app, status=MailStatus.SENDING, lease_token="x", lease_until=ahead + timedelta(seconds=25))
    with app.app_context():
        assert is_due()
    assert deliver_due(app) == 2
    assert [status for status, _ in states(app)] == ["sent", "waiting", "sent"]


@pytest.mark.both_databases
def test_told_to_stop_it_gives_back_at_once_what_it_has_not_begun(sending: Flask, server: MailServer) -> None:
    ids = mails(sending, 10)
    assert deliver_due(sending, lambda: len(server.ids) >= 3) == 3
    assert states(sending) == [("sent", 1)] * 3 + [("waiting", 0)] * 7
    assert deliver_due(sending) == 7
    assert server.ids == ids


@pytest.mark.both_databases
def test_a_process_that_lives_keeps_what_it_holds(
    sending: Flask, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claiming, "BEAT", timedelta(milliseconds=50))
    mails(sending, 2)

    def wait_long() -> None:
        with sending.app_context(), unit_of_work():
            db.session.execute(
                update(OutboxMail).where(OutboxMail.status == MailStatus.SENDING).values(lease_until=clock.now())
            )
        time.sleep(0.5)
        with sending.app_context():
            for until in db.session.scalars(
                select(OutboxMail.lease_until).where(OutboxMail.status == MailStatus.SENDING)
            ):
                assert until is not None
                assert until > clock.now() + timedelta(seconds=10)

    server.then = wait_long
    assert deliver_due(sending) == 2
    assert len(server.ids) == 2


@pytest.mark.both_databases
def test_a_database_that_is_away_after_a_delivery_makes_nobody_get_it_twice(sending: Flask, server: MailServer) -> None:
    ids = mails(sending, 3)
    with sending.app_context():
        engine = db.engine
    away = threading.Event()
    refused: list[float] = []

    def refuse(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if away.is_set() and statement.startswith("UPDATE outbox"):
            refused.append(time.monotonic())
            if len(refused) >= 3:
                away.clear()
            raise OperationalError(statement, {}, Exception("the database is away"))

    server.then = lambda: away.set() if len(server.ids) == 1 else None
    event.listen(engine, "before_cursor_execute", refuse)
    try:
        assert deliver_due(sending) == 3
    finally:
        event.remove(engine, "before_cursor_execute", refuse)
    assert server.ids == ids
    assert states(sending) == [("sent", 1)] * 3
    assert len(refused) == 3
    assert refused[-1] - refused[0] > 0.3, "no hot loop"


def test_a_full_disk_marks_nothing_as_sent_and_recovers(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    mails(app, 2)
    real = Path.mkdir

    def full(path: Path, *args: Any, **kwargs: Any) -> None:
        if path.name == "mail":
            raise OSError(28, "No space left on device")
        real(path, *args, **kwargs)

    with monkeypatch.context() as broken:
        broken.setattr(Path, "mkdir", full)
        assert deliver_due(app) == 0
    assert states(app) == [("waiting", 0)] * 2
    found = pause(app)
    assert found is not None
    assert found.words == "No space left on device"
    assert found.next_at - clock.now() < timedelta(seconds=15)
    time_passes(app, timedelta(seconds=10))
    assert deliver_due(app) == 2


@pytest.mark.both_databases
def test_a_server_that_is_away_for_an_hour_uses_up_no_attempt_and_gets_all_within_half_a_minute_of_its_return(
    sending: Flask, server: MailServer
) -> None:
    server.stop()
    mails(sending, 25)
    for _time in range(120):
        assert deliver_due(sending) == 0
        time_passes(sending, timedelta(seconds=30))
    assert states(sending) == [("waiting", 0)] * 25
    deliver_due(sending)
    server.start()
    time_passes(sending, timedelta(seconds=30))
    assert deliver_due(sending) == 25
    assert len(set(server.ids)) == len(server.ids) == 25
    assert pause(sending) is None


def test_a_pause_is_looked_into_by_one_process_at_a_time(sending: Flask, server: MailServer) -> None:
    server.stop()
    mails(sending, 5)
    deliver_due(sending)
    time_passes(sending, timedelta(seconds=10))
    before = pause(sending)
    assert before is not None
    deliver_due(sending)
    deliver_due(sending)
    after = pause(sending)
    assert after is not None
    assert after.tries == before.tries + 1
    assert after.since == before.since


def test_a_pause_set_by_a_clock_that_was_ahead_is_looked_into(sending: Flask, server: MailServer) -> None:
    server.stop()
    mails(sending)
    deliver_due(sending)
    with sending.app_context(), unit_of_work():
        found = db.session.scalars(select(MailPause)).one()
        found.next_at, found.set_at = (at + timedelta(hours=2) for at in (found.next_at, found.set_at))
    server.start()
    with sending.app_context():
        assert is_due()
    assert deliver_due(sending) == 1


def test_nothing_to_send_ends_a_pause_as_well(sending: Flask, server: MailServer) -> None:
    server.stop()
    mails(sending)
    deliver_due(sending)
    with sending.app_context(), unit_of_work():
        db.session.execute(update(OutboxMail).values(status=MailStatus.CANCELLED))
    server.start()
    time_passes(sending, timedelta(seconds=10))
    deliver_due(sending)
    assert pause(sending) is None


def test_a_server_that_takes_one_message_a_connection_gets_them_one_by_one(
    make_app: Callable[..., Flask], rude: RudeServer
) -> None:
    """Servers hang up after some time or some messages, without a word; that is no failure of the next mail."""
    app = sending_to(make_app, rude.port)
    mails(app, 3)
    rude.hangs_up_after = "."
    assert deliver_due(app, limits=SHORT) == 3
    assert states(app) == [("sent", 1)] * 3
    assert rude.heard.count("EHLO") == 3


@pytest.mark.both_databases
def test_a_mail_that_takes_long_keeps_no_other_of_its_batch_waiting(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claiming, "BEAT", timedelta(seconds=0.05))
    monkeypatch.setattr(claiming, "SLOW", timedelta(seconds=0.2))
    mails(app, 3)
    with app.app_context():
        claims = claiming.Claims(app)
        slow, *others = claims.take(20)
        claims.beat(slow.id)
        end = time.monotonic() + 5
        while [status for status, _attempts in states(app)] != ["sending", "waiting", "waiting"]:
            assert time.monotonic() < end, states(app)
            time.sleep(0.02)
        claims.beat(others[0].id)
        assert not claims.are_sure
        assert not checking.is_to_be_sent(others[0], claims), "somebody else may have it by now"
        assert claims.sent(slow)
        claims.end()
    assert [status for status, _attempts in states(app)] == ["sent", "waiting", "waiting"]
