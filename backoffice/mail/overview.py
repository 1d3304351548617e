"""What people see of the outbox as a whole: how much stands in it, since when, and whether anything keeps it."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path

from flask import current_app
from sqlalchemy import func, select

from backoffice.foundation import clock
from backoffice.foundation.database import db
from backoffice.mail import queue
from backoffice.mail.models import MailAttempt, MailPause
from backoffice.records.outbox import MailStatus, OutboxMail

#: Nobody needs to know more exactly how many there are.
MOST_COUNTED = 10_000


class Overview:
    """The outbox as it stands now; each figure is read when it is first asked for."""

    most = MOST_COUNTED

    def __init__(self) -> None:
        self._now = clock.now()

    @cached_property
    def pause(self) -> MailPause | None:
        """Why everything waits, if it does."""
        return queue.pause()

    @cached_property
    def waiting_since(self) -> datetime | None:
        """Since when the mail waits that is due for longest."""
        return db.session.scalar(queue.waiting_since())

    @cached_property
    def due(self) -> int:
        """How many should be on their way."""
        return _counted(OutboxMail.status == MailStatus.WAITING, OutboxMail.next_at <= self._now)

    @cached_property
    def later(self) -> int:
        """How many wait for their next attempt."""
        return _counted(OutboxMail.status == MailStatus.WAITING, OutboxMail.next_at > self._now)

    @cached_property
    def sending(self) -> int:
        """How many some process has in hand."""
        return _counted(OutboxMail.status == MailStatus.SENDING)

    @cached_property
    def failed(self) -> int:
        """How many are dead letters."""
        return _counted(OutboxMail.status == MailStatus.FAILED)

    @cached_property
    def sent_today(self) -> int:
        """How many were sent in the last 24 hours, of those that were promised in the last two days."""
        day = timedelta(days=1)
        return _counted(
            OutboxMail.status == MailStatus.SENT,
            OutboxMail.created_at > self._now - 2 * day,
            OutboxMail.sent_at > self._now - day,
        )


def overview() -> Overview:
    """The outbox as it stands now."""
    return Overview()


def attempts_of(mail: OutboxMail) -> list[MailAttempt]:
    """What happened to it on its way, the first first."""
    query = select(MailAttempt).where(MailAttempt.mail_id == mail.id).order_by(MailAttempt.id)
    return list(db.session.scalars(query))


def folder() -> Path | None:
    """Where mail is put as files, if nothing leaves the house."""
    route = current_app.config["MAIL_ROUTE"]
    return route.folder if route.kind == "file" else None


def server() -> str:
    """The server that mail is handed to, without a name or a password."""
    route = current_app.config["MAIL_ROUTE"]
    return f"{route.host}:{route.port}" if route.host else ""


def _counted(*where: object) -> int:
    some = select(OutboxMail.id).where(*where).limit(MOST_COUNTED).subquery()  # type: ignore[arg-type]  # criteria
    return int(db.session.scalar(select(func.count()).select_from(some)) or 0)
