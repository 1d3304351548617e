"""Comments per day of the last thirty days, by what was decided about them, in the days of the reader's zone.

Each number is a count over one range of the index on status and moment: 120 of them in one statement, so that what is
read grows with the comments of thirty days and not with the table. Where that is more than `MANY`, the numbers are kept
for a minute in this process.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

from flask import current_app
from sqlalchemy import Integer, String, func, literal, select, true, union_all
from sqlalchemy.sql import ColumnElement, Subquery

from backoffice.comments.models import Comment, CommentStatus
from backoffice.foundation.database import UTCDateTime, db
from backoffice.foundation.permissions import ALL, Can, reach_of, reachable_by

DAYS = 30
#: From so many comments in thirty days on, the numbers may be a minute old.
MANY = 200_000
KEPT_FOR = timedelta(minutes=1)
#: People whose numbers are kept at the same time.
MOST_KEPT = 100


@dataclass(frozen=True)
class Day:
    """One day: how many comments came in, by their status now."""

    day: date
    counts: dict[CommentStatus, int]

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.counts.values())


@dataclass(frozen=True)
class Days:
    """The last thirty days, the oldest first, today last."""

    days: Sequence[Day]

    @property
    def total(self) -> int:
        """All comments of these days."""
        return sum(day.total for day in self.days)

    @property
    def peak(self) -> Day:
        """The day with most comments, the latest of several."""
        return max(self.days, key=lambda day: (day.total, day.day))

    @property
    def least(self) -> int:
        """The number of the day with fewest."""
        return min(day.total for day in self.days)

    def share_of(self, status: CommentStatus) -> int:
        """Per cents of all comments, rounded; 0 where there is none."""
        return round(100 * sum(day.counts[status] for day in self.days) / self.total) if self.total else 0


def start_of(day: date, zone: tzinfo) -> datetime:
    """The first moment of a day in a zone."""
    return datetime.combine(day, time.min, zone)


def end_of_day(now: datetime, zone: tzinfo) -> datetime:
    """The last moment of today in a zone."""
    return start_of(now.astimezone(zone).date() + timedelta(days=1), zone) - timedelta(microseconds=1)


def per_day(user: Any, now: datetime, zone: tzinfo) -> Days:
    """The numbers within what the person may see."""
    today = now.astimezone(zone).date()
    days = [today - timedelta(days=DAYS - 1 - back) for back in range(DAYS)]
    edges = [start_of(day, zone).astimezone(UTC) for day in (*days, today + timedelta(days=1))]
    kept: dict[Any, tuple[datetime, Days]] = current_app.extensions.setdefault("comments_per_day", {})
    key = (None if reach_of(user, Can.COMMENT_VIEW) == ALL else user.id, *edges)
    if key in kept and now - kept[key][0] < KEPT_FOR:
        return kept[key][1]
    found = _counted(days, edges, reachable_by(user, Can.COMMENT_VIEW, Comment))
    if found.total > MANY:
        while len(kept) >= MOST_KEPT:
            kept.pop(next(iter(kept)), None)
        kept[key] = (now, found)
    return found


def _counted(days: Sequence[date], edges: Sequence[datetime], mine: ColumnElement[bool]) -> Days:
    ranges, kinds = _ranges(edges), _kinds()
    # No column of the table itself is read but the two of the index, on either database.
    count = (
        select(func.count())
        .select_from(Comment)
        .where(
            Comment.status == kinds.c.status,
            Comment.created_at >= ranges.c.since,
            Comment.created_at < ranges.c.until,
            mine,
        )
        .correlate(ranges, kinds)
        .scalar_subquery()
    )
    counts: list[dict[CommentStatus, int]] = [dict.fromkeys(CommentStatus, 0) for _day in days]
    every = select(ranges.c.number, kinds.c.status, count).select_from(ranges.join(kinds, true()))
    for number, status, found in db.session.execute(every):
        counts[number][CommentStatus.of(status)] = found
    return Days([Day(day, found) for day, found in zip(days, counts, strict=True)])


def _ranges(edges: Sequence[datetime]) -> Subquery:
    """A row for each day: its number, its first moment and that of the next."""
    rows = (
        select(
            literal(number, Integer).label("number"),
            literal(edges[number], UTCDateTime).label("since"),
            literal(edges[number + 1], UTCDateTime).label("until"),
        )
        for number in range(len(edges) - 1)
    )
    return union_all(*rows).subquery("ranges")


def _kinds() -> Subquery:
    """A row for each status."""
    return union_all(*(select(literal(status.value, String).label("status")) for status in CommentStatus)).subquery(
        "kinds"
    )
