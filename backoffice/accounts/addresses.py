"""Whether an address is its person's: it counts from when she follows a link that was mailed there.

What people enter in the back office or the profile is doubted until then, and gets no notices; what a command or an
import enters is not. Invitations, resets and mail about the safety of an account go out regardless.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

from flask import current_app
from itsdangerous import BadData, URLSafeTimedSerializer
from sqlalchemy import inspect, select

from backoffice.accounts import links
from backoffice.accounts.models import User
from backoffice.foundation import clock
from backoffice.foundation.acting import acting
from backoffice.foundation.database import db
from backoffice.foundation.errors import InvalidInput, NotFound
from backoffice.foundation.i18n import _l
from backoffice.records import outbox

#: A link to confirm an address works for so long.
LIFETIME = timedelta(days=7)


def entered(user: User, *, actor: Any) -> None:
    """What somebody typed for a new account: it has an address to be confirmed."""
    user.email_doubted = user.email is not None


def changed(user: User, *, actor: Any) -> None:
    """If the address of an account was typed anew, doubt it, and let links to the old one let nobody in any more.

    Call it before the flush. Whoever can sign in gets a link to the new address.
    """
    if not inspect(user).attrs.email.history.has_changes():
        return
    user.email_doubted = user.email is not None
    links.close_all(user)
    if user.email and user.is_active and user.password_hash:
        db.session.flush()
        ask(user)


def change(user: User, *, actor: Any, email: str) -> None:
    """Give oneself another address, or none. Never commits. Raises InvalidInput for one that another account has.

    The old address is told, so that nobody loses an account without knowing.
    """
    before, was_doubted = user.email, user.email_doubted
    with acting(actor=actor, action="user.change_address"), db.session.no_autoflush:
        user.email = email
        if user.email == before:
            return
        taken = select(User.id).where(User.email == user.email, User.id != user.id)
        if user.email and db.session.scalar(taken) is not None:
            raise InvalidInput(_l("Another account has this address. Choose another."), field="email")
        changed(user, actor=actor)
        db.session.flush()
    if before and not was_doubted:
        outbox.promise("address_changed", before, user=user, username=user.username, at=clock.now())


def ask(user: User) -> None:
    """Mail the person a link that confirms her address; one an hour at most. Never commits."""
    if not user.email:
        raise InvalidInput(_l("Your account has no address."), field="email")
    now = clock.now()
    outbox.promise(
        "confirm_address",
        user.email,
        key=f"confirm address {user.id} {now:%Y-%m-%dT%H} {user.email}"[:200],
        user=user,
        secret=True,
        link=outbox.link_to("people.confirm_address", token=_signer().dumps([user.id, _digest(user.email)])),
        until=now + LIFETIME,
        username=user.username,
    )


def owner_of(token: str) -> User:
    """Whose address a link confirms. Raises NotFound where it is too old or made up, or she has another by now."""
    try:
        id, digest = _signer().loads(token, max_age=int(LIFETIME.total_seconds()))
    except (BadData, ValueError, TypeError):
        raise NotFound(_l("This link does not work any more.")) from None
    user = db.session.get(User, id)
    if user is None or not user.is_active or not user.email or _digest(user.email) != digest:
        raise NotFound(_l("This link does not work any more."))
    return user


def confirm(token: str) -> User:
    """Take the address as its owner's; a second time changes nothing. Never commits. Raises NotFound."""
    user = owner_of(token)
    proved(user)
    return user


def proved(user: User) -> None:
    """Somebody followed a link that was mailed to the present address. Never commits."""
    if user.email_doubted:
        with acting(actor=user, action="user.confirm_address"):
            user.email_doubted = False
            db.session.flush()


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="address of an account")


def _digest(email: str) -> str:
    """What stands for an address in a link: links end up in logs, and an old one must not confirm a new address."""
    key = hashlib.sha256(f"addresses {current_app.config['SECRET_KEY']}".encode()).digest()
    return hashlib.blake2b(email.encode(), key=key, digest_size=12).hexdigest()
