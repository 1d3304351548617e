"""The secret address under which a calendar program reads one person's reminders: made, revoked, recognised."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import joinedload

from backoffice.accounts.models import User
from backoffice.foundation import clock
from backoffice.foundation.database import db
from backoffice.foundation.errors import NotAllowed, NotApplicable
from backoffice.foundation.i18n import _l
from backoffice.foundation.operations import operation
from backoffice.foundation.permissions import Can, is_allowed
from backoffice.foundation.reveal import Reveal
from backoffice.records import audit
from backoffice.reminders.calendars import calendar_of
from backoffice.reminders.models import FeedKey

__all__ = ["calendar_of", "key_of", "new_feed", "note_use", "reader_of", "revoke_feed"]

#: Where the calendar is read; the edge of reminders has it.
ENDPOINT = "reminder_pages.feed"
_LONGEST_SECRET = 64
#: When it was last read is written down no more often than this.
_NOTED_EVERY = timedelta(minutes=10)


@operation(
    User,
    needs=Can.REMINDER_VIEW,
    label=_l("Make a calendar address"),
    done=_l("Calendar address made"),
    icon="calendar",
    in_lists=False,
    as_button=False,
)
def new_feed(user: User, *, actor: Any) -> Reveal:
    """Make a new secret address of one's own calendar; an earlier one works no longer. It is shown once."""
    _refuse_others(user, actor)
    secret = secrets.token_urlsafe(32)
    db.session.execute(delete(FeedKey).where(FeedKey.user_id == user.id))
    db.session.add(FeedKey(user_id=user.id, digest=_digest(secret)))
    audit.note("user.new_feed", target=user)
    sentence = _l("Your calendar address, shown this once. Whoever knows it reads your reminders.")
    return Reveal(sentence, ENDPOINT, {"secret": secret})


@operation(
    User,
    needs=Can.REMINDER_VIEW,
    label=_l("Revoke the calendar address"),
    done=_l("Calendar address revoked"),
    icon="x",
    in_lists=False,
    as_button=False,
)
def revoke_feed(user: User, *, actor: Any) -> None:
    """Let the address of one's own calendar work no longer. Raises NotApplicable where there is none."""
    _refuse_others(user, actor)
    if key_of(user) is None:
        raise NotApplicable(_l("There is no calendar address."))
    db.session.execute(delete(FeedKey).where(FeedKey.user_id == user.id))
    audit.note("user.revoke_feed", target=user)


def key_of(user: Any) -> FeedKey | None:
    """The person's key, which says since when there is one and when it was last used; never the secret."""
    return db.session.scalar(select(FeedKey).where(FeedKey.user_id == user.id))


def reader_of(secret: str) -> User | None:
    """Whose calendar a secret opens; None for what is no secret any more, and for who may not see reminders now."""
    if not secret or len(secret) > _LONGEST_SECRET:
        return None
    key = db.session.scalar(
        select(FeedKey).where(FeedKey.digest == _digest(secret)).options(joinedload(FeedKey.user, innerjoin=True))
    )
    if key is None or not key.user.is_active or not is_allowed(key.user, Can.REMINDER_VIEW):
        return None
    return key.user


def note_use(user: User) -> None:
    """Write down that the calendar was read just now; once in ten minutes at most. Never commits."""
    now = clock.now()
    db.session.execute(
        update(FeedKey)
        .where(
            FeedKey.user_id == user.id,
            FeedKey.last_used_at.is_(None) | (FeedKey.last_used_at < now - _NOTED_EVERY) | (FeedKey.last_used_at > now),
        )
        .values(last_used_at=now)
        .execution_options(synchronize_session=False)
    )


def _refuse_others(user: User, actor: Any) -> None:
    if getattr(actor, "id", None) != user.id:
        raise NotAllowed(_l("Only the person herself gets the address of her calendar."))


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
