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
from backoffice.mail.delivering import MOST_ATTEMPTS, PAUSES, after_failure, deliver_due, is_due, sweep
from backoffice.mail.jobs import send_mail, sweep_mail
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


def test_a_server_that_is_down_is_tried_again_until_it_is_up(sending: Flask, server: MailServer) -> None:
    server.stop()
    (id,) = mails(sending)
    assert deliver_due(sending) == 0
    mail = only(sending)
    assert (mail.status, mail.attempts) == (MailStatus.WAITING, 1)
    assert mail.last_error
    assert timedelta(seconds=50) < mail.next_at - clock.now() <= timedelta(minutes=1)
    assert deliver_due(sending) == 0
    assert only(sending).attempts == 1, "it was not due yet"
    server.start()
    turn_back(sending, next_at=timedelta(minutes=2))
    assert deliver_due(sending) == 1
    assert server.ids == [id]
    assert only(sending).last_error == ""


def test_a_server_that_hangs_up_after_the_message_gets_it_again_under_the_same_name(
    sending: Flask, server: MailServer
) -> None:
    server.dies_after = 0
    (id,) = mails(sending)
    assert deliver_due(sending) == 0
    assert only(sending).status is MailStatus.WAITING
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
        left = db.session.scalars(select(OutboxMail.last_error).where(OutboxMail.status == MailStatus.WAITING)).all()
    assert sorted(left) == ["550 5.1.1 no such reader", "ValueError"]


def test_a_server_that_refuses_is_quoted(sending: Flask, server: MailServer) -> None:
    server.answer = "452 4.3.1 the store\r is full"
    mails(sending)
    assert deliver_due(sending) == 0
    assert only(sending).last_error == "452 4.3.1 the store is full"


def test_pauses_grow_and_a_mail_fails_after_a_day() -> None:
    now = clock.now()
    told = [after_failure(attempts, OSError(), now) for attempts in range(1, MOST_ATTEMPTS + 1)]
    assert [status for status, _next in told] == [MailStatus.WAITING] * len(PAUSES) + [MailStatus.FAILED]
    assert [at - now for _status, at in told[:5]] == [timedelta(minutes=each) for each in (1, 5, 30, 120, 360)]
    assert timedelta(hours=18) < sum(PAUSES, timedelta()) <= timedelta(hours=24)


def test_what_always_fails_fails_in_the_end(sending: Flask, server: MailServer) -> None:
    server.answer = "550 no"
    mails(sending)
    for _ in range(MOST_ATTEMPTS):
        assert only(sending).status is MailStatus.WAITING
        deliver_due(sending)
        turn_back(sending, next_at=timedelta(days=1))
    assert (only(sending).status, only(sending).attempts) == (MailStatus.FAILED, MOST_ATTEMPTS)
    assert deliver_due(sending) == 0


def test_what_stops_the_process_every_time_is_put_aside(app: Flask) -> None:
    mails(
        app, status=MailStatus.SENDING, attempts=MOST_ATTEMPTS, lease_until=clock.now() - timedelta(1), lease_token="x"
    )
    with app.app_context():
        assert is_due(), "nobody would look"
    assert deliver_due(app) == 0
    assert (only(app).status, only(app).lease_until) == (MailStatus.FAILED, None)
    with app.app_context():
        assert not is_due()


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
        cut = db.session.scalars(select(OutboxMail).where(OutboxMail.status == MailStatus.SENDING)).one()
        assert cut.message_id == server.ids[0]
    assert deliver_due(sending) == 1, "what was cut off is reserved until its lease runs out"
    with sending.app_context(), unit_of_work():
        db.session.execute(
            update(OutboxMail)
            .where(OutboxMail.status == MailStatus.SENDING)
            .values(lease_until=clock.now() - timedelta(seconds=1))
        )
    assert deliver_due(sending) == 1
    assert sorted(server.ids) == sorted([*ids, cut.message_id])


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
    assert only(app).status is MailStatus.WAITING
    assert only(app).last_error


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
