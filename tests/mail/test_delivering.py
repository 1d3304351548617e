"""Mail is delivered by whoever claims it: once, or again after a failure, and never lost."""

from __future__ import annotations

import os
import signal
import stat
from collections.abc import Callable
from datetime import timedelta
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from backoffice.foundation import clock
from backoffice.foundation.database import db, unit_of_work
from backoffice.jobs.running import run
from backoffice.mail.claiming import MOST_LOST, Claims
from backoffice.mail.delivering import deliver_due, is_due, sweep
from backoffice.mail.failures import GIVEN_UP_AFTER, longest_pause, next_attempt
from backoffice.mail.jobs import send_mail, sweep_mail
from backoffice.mail.models import Ending, MailAttempt, MailPause
from backoffice.records.outbox import MailStatus, OutboxMail
from tests import factories
from tests.mail.sender import started
from tests.mail.server import MailServer

pytestmark = pytest.mark.both_databases


def mails(app: Flask, many: int = 1, **changes: Any) -> list[str]:
    """New mails that wait; their Message-IDs."""
    with app.app_context(), unit_of_work():
        return [factories.mail(**changes).message_id for _ in range(many)]


def only(app: Flask) -> OutboxMail:
    """The one mail there is, as it stands now."""
    with app.app_context():
        return db.session.scalars(select(OutboxMail)).one()


def turn_back(app: Flask, **by: timedelta) -> None:
    """Let moments of all mails have been earlier."""
    with app.app_context(), unit_of_work():
        for mail in db.session.scalars(select(OutboxMail)):
            for name, span in by.items():
                setattr(mail, name, getattr(mail, name) - span)


def files(app: Flask) -> list[Path]:
    """What was delivered as files."""
    return sorted((Path(app.config["INSTANCE"]) / "mail").iterdir())


def test_a_process_claims_no_more_than_it_asks_for(app: Flask) -> None:
    """However the database goes about it: on PostgreSQL a way through the rows one by one once took them all."""
    mails(app, 300)
    with app.app_context():
        if db.engine.dialect.name == "postgresql":
            with db.engine.connect() as connection:
                connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql(
                    f'ALTER DATABASE "{db.engine.url.database}" SET enable_hashjoin = off'
                )
            db.engine.dispose()
        claims = Claims(app)
        try:
            taken = [len(claims.take(most)) for most in (20, 1)]
        finally:
            claims.end()
    assert taken == [20, 1]


def test_mail_is_written_into_a_folder_unless_a_server_is_named(app: Flask) -> None:
    (id,) = mails(app)
    assert deliver_due(app) == 1
    (path,) = files(app)
    assert path.name == f"{id[1:].split('@')[0]}.eml"
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert message_from_bytes(path.read_bytes())["Message-ID"] == id
    mail = only(app)
    assert (mail.status, mail.attempts, mail.last_error, mail.lease_until) == (MailStatus.SENT, 1, "", None)
    assert mail.sent_at is not None
    assert deliver_due(app) == 0


def test_what_is_not_due_waits(app: Flask) -> None:
    mails(app, next_at=clock.now() + timedelta(minutes=1))
    mails(app, status=MailStatus.CANCELLED)
    mails(app, status=MailStatus.FAILED)
    mails(app, status=MailStatus.SENDING, lease_until=clock.now() + timedelta(minutes=1))
    with app.app_context():
        assert not is_due()
    assert deliver_due(app) == 0


def test_the_oldest_is_sent_first(sending: Flask, server: MailServer) -> None:
    late = mails(sending, next_at=clock.now() - timedelta(minutes=1))
    early = mails(sending, next_at=clock.now() - timedelta(hours=1))
    deliver_due(sending)
    assert server.ids == [*early, *late]


def test_a_secret_mail_is_delivered_and_then_emptied(sending: Flask, server: MailServer) -> None:
    mails(sending, is_secret=True, text="the tide key", html="<p>the tide key</p>")
    assert deliver_due(sending) == 1
    assert "the tide key" in server.taken[0].as_string()
    mail = only(sending)
    assert (mail.text, mail.html, mail.subject[:7]) == ("", None, "Subject")


