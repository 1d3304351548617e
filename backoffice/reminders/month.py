"""A month as people look at it: weeks of days in somebody's zone and language, and what falls on each."""

from __future__ import annotations

import calendar
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any

from babel.core import Locale, UnknownLocaleError, get_global

from backoffice.foundation import clock
from backoffice.foundation.i18n import SOURCE_LOCALE
from backoffice.reminders.moments import to_local, to_utc
from backoffice.reminders.queries import Occurrence

_MONTH = re.compile(r"(\d{4})-(\d{2})", re.ASCII)
#: Of a day so many are written into its square; the day itself has all.
MOST_IN_SQUARE = 3


@dataclass(frozen=True)
class Entry:
    """What falls on a day: the reminder, its moment, and whether that has passed without anybody dealing with it."""

    reminder: Any
    at: datetime
    is_overdue: bool

    @property
    def repeats(self) -> bool:
        """Whether it is one of several."""
        return bool(self.reminder.is_recurring)


@dataclass(frozen=True)
class Day:
    """A square of the calendar, its entries in their order."""

    day: date
    is_of_month: bool
    is_today: bool
    entries: Sequence[Entry] = field(default_factory=list)

    @property
    def shown(self) -> Sequence[Entry]:
        """Those that are written into the square."""
        return self.entries if len(self.entries) <= MOST_IN_SQUARE else self.entries[: MOST_IN_SQUARE - 1]

    @property
    def more(self) -> int:
        """How many are not."""
        return len(self.entries) - len(self.shown)


@dataclass(frozen=True)
class Month:
    """Whole weeks that hold a month, and the months beside it, None where the product's calendar ends."""

    first: date
    weeks: Sequence[Sequence[Day]]
    previous: date | None
    next: date | None

    def day(self, wanted: date | None) -> Day | None:
        """The square of a day of these weeks."""
        return next((each for week in self.weeks for each in week if each.day == wanted), None)

    @property
    def count(self) -> int:
        """What falls on the days of the month itself."""
        return sum(len(each.entries) for week in self.weeks for each in week if each.is_of_month)


def month_in(text: str | None) -> date | None:
    """The first day of the month `2026-11`; None for what is no month of the years the product knows."""
    found = _MONTH.fullmatch(text or "")
    if not found or not 1 <= int(found[2]) <= 12:
        return None
    first = date(int(found[1]), int(found[2]), 1)
    return _known(first)


def first_weekday(locale: str) -> int:
    """The day weeks begin with where the language is mostly spoken; 0 is Monday."""
    try:
        found = Locale.parse(locale)
        # The house writes English as Europe does, where weeks begin on Monday.
        if found.territory is None and found.language != SOURCE_LOCALE:
            found = Locale.parse(get_global("likely_subtags").get(locale, locale))
    except (ValueError, UnknownLocaleError):
        return calendar.MONDAY
    return int(found.first_week_day)


def laid_out(first: date, starts_on: int, now: datetime, zone: tzinfo, falling: Iterable[Occurrence]) -> Month:
    """The weeks of the month that begins with `first`, weeks beginning on weekday `starts_on`, days those of `zone`."""
    by_day: dict[date, list[Entry]] = defaultdict(list)
    for each in sorted(falling, key=lambda each: (each.at, each.reminder.id)):
        local = each.at.astimezone(zone)
        by_day[local.date()].append(Entry(each.reminder, local, each.is_overdue))
    today = now.astimezone(zone).date()
    weeks = [
        [Day(day, day.month == first.month, day == today, by_day.get(day, [])) for day in week]
        for week in calendar.Calendar(starts_on).monthdatescalendar(first.year, first.month)
    ]
    return Month(first, weeks, _known(first - timedelta(days=1)), _known(first + timedelta(days=31)))


def span(first: date, starts_on: int, zone: str) -> tuple[datetime, datetime]:
    """The moments, in UTC, from which and up to which the weeks of the month go in the IANA `zone`."""
    weeks = calendar.Calendar(starts_on).monthdatescalendar(first.year, first.month)
    edges = max(weeks[0][0], clock.EARLIEST.date()), min(weeks[-1][-1] + timedelta(days=1), clock.LATEST.date())
    since, until = (to_utc(datetime.combine(day, time()), zone) for day in edges)
    return since, until


def week(now: datetime, starts_on: int, zone: str) -> tuple[datetime, datetime]:
    """The moments, in UTC, from which and up to which the present week goes."""
    today = to_local(now, zone).date()
    first = today - timedelta(days=(today.weekday() - starts_on) % 7)
    since, until = (to_utc(datetime.combine(day, time()), zone) for day in (first, first + timedelta(days=7)))
    return since, until


def _known(day: date) -> date | None:
    first = day.replace(day=1)
    return first if clock.EARLIEST.date() < first < clock.LATEST.date() else None
