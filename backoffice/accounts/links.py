"""One-time links with which people set their own passwords."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from sqlalchemy import Select, select

from backoffice.accounts.entering import AccessLink
from backoffice.accounts.models import User
from backoffice.foundation import clock
from backoffice.foundation.database import db

LIFETIME = timedelta(days=7)
RESET_LIFETIME = timedelta(hours=1)
INVITATION, RESET = "invitation", "reset"
#: So many links to reset a password are open for one person at most; who asks more often gets no more mail.
MOST_OPEN = 3


def new_link(user: User) -> str:
    """Make a link for the person and return its token, which is stored nowhere; earlier open ones stop working."""
    for link in db.session.scalars(_open(user, INVITATION)):
        link.used_at = clock.now()
    return _made(user, INVITATION, LIFETIME)


def new_reset(user: User) -> str | None:
    """Make a link to reset the password and return its token; None where enough are open.

    Earlier ones go on working, for anybody can ask for a reset in the name of another person.
    """
    if len(db.session.scalars(_open(user, RESET)).all()) >= MOST_OPEN:
        return None
    return _made(user, RESET, RESET_LIFETIME)


def open_link(token: str, purpose: str = INVITATION) -> AccessLink | None:
    """The link with this token, if it still lets an active person in."""
    link = db.session.scalar(
        select(AccessLink).where(AccessLink.token_digest == _digest(token), AccessLink.purpose == purpose)
    )
    if link is None or link.used_at is not None or link.expires_at <= clock.now() or not link.user.is_active:
        return None
    return link


def close_all(user: User) -> None:
    """No link that was made for the person lets anybody in any more."""
    for link in db.session.scalars(select(AccessLink).where(AccessLink.user == user, AccessLink.used_at.is_(None))):
        link.used_at = clock.now()


def _open(user: User, purpose: str) -> Select[AccessLink]:
    return select(AccessLink).where(
        AccessLink.user == user,
        AccessLink.purpose == purpose,
        AccessLink.used_at.is_(None),
        AccessLink.expires_at > clock.now(),
    )


def _made(user: User, purpose: str, lifetime: timedelta) -> str:
    token = secrets.token_urlsafe(32)
    db.session.add(
        AccessLink(user=user, purpose=purpose, token_digest=_digest(token), expires_at=clock.now() + lifetime)
    )
    return token


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
