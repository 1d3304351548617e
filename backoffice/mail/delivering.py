"""Sending what is due: claimed first, delivered outside any transaction, the end written down in another one.

Any number of processes may do it at once. Whoever dies between delivery and record leaves a lease that runs out; the
mail is sent again then, with the same Message-ID: never lost, and twice at most as often as somebody died.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from flask import Flask, current_app
from sqlalchemy import ColumnElement, and_, delete, or_, select, update
from sqlalchemy.orm import aliased

from backoffice.foundation import clock
from backoffice.foundation.database import db, unit_of_work
from backoffice.mail.deliveries import Delivery, delivery_for, told
from backoffice.mail.message import mailbox, message_of, sender
from backoffice.records.outbox import LONGEST_ERROR, MailStatus, OutboxMail

#: Longer than the slowest server may take for one message, every answer of it at the limit.
LEASE = timedelta(minutes=10)
#: So long after a failed attempt comes the next; after the last one, a day after the first attempt, the mail failed.
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 360, 360, 360))
MOST_ATTEMPTS = len(PAUSES) + 1
#: One-time links work no longer than this.
SECRETS_KEPT_FOR = timedelta(days=7)
_SWEPT_AT_ONCE = 1000


def deliver_due(app: Flask, is_stopping: Callable[[], bool] = lambda: False) -> int:
    """Deliver every mail that is due now, one after the other; how many were delivered.

    A mail that cannot be delivered is put back for later and the next has its turn. What the database refuses is
    raised.
    """
    delivered = 0
    with app.app_context():
        _give_up_what_kills()
        delivery = delivery_for(app.config["MAIL_ROUTE"])
        try:
            while not is_stopping() and (claimed := _claim()) is not None:
                delivered += _deliver(delivery, *claimed)
        finally:
            delivery.close()
    return delivered


def is_due() -> bool:
    """Whether any mail waits to be delivered now; reads only."""
    now = clock.now()
    found = db.session.scalar(select(OutboxMail.id).where(or_(_due(OutboxMail, now), _is_lost(now))).limit(1))
    return found is not None


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


def after_failure(attempts: int, failure: BaseException, now: datetime) -> tuple[MailStatus, datetime]:
    """What becomes of a mail after so many attempts, the last of which ended like this: its status, and when it is due.

    The one place that knows what a failure means.
    """
    if attempts >= MOST_ATTEMPTS:
        return MailStatus.FAILED, now
    return MailStatus.WAITING, now + PAUSES[attempts - 1]


def _claim() -> tuple[int, str] | None:
    """The number of the mail that is due first, which is now ours, and the token that says so; None if none is due."""
    now, token = clock.now(), secrets.token_hex(16)
    each = aliased(OutboxMail)
    first = (
        select(each.id)
        .where(_due(each, now))
        .order_by(each.next_at, each.id)
        .limit(1)
        # PostgreSQL passes over what another process takes at this moment; SQLite lets one write at a time.
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    with unit_of_work():
        id = db.session.scalar(
            update(OutboxMail)
            .where(OutboxMail.id == first, _due(OutboxMail, now))
            .values(
                status=MailStatus.SENDING,
                attempts=OutboxMail.attempts + 1,
                lease_until=now + LEASE,
                lease_token=token,
            )
            .returning(OutboxMail.id)
            .execution_options(synchronize_session=False)
        )
    return None if id is None else (id, token)


def _due(mail: Any, now: datetime) -> ColumnElement[bool]:
    return or_(
        and_(mail.status == MailStatus.WAITING, mail.next_at <= now),
        and_(mail.status == MailStatus.SENDING, mail.lease_until <= now, mail.attempts < MOST_ATTEMPTS),
    )


def _is_lost(now: datetime) -> ColumnElement[bool]:
    return and_(
        OutboxMail.status == MailStatus.SENDING,
        OutboxMail.lease_until <= now,
        OutboxMail.attempts >= MOST_ATTEMPTS,
    )


def _give_up_what_kills() -> None:
    """A mail whose every attempt ended with the process itself is parked, so that the others go on."""
    lost = _is_lost(clock.now())
    if db.session.scalar(select(OutboxMail.id).where(lost).limit(1)) is None:
        db.session.rollback()
        return
    with unit_of_work():
        _changed(
            update(OutboxMail)
            .where(lost)
            .values(status=MailStatus.FAILED, lease_until=None, lease_token=None, last_error="stopped at every attempt")
        )


def _deliver(delivery: Delivery, id: int, token: str) -> bool:
    mail = db.session.get_one(OutboxMail, id, populate_existing=True)
    # No transaction stays open while a server takes its time.
    db.session.expunge(mail)
    db.session.rollback()
    try:
        delivery.deliver(message_of(mail), sender(), mailbox(mail.recipient))
    except Exception as failure:
        words = told(failure)[:LONGEST_ERROR]
        current_app.logger.warning("mail %s, attempt %s: %s", id, mail.attempts, words)
        status, next_at = after_failure(mail.attempts, failure, clock.now())
        _settle(id, token, status=status, next_at=next_at, last_error=words)
        return False
    gone = {"text": "", "html": None} if mail.is_secret else {}
    _settle(id, token, status=MailStatus.SENT, sent_at=clock.now(), last_error="", **gone)
    return True


def _settle(id: int, token: str, **values: Any) -> None:
    """Write down how an attempt ended, unless the lease ran out and another process has begun since."""
    with unit_of_work():
        kept = _changed(
            update(OutboxMail)
            .where(OutboxMail.id == id, OutboxMail.lease_token == token, OutboxMail.status == MailStatus.SENDING)
            .values(lease_until=None, lease_token=None, **values)
        )
    if not kept:
        current_app.logger.warning("mail %s took longer than it was reserved for", id)


def _changed(statement: Any) -> int:
    result: Any = db.session.execute(statement.execution_options(synchronize_session=False))
    return int(result.rowcount)
