"""Which process delivers which mail: claimed in batches, kept alive by a heartbeat, written down one by one.

Every statement here stands alone, so that nothing is held while a server takes its time.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

from flask import Flask
from sqlalchemy import Connection, Engine, bindparam, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from backoffice.foundation import clock
from backoffice.foundation.database import db
from backoffice.mail.models import Ending, MailAttempt
from backoffice.mail.queue import LEASE, is_lost, is_misdated, is_ready
from backoffice.records.outbox import LONGEST_ERROR, MailStatus, OutboxMail

#: How often a process says that it lives.
BEAT = timedelta(seconds=8)
#: A mail that takes longer than this keeps no other of its batch waiting.
SLOW = timedelta(seconds=5)
#: A mail that so many processes did not survive is put aside.
MOST_LOST = 5

_mails: Any = OutboxMail.__table__
_attempts: Any = MailAttempt.__table__
_OURS = (
    _mails.c.id == bindparam("mail"),
    _mails.c.lease_token == bindparam("token"),
    _mails.c.status == MailStatus.SENDING,
)
_FREE = {"lease_until": None, "lease_token": None}
_SENT = (
    update(_mails)
    .where(*_OURS)
    .values(
        status=MailStatus.SENT,
        sent_at=bindparam("now"),
        attempts=_mails.c.attempts + 1,
        last_error="",
        for_server=False,
        **_FREE,
    )
)


class Claims:
    """What one run of the deliverer holds. `token` is its sign in the table."""

    def __init__(self, app: Flask) -> None:
        self.app, self.token = app, secrets.token_hex(16)
        self._engine = db.engine
        self._heart: Heart | None = None
        self._connection: Connection | None = None
        self._sure_until = float("-inf")

    def take(self, most: int) -> list[OutboxMail]:
        """Up to so many mails that are due, the one that waited longest first; nobody else has them now."""
        now = clock.now()
        first = (
            select(_mails.c.id)
            .where(is_ready(now))
            .order_by(_mails.c.next_at, _mails.c.id)
            .limit(most)
            # PostgreSQL passes over what another process takes at this moment; SQLite lets one write at a time.
            .with_for_update(skip_locked=True)
            # Asked once: a subquery PostgreSQL may ask again for each row, and every time it finds the next ones.
            .cte("first")
        )
        taken = self._claimed(
            update(_mails)
            .where(_mails.c.id.in_(select(first.c.id)), is_ready(now))
            .values(status=MailStatus.SENDING, lease_until=now + LEASE, lease_token=self.token)
        )
        self._sure_until = time.monotonic() + (LEASE - BEAT).total_seconds()
        return sorted(taken, key=lambda mail: (mail.next_at, mail.id))

    @property
    def are_sure(self) -> bool:
        """Whether what was claimed is so fresh that nobody else can have it."""
        return time.monotonic() < self._sure_until

    def take_lost(self) -> OutboxMail | None:
        """One mail whose process was not heard of any more: alone, so that it takes no other with it."""
        now = clock.now()
        some = select(_mails.c.id).where(is_lost(now))
        if self.rows(some.limit(1)) == []:
            return None
        self._put_aside(now)
        first = some.order_by(_mails.c.lease_until, _mails.c.id).limit(1).with_for_update(skip_locked=True)
        taken = self._claimed(
            update(_mails)
            .where(_mails.c.id == first.scalar_subquery(), is_lost(now))
            .values(
                lease_until=now + LEASE,
                lease_token=self.token,
                lost=_mails.c.lost + 1,
                attempts=_mails.c.attempts + 1,
            )
        )
        for mail in taken:
            self.note(mail.id, Ending.LOST, "")
        return taken[0] if taken else None

    def mend(self) -> None:
        """Let what was put off by a clock that was ahead be due."""
        now = clock.now()
        if self.rows(select(_mails.c.id).where(is_misdated(now)).limit(1)):
            self.run(update(_mails).where(is_misdated(now)).values(next_at=now, set_at=now))

    def give_back(self, ids: Sequence[int]) -> None:
        """Let others have these, as if they had never been claimed."""
        if ids:
            self.run(
                update(_mails)
                .where(_mails.c.id.in_(ids), _mails.c.lease_token == self.token, _mails.c.status == MailStatus.SENDING)
                .values(status=MailStatus.WAITING, **_FREE)
            )

    def sent(self, mail: OutboxMail) -> bool:
        """Write down that it was delivered; whether it still was ours."""
        if not mail.is_secret:
            return bool(self.run(_SENT, {"mail": mail.id, "token": self.token, "now": clock.now()}))
        return self.settle(
            mail.id,
            status=MailStatus.SENT,
            sent_at=clock.now(),
            attempts=_mails.c.attempts + 1,
            last_error="",
            text="",
            html=None,
        )

    def settle(self, id: int, **values: Any) -> bool:
        """Write down how an attempt ended, unless another process has begun since; whether it still was ours."""
        statement = update(_mails).where(*_OURS).values({**_FREE, **values})
        return bool(self.run(statement, {"mail": id, "token": self.token}))

    def change(self, id: int, **values: Any) -> bool:
        """Change what is about to be sent and keep it."""
        return bool(self.run(update(_mails).where(*_OURS).values(values), {"mail": id, "token": self.token}))

    def note(self, id: int, ended: Ending, words: str) -> None:
        """Keep how an attempt ended with the mail."""
        row = {"mail_id": id, "at": clock.now(), "ended": ended, "words": words[:LONGEST_ERROR]}
        self.run(insert(_attempts), row)

    def beat(self, id: int) -> None:
        """Begin to say that this process lives, and that this mail is the one it is at."""
        if self._heart is None:
            self._heart = Heart(self._engine, self.token, self._free_others)
            self._heart.start()
        self._heart.begin(id)

    def _free_others(self, id: int, connection: Connection) -> None:
        """Let others have all but the one that takes so long. Each is looked at before it goes, and seen to be gone."""
        self._sure_until = float("-inf")
        connection.execute(
            update(_mails)
            .where(_mails.c.lease_token == self.token, _mails.c.status == MailStatus.SENDING, _mails.c.id != id)
            .values(status=MailStatus.WAITING, **_FREE)
        )

    def end(self) -> None:
        """Say nothing any more."""
        if self._heart is not None:
            self._heart.stop()
            self._heart = None
        self._let_go()

    def run(self, statement: Any, values: Any = None) -> int:
        """A statement by itself; how many rows it changed."""
        return int(self._alone(statement, values).rowcount)

    def rows(self, statement: Any, values: Any = None) -> list[Any]:
        """What a question finds."""
        return list(self._alone(statement, values))

    def _alone(self, statement: Any, values: Any) -> Any:
        # One connection for the whole run: taking one and giving it back costs more than most of these statements.
        if self._connection is None:
            self._connection = self._opened()
        try:
            return self._connection.execute(statement, values)
        except BaseException:
            self._let_go()
            raise

    def _opened(self) -> Connection:
        opened = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        if opened.dialect.name == "postgresql":
            # Not given back to others like this. What is written here is safe from the death of any process of ours;
            # if the database itself dies, what it forgot of the last moment is sent again. That is what SQLite is set
            # to as well, and waiting for the disk after each mail takes longer than the mail.
            opened.detach()
            opened.exec_driver_sql("SET synchronous_commit TO off")
        return opened

    def _let_go(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(SQLAlchemyError):
                connection.close()

    def _claimed(self, statement: Any) -> list[OutboxMail]:
        # As they were when they were claimed, and no more than that: records would take longer to make than to send.
        found = self.rows(statement.returning(*_mails.c))
        return [cast("OutboxMail", SimpleNamespace(**row._mapping)) for row in found]

    def _put_aside(self, now: Any) -> None:
        worn = select(_mails.c.id).where(is_lost(now), _mails.c.lost >= MOST_LOST)
        for (id,) in self.rows(worn):
            statement = update(_mails).where(_mails.c.id == id, is_lost(now), _mails.c.lost >= MOST_LOST)
            words = "stopped at every attempt"
            if self.run(statement.values(status=MailStatus.FAILED, last_error=words, **_FREE)):
                self.note(id, Ending.GIVEN_UP, words)


class Heart(threading.Thread):
    """Renews the lease of what a process holds, as long as the process gets somewhere."""

    def __init__(
        self,
        engine: Engine,
        token: str,
        free_others: Callable[[int, Connection], None] = lambda id, connection: None,
        longest: timedelta = timedelta(minutes=5),
    ) -> None:
        super().__init__(name="mail-heart", daemon=True)
        self._engine, self._token, self._longest = engine, token, longest
        self._stopping = threading.Event()
        self._free_others = free_others
        #: Nobody begins a mail while it is given back.
        self._turn = threading.Lock()
        #: By the monotonic clock: since when it is at one mail, and at which.
        self.busy_since, self._busy_with = time.monotonic(), 0

    def begin(self, id: int) -> None:
        """The process is at this mail now."""
        with self._turn:
            self.busy_since, self._busy_with = time.monotonic(), id

    def stop(self) -> None:
        """Beat no more."""
        self._stopping.set()

    def run(self) -> None:
        """Beat until it is stopped."""
        pause = BEAT.total_seconds()
        while not self._stopping.wait(pause):
            if time.monotonic() - self.busy_since > self._longest.total_seconds():
                return
            renewed = (
                update(_mails)
                .where(_mails.c.lease_token == self._token, _mails.c.status == MailStatus.SENDING)
                .values(lease_until=clock.now() + LEASE)
            )
            try:
                with self._engine.connect() as connection:
                    connection.execution_options(isolation_level="AUTOCOMMIT").execute(renewed)
                    with self._turn:
                        if self._busy_with and time.monotonic() - self.busy_since > SLOW.total_seconds():
                            self._free_others(self._busy_with, connection)
                pause = BEAT.total_seconds()
            except SQLAlchemyError:
                # The database is away: as soon as it is back everybody should know that this process lives.
                pause = 0.5


def insisting(do: Callable[[], bool], is_stopping: Callable[[], bool], longest: timedelta) -> bool:
    """Do what must not be forgotten, again and again while the database refuses.

    For what happened outside: a mail that was delivered would be sent twice if that were not written down.
    """
    until, pause = time.monotonic() + longest.total_seconds(), 0.2
    while True:
        try:
            return do()
        except SQLAlchemyError:
            if time.monotonic() > until or (is_stopping() and time.monotonic() > until - longest.total_seconds() + 5):
                raise
            time.sleep(pause)
            pause = min(pause * 2, 1.0)
