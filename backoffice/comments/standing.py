"""What is known of who wrote a comment: how she fared here so far, by which other names she goes, and what holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import load_only

from backoffice.comments.authors import is_by, key_of
from backoffice.comments.models import Comment, CommentStatus
from backoffice.foundation.database import db
from backoffice.foundation.permissions import Can, is_allowed, reachable_by
from backoffice.readers import notes, restrictions
from backoffice.readers.confirming import recipient
from backoffice.readers.models import Measure, Note, Restriction
from backoffice.readers.subjects import CONTACT

#: Of an author so many of the newest comments are counted, and so many shown.
MOST_COUNTED, MOST_SHOWN = 1000, 5
#: Of one address so many of the newest comments are looked through for other names, and so many restrictions shown.
MOST_LOOKED_AT, MOST_NAMES, MOST_RESTRICTIONS = 200, 10, 50


@dataclass(frozen=True)
class Standing:
    """An author as moderators see her. Numbers are of her newest `MOST_COUNTED` comments, all of the site."""

    key: str
    approved: int = 0
    rejected: int = 0
    spam: int = 0
    pending: int = 0
    #: Whether she wrote more than was counted.
    is_more: bool = False
    #: When her first comment came; None where `is_more`, as nobody should wait for that.
    first_seen: datetime | None = None
    #: Names that others, or she herself, gave at the same address; only for who may see contact data.
    other_names: Sequence[str] = ()
    #: What holds now, the hardest first.
    restrictions: Sequence[Restriction] = ()
    #: What held once, and warnings that were read.
    past: Sequence[Restriction] = ()
    notes: Sequence[Note] = ()
    #: Her newest other comments that the actor may see.
    last: Sequence[Comment] = field(default=(), repr=False)
    #: Whether a reason may be mailed to her.
    can_be_told: bool = False

    @property
    def total(self) -> int:
        """How many comments were counted."""
        return self.approved + self.rejected + self.spam + self.pending

    @property
    def decided(self) -> int:
        """On how many of them somebody has decided."""
        return self.total - self.pending

    @property
    def share_rejected(self) -> float | None:
        """Which part of what was decided was rejected or spam, from 0 to 1; None where nothing was decided."""
        return (self.rejected + self.spam) / self.decided if self.decided else None

    @property
    def warnings(self) -> int:
        """How often she was warned."""
        return sum(each.measure is Measure.WARN for each in (*self.restrictions, *self.past))


def standing_of(comment: Comment, actor: Any, *, shown: int = MOST_SHOWN) -> Standing:
    """What the actor may know of the author of a comment; at most seven small queries, whatever she wrote."""
    found = _counted(comment)
    counts = {status: number for status, number, _first in found}
    is_more = sum(counts.values()) > MOST_COUNTED
    may_see_contact = is_allowed(actor, Can.COMMENT_VIEW_CONTACT, comment)
    holding, past = _restrictions(comment, may_see_contact)
    return Standing(
        key=key_of(comment),
        approved=counts.get(CommentStatus.APPROVED, 0),
        rejected=counts.get(CommentStatus.REJECTED, 0),
        spam=counts.get(CommentStatus.SPAM, 0),
        pending=counts.get(CommentStatus.PENDING, 0),
        is_more=is_more,
        first_seen=_first_of(comment) if is_more else min((first for *_rest, first in found), default=None),
        other_names=_other_names(comment) if may_see_contact else (),
        restrictions=holding,
        past=past,
        notes=notes.about(key_of(comment)),
        last=_last(comment, actor, shown) if shown else (),
        can_be_told=recipient(comment.author_email) is not None,
    )


def _newest(comment: Comment, *columns: Any) -> Any:
    """The newest comments of the author, one more than is counted: what the index finds, narrowed afterwards."""
    if comment.author_id is not None:
        found = _in_time(select(*columns).where(Comment.author_id == comment.author_id))
    elif comment.author_email:
        found = _in_time(select(*columns).where(Comment.author_email == comment.author_email))
    else:
        found = _in_time(select(*columns).where(Comment.author_name == comment.author_name))
    return found.limit(MOST_COUNTED + 1).subquery()


def _in_time(query: Select[Any]) -> Select[Any]:
    return query.order_by(Comment.created_at.desc(), Comment.id.desc())


def _counted(comment: Comment) -> Sequence[Any]:
    """Status, how many of it, and the moment of the first of them."""
    newest = _newest(comment, Comment.status, Comment.created_at, Comment.author_email)
    query = select(newest.c.status, func.count(), func.min(newest.c.created_at)).group_by(newest.c.status)
    if comment.author_id is None and not comment.author_email:
        query = query.where(newest.c.author_email.is_(None))
    return db.session.execute(query).all()


def _first_of(comment: Comment) -> datetime | None:
    query = select(Comment.created_at).where(is_by(comment))
    return db.session.scalar(query.order_by(Comment.created_at, Comment.id).limit(1))


def _other_names(comment: Comment) -> list[str]:
    """Names at the same network address, the latest first."""
    if not comment.author_address:
        return []
    here = select(Comment.author_name, Comment.created_at).where(Comment.author_address == comment.author_address)
    newest = here.order_by(Comment.created_at.desc()).limit(MOST_LOOKED_AT).subquery()
    query = select(newest.c.author_name).where(newest.c.author_name != comment.author_name)
    query = query.group_by(newest.c.author_name).order_by(func.max(newest.c.created_at).desc()).limit(MOST_NAMES)
    return list(db.session.scalars(query))


def _restrictions(comment: Comment, may_see_contact: bool) -> tuple[list[Restriction], list[Restriction]]:
    """What holds, and what held."""
    query = restrictions.ever_on(comment.author_id, comment.author_email, comment.author_address)
    found = list(db.session.scalars(query.limit(MOST_RESTRICTIONS)))
    if not may_see_contact:
        found = [each for each in found if each.known_by not in CONTACT]
    order = list(Measure)
    holding = sorted((each for each in found if each.holds()), key=lambda each: (order.index(each.measure), -each.id))
    return holding, [each for each in found if not each.holds()]


def _last(comment: Comment, actor: Any, shown: int) -> list[Comment]:
    """Her newest other comments, as far as the actor may see them."""
    newest = _newest(comment, Comment.id, Comment.author_email)
    query = (
        select(Comment)
        .join(newest, newest.c.id == Comment.id)
        .where(Comment.id != comment.id, reachable_by(actor, Can.COMMENT_VIEW, Comment))
        .options(load_only(Comment.post_id, Comment.text, Comment.status, Comment.reason, Comment.created_at))
        .order_by(Comment.created_at.desc(), Comment.id.desc())
        .limit(shown)
    )
    if comment.author_id is None and not comment.author_email:
        query = query.where(newest.c.author_email.is_(None))
    return list(db.session.scalars(query))
