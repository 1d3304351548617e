"""Telling moderators who wish it that comments wait: how many and since when, and seldom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, literal, select

from backoffice.accounts import notices
from backoffice.accounts.models import User
from backoffice.accounts.notices import Notice
from backoffice.comments.models import Comment
from backoffice.foundation import clock
from backoffice.foundation.database import db
from backoffice.foundation.permissions import Can, is_allowed
from backoffice.moderation import queues
from backoffice.moderation.queues import Wanted
from backoffice.notices.models import LastNotice
from backoffice.records import outbox
from backoffice.records.policies import WAITING_NOTICE_MINUTES, value_of

#: Counting stops here.
MOST_COUNTED = 1_000


@dataclass(frozen=True)
class Backlog:
    """What waits for one person: how much, counted to one beyond `MOST_COUNTED`, and since when the oldest."""

    count: int
    oldest: datetime

    @property
    def is_capped(self) -> bool:
        """Whether there is more than is counted."""
        return self.count > MOST_COUNTED

    @property
    def counted(self) -> int:
        """The number to show."""
        return min(self.count, MOST_COUNTED)


def backlog_of(user: User, queue: queues.Queue = queues.PENDING) -> Backlog | None:
    """What stands in a queue for this person; None where she decides about nothing, or nothing stands there."""
    if not is_allowed(user, Can.COMMENT_MODERATE):
        return None
    query = queues.within(Wanted(queue), user)
    oldest = db.session.scalar(query.with_only_columns(Comment.created_at).order_by(Comment.created_at).limit(1))
    if oldest is None:
        return None
    some = query.with_only_columns(literal(1), maintain_column_froms=True).limit(MOST_COUNTED + 1).subquery()
    return Backlog(db.session.scalar(select(func.count()).select_from(some)) or 1, oldest)


def who_wish() -> list[int]:
    """The numbers of the active people who wish to be told; reads only."""
    query = select(User).where(User.is_active, User.unwanted.is_not(None)).order_by(User.id)
    return [user.id for user in db.session.scalars(query) if notices.address_of(user, Notice.WAITING)]


def tell(user: User) -> bool:
    """Promise the person a mail if something came since the last one, and that was long enough ago. Never commits."""
    now = clock.now()
    to = notices.address_of(user, Notice.WAITING)
    last = db.session.scalar(
        select(LastNotice).where(LastNotice.user_id == user.id, LastNotice.kind == Notice.WAITING.value)
    )
    # A moment that lies ahead was written under a wrong clock.
    before = last.at if last is not None and last.at <= now else None
    if to is None or (before and now - before < timedelta(minutes=value_of(WAITING_NOTICE_MINUTES))):
        return False
    if before is not None:
        newer = queues.within(Wanted(), user).where(Comment.created_at > before).with_only_columns(Comment.id)
        if db.session.scalar(newer.limit(1)) is None:
            return False
    backlog = backlog_of(user)
    if backlog is None:
        return False
    outbox.promise(
        "comments_waiting",
        to,
        key=f"waiting {user.id} {now:%Y-%m-%dT%H:%M}",
        user=user,
        stop=notices.stop_of(user, Notice.WAITING),
        backlog=backlog,
    )
    if last is None:
        last = LastNotice(user_id=user.id, kind=Notice.WAITING.value)
        db.session.add(last)
    last.at = now
    return True
