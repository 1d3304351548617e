"""Sending what is due: claimed first, delivered outside any transaction, the end written down in another one.

Any number of processes may do it at once. Whoever dies between delivery and record leaves a lease that runs out; the
mail is sent again then, with the same Message-ID: never lost, and twice at most as often as somebody died.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import and_, delete, or_, select, update
from sqlalchemy.exc import SQLAlchemyError

from backoffice.foundation import clock
from backoffice.foundation.database import db, unit_of_work
from backoffice.mail import queue
from backoffice.mail.checking import good_as_they_are, is_to_be_sent
from backoffice.mail.claiming import Claims, insisting
from backoffice.mail.deliveries import Delivery, Limits, delivery_for
from backoffice.mail.failures import DeliveryFailed, Verdict, next_attempt, told, verdict
from backoffice.mail.message import mailbox, message_of, sender
from backoffice.mail.models import Ending, MailAttempt, Trouble
from backoffice.records.outbox import LONGEST_ERROR, MailStatus, OutboxMail, promised

__all__ = ["deliver_due", "is_due", "sweep"]

is_due = queue.is_due

#: So many mails are claimed at once.
BATCH = 20
#: So long a look at the whole batch is trusted: what is changed a second before a mail goes is seen.
SEEN_FOR = 0.25
#: How often a process looks for what others left behind.
LOOKS_FOR_LOST = timedelta(seconds=3)
#: So many mails in a row that the server did not take in its present state mean that it is away.
MANY = 3
#: A mail at which the server asked for a password lets others go first when it is tried again.
AFTER_OTHERS = timedelta(seconds=20)
#: What was delivered is written down within this time, whatever the database does.
INSISTS = timedelta(minutes=10)
#: One-time links work no longer than this.
SECRETS_KEPT_FOR = timedelta(days=7)
_SWEPT_AT_ONCE = 1000


def deliver_due(
    app: Flask,
    is_stopping: Callable[[], bool] = lambda: False,
    limits: Limits | None = None,
    *,
    report: Callable[[int], object] = lambda delivered: None,
) -> int:
    """Deliver every mail that is due now, one after the other; how many were delivered.

    A mail that cannot be delivered is put back for later and the next has its turn; when the server is away all wait.
    Told to stop, it gives back what it has not begun. `report` is called now and then with the number so far. What the
    database refuses is raised.
    """
    with app.app_context():
        run = _Run(app, delivery_for(app.config["MAIL_ROUTE"], limits), is_stopping)
        try:
            run.go(report)
        finally:
            run.claims.end()
            run.delivery.close()
    return run.delivered


class _Run:
    """One process at work until nothing is due."""

    def __init__(self, app: Flask, delivery: Delivery, is_stopping: Callable[[], bool]) -> None:
        self.app, self.delivery, self.is_stopping = app, delivery, is_stopping
        self.claims = Claims(app)
        self.delivered = 0
        self._looked_at = float("-inf")
        self._troubles = 0
        self._has_called = False

    def go(self, report: Callable[[int], object]) -> None:
        """Deliver until nothing is due, everything has to wait, or it is told to stop."""
        while not self.is_stopping():
            found = queue.pause()
            if found is not None:
                db.session.expunge(found)
                db.session.rollback()
                if not queue.may_look(found) or not self._works_again():
                    return
                continue
            db.session.rollback()
            batch = self._next()
            if not batch:
                return
            if len(batch) == BATCH and not self._has_called:
                # There is enough for one more process; that one calls the next.
                self._has_called = True
                promised.send(self.app)
            if not self._deliver_all(batch):
                return
            report(self.delivered)

    def _next(self) -> list[OutboxMail]:
        if time.monotonic() - self._looked_at > LOOKS_FOR_LOST.total_seconds():
            self._looked_at = time.monotonic()
            self.claims.mend()
            if lost := self.claims.take_lost():
                # There may be more of them.
                self._looked_at = float("-inf")
                return [lost]
        return self.claims.take(BATCH)

    def _works_again(self) -> bool:
        """Send one mail, or only call where none waits, and let all others go if that works."""
        batch = self.claims.take(1)
        if batch:
            if not self._deliver_all(batch):
                return False
        else:
            try:
                self.delivery.check()
            except DeliveryFailed as failure:
                self._halt(verdict(failure))
                return False
        if queue.go_on():
            self.app.logger.info("mail goes out again")
        self._troubles = 0
        return True

    def _deliver_all(self, batch: list[OutboxMail]) -> bool:
        """Deliver these; False if everything has to wait. What was not begun is given back in any case."""
        left = [mail.id for mail in batch]
        good: set[int] = set()
        seen_at = float("-inf")
        try:
            for place, mail in enumerate(batch):
                if self.is_stopping():
                    break
                self.claims.beat(mail.id)
                try:
                    if time.monotonic() - seen_at > SEEN_FOR and len(batch) > 1:
                        seen_at, good = time.monotonic(), good_as_they_are(batch[place:], self.claims)
                    wanted = mail.id in good or is_to_be_sent(mail, self.claims)
                except SQLAlchemyError:
                    raise
                except Exception as failure:
                    self.app.logger.exception("mail %s could not be looked at", mail.id)
                    left.remove(mail.id)
                    self._failed(mail, Verdict(told(failure)))
                    continue
                # From here on nobody may know what became of it if this process is stopped.
                left.remove(mail.id)
                if wanted and not self._deliver(mail):
                    return False
        finally:
            self.claims.give_back(left)
        return True

    def _deliver(self, mail: OutboxMail) -> bool:
        try:
            recipient = mailbox(mail.recipient)
            self.delivery.deliver(message_of(mail), mail.message_id, sender(), recipient)
        except Exception as failure:
            return self._failed(mail, verdict(failure))
        self._troubles = 0
        self.delivered += 1
        if not insisting(lambda: self.claims.sent(mail), self.is_stopping, INSISTS):
            self.app.logger.warning("mail %s took longer than it was reserved for", mail.id)
        return True

    def _failed(self, mail: OutboxMail, found: Verdict) -> bool:
        """Write down a failed attempt; False if everything has to wait."""
        words = found.words[:LONGEST_ERROR]
        self.app.logger.warning("mail %s, attempt %s: %s", mail.id, mail.attempts + 1, words)
        now = clock.now()
        if found.met_at_mail and mail.last_error == words:
            # All waited for it once. It may be this address alone, and must not keep the others waiting for good.
            found = Verdict(words, for_server=True)
        if found.trouble is not None:
            later = {"next_at": now + AFTER_OTHERS, "set_at": now} if found.met_at_mail else {}
            self.claims.settle(mail.id, status=MailStatus.WAITING, last_error=words, **later)
            self._halt(found)
            return False
        at = None if found.is_final else next_attempt(mail.attempts + 1, self._first_failed_at(mail, now), now)
        status = MailStatus.FAILED if at is None else MailStatus.WAITING
        kept = self.claims.settle(
            mail.id,
            status=status,
            next_at=at or now,
            set_at=now,
            attempts=mail.attempts + 1,
            last_error=words,
            for_server=found.for_server and at is not None,
        )
        if kept:
            ended = Ending.REFUSED if found.is_final else Ending.LATER if at else Ending.GIVEN_UP
            self.claims.note(mail.id, ended, words)
        self._troubles = self._troubles + 1 if found.for_server else 0
        if self._troubles >= MANY:
            self._halt(Verdict(words, Trouble.AWAY))
            return False
        return True

    def _halt(self, found: Verdict) -> None:
        assert found.trouble is not None
        queue.halt(found.trouble, found.words)
        self.app.logger.warning("all mail waits: %s", found.words)

    def _first_failed_at(self, mail: OutboxMail, now: datetime) -> datetime:
        if not mail.attempts:
            return now
        known = select(MailAttempt.at, MailAttempt.ended).where(MailAttempt.mail_id == mail.id)
        first: datetime | None = None
        for at, ended in self.claims.rows(known.order_by(MailAttempt.id)):
            if ended in (Ending.AGAIN, Ending.MOVED):
                first = None
            elif first is None and ended is Ending.LATER:
                first = at
        return first or now


def sweep(before: datetime) -> int:
    """Forget mails that were sent before this moment, and those that were promised before it and cancelled.

    What a mail carried to let its reader in goes sooner: nobody could use it any more.
    """
    with unit_of_work():
        _changed(
            update(OutboxMail)
            .where(
                OutboxMail.is_secret,
                OutboxMail.status.in_((MailStatus.FAILED, MailStatus.CANCELLED)),
                OutboxMail.created_at < clock.now() - SECRETS_KEPT_FOR,
                OutboxMail.text != "",
            )
            .values(status=MailStatus.CANCELLED, text="", html=None)
        )
    swept = 0
    old = or_(
        OutboxMail.sent_at < before,
        and_(OutboxMail.status == MailStatus.CANCELLED, OutboxMail.created_at < before),
    )
    while ids := list(db.session.scalars(select(OutboxMail.id).where(old).limit(_SWEPT_AT_ONCE))):
        with unit_of_work():
            _changed(delete(OutboxMail).where(OutboxMail.id.in_(ids)))
        swept += len(ids)
    return swept


def _changed(statement: Any) -> int:
    result: Any = db.session.execute(statement.execution_options(synchronize_session=False))
    return int(result.rowcount)
