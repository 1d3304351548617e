"""Asking for the weekly mail, confirming it, and ending it.

A link only opens a page; what counts is the button on it. Nobody learns who is subscribed: every answer is the same.
"""

from __future__ import annotations

from datetime import timedelta

from flask import current_app
from itsdangerous import BadData, URLSafeTimedSerializer
from sqlalchemy import and_, delete, func, or_, select
from sqlalchemy.exc import IntegrityError

from backoffice.foundation import clock
from backoffice.foundation.acting import acting
from backoffice.foundation.database import db
from backoffice.foundation.errors import InvalidInput, NotFound
from backoffice.foundation.i18n import Text, _l
from backoffice.foundation.permissions import System
from backoffice.foundation.text import clean_line, is_email
from backoffice.records import outbox, stopping
from backoffice.records.policies import WEEKLY_MAIL, value_of
from backoffice.subscribers.models import Subscriber

#: A link to confirm works for so long; what nobody confirmed in the longer time is forgotten.
LIFETIME, FORGOTTEN = timedelta(days=3), timedelta(days=14)
#: An address gets one mail that asks in this time; after its reader said no, none for the longer one.
PAUSE, PEACE = timedelta(days=1), timedelta(days=90)
#: From one network so many addresses are asked in the time of a pause.
MOST_ASKED = 5
#: The purpose of the weekly mail, for links that stop it; the number is that of the subscriber.
PURPOSE = "weekly"
#: Who asks: a visitor, who may nothing else.
READER = System("reader")


def is_open() -> bool:
    """Whether readers can subscribe."""
    return bool(value_of(WEEKLY_MAIL))


def ask(typed: str | None, *, locale: str, visitor: str) -> bool:
    """Mail the reader a link to confirm, unless she is subscribed, or was asked lately; whether she is asked.

    The visitor is never told which. Never commits. Raises InvalidInput for what is no address, and NotFound where
    nobody can subscribe.
    """
    if not is_open():
        raise NotFound
    email, now = clean_line(typed).lower(), clock.now()
    if not is_email(email) or len(email) > 254:
        raise InvalidInput(_l("Give a full address, for example ana@example.org."), field="email")
    row = db.session.scalar(select(Subscriber).where(Subscriber.email == email))
    lately = (Subscriber.asked_by == visitor, Subscriber.asked_at > now - PAUSE)
    if row is not None and not _may_be_asked(row):
        return False
    if (db.session.scalar(select(func.count()).where(*lately)) or 0) >= MOST_ASKED:
        return False
    with acting(actor=READER, action="subscriber.ask"):
        if row is None:
            row = Subscriber(email=email, locale=locale)
            try:
                with db.session.begin_nested():
                    db.session.add(row)
            except IntegrityError:
                return False  # somebody asked at this moment
        row.locale, row.asked_by, row.asked_at = locale, visitor, now
        db.session.flush()
    outbox.promise(
        "subscribe_confirm",
        email,
        locale=locale,
        secret=True,
        link=outbox.link_to("subscribers.confirm", token=token_of(row)),
        days=LIFETIME.days,
        stop=(PURPOSE, row.id),
    )
    return True


def confirmable(token: str) -> Subscriber:
    """Whose link this is. Raises NotFound for what is no such link or none any more."""
    try:
        id, asked = _signer().loads(token, max_age=int(LIFETIME.total_seconds()))
    except (BadData, ValueError, TypeError):
        raise NotFound(_l("This link does not work any more.")) from None
    row = db.session.get(Subscriber, id)
    if row is None or int(row.asked_at.timestamp()) != asked or _said_no(row):
        raise NotFound(_l("This link does not work any more."))
    return row


def confirm(token: str) -> Subscriber:
    """Let the weekly mail go to the address; a second time changes nothing. Never commits. Raises NotFound."""
    row = confirmable(token)
    if not row.gets_mail:
        _begin(row)
    return row


def token_of(row: Subscriber) -> str:
    """What a link to confirm carries: no address, for links end up in logs."""
    return str(_signer().dumps([row.id, int(row.asked_at.timestamp())]))


def forget_unconfirmed() -> int:
    """Remove addresses that nobody confirmed, and those that ended it when there is no reason left to know them."""
    now = clock.now()
    never = and_(Subscriber.confirmed_at.is_(None), Subscriber.stopped_at.is_(None))
    old = or_(
        and_(never, Subscriber.asked_at < now - FORGOTTEN),
        and_(Subscriber.stopped_at.is_not(None), Subscriber.stopped_at < now - PEACE),
    )
    # What was never agreed to, or is over, leaves nothing behind.
    gone = delete(Subscriber).where(old).execution_options(synchronize_session=False, unaudited_because="forgotten")
    return int(getattr(db.session.execute(gone), "rowcount", 0))


def _said_no(row: Subscriber) -> bool:
    return row.stopped_at is not None and row.stopped_at >= row.asked_at


def _may_be_asked(row: Subscriber) -> bool:
    now = clock.now()
    if row.gets_mail:
        return False
    if row.stopped_at is not None and row.stopped_at > now - PEACE:
        return False
    return row.asked_at <= now - PAUSE


def _begin(row: Subscriber) -> None:
    with acting(actor=READER, action="subscriber.subscribe"):
        row.confirmed_at, row.stopped_at = clock.now(), None
        db.session.flush()


def _stop(id: int) -> None:
    row = _known(id)
    if row.stopped_at is None:
        with acting(actor=READER, action="subscriber.stop"):
            row.stopped_at = clock.now()
            db.session.flush()


def _again(id: int) -> None:
    row = _known(id)
    # Who never confirmed has nothing to go back to.
    if row.confirmed_at is not None and row.stopped_at is not None:
        _begin(row)


def _describe(id: int) -> Text:
    return _l("New posts once a week to %(address)s", address=_known(id).email)


def _known(id: int) -> Subscriber:
    row = db.session.get(Subscriber, id)
    if row is None:
        raise NotFound(_l("This link does not work any more."))
    return row


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="weekly mail")


stopping.stops(PURPOSE, _describe, _stop, _again)
