"""How moderation fares: what waits and since when, who decided how much, how soon, and how often it was changed again.

Finished days are days in UTC and come from the table of worked out days; today, and a yesterday that is not worked out
yet, is read from the trail, bounded by what was decided on these days. "Today" by person and by hour is the day of the
reader's zone. Where very much was decided today, its numbers may be a minute old.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

from flask import current_app
from sqlalchemy import func, literal, select

from backoffice.accounts.models import User
from backoffice.foundation import clock
from backoffice.foundation.database import db
from backoffice.foundation.permissions import ALL, Can, reach_of
from backoffice.moderation import history, queues
from backoffice.moderation.history import NOBODY, RuleTally, Span, Tally
from backoffice.moderation.queues import MOST_WAITING, Wanted
from backoffice.records.policies import MODERATION_TARGET_HOURS, value_of

#: The periods to choose from, in days, today among them.
PERIODS = (7, 30, 90)
#: From so many deeds on, what was read of today is kept for a while.
MANY = 1_000
KEPT_FOR = timedelta(minutes=1)
MOST_KEPT = 30
_HOUR = 3600


@dataclass(frozen=True)
class Waiting:
    """What waits for a person: how much, counted no further than one beyond `MOST_WAITING`, and since when."""

    count: int
    since: datetime | None
    now: datetime
    target: timedelta

    @property
    def is_capped(self) -> bool:
        """Whether there is more than is counted."""
        return self.count > MOST_WAITING

    @property
    def counted(self) -> int:
        """The number to show."""
        return min(self.count, MOST_WAITING)

    @property
    def is_late(self) -> bool:
        """Whether the oldest has waited longer than it should."""
        return self.since is not None and self.now - self.since > self.target


@dataclass
class Live:
    """What the trail tells of the days that are not worked out yet."""

    #: By day in UTC.
    days: dict[date, Span]
    #: Of the day of the reader's zone that is not over.
    today: Span
    #: Decisions in each hour since that day began, by person.
    hours: list[dict[int, int]]
    #: From when to when, in days in UTC; and what rules had found meanwhile, once that was asked for.
    bounds: tuple[datetime, datetime]
    found: list[RuleTally] | None = None

    def rules(self) -> list[RuleTally]:
        """What rules had found in all of these days."""
        if self.found is None:
            self.found = history.rules_within(*self.bounds)
        return self.found


@dataclass(frozen=True)
class DayHealth:
    """A day in UTC; its span is None where the day was never worked out."""

    day: date
    span: Span | None
    #: What people decided, as far as the reader sees it.
    tally: Tally


@dataclass(frozen=True)
class PersonHealth:
    """What somebody decided today, in which hours, and in the whole period."""

    id: int
    name: str
    today: Tally
    period: Tally
    hours: Sequence[int]


@dataclass(frozen=True)
class Health:
    """Everything the page shows. Who moderates only some comments sees what waits for her and her own decisions."""

    waiting: Waiting
    is_all: bool
    days: Sequence[DayHealth]
    people: Sequence[PersonHealth]
    #: When each hour of the reader's day began, the present one last.
    hours: Sequence[datetime]
    today: Tally
    period: Tally
    #: Decided by rules and programs, in the period.
    programs: Tally
    rules: Sequence[RuleTally]
    scores: Sequence[Sequence[int]]

    @property
    def unknown(self) -> int:
        """How many days of the period are not worked out."""
        return sum(day.span is None for day in self.days)

    @property
    def per_hour(self) -> list[int]:
        """What was decided in each hour of the reader's day by those she sees."""
        return [sum(person.hours[number] for person in self.people) for number in range(len(self.hours))]


@dataclass(frozen=True)
class Brief:
    """The few numbers of the first page."""

    waiting: Waiting
    today: Tally


def waiting_for(actor: Any) -> Waiting:
    """What waits for this person now, and the target."""
    now = clock.now()
    some = queues.within(Wanted(), actor, now).with_only_columns(literal(1), maintain_column_froms=True)
    count = db.session.scalar(select(func.count()).select_from(some.limit(MOST_WAITING + 1).subquery())) or 0
    return Waiting(
        count, queues.oldest(actor) if count else None, now, timedelta(hours=value_of(MODERATION_TARGET_HOURS))
    )


def brief_for(actor: Any, zone: tzinfo) -> Brief:
    """What waits, and what was decided today by those whose decisions the person may see."""
    live = live_days(clock.now(), zone)
    only = None if sees_all(actor) else actor.id
    return Brief(waiting_for(actor), _seen(live.today, only))