def test_the_server_hears_who_writes_to_whom(sending: Flask, server: MailServer) -> None:
    mails(sending, recipient="ana@exämple.org")
    deliver_due(sending)
    assert server.envelopes == [("no-reply@gazette.example", ["ana@xn--exmple-cua.org"])]


def let_time_pass(app: Flask, span: timedelta) -> None:
    """Let everything that is planned have been planned earlier."""
    with app.app_context(), unit_of_work():
        for row in [*db.session.scalars(select(OutboxMail)), *db.session.scalars(select(MailPause))]:
            row.next_at -= span
            if isinstance(row, MailPause):
                row.since -= span
            elif row.lease_until is not None:
                row.lease_until -= span
        for attempt in db.session.scalars(select(MailAttempt)):
            attempt.at -= span


def endings(app: Flask) -> list[Ending]:
    """How attempts ended that delivered nothing, in order."""
    with app.app_context():
        return list(db.session.scalars(select(MailAttempt.ended).order_by(MailAttempt.id)))


def test_a_server_that_is_down_uses_up_no_attempt_and_gets_all_as_soon_as_it_is_up(
    sending: Flask, server: MailServer
) -> None:
    server.stop()
    ids = mails(sending, 3)
    assert deliver_due(sending) == 0
    with sending.app_context():
        told = db.session.scalars(select(OutboxMail)).all()
        assert {(mail.status, mail.attempts) for mail in told} == {(MailStatus.WAITING, 0)}
        assert db.session.scalars(select(MailPause.words)).all() == ["The mail server does not answer."]
        assert not is_due(), "it is not the moment to look again"
    assert deliver_due(sending) == 0
    for _ in range(400):  # an hour and more
        let_time_pass(sending, timedelta(seconds=10))
        assert deliver_due(sending) == 0
    server.start()
    let_time_pass(sending, timedelta(seconds=10))
    with sending.app_context():
        assert is_due()
    assert deliver_due(sending) == 3
    assert server.ids == ids
    with sending.app_context():
        assert db.session.scalars(select(MailPause)).all() == []
        assert set(db.session.scalars(select(OutboxMail.attempts))) == {1}
    assert endings(sending) == []


def test_a_server_that_hangs_up_after_the_message_gets_it_again_under_the_same_name(
    sending: Flask, server: MailServer
) -> None:
    server.dies_after = 0
    (id,) = mails(sending)
    assert deliver_due(sending) == 0
    assert (only(sending).status, only(sending).for_server) == (MailStatus.WAITING, True)
    assert only(sending).next_at - clock.now() <= timedelta(seconds=30)
    server.dies_after = None
    turn_back(sending, next_at=timedelta(minutes=2))
    assert deliver_due(sending) == 1
    assert server.ids == [id, id]


def test_one_mail_that_is_refused_does_not_keep_the_others(sending: Flask, server: MailServer) -> None:
    long_ago = clock.now() - timedelta(hours=1)
    mails(sending, recipient="unknown@example.org", next_at=long_ago)
    mails(sending, recipient="no address at all", next_at=long_ago)
    good = mails(sending, 3)
    assert deliver_due(sending) == 3
    assert sorted(server.ids) == sorted(good)
    with sending.app_context():
        left = db.session.execute(
            select(OutboxMail.last_error, OutboxMail.status).where(OutboxMail.status != MailStatus.SENT)
        ).all()
    assert sorted(left) == [("550 5.1.1 no such reader", MailStatus.FAILED), ("ValueError", MailStatus.WAITING)]


def test_a_server_that_refuses_is_quoted(sending: Flask, server: MailServer) -> None:
    server.answer = "452 4.3.1 the store\r is full"
    mails(sending)
    assert deliver_due(sending) == 0
    assert only(sending).last_error == "452 4.3.1 the store is full"


