"""Passwords that were forgotten: a link by mail, once, for an hour. Nobody learns which names are known."""

from __future__ import annotations

from datetime import datetime

from flask import current_app
from sqlalchemy import func, select

from backoffice.accounts import addresses, links, operations, passwords, queries
from backoffice.accounts.entering import AccessLink, LastSeen
from backoffice.accounts.models import User
from backoffice.foundation import clock
from backoffice.foundation.database import db
from backoffice.records import audit, outbox


def ask(typed: str, *, may_send: bool = True) -> None:
    """Send a link to the active person with this name or address, if there is one with an address. Never commits.

    Where the link could lead to somebody else's host nothing is sent, and the log says what to set.
    """
    if not may_send:
        current_app.logger.warning("no reset link was sent: set BACKOFFICE_BASE_URL, so that it leads to this house")
    user = db.session.scalar(queries.by_name(typed).where(User.is_active)) if "\x00" not in typed else None
    audit.note("user.ask_reset", target=user)
    if user is not None and may_send:
        send(user)


def send(user: User) -> bool:
    """Send the person a link, unless she has no address or enough links are open; whether one is on its way."""
    token = links.new_reset(user) if user.email else None
    if token is None:
        return False
    outbox.promise(
        "reset",
        user.email or "",
        user=user,
        secret=True,
        link=outbox.link_to("signing.reset", token=token),
        until=clock.now() + links.RESET_LIFETIME,
        username=user.username,
    )
    return True


def use(link: AccessLink, *, password: str, rounds: int = passwords.ROUNDS) -> User:
    """Use up a link: its owner sets her password and every session of hers ends. Raises InvalidInput."""
    user = link.user
    operations.set_own_password(user, actor=user, password=password, rounds=rounds)
    addresses.proved(user)
    if user.email:
        outbox.promise("password_changed", user.email, user=user, username=user.username, at=clock.now())
    return user


def refusals_since_last_time(user: User) -> int:
    """How often signing in as this person was refused since she last did; of the first time nothing is told."""
    last = db.session.scalar(select(LastSeen.signed_in_at).where(LastSeen.id == user.id))
    return 0 if last is None else refusals_since(user, last)


def refusals_since(user: User, moment: datetime) -> int:
    """How often signing in as this person was refused since then."""
    kind = audit.AuditEntry
    found = select(func.count()).where(
        kind.target_type == User.resource,
        kind.target_id == user.id,
        kind.action.in_(("user.sign_in_refused", "user.code_refused")),
        kind.at > moment,
    )
    return db.session.scalar(found) or 0
