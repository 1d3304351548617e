"""What people and rules decided within a span, read from the trail: how much, how soon, and what was changed again.

A decision is an entry that gave a comment the status approved, rejected or spam; taking one back is none. It counts as
overturned when somebody, the same person too, gave the comment another status later, by deciding again or by undo; that
counts on the day it happened, for whoever had decided. So a finished day stays as it is and is worked out once.

Waits, from the moment a comment was sent to its first decision by a person, are kept as a histogram: how many fall into
each of `STEPS`. A median is read from it, evenly spread within its step, so it is off by less than that step is wide.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Float, and_, cast, delete, extract, func, or_, select
from sqlalchemy.sql import ColumnElement

from backoffice.comments.models import Comment, CommentStatus
from backoffice.foundation import clock
from backoffice.foundation.database import db
from backoffice.moderation.models import ModerationDay
from backoffice.records.audit import CHANGED, AuditEntry
from backoffice.rules.judging import FAULT
from backoffice.rules.models import Finding

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
#: Where the steps of the histogram of waits end, in seconds; what waited longer than the last is a step of its own.
STEPS: tuple[int, ...] = (
    *(each * _MINUTE for each in (1, 2, 3, 4, 5, 7, 10, 15, 20, 25, 30, 40, 50, 60, 75, 90, 105, 120)),
    *(each * _HOUR // 2 for each in (5, 6, 7)),
    *(each * _HOUR for each in (4, 5, 6, 7, 8, 10, 12, 15, 18, 21, 24, 30, 36, 48)),
    *(each * _DAY for each in (3, 4, 5, 7, 10, 14, 21, 30, 45, 60, 90)),
)
#: Bands of the spam score, each a fifth.
BANDS = 5
#: Whose decisions have no person behind them: those of rules and programs.
NOBODY = 0
#: Days are worked out so far back, and not before everything of them is surely written.
MOST_DAYS = 90
SETTLED = timedelta(minutes=10)
_PENDING, _APPROVED = CommentStatus.PENDING.value, CommentStatus.APPROVED.value
_DECIDED = (_APPROVED, CommentStatus.REJECTED.value, CommentStatus.SPAM.value)
_UNDO, _BY_RULE = "comment.undo", "comment.decide"


@dataclass
class Tally:
    """How much was decided, how, how soon, and how much of it was changed again."""

    approved: int = 0
    rejected: int = 0
    spam: int = 0
    overturned: int = 0
    waits: list[int] = field(default_factory=lambda: [0] * (len(STEPS) + 1))

    @property
    def decided(self) -> int:
        """All decisions."""
        return self.approved + self.rejected + self.spam

    @property
    def median(self) -> timedelta | None:
        """The median wait; None where nobody decided about anything for the first time."""
        return median_of(self.waits)

    @property
    def share_overturned(self) -> float | None:
        """How many were changed again for each decision, 0 to 1; None where nothing was decided."""
        return min(self.overturned / self.decided, 1.0) if self.decided else None

    def add(self, other: Tally) -> None:
        """Count another in."""
        self.approved += other.approved
        self.rejected += other.rejected
        self.spam += other.spam
        self.overturned += other.overturned
        self.waits = [one + two for one, two in zip(self.waits, other.waits, strict=True)]


@dataclass
class RuleTally:
    """Of the comments that were decided, those that a rule had fitted."""

    id: int | None
    name: str
    fitted: int = 0
    approved: int = 0
    refused: int = 0
    disputed: int = 0


@dataclass
class Span:
    """What happened in some span of time."""

    people: dict[int, Tally] = field(default_factory=dict)
    #: For each band of the score: decided by people, and of those refused. Comments without a score are left out.
    scores: list[list[int]] = field(default_factory=lambda: [[0, 0] for _band in range(BANDS)])
    rules: dict[int | str, RuleTally] = field(default_factory=dict)

    def of(self, person: int) -> Tally:
        """The tally of a person, begun if there is none."""
        return self.people.setdefault(person, Tally())

    @property
    def by_people(self) -> Tally:
        """Everybody's but that of rules and programs."""
        whole = Tally()
        for person, tally in self.people.items():
            if person != NOBODY:
                whole.add(tally)
        return whole

    def add(self, other: Span) -> None:
        """Count another in."""
        for person, tally in other.people.items():
            self.of(person).add(tally)
        self.scores = [[a + c, b + d] for (a, b), (c, d) in zip(self.scores, other.scores, strict=True)]
        self.add_rules(other.rules.values())

    def add_rules(self, rules: Any) -> None:
        """Count what rules had said in; a rule that was renamed has its last name."""
        for each in rules:
            known = self.rules.setdefault(each.id or each.name, RuleTally(each.id, each.name))
            known.name = each.name
            known.fitted += each.fitted
            known.approved += each.approved
            known.refused += each.refused
            known.disputed += each.disputed

    def take(self, deed: Deed) -> None:
        """Count a deed in."""
        if deed.is_decision:
            tally = self.of(deed.person)
            setattr(tally, deed.after, getattr(tally, deed.after) + 1)
            if deed.wait is not None:
                tally.waits[bisect_left(STEPS, deed.wait)] += 1
            if deed.score and deed.person != NOBODY:
                band = self.scores[min(int(deed.score * BANDS), BANDS - 1)]
                band[0] += 1
                band[1] += deed.after != _APPROVED
        if deed.overturns is not None:
            self.of(deed.overturns).overturned += 1