def sees_all(actor: Any) -> bool:
    """Whether the person sees what everybody decided."""
    return reach_of(actor, Can.COMMENT_MODERATE) == ALL


def health_for(actor: Any, zone: tzinfo, days: int) -> Health:
    """The numbers of the last `days` days, today among them."""
    now = clock.now()
    last = now.astimezone(UTC).date()
    first = last - timedelta(days=days - 1)
    live = live_days(now, zone)
    found = history.kept(first, last)
    whole = Span()
    for day, span in live.days.items():
        if day >= first:
            # What was worked out stands, should both be there.
            found.setdefault(day, span)
    for span in found.values():
        whole.add(span)
    only = None if sees_all(actor) else actor.id
    if only is None and any(found.get(day) is span for day, span in live.days.items()):
        whole.add_rules(live.rules())
    each = [first + timedelta(days=number) for number in range(days)]
    midnight = start_of_today(now, zone)
    return Health(
        waiting=waiting_for(actor),
        is_all=only is None,
        days=[DayHealth(day, found.get(day), _seen(found.get(day), only)) for day in each],
        people=_people(whole, live, only),
        hours=[midnight + timedelta(hours=number) for number in range(len(live.hours))],
        today=_seen(live.today, only),
        period=_seen(whole, only),
        programs=whole.people.get(NOBODY, Tally()) if only is None else Tally(),
        rules=_by_use(whole.rules.values()) if only is None else (),
        scores=whole.scores if only is None else (),
    )


def start_of_today(now: datetime, zone: tzinfo) -> datetime:
    """The first moment of the day in a zone, in UTC."""
    return datetime.combine(now.astimezone(zone).date(), time.min, zone).astimezone(UTC)


def live_days(now: datetime, zone: tzinfo) -> Live:
    """What was done on the days that are not worked out, at most two, and on the day of this zone."""
    today, midnight = now.astimezone(UTC).date(), start_of_today(now, zone)
    yesterday = today - timedelta(days=1)
    first = today if history.is_kept(yesterday) else yesterday
    held: dict[Any, tuple[datetime, Live]] = current_app.extensions.setdefault("moderation_live", {})
    key = (first, midnight)
    if key in held and timedelta() <= now - held[key][0] < KEPT_FOR:
        return held[key][1]
    live, count = _read(first, midnight, now)
    if count > MANY:
        while len(held) >= MOST_KEPT:
            held.pop(next(iter(held)), None)
        held[key] = (now, live)
    return live


def _read(first: date, midnight: datetime, now: datetime) -> tuple[Live, int]:
    today, begun = now.astimezone(UTC).date(), history.bounds(first)[0]
    # What another machine wrote may be a little ahead.
    until = now + timedelta(minutes=5)
    hours = int((now - midnight).total_seconds()) // _HOUR + 1
    live = Live({first: Span(), today: Span()}, Span(), [{} for _hour in range(hours)], (begun, until))
    start, first_of_all, edge = (each.timestamp() for each in (midnight, begun, history.bounds(today)[0]))
    count = 0
    for deed in history.deeds(min(begun, midnight), until):
        count += 1
        if deed.at >= first_of_all:
            live.days[today if deed.at >= edge else first].take(deed)
        if deed.at >= start:
            live.today.take(deed)
            if deed.is_decision and deed.person != NOBODY:
                hour = live.hours[min(int(deed.at - start) // _HOUR, hours - 1)]
                hour[deed.person] = hour.get(deed.person, 0) + 1
    return live, count


def _seen(span: Span | None, only: int | None) -> Tally:
    """What people decided, or one of them."""
    if span is None:
        return Tally()
    return span.by_people if only is None else span.people.get(only, Tally())


def _people(whole: Span, live: Live, only: int | None) -> list[PersonHealth]:
    """Everybody who decided anything, whoever decided most first."""
    ids = [id for id in {**whole.people, **live.today.people} if id != NOBODY and only in (None, id)]
    names: dict[int, str] = dict(db.session.execute(select(User.id, User.name).where(User.id.in_(ids))).all())
    found = [
        PersonHealth(
            id,
            names.get(id, f"#{id}"),
            live.today.people.get(id, Tally()),
            whole.people.get(id, Tally()),
            [hour.get(id, 0) for hour in live.hours],
        )
        for id in ids
    ]
    return sorted(found, key=lambda each: (-each.period.decided, -each.today.decided, each.name))


def _by_use(rules: Any) -> list[RuleTally]:
    return sorted(rules, key=lambda each: (-each.fitted, each.name))
