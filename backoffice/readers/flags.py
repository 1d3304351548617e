"""What visitors report: one flag for each visitor and comment, which moves nothing of the comment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.exc import IntegrityError

from backoffice.foundation import clock
from backoffice.foundation.database import Model, db
from backoffice.foundation.errors import NotApplicable
from backoffice.foundation.i18n import _l
from backoffice.readers.models import Flag, FlagReason
from backoffice.records.audit import tell_of

#: So many comments a visitor may report in a day.
MOST_A_DAY = 20


@dataclass(frozen=True)
class Reported:
    """One flag as moderators see it; `is_seen` when a moderator has decided about the comment since."""

    reason: FlagReason
    at: datetime
    is_seen: bool


def add(comment_id: int, *, visitor: str, reason: FlagReason) -> bool:
    """Note that a visitor reports a comment; False if she did so before. Never commits.

    Raises NotApplicable for who reports too many.
    """
    now = clock.now()
    lately = select(func.count()).where(Flag.visitor == visitor, Flag.at > now - timedelta(days=1))
    if (db.session.scalar(lately) or 0) >= MOST_A_DAY:
        raise NotApplicable(_l("You have reported many comments today. Write to us about the others."))
    try:
        with db.session.begin_nested():
            db.session.add(Flag(comment_id=comment_id, visitor=visitor, reason=reason, at=now))
    except IntegrityError:
        return False
    tell_of("flag")
    return True


def of(ids: Collection[int]) -> dict[int, list[Reported]]:
    """The flags of these comments by their number, newest first; comments without any are left out."""
    if not ids:
        return {}
    comments = _comments()
    query = (
        select(Flag.comment_id, Flag.reason, Flag.at, or_(*_seen(comments)))
        .join(comments, comments.c.id == Flag.comment_id)
        .where(Flag.comment_id.in_(ids))
        .order_by(Flag.at.desc(), Flag.id.desc())
    )
    found: dict[int, list[Reported]] = defaultdict(list)
    for comment_id, reason, at, is_seen in db.session.execute(query):
        found[comment_id].append(Reported(reason, at, bool(is_seen)))
    return dict(found)


def open_count(comment_id: int) -> int:
    """How many flags of a comment no moderator has looked at."""
    comments = _comments()
    query = (
        select(func.count())
        .select_from(Flag)
        .join(comments, comments.c.id == Flag.comment_id)
        .where(Flag.comment_id == comment_id, ~func.coalesce(or_(*_seen(comments)), False))
    )
    return db.session.scalar(query) or 0


def put_aside(ids: Sequence[int]) -> None:
    """Mark the flags of these comments as seen without deciding about them anew. Never commits."""
    db.session.execute(update(Flag).where(Flag.comment_id.in_(ids), Flag.seen_at.is_(None)).values(seen_at=clock.now()))
    tell_of("flag")


def _seen(comments: Any) -> tuple[Any, ...]:
    """What was put aside, and what is older than the approval in force: who approved has looked at it."""
    approved = and_(comments.c.status == "approved", comments.c.decided_at >= Flag.at)
    return Flag.seen_at.is_not(None), func.coalesce(approved, False)


def _comments() -> Any:
    """The table of comments, by name, as this package stands below the one that declares it."""
    return Model.metadata.tables["comments"]