@dataclass(frozen=True, slots=True)
class Deed:
    """An entry of the trail that gave a comment another status."""

    #: Seconds since 1970.
    at: float
    person: int
    after: str
    is_decision: bool
    #: Whose decision it changed; None where there was none.
    overturns: int | None
    #: Seconds, of first decisions by people.
    wait: float | None
    score: float | None


def median_of(waits: Sequence[int]) -> timedelta | None:
    """The median of a histogram; None of an empty one. What is beyond the last step counts as that long."""
    half, below = sum(waits) / 2, 0
    if not half:
        return None
    edges = (0, *STEPS, STEPS[-1])
    for number, count in enumerate(waits):
        if count and below + count >= half:
            start, end = edges[number], edges[number + 1]
            return timedelta(seconds=start + (end - start) * (half - below) / count)
        below += count
    return None


def deeds(since: datetime, until: datetime) -> Iterator[Deed]:
    """Every change of a status within the span, by one walk along the index on kind and moment."""
    query = (
        select(
            cast(extract("epoch", AuditEntry.at), Float),
            AuditEntry.actor_id,
            AuditEntry.action,
            AuditEntry.changes,
            cast(extract("epoch", Comment.created_at), Float),
            Comment.score,
            Comment.decided_by_id,
        )
        .outerjoin(Comment, Comment.id == AuditEntry.target_id)
        .where(*_within(since, until))
        .order_by(AuditEntry.at, AuditEntry.id)
    )
    for at, actor, action, changes, sent, score, latest in db.session.execute(
        query, execution_options={"yield_per": 2000}
    ):
        before, after = _change(changes, "status")
        if after is None:
            continue
        person = actor or NOBODY
        is_decision = action != _UNDO and after in _DECIDED
        is_first = is_decision and person != NOBODY and before == _PENDING
        wait = max(at - sent, 0.0) if is_first and sent is not None else None
        overturns = _overturned(before, after, changes, latest if action == _UNDO else actor)
        yield Deed(at, person, after, is_decision, overturns, wait, score)


def _overturned(before: str | None, after: str, changes: Mapping[str, Any], same: int | None) -> int | None:
    """Whose decision gave way; `same` is who had decided where the entry says that this did not change."""
    if before not in _DECIDED:
        return None
    if "decided_by_id" in changes:
        return _change(changes, "decided_by_id")[0] or NOBODY
    # Of what waits again nobody is said to have decided; if that is no change, nobody was before.
    return (same if after in _DECIDED else None) or NOBODY


def _change(changes: Mapping[str, Any] | None, name: str) -> tuple[Any, Any]:
    """The values of a column before and after; twice None where it did not change."""
    values = (changes or {}).get(name)
    return (values[0], values[1]) if isinstance(values, list) and len(values) == 2 else (None, None)


