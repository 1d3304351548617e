"""What waits, counted for one person within what she may see. The same few queries whatever the size of the tables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import Any

from sqlalchemy import Select, func, literal, select
from sqlalchemy.orm import lazyload, load_only

from backoffice.accounts.models import User
from backoffice.comments import queries as comments
from backoffice.comments.models import Comment
from backoffice.dashboard import days
from backoffice.foundation import clock
from backoffice.foundation.database import db
from backoffice.foundation.permissions import Can, is_allowed, reachable_by
from backoffice.languages import overview
from backoffice.posts import queries as posts
from backoffice.posts.models import Post, PostStatus
from backoffice.records.actors import who_said
from backoffice.records.audit import AuditEntry
from backoffice.records.visible import seen_by
from backoffice.reminders import queries as reminders

#: Counts stop here; the page then says "10,000+".
MOST_COUNTED = 10_000
#: Lines in each list of the page.
MOST_LISTED = 5
MOST_LATELY = 8
#: Coming and going says nothing about the work.
UNTOLD = ("user.sign_in", "user.sign_out")


@dataclass(frozen=True)
class Waiting:
    """Some of what waits: how much there is, counted no further than one beyond `MOST_COUNTED`, and the first of it."""

    count: int
    first: list[Any] = field(default_factory=list)
    since: datetime | None = None

    @property
    def is_capped(self) -> bool:
        """Whether there is more than is counted."""
        return self.count > MOST_COUNTED

    @property
    def counted(self) -> int:
        """The number to show."""
        return min(self.count, MOST_COUNTED)


@dataclass(frozen=True)
class Deed:
    """A line of the audit trail, and the name of who did it."""

    entry: AuditEntry
    who: str
    is_own: bool


@dataclass(frozen=True)
class Today:
    """The facts of the first page; a part that does not concern the person is None, or empty."""

    now: datetime
    comments: Waiting | None
    reminders: Waiting | None
    going_out: Waiting | None
    drafts: Waiting | None
    days: days.Days | None
    translations: list[overview.Row]
    lately: list[Deed]

    @property
    def is_quiet(self) -> bool:
        """Whether nothing waits for her."""
        return not any(part and part.count for part in (self.comments, self.reminders, self.going_out, self.drafts))


def today_for(user: Any, zone: tzinfo = UTC, waiting: Callable[[Any], Select[Comment]] = comments.waiting_for) -> Today:
    """The facts for this person; her day is that of `zone`, and `waiting` says which comments wait for her."""
    now = clock.now()
    return Today(
        now=now,
        comments=_comments(user, waiting),
        reminders=_reminders(user, now),
        going_out=_going_out(user, now, zone),
        drafts=_drafts(user),
        days=days.per_day(user, now, zone) if is_allowed(user, Can.COMMENT_VIEW) else None,
        translations=overview.brief_for(user) if is_allowed(user, Can.TRANSLATION_VIEW) else [],
        lately=_lately(user),
    )


def going_out_until(user: Any, until: datetime) -> Select[Post]:
    """Scheduled posts within the person's reach that go out by `until`, the next one first."""
    mine = reachable_by(user, Can.POST_VIEW, Post)
    return (
        select(Post)
        .where(Post.status == PostStatus.SCHEDULED, Post.published_at <= until, mine)
        .order_by(Post.published_at, Post.id)
    )


def lately_for(user: Any) -> Select[AuditEntry]:
    """The newest entries of the trail: all of them for whoever may see the trail, one's own deeds for others."""
    query = (
        select(AuditEntry).where(AuditEntry.action.not_in(UNTOLD)).order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
    )
    return query.where(seen_by(user) if is_allowed(user, Can.AUDIT_VIEW) else AuditEntry.actor_id == user.id)


def _comments(user: Any, waiting: Callable[[Any], Select[Comment]]) -> Waiting | None:
    """In the order of their age, so that the count and the oldest come from one walk along an index."""
    if not is_allowed(user, Can.COMMENT_MODERATE) or not is_allowed(user, Can.COMMENT_VIEW):
        return None
    query = waiting(user).where(reachable_by(user, Can.COMMENT_VIEW, Comment))
    some = query.with_only_columns(Comment.created_at).limit(MOST_COUNTED + 1).subquery()
    count, since = db.session.execute(select(func.count(), func.min(some.c.created_at))).one()
    return Waiting(count, since=since)


def _reminders(user: Any, now: datetime) -> Waiting | None:
    if not is_allowed(user, Can.REMINDER_VIEW):
        return None
    query = reminders.due_for(user.id, now)
    found = _first(query)
    return Waiting(_count(query), found, found[0].shown_at if found else None)


def _going_out(user: Any, now: datetime, zone: tzinfo) -> Waiting | None:
    if not is_allowed(user, Can.POST_VIEW):
        return None
    query = going_out_until(user, days.end_of_day(now, zone))
    found = _first(_titles(query))
    return Waiting(_count(query), found, found[0].published_at if found else None)


def _drafts(user: Any) -> Waiting | None:
    if not is_allowed(user, Can.POST_EDIT):
        return None
    query = posts.drafts_of(user.id).where(reachable_by(user, Can.POST_EDIT, Post))
    found = _first(_titles(query))
    return Waiting(_count(query), found, found[0].updated_at if found else None)


def _lately(user: Any) -> list[Deed]:
    entries = list(db.session.scalars(lately_for(user).limit(MOST_LATELY)))
    ids = {entry.actor_id for entry in entries if entry.actor_id is not None}
    found = db.session.execute(select(User.id, User.name).where(User.id.in_(ids))) if ids else ()
    names: dict[int, str] = {row.id: row.name for row in found}
    return [
        Deed(
            entry,
            names.get(entry.actor_id or 0) or who_said(entry.actor_id, entry.actor_name),
            entry.actor_id == user.id,
        )
        for entry in entries
    ]


def _titles(query: Select[Post]) -> Select[Post]:
    wanted = (Post.title, Post.slug, Post.status, Post.author_id, Post.published_at, Post.updated_at)
    return query.options(load_only(*wanted), lazyload(Post.author))


def _first(query: Select[Any]) -> list[Any]:
    return list(db.session.scalars(query.limit(MOST_LISTED)).unique())


def _count(query: Select[Any]) -> int:
    some = query.order_by(None).with_only_columns(literal(1), maintain_column_froms=True).limit(MOST_COUNTED + 1)
    return db.session.scalar(select(func.count()).select_from(some.subquery())) or 0
