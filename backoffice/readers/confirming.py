"""Addresses that may be written to: their reader said so by a link that was mailed to her, and can take it back.

There are two wishes: to hear what moderators decide, and to hear of replies. Each is asked about, and ends, by itself.

A link only opens a page; what counts is the button on it, for programs that look at mail open every link. Nobody can
have a stranger mailed more than once a day, nor have more than a few strangers mailed.
"""

from __future__ import annotations

from collections.abc import Collection
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
from backoffice.foundation.i18n import Text, _l
from backoffice.readers.models import ConfirmedAddress
from backoffice.readers.subjects import email_of
from backoffice.records import outbox, stopping

#: What a reader can wish for, by the words of `ConfirmedAddress.asked_for`.
DECISIONS, ANSWERS = "decisions", "replies"
#: The purposes of mail about each, for links that stop it; the number is that of the address.
REPLIES, VERDICTS = "replies to readers", "decisions to readers"
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
    stop: stopping.Stop | None = None


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
    return Recipient(row.email, None, row.locale, (VERDICTS, row.id))


def ask(email: str, *, locale: str, visitor: str, wishes: Collection[str] = (DECISIONS,)) -> bool:
    """Mail the reader a link to confirm what she wishes, unless she has, or was asked lately; whether she is asked.

    The visitor is never told which, so that nobody learns who reads here. Never commits.
    """
    now = clock.now()
    try:
        email = email_of(email)
    except InvalidInput:
        return False
    row = _row(email)
    open_wishes = [wish for wish in (DECISIONS, ANSWERS) if wish in wishes and not _is_granted(wish, email, row)]
    if not open_wishes or (row is not None and not _may_be_asked(row, open_wishes)):
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
    row.locale, row.asked_by, row.asked_at = locale, visitor, now
    row.asked_for = " ".join(open_wishes)
    if DECISIONS in open_wishes:
        row.withdrawn_at = None
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
        wishes=open_wishes,
    )
    return True


def grant_replies(email: str, *, locale: str) -> None:
    """Let an address that its owner has proved elsewhere have mail about replies. Never commits."""
    row = _row(email)
    if row is None:
        row = ConfirmedAddress(email=email_of(email), locale=locale)
        db.session.add(row)
    if row.replies_at is None:
        row.replies_at, row.replies_stopped_at = clock.now(), None


def confirmable(token: str) -> ConfirmedAddress:
    """The address that a link to confirm belongs to. Raises NotFound for what is no such link or none any more."""
    row = _read(token, "confirm", LIFETIME)
    wishes = row.asked_for.split()
    if all((row.replies_stopped_at if wish == ANSWERS else row.withdrawn_at) is not None for wish in wishes):
        raise NotFound(_l("This link does not work any more."))
    return row


def confirm(token: str) -> ConfirmedAddress:
    """Say that the reader wants what the mail asked her; a second time changes nothing. Never commits.

    Raises NotFound.
    """
    row = confirmable(token)
    wishes = row.asked_for.split()
    if DECISIONS in wishes:
        row.confirmed_at = row.confirmed_at or clock.now()
    if ANSWERS in wishes:
        row.replies_at, row.replies_stopped_at = row.replies_at or clock.now(), None
    return row


def withdrawable(token: str) -> ConfirmedAddress:
    """The address that a link to withdraw belongs to. Raises NotFound."""
    return _read(token, "withdraw", None)


def withdraw(token: str) -> ConfirmedAddress:
    """Say that the reader wants no mail at all. Never commits. Raises NotFound."""
    row = withdrawable(token)
    row.confirmed_at, row.withdrawn_at = None, clock.now()
    row.replies_at, row.replies_stopped_at = None, clock.now()
    return row


def _stop_replies(id: int) -> None:
    row = _known(id)
    row.replies_at, row.replies_stopped_at = None, clock.now()


def _begin_replies(id: int) -> None:
    row = _known(id)
    row.replies_at, row.replies_stopped_at = clock.now(), None


def _stop_verdicts(id: int) -> None:
    row = _known(id)
    row.confirmed_at, row.withdrawn_at = None, clock.now()


def _begin_verdicts(id: int) -> None:
    row = _known(id)
    row.confirmed_at, row.withdrawn_at = clock.now(), None


def _verdicts_to(id: int) -> Text:
    return _l("Mail from the moderators about comments of %(address)s", address=_known(id).email)


def _replies_to(id: int) -> Text:
    return _l("Mail when somebody replies to a comment of %(address)s", address=_known(id).email)


def _known(id: int) -> ConfirmedAddress:
    row = db.session.get(ConfirmedAddress, id)
    if row is None:
        raise NotFound(_l("This link does not work any more."))
    return row


stopping.stops(REPLIES, _replies_to, _stop_replies, _begin_replies)
stopping.stops(VERDICTS, _verdicts_to, _stop_verdicts, _begin_verdicts)


def _is_granted(wish: str, email: str, row: ConfirmedAddress | None) -> bool:
    return recipient(email) is not None if wish == DECISIONS else row is not None and row.replies_at is not None


def _may_be_asked(row: ConfirmedAddress, wishes: Collection[str]) -> bool:
    """An address is left alone for a while after a mail, and for longer after its reader said no."""
    now = clock.now()
    refused = [row.replies_stopped_at if wish == ANSWERS else row.withdrawn_at for wish in wishes]
    if any(moment is not None for moment in refused):
        return all(moment is None or moment <= now - PEACE for moment in refused)
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
