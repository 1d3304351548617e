"""The queues of the desk: which comments stand in each, in which order, and how many there are."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask import current_app
from sqlalchemy import Select, and_, bindparam, exists, func, literal, or_, select
from sqlalchemy.orm import aliased
from sqlalchemy.sql import ColumnElement

from backoffice.comments.models import Comment, CommentStatus
from backoffice.foundation import clock
from backoffice.foundation.database import UTCDateTime, db
from backoffice.foundation.i18n import Text, _l
from backoffice.foundation.permissions import ALL, Can, is_allowed, reach_of, reachable_by
from backoffice.foundation.search import containing, matching, words_of
from backoffice.foundation.text import clean_line
from backoffice.moderation.models import Snooze
from backoffice.readers.models import Flag
from backoffice.rules.kinds import RuleKind
from backoffice.rules.models import Finding

#: Counts stop here and say "5,000+"; of what is no work any more, sooner.
MOST_WAITING, MOST_OTHERS, MOST_NARROWED = 5_000, 1_000, 300
LONGEST_SEARCH, LONGEST_AUTHOR = 200, 254
_COUNTED, _STATEMENTS = "desk_counts", "desk_statements"
MOST_STATEMENTS = 200


@dataclass(frozen=True)
class Queue:
    """A tab of the desk."""

    name: str
    label: Text
    criterion: Callable[[Any, datetime], ColumnElement[bool]]
    empty: Text
    #: The column its order goes by, and whether the newest comes first unless asked.
    by: str = "created_at"
    is_newest_first: bool = True
    most: int = MOST_OTHERS


def _is_not_put_off(now: datetime) -> ColumnElement[bool]:
    """Few are put off, so that a list of them is asked rather than their table for each comment."""
    return Comment.id.not_in(select(Snooze.id).where(Snooze.until > now))


def _is_put_off(now: datetime) -> ColumnElement[bool]:
    """That it waits and is put off; read from the few that are, one by one."""
    status = select(_asleep.status).where(_asleep.id == Snooze.id).scalar_subquery()
    return Comment.id.in_(select(Snooze.id).where(Snooze.until > now, status == CommentStatus.PENDING))


def _is_reported() -> ColumnElement[bool]:
    """That a reader reported it and no moderator has looked at it since; few are, so they are what is read first."""
    is_open = Flag.seen_at.is_(None)
    later = exists(select(Flag.id).where(Flag.comment_id == Comment.id, is_open, Flag.at > Comment.decided_at))
    unlooked = and_(_is_now(CommentStatus.APPROVED), or_(Comment.decided_at.is_(None), later))
    reported = Comment.id.in_(select(Flag.comment_id).where(is_open))
    return and_(reported, or_(_is_now(CommentStatus.PENDING), unlooked))


def _is_now(status: CommentStatus) -> ColumnElement[bool]:
    """That it has this status, in words that keep a database from reading all that have it."""
    return func.coalesce(Comment.status, Comment.status) == status


def _with_status(status: CommentStatus) -> Callable[[Any, datetime], ColumnElement[bool]]:
    return lambda actor, now: Comment.status == status


_asleep = aliased(Comment)
_PENDING = Comment.status == CommentStatus.PENDING
PENDING = Queue(
    "pending",
    _l("Waiting"),
    lambda actor, now: and_(_PENDING, _is_not_put_off(now)),
    _l("Nothing waits for you. New comments show here by themselves."),
    is_newest_first=False,
    most=MOST_WAITING,
)
REPORTED = Queue(
    "reported",
    _l("Reported"),
    lambda actor, now: _is_reported(),
    _l("No reader has reported anything that is still shown or waits."),
    is_newest_first=False,
)
SNOOZED = Queue(
    "snoozed",
    _l("Snoozed"),
    lambda actor, now: _is_put_off(now),
    _l("Nothing is put off."),
    is_newest_first=False,
)
MINE = Queue(
    "mine",
    _l("Decided by me"),
    lambda actor, now: and_(Comment.decided_by_id == actor.id, Comment.decided_at.is_not(None)),
    _l("You have not decided anything yet."),
    by="decided_at",
)
QUEUES: tuple[Queue, ...] = (
    PENDING,
    REPORTED,
    SNOOZED,
    MINE,
    Queue("approved", _l("Approved"), _with_status(CommentStatus.APPROVED), _l("Nothing is approved.")),
    Queue("rejected", _l("Rejected"), _with_status(CommentStatus.REJECTED), _l("Nothing is rejected.")),
    Queue("spam", _l("Spam"), _with_status(CommentStatus.SPAM), _l("There is no spam.")),
)
_BY_NAME = {queue.name: queue for queue in QUEUES}
#: The orders that can be asked for.
ORDERS: dict[str, Text] = {
    "oldest": _l("Oldest first"),
    "newest": _l("Newest first"),
    "score": _l("Likeliest spam first"),
}


@dataclass(frozen=True)
class Wanted:
    """What a desk is asked to show: a queue, and what it is narrowed to."""

    queue: Queue = PENDING
    order: str = ""
    search: str = ""
    #: An e-mail address for those who may see them, or a name.
    author: str = ""
    post: int | None = None
    #: Only what a rule of this kind found something in.
    kind: str = ""

    @classmethod
    def read(cls, given: Mapping[str, str]) -> Wanted:
        """What an address asks for; whatever makes no sense is left out."""
        post = given.get("post", "")
        number = int(post) if post.isascii() and post.isdecimal() and 0 < len(post) < 10 else None
        kinds = {kind.value for kind in RuleKind}
        return cls(
            queue=_BY_NAME.get(given.get("queue", ""), PENDING),
            order=given["order"] if given.get("order") in ORDERS else "",
            search=clean_line(given.get("search"))[:LONGEST_SEARCH],
            author=clean_line(given.get("author"))[:LONGEST_AUTHOR],
            post=number,
            kind=given["kind"] if given.get("kind") in kinds else "",
        )

    @classmethod
    def saved(cls, query: str, changes: Mapping[str, str] | None = None) -> Wanted:
        """What a saved view asks for, in a form that may be older than the house, with some of it changed."""
        return cls.read({**dict(parse_qsl(query)), **dict((changes or {}).items())})

    @property
    def present_order(self) -> str:
        """The order that holds: what was asked for, else that of the queue. Only what waits has one by score."""
        if self.order == "score" and self.queue is not PENDING:
            return "newest" if self.queue.is_newest_first else "oldest"
        return self.order or ("newest" if self.queue.is_newest_first else "oldest")

    @property
    def is_narrowed(self) -> bool:
        """Whether anything but the queue is asked for."""
        return bool(self.search or self.author or self.post or self.kind)

    @property
    def kind_label(self) -> Text | None:
        """What it is narrowed to by kind of rule, in words."""
        return RuleKind.of(self.kind).label if self.kind else None

    def args(self, **changes: Any) -> dict[str, str]:
        """The parts of an address that ask for this, with some changed; in one fixed order."""
        given = {
            "queue": self.queue.name if self.queue is not PENDING else "",
            "order": self.order,
            "search": self.search,
            "author": self.author,
            "post": self.post or "",
            "kind": self.kind,
            **changes,
        }
        return {name: str(value) for name, value in given.items() if value}

    def text(self) -> str:
        """The same as the part of an address after the question mark."""
        return urlencode(self.args())

    def on(self, queue: Queue) -> Wanted:
        """The same for another queue."""
        return replace(self, queue=queue, order="")


def moderated_by(actor: Any) -> Select[Comment]:
    """All comments that a person may decide about."""
    return select(Comment).where(reachable_by(actor, Can.COMMENT_MODERATE, Comment))


def within(wanted: Wanted, actor: Any, now: datetime | None = None) -> Select[Comment]:
    """What stands in the queue for this person, in no order."""
    query = moderated_by(actor).where(wanted.queue.criterion(actor, clock.now() if now is None else now))
    if wanted.post:
        query = query.where(Comment.post_id == wanted.post)
    if wanted.author:
        query = query.where(_written_by(wanted.author, actor))
    if wanted.kind:
        query = query.where(_found_by(wanted.kind))
    if words_of(wanted.search):
        criterion = _said(wanted)
        query = query if criterion is None else query.where(criterion)
    return query


def _found_by(kind: str) -> ColumnElement[bool]:
    """That a rule of this kind fits. Asked comment by comment in the order of the queue until there are enough.

    With EXISTS a database would rather begin with all that rules ever found, which grows with the years.
    """
    found = select(Finding.id).where(Finding.comment_id == Comment.id, Finding.kind == kind).limit(1)
    return found.scalar_subquery().is_not(None)


def _said(wanted: Wanted) -> ColumnElement[bool] | None:
    """That it contains the words. Of what waits PostgreSQL puts two indexes together, without reading the others."""
    dialect = db.engine.dialect.name
    if dialect == "postgresql" and wanted.queue is PENDING:
        return containing(Comment, wanted.search)
    return matching(Comment, wanted.search, dialect)


def _written_by(author: str, actor: Any) -> ColumnElement[bool]:
    if "@" in author and is_allowed(actor, Can.COMMENT_VIEW_CONTACT):
        return Comment.author_email == author.lower()
    return or_(Comment.author_name == author)


def counts(actor: Any, further: Sequence[Wanted] = (), stamp: int | None = None) -> list[int]:
    """How many stand in each of `QUEUES` and in each of `further`, counted to one beyond what the queue counts.

    With the stamp of the desk, as it was read before, a process counts only what it has not counted at that stamp.
    """
    asked = [*(Wanted(queue) for queue in QUEUES), *further]
    known = _counted_at(stamp)
    keys = [_whose(wanted, actor) for wanted in asked]
    missing = {key: wanted for key, wanted in zip(keys, asked, strict=True) if key not in known}
    if missing:
        found = db.session.execute(_statement(missing, actor), {"now": clock.now()}).one()
        known |= zip(missing, found, strict=True)
    return [known[key] for key in keys]


def _statement(missing: Mapping[Hashable, Wanted], actor: Any) -> Select[Any]:
    """All counts in one; kept, because putting it together takes as long as answering it."""
    made: dict[Hashable, Select[Any]] = current_app.extensions.setdefault(_STATEMENTS, {})
    key = tuple(missing)
    if key not in made:
        if len(made) >= MOST_STATEMENTS:
            made.clear()
        now: Any = bindparam("now", type_=UTCDateTime)
        parts = [_counting(within(wanted, actor, now), most_of(wanted)) for wanted in missing.values()]
        made[key] = select(*parts)
    return made[key]


def _counting(query: Select[Any], most: int) -> Any:
    some: Select[Any] = query.with_only_columns(literal(1), maintain_column_froms=True).limit(most + 1)
    return select(func.count()).select_from(some.subquery()).scalar_subquery()


def _counted_at(stamp: int | None) -> dict[Hashable, Any]:
    """What this process has counted at the present stamp; whatever changes a count moves the stamp."""
    if stamp is None:
        return {}
    held: tuple[int, dict[Hashable, Any]] = current_app.extensions.get(_COUNTED, (-1, {}))
    if held[0] != stamp:
        held = current_app.extensions[_COUNTED] = (stamp, {})
    return held[1]


def _whose(wanted: Wanted, actor: Any) -> Hashable:
    """For whom else the same count holds: everybody who moderates everything, but for one's own decisions."""
    is_common = reach_of(actor, Can.COMMENT_MODERATE) == ALL and wanted.queue is not MINE
    sees_contact = bool(wanted.author) and is_allowed(actor, Can.COMMENT_VIEW_CONTACT)
    return None if is_common else actor.id, sees_contact, wanted.queue.name, *sorted(wanted.args(order="").items())


def most_of(wanted: Wanted) -> int:
    """How far is counted."""
    return MOST_NARROWED if wanted.is_narrowed else wanted.queue.most


def waiting_for(actor: Any) -> Select[Comment]:
    """What waits for this person now, oldest first."""
    return within(Wanted(), actor).order_by(Comment.created_at, Comment.id)


def oldest(actor: Any, stamp: int | None = None) -> datetime | None:
    """Since when the oldest of what waits for this person has waited; with a stamp as in `counts`."""
    known, key = _counted_at(stamp), ("oldest", _whose(Wanted(), actor))
    if key not in known:
        query = within(Wanted(), actor).with_only_columns(Comment.created_at)
        known[key] = db.session.scalar(query.order_by(Comment.created_at, Comment.id).limit(1))
    found: datetime | None = known[key]
    return found


def decided_since(actor: Any, moment: datetime) -> int:
    """How many the person has decided since then, as far as nobody decided again."""
    mine = (Comment.decided_by_id == actor.id, Comment.decided_at >= moment)
    return db.session.scalar(select(func.count()).where(*mine)) or 0