def test_pauses_grow_and_no_two_mails_come_back_together() -> None:
    now = clock.now()
    longest = [longest_pause(failed).total_seconds() for failed in range(1, 8)]
    assert longest == [30, 120, 480, 1920, 7680, 14400, 14400]
    for failed in range(1, 60):
        drawn = [next_attempt(failed, now, now) for _ in range(20)]
        assert all(at and timedelta(0) < at - now <= longest_pause(failed) for at in drawn)
        assert len(set(drawn)) > 1
    last = next_attempt(9, now - GIVEN_UP_AFTER + timedelta(seconds=1), now)
    assert last
    assert timedelta(hours=24) < last - (now - GIVEN_UP_AFTER) < timedelta(hours=48)
    assert next_attempt(9, now - GIVEN_UP_AFTER, now) is None


@pytest.mark.parametrize("answer", ["421 later", "450 busy", "451 try again", "452 full"])
def test_what_a_server_does_not_take_now_is_tried_again_for_more_than_a_day(
    sending: Flask, server: MailServer, answer: str
) -> None:
    server.answer = answer
    mails(sending)
    spent = timedelta()
    while only(sending).status is MailStatus.WAITING:
        assert only(sending).last_error in ("", answer)
        deliver_due(sending)
        step = max(only(sending).next_at - clock.now(), timedelta(seconds=1))
        let_time_pass(sending, step + timedelta(seconds=10))
        spent += step
    assert only(sending).status is MailStatus.FAILED
    assert timedelta(hours=24) < spent < timedelta(hours=48)
    assert set(endings(sending)) == {Ending.LATER, Ending.GIVEN_UP}
    server.answer = None
    assert deliver_due(sending) == 0


@pytest.mark.parametrize("answer", ["550 no", "552 too large", "553 no such name", "554 looks like spam"])
def test_what_a_server_refuses_is_a_dead_letter_at_once(sending: Flask, server: MailServer, answer: str) -> None:
    server.answer = answer
    mails(sending)
    assert deliver_due(sending) == 0
    assert (only(sending).status, only(sending).attempts, only(sending).last_error) == (MailStatus.FAILED, 1, answer)
    assert endings(sending) == [Ending.REFUSED]
    with sending.app_context():
        assert db.session.scalars(select(MailPause)).all() == []


def test_what_stops_the_process_every_time_is_put_aside(app: Flask) -> None:
    mails(app, status=MailStatus.SENDING, lost=MOST_LOST, lease_until=clock.now() - timedelta(1), lease_token="x")
    with app.app_context():
        assert is_due(), "nobody would look"
    assert deliver_due(app) == 0
    assert (only(app).status, only(app).lease_until) == (MailStatus.FAILED, None)
    assert endings(app) == [Ending.GIVEN_UP]
    with app.app_context():
        assert not is_due()


def test_what_a_process_did_not_survive_is_tried_alone(sending: Flask, server: MailServer) -> None:
    """So that a mail that stops processes takes no other along."""
    past = clock.now() - timedelta(minutes=1)
    lost = mails(sending, 3, status=MailStatus.SENDING, lease_until=past, lease_token="gone")
    fresh = mails(sending, 2)
    held: list[int] = []

    def look() -> None:
        with sending.app_context():
            held.append(
                len(db.session.scalars(select(OutboxMail.id).where(OutboxMail.status == MailStatus.SENDING)).all())
            )

    server.then = look
    assert deliver_due(sending) == 5
    assert sorted(server.ids[:3]) == sorted(lost)
    assert server.ids[3:] == fresh
    assert held[:3] == [3, 2, 1], "those whose lease ran out, and none that waits"
    assert endings(sending) == [Ending.LOST] * 3


def test_two_at_once_lose_nothing_and_send_nothing_twice(sending: Flask, server: MailServer) -> None:
    ids = mails(sending, 200)
    workers = [started(sending, f"smtp://127.0.0.1:{server.port}") for _ in range(2)]
    assert [worker.wait(timeout=120) for worker in workers] == [0, 0]
    assert sorted(server.ids) == sorted(ids)
    with sending.app_context():
        told = dict(db.session.execute(select(OutboxMail.status, func.count()).group_by(OutboxMail.status)).all())
        assert told == {MailStatus.SENT: 200}
        assert db.session.scalar(select(func.max(OutboxMail.attempts))) == 1


