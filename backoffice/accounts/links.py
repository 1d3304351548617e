"""One-time links with which people set their own passwords."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from sqlalchemy import select

from backoffice.accounts.models import AccessLink, User
from backoffice.foundation import clock
from backoffice.foundation.database import db

LIFETIME = timedelta(days=7)


def new_link(user: User) -> str:
    """Make a link for the person and return its token, which is stored nowhere; earlier open links stop working."""
    for link in db.session.scalars(select(AccessLink).where(AccessLink.user == user, AccessLink.used_at.is_(None))):
        link.used_at = clock.now()
    token = secrets.token_urlsafe(32)
    db.session.add(AccessLink(user=user, token_digest=_digest(token), expires_at=clock.now() + LIFETIME))
    return token


def open_link(token: str) -> AccessLink | None:
    """The link with this token, if it still lets an active person in."""
    link = db.session.scalar(select(AccessLink).where(AccessLink.token_digest == _digest(token)))
    if link is None or link.used_at is not None or link.expires_at <= clock.now() or not link.user.is_active:
        return None
    return link


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
