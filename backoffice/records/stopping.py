"""Mail that its reader wants no more: a signed link in the mail says of what kind it is, and one press ends it.

The link carries no address, for links end up in logs, and it works for good. Mail programs press it by themselves
(RFC 8058), so what it does needs no session; opening it does nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import current_app
from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy import String, UniqueConstraint, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped

from backoffice.foundation import clock
from backoffice.foundation.database import Model, UTCDateTime, db, labelled
from backoffice.foundation.errors import NotFound
from backoffice.foundation.i18n import Text, _l
from backoffice.records.letters import link_to

#: What a mail is about and whose it is: the name of a purpose, and the number that its functions understand.
Stop = tuple[str, int]


@dataclass(frozen=True)
class Purpose:
    """A kind of mail that can be stopped. Each function takes the number in the link and may raise NotFound."""

    name: str
    #: What is stopped, in words that follow "Stop this mail:".
    describe: Callable[[int], Text | str]
    stop: Callable[[int], None]
    #: Takes it back, where that can be.
    again: Callable[[int], None] | None = None


_purposes: dict[str, Purpose] = {}


class MailStop(Model):
    """An address of nobody in the house that was mailed for some purpose; once `stopped_at` is set, it is no more."""

    __tablename__ = "mail_stops"
    __table_args__ = (UniqueConstraint("email", "purpose"),)

    id: Mapped[int] = labelled(_l("Number"), primary_key=True)
    email: Mapped[str] = labelled(_l("E-mail"), String(254))
    purpose: Mapped[str] = labelled(_l("Kind"), String(40))
    stopped_at: Mapped[datetime | None] = labelled(_l("Stopped"), UTCDateTime)


def stops(
    name: str,
    describe: Callable[[int], Text | str],
    stop: Callable[[int], None],
    again: Callable[[int], None] | None = None,
) -> Purpose:
    """Register a kind of mail that readers can stop; see `Purpose`. The functions never commit."""
    return _purposes.setdefault(name, Purpose(name, describe, stop, again))


def stops_addresses(name: str, what: Text) -> Purpose:
    """Register a kind of mail to addresses outside the house; its link is made of `number_of`."""

    def describe(id: int) -> Text:
        _address(id)
        return what

    def stop(id: int) -> None:
        _address(id).stopped_at = clock.now()

    def again(id: int) -> None:
        _address(id).stopped_at = None

    return stops(name, describe, stop, again)


def link(purpose: str, id: int) -> str:
    """The address of the page that stops this mail; the same at every time."""
    return link_to("mail_pages.stop", token=token_for(purpose, id))


def token_for(purpose: str, id: int) -> str:
    """What the link carries. Raises LookupError for a purpose that nobody registered."""
    if purpose not in _purposes:
        raise LookupError(f"nobody registered mail of the kind {purpose!r}")
    return str(_signer().dumps([purpose, id]))


def read(token: str) -> tuple[Purpose, int]:
    """What a link stops. Raises NotFound for what is no such link."""
    try:
        name, id = _signer().loads(token)
        return _purposes[name], int(id)
    except (BadData, KeyError, ValueError, TypeError):
        raise NotFound(_l("This link does not work any more.")) from None


def headers_for(link: str) -> dict[str, str]:
    """The headers by which mail programs offer their reader to stop this mail (RFC 2369, RFC 8058)."""
    return {"List-Unsubscribe": f"<{link}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def number_of(email: str, purpose: str) -> int:
    """The number of an outside address for a purpose, to be used in its link; made at the first time. Never commits."""
    email = email.lower()
    while (found := _row(email, purpose)) is None:
        try:
            with db.session.begin_nested():
                db.session.add(MailStop(email=email, purpose=purpose))
        except IntegrityError:
            continue  # somebody made it at this moment
    return found.id


def is_stopped(email: str, purpose: str) -> bool:
    """Whether mail of this kind to this outside address was stopped."""
    found = _row(email.lower(), purpose)
    return found is not None and found.stopped_at is not None


def stopped_among(emails: Any, purpose: str) -> set[str]:
    """Those of these outside addresses that stopped mail of this kind, in lower case; for many at once."""
    wanted = list({email.lower() for email in emails})
    found: set[str] = set()
    for start in range(0, len(wanted), 500):
        some = wanted[start : start + 500]
        query = select(MailStop.email).where(
            MailStop.purpose == purpose, MailStop.email.in_(some), MailStop.stopped_at.is_not(None)
        )
        found.update(db.session.scalars(query))
    return found


def stop_address(email: str, purpose: str) -> None:
    """Send no more mail of this kind to this outside address. Never commits."""
    _address(number_of(email, purpose)).stopped_at = clock.now()


def _row(email: str, purpose: str) -> MailStop | None:
    return db.session.scalar(select(MailStop).where(MailStop.email == email, MailStop.purpose == purpose))


def _address(id: int) -> MailStop:
    found = db.session.get(MailStop, id)
    if found is None:
        raise NotFound(_l("This link does not work any more."))
    return found


def _signer() -> URLSafeSerializer:
    config = current_app.config
    keys = [*reversed(config.get("SECRET_KEY_FALLBACKS") or ()), config["SECRET_KEY"]]
    return URLSafeSerializer(keys, salt="mail nobody wants")
