"""Addresses that may be written to: their reader said so by a link that was mailed to her, and can take it back.

A link only opens a page; what counts is the button on it, for programs that look at mail open every link. Nobody can
have a stranger mailed more than once a day, nor have more than a few strangers mailed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import current_app
from itsdangerous import BadData, URLSafeTimedSerializer
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from backoffice.accounts.models import User
from backoffice.foundation import clock
from backoffice.foundation.database import db
from backoffice.foundation.errors import InvalidInput, NotFound
from backoffice.foundation.i18n import _l
from backoffice.readers.models import ConfirmedAddress
from backoffice.readers.subjects import email_of
from backoffice.records import outbox

#: A link to confirm works for so long; one to withdraw works for good.
LIFETIME = timedelta(days=3)
#: An address gets one mail that asks in this time; after its reader said no, none for the longer one.
PAUSE, PEACE = timedelta(days=1), timedelta(days=90)
#: From one network so many addresses are asked in the time of a pause.
MOST_ASKED = 3


@dataclass(frozen=True)
class Recipient:
    """Who may be written to, and in which language."""

    email: str
    user: Any = None
    locale: str | None = None
    #: What withdraws it; an account has none.
    token: str = ""


def recipient(email: str | None) -> Recipient | None:
    """Whom a mail to this address would reach with her consent: an active account, or a reader who confirmed it."""
    if not email:
        return None
    user = db.session.scalar(select(User).where(User.email == email.lower(), User.is_active.is_(True)))
    if user is not None:
        return Recipient(email.lower(), user, user.locale)
    row = _row(email)
    if row is None or row.confirmed_at is None:
        return None
    return Recipient(row.email, None, row.locale, signed(row, "withdraw"))


def ask(email: str, *, locale: str, visitor: str) -> bool:
    """Mail the reader a link to confirm the address, unless she has, or was asked lately; whether she is asked.

    The visitor is never told which, so that nobody learns who reads here. Never commits.
    """
    now = clock.now()
    try:
        email = email_of(email)
    except InvalidInput:
        return False
    row = _row(email)
    if recipient(email) is not None or (row is not None and not _may_be_asked(row)):
        return False
    lately = (ConfirmedAddress.asked_by == visitor, ConfirmedAddress.asked_at > now - PAUSE)
    if (db.session.scalar(select(func.count()).where(*lately)) or 0) >= MOST_ASKED:
        return False
    if row is None:
        row = ConfirmedAddress(email=email)
        try:
            with db.session.begin_nested():
                db.session.add(row)
        except IntegrityError:
            return False  # somebody asked at this moment
    row.locale, row.asked_by, row.asked_at, row.withdrawn_at = locale, visitor, now, None
    db.session.flush()
    outbox.promise(
        "confirm_reader",
        email,
        locale=locale,
        secret=True,
        endpoint="readers.confirm",
        token=signed(row, "confirm"),
        refusal=signed(row, "withdraw"),
        days=LIFETIME.days,
    )
    return True


def confirmable(token: str) -> ConfirmedAddress:
    """The address that a link to confirm belongs to. Raises NotFound for what is no such link or none any more."""
    row = _read(token, "confirm", LIFETIME)
    if row.withdrawn_at is not None:
        raise NotFound(_l("This link does not work any more."))
    return row


def confirm(token: str) -> ConfirmedAddress:
    """Say that the reader wants to be written to; a second time changes nothing. Never commits. Raises NotFound."""
    row = confirmable(token)
    row.confirmed_at = row.confirmed_at or clock.now()
    return row


def withdrawable(token: str) -> ConfirmedAddress:
    """The address that a link to withdraw belongs to. Raises NotFound."""
    return _read(token, "withdraw", None)


def withdraw(token: str) -> ConfirmedAddress:
    """Say that the reader does not want to be written to. Never commits. Raises NotFound."""
    row = withdrawable(token)
    row.confirmed_at, row.withdrawn_at = None, clock.now()
    return row


def _may_be_asked(row: ConfirmedAddress) -> bool:
    now = clock.now()
    if row.withdrawn_at is not None:
        return row.withdrawn_at <= now - PEACE
    return row.asked_at <= now - PAUSE


def _row(email: str) -> ConfirmedAddress | None:
    try:
        email = email_of(email)
    except InvalidInput:
        return None
    return db.session.scalar(select(ConfirmedAddress).where(ConfirmedAddress.email == email))


def signed(row: ConfirmedAddress, purpose: str) -> str:
    """What a link carries that serves to `confirm` or to `withdraw`."""
    # No address in the link: links end up in logs.
    asked = 0 if purpose == "withdraw" else int(row.asked_at.timestamp())
    return str(_signer(purpose).dumps([row.id, asked]))


def _read(token: str, purpose: str, lifetime: timedelta | None) -> ConfirmedAddress:
    try:
        id, asked = _signer(purpose).loads(token, max_age=int(lifetime.total_seconds()) if lifetime else None)
    except (BadData, ValueError, TypeError):
        raise NotFound(_l("This link does not work any more.")) from None
    row = db.session.get(ConfirmedAddress, id)
    if row is None or (purpose != "withdraw" and int(row.asked_at.timestamp()) != asked):
        raise NotFound(_l("This link does not work any more."))
    return row


def _signer(purpose: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt=f"mail to readers: {purpose}")