def rules_within(since: datetime, until: datetime) -> list[RuleTally]:
    """What rules had found in the comments that were decided for the first time within the span."""
    query = (
        select(Finding.rule_id, Finding.rule_name, Finding.disputed_at.is_not(None), AuditEntry.changes)
        .select_from(AuditEntry)
        .join(Finding, Finding.comment_id == AuditEntry.target_id)
        .where(*_within(since, until), AuditEntry.action != _UNDO, Finding.kind != FAULT)
        .order_by(AuditEntry.at, AuditEntry.id, Finding.id)
    )
    found: dict[tuple[int | None, str], RuleTally] = {}
    for id, name, is_disputed, changes in db.session.execute(query, execution_options={"yield_per": 2000}):
        before, after = _change(changes, "status")
        if after in _DECIDED and before in (None, _PENDING):
            tally = found.setdefault((id, name), RuleTally(id, name))
            tally.fitted += 1
            tally.approved += after == _APPROVED
            tally.refused += after != _APPROVED
            tally.disputed += is_disputed
    return list(found.values())


def _within(since: datetime, until: datetime) -> tuple[ColumnElement[bool], ...]:
    """Changes of comments, and what a rule decided as a comment came in."""
    return (
        AuditEntry.target_type == Comment.resource,
        AuditEntry.at >= since,
        AuditEntry.at < until,
        or_(and_(AuditEntry.effect == CHANGED, AuditEntry.target_id.is_not(None)), AuditEntry.action == _BY_RULE),
    )


def bounds(day: date) -> tuple[datetime, datetime]:
    """The first moment of a day in UTC and that of the next."""
    start = datetime.combine(day, time.min, UTC)
    return start, start + timedelta(days=1)


def last_finished(now: datetime) -> date:
    """The newest day whose entries are all written."""
    return (now - SETTLED).astimezone(UTC).date() - timedelta(days=1)


def missing_days(now: datetime | None = None) -> list[date]:
    """Finished days that are not worked out, the oldest first, since the trail tells of comments."""
    now = now or clock.now()
    last = last_finished(now)
    begun = db.session.scalar(select(func.min(AuditEntry.at)).where(AuditEntry.target_type == Comment.resource))
    if begun is None:
        return []
    first = max(begun.astimezone(UTC).date(), last - timedelta(days=MOST_DAYS - 1))
    there = select(ModerationDay.day).where(ModerationDay.day >= first, ModerationDay.person_id == NOBODY)
    known = set(db.session.scalars(there))
    wanted = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return [day for day in wanted if day not in known]


def work_out(day: date) -> None:
    """Keep the numbers of a finished day, in place of what was kept of it. Never commits."""
    since, until = bounds(day)
    span = Span()
    for deed in deeds(since, until):
        span.take(deed)
    span.add_rules(rules_within(since, until))
    span.of(NOBODY)
    db.session.execute(delete(ModerationDay).where(ModerationDay.day == day))
    for person, tally in span.people.items():
        kept = ModerationDay(day=day, person_id=person, **vars(tally), scores=[], rules=[])
        if person == NOBODY:
            kept.scores = span.scores
            kept.rules = [list(vars(each).values()) for each in span.rules.values()]
        db.session.add(kept)


def kept(first: date, last: date) -> dict[date, Span]:
    """The days of a span that were worked out."""
    found: dict[date, Span] = {}
    query = select(ModerationDay).where(ModerationDay.day >= first, ModerationDay.day <= last)
    for row in db.session.scalars(query.order_by(ModerationDay.day, ModerationDay.person_id)):
        span = found.setdefault(row.day, Span())
        # A histogram from before the steps were changed says nothing any more.
        waits = list(row.waits) if len(row.waits) == len(STEPS) + 1 else Tally().waits
        span.people[row.person_id] = Tally(row.approved, row.rejected, row.spam, row.overturned, waits)
        if row.person_id == NOBODY:
            span.scores = [list(pair) for pair in row.scores]
            span.add_rules(RuleTally(*each) for each in row.rules)
    return found


def is_kept(day: date) -> bool:
    """Whether a day was worked out."""
    there = select(ModerationDay.id).where(ModerationDay.day == day, ModerationDay.person_id == NOBODY)
    return db.session.scalar(there) is not None