def test_who_is_killed_between_delivery_and_record_leaves_a_mail_that_is_sent_again(
    sending: Flask, server: MailServer
) -> None:
    ids = mails(sending, 2)
    worker = started(sending, f"smtp://127.0.0.1:{server.port}")
    server.then = lambda: os.kill(worker.pid, signal.SIGKILL)
    assert worker.wait(timeout=120) == -signal.SIGKILL
    server.then = None
    assert len(server.ids) == 1
    with sending.app_context():
        held = db.session.scalars(select(OutboxMail).where(OutboxMail.status == MailStatus.SENDING)).all()
        assert {mail.message_id for mail in held} == set(ids), "both were claimed together"
        assert max(mail.lease_until - clock.now() for mail in held if mail.lease_until) < timedelta(seconds=30)
    assert deliver_due(sending) == 0, "what was cut off is reserved until its lease runs out"
    let_time_pass(sending, timedelta(seconds=30))
    assert deliver_due(sending) == 2
    assert sorted(server.ids) == sorted([*ids, server.ids[0]])


def test_whoever_comes_too_late_changes_nothing(sending: Flask, server: MailServer) -> None:
    """A delivery that took longer than its lease, while another process had its turn."""

    def meanwhile() -> None:
        with sending.app_context(), unit_of_work():
            db.session.execute(update(OutboxMail).values(lease_token="another", last_error="under way"))

    server.then = meanwhile
    mails(sending)
    deliver_due(sending)
    mail = only(sending)
    assert (mail.status, mail.lease_token, mail.last_error) == (MailStatus.SENDING, "another", "under way")


def test_a_folder_that_cannot_be_written_keeps_the_mail_waiting(make_app: Callable[..., Flask], tmp_path: Path) -> None:
    (tmp_path / "door").write_text("no folder")
    app = make_app(MAIL_URL=f"file:{tmp_path / 'door'}")
    mails(app)
    assert deliver_due(app) == 0
    assert (only(app).status, only(app).attempts) == (MailStatus.WAITING, 0)
    assert only(app).last_error
    (tmp_path / "door").unlink()
    let_time_pass(app, timedelta(seconds=10))
    assert deliver_due(app) == 1


def test_sending_ends_when_it_is_told_to(app: Flask) -> None:
    mails(app, 3)
    assert (
        deliver_due(app, lambda: bool(files(app)) if (Path(app.config["INSTANCE"]) / "mail").exists() else False) == 1
    )


def test_old_mail_is_forgotten(app: Flask) -> None:
    now, old = clock.now(), clock.now() - timedelta(days=91)
    kept = [
        *mails(app, status=MailStatus.SENT, sent_at=now, created_at=old),
        *mails(app, status=MailStatus.FAILED, created_at=old),
        *mails(app, created_at=old),
    ]
    mails(app, status=MailStatus.SENT, sent_at=old, created_at=old)
    mails(app, status=MailStatus.CANCELLED, created_at=old)
    with app.app_context():
        assert run(sweep_mail) == ""
        assert sorted(db.session.scalars(select(OutboxMail.message_id))) == sorted(kept)


@pytest.mark.parametrize("status", [MailStatus.FAILED, MailStatus.CANCELLED])
def test_a_link_in_a_mail_that_was_never_sent_is_forgotten_when_it_stops_working(
    app: Flask, status: MailStatus
) -> None:
    mails(app, is_secret=True, status=status, created_at=clock.now() - timedelta(days=6))
    with app.app_context():
        sweep(clock.now() - timedelta(days=90))
    assert only(app).text
    turn_back(app, created_at=timedelta(days=2))
    with app.app_context():
        sweep(clock.now() - timedelta(days=90))
    assert (only(app).text, only(app).html, only(app).status) == ("", None, MailStatus.CANCELLED)


def test_the_job_delivers_what_is_due(sending: Flask, server: MailServer) -> None:
    ids = mails(sending, 2)
    with sending.app_context():
        assert send_mail.wanted is not None
        assert send_mail.wanted()
        assert run(send_mail) == ""
        assert not send_mail.wanted()
    assert server.ids == ids
