"""Rules by which something comes again: the RRULE of RFC 5545, read strictly and followed in bounded time.

A rule tells local times; which moments these are is worked out for each by itself, so that nine o'clock stays nine
o'clock on both days on which clocks change.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any

from dateutil.rrule import DAILY, HOURLY, MONTHLY, WEEKLY, YEARLY, rrule, weekday

from backoffice.foundation import clock
from backoffice.foundation.errors import InvalidInput
from backoffice.foundation.i18n import _l
from backoffice.reminders.moments import to_local, to_utc
from backoffice.reminders.saying import in_words

__all__ = ["Rule", "in_words", "rule_of"]

LONGEST_RULE = 300
MOST_TIMES, MOST_INTERVAL = 1000, 1000
#: What a calendar asks for at once gets no more than so many moments.
MOST_BETWEEN = 1000
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_FREQUENCIES = {"YEARLY": YEARLY, "MONTHLY": MONTHLY, "WEEKLY": WEEKLY, "DAILY": DAILY, "HOURLY": HOURLY}
#: So many years without an occurrence are looked through before a rule counts as one that never comes again.
_EMPTY_YEARS = {YEARLY: 131, MONTHLY: 131, WEEKLY: 60, DAILY: 40, HOURLY: 9}
#: The numbers each list may hold; minus the same where RFC 5545 counts from the end.
_LISTS = {
    "BYMONTH": (1, 12, False),
    "BYMONTHDAY": (1, 31, True),
    "BYYEARDAY": (1, 366, True),
    "BYWEEKNO": (1, 53, True),
    "BYSETPOS": (1, 366, True),
    "BYHOUR": (0, 23, False),
    "BYMINUTE": (0, 59, False),
}
_DAY = re.compile(r"([+-]?[0-9]{1,2})?(MO|TU|WE|TH|FR|SA|SU)")
_START = datetime(2024, 1, 1, 9)  # noqa: DTZ001  local times, as all in here
_LAST = datetime(clock.LATEST.year, 12, 31, 23, 59, 59)  # noqa: DTZ001


class _Beyond(Exception):
    """Nothing came for so long that nothing will."""


class _Bounded(rrule):
    """dateutil's rule, which gives up after some empty years instead of looking through eight thousand.

    It asks for the numbers of weeks once for each year it comes to; that is where the years are counted.
    """

    years_left = 1000

    @property
    def _byweekno(self) -> Any:
        self.years_left -= 1
        if self.years_left < 0:
            raise _Beyond
        return self._weeks

    @_byweekno.setter
    def _byweekno(self, weeks: Any) -> None:
        self._weeks = weeks


@dataclass(frozen=True)
class Rule:
    """One rule; `str()` is its text as it is stored, and equal rules have equal texts."""

    frequency: str
    interval: int = 1
    count: int | None = None
    #: Local, or with `Z` in UTC, as RFC 5545 writes it; empty for no end.
    until: str = ""
    days: tuple[tuple[int, int], ...] = ()
    lists: tuple[tuple[str, tuple[int, ...]], ...] = ()
    week_start: int | None = None

    def __str__(self) -> str:
        parts = [f"FREQ={self.frequency}"]
        if self.interval != 1:
            parts.append(f"INTERVAL={self.interval}")
        if self.days:
            parts.append("BYDAY=" + ",".join(f"{n or ''}{DAYS[day]}" for n, day in self.days))
        parts += [f"{name}=" + ",".join(str(number) for number in numbers) for name, numbers in self.lists]
        if self.week_start is not None:
            parts.append(f"WKST={DAYS[self.week_start]}")
        if self.count is not None:
            parts.append(f"COUNT={self.count}")
        if self.until:
            parts.append(f"UNTIL={self.until}")
        return ";".join(parts)

    @staticmethod
    def parse(text: str) -> Rule:
        """The rule that a text such as `FREQ=WEEKLY;BYDAY=MO` means, with or without `RRULE:` before it.

        Raises InvalidInput, in words, for what is no rule, comes more often than every hour, or never comes.
        """
        return _parsed(text[: LONGEST_RULE + 10])

    def after(self, local_start: datetime, zone: str, moment: datetime) -> datetime | None:
        """The first occurrence later than `moment`, in UTC; None if there is none."""
        return next((each for each in self._moments(local_start, zone, moment) if each > moment), None)

    def latest(self, local_start: datetime, zone: str, moment: datetime) -> datetime | None:
        """The last occurrence at or before `moment`, in UTC; None if there is none."""
        for span in (timedelta(days=2), timedelta(days=60), timedelta(days=800), timedelta(days=50_000)):
            since = moment - span if moment - clock.EARLIEST > span else clock.EARLIEST
            found = None
            for each in self._moments(local_start, zone, since):
                if each > moment:
                    break
                found = each
            if found is not None:
                return found
        return None

    def between(
        self, local_start: datetime, zone: str, start: datetime, end: datetime, most: int = MOST_BETWEEN
    ) -> list[datetime]:
        """The occurrences from `start` up to, but not at, `end`, in UTC, no more than `most` of them."""
        found: list[datetime] = []
        for each in self._moments(local_start, zone, start):
            if each >= end or len(found) >= most:
                break
            if each >= start:
                found.append(each)
        return found

    def first(self, local_start: datetime, zone: str, count: int, since: datetime | None = None) -> list[datetime]:
        """The first `count` occurrences, at most 100, from `since` on, or from the start; in UTC."""
        return self.between(local_start, zone, since or clock.EARLIEST, clock.LATEST, min(count, 100))

    def _moments(self, local_start: datetime, zone: str, since: datetime) -> Iterator[datetime]:
        """Moments in their order, each once, from some time before `since` on."""
        try:
            near = to_local(since, zone) - timedelta(days=2)
        except OverflowError:
            near = local_start
        before: datetime | None = None
        for local in self._locals(local_start, zone, near):
            moment = to_utc(local, zone)
            # An hour that clocks skip would let two occurrences fall together.
            if before is None or moment > before:
                yield moment
                before = moment

    def _locals(self, local_start: datetime, zone: str, near: datetime) -> Iterator[datetime]:
        start = self._moved(local_start, near)
        try:
            rule = self._bounded(start, self._end(local_start, zone))
        except ValueError:
            return  # such as every 24 hours, but at five, begun at four
        patience = _EMPTY_YEARS[_FREQUENCIES[self.frequency]]
        rule.years_left = patience
        try:
            for local in rule:
                rule.years_left = patience
                if local > _LAST:
                    return
                if local >= near:
                    yield local
        except _Beyond:
            return

    def _moved(self, start: datetime, near: datetime) -> datetime:
        """A start nearer to where the occurrences are wanted, from which the rule goes in the same step."""
        if self.count is not None or near <= start:
            return start
        length = {"DAILY": timedelta(days=1), "HOURLY": timedelta(hours=1), "WEEKLY": timedelta(weeks=1)}
        step = length.get(self.frequency)
        if step is None:
            return start
        step *= self.interval
        # One step less, as a week may begin before the day from which it is counted.
        return start + max((near - start) // step - 1, 0) * step

    def _end(self, local_start: datetime, zone: str) -> datetime:
        if not self.until:
            return _LAST
        if len(self.until) == 8:
            return datetime.combine(_date(self.until), time(23, 59, 59))
        local = datetime.strptime(self.until[:15], "%Y%m%dT%H%M%S")  # noqa: DTZ007  local, or made so below
        return to_local(local.replace(tzinfo=UTC), zone) if self.until.endswith("Z") else local

    def _bounded(self, start: datetime, until: datetime | None) -> _Bounded:
        lists: dict[str, Any] = {name.lower(): numbers for name, numbers in self.lists}
        if self.days:
            lists["byweekday"] = [weekday(day, n) if n else weekday(day) for n, day in self.days]
        return _Bounded(
            _FREQUENCIES[self.frequency],
            dtstart=start.replace(microsecond=0),
            interval=self.interval,
            wkst=self.week_start,
            # dateutil lets only one of the two be said; a rule has one at most.
            **({"count": self.count} if self.count is not None else {"until": until}),
            **lists,
        )

    def _comes(self) -> bool:
        """Whether any day fits it, whatever the interval. Raises ValueError for what dateutil refuses."""
        plain = Rule(self.frequency, 1, None, "", self.days, self.lists, self.week_start)
        plain._bounded(_START, None)
        return next(plain._locals(_START, "UTC", _START), None) is not None


def rule_of(
    *,
    every: str,
    interval: int = 1,
    weekdays: Sequence[int] = (),
    monthday: int | None = None,
    until: date | None = None,
    count: int | None = None,
) -> Rule:
    """The rule a form builds: `every` is hour, day, weekday, week, month or year; weekdays count from Monday, 0.

    `monthday` is 1 to 31, or -1 for the last day of the month. Raises InvalidInput as `Rule.parse` does.
    """
    names = {
        "hour": "HOURLY",
        "day": "DAILY",
        "weekday": "WEEKLY",
        "week": "WEEKLY",
        "month": "MONTHLY",
        "year": "YEARLY",
    }
    if every not in names:
        raise InvalidInput(_l("Choose one of the list."), field="every")
    parts = [f"FREQ={names[every]}", f"INTERVAL={interval}"]
    if every == "weekday":
        weekdays = range(5)
    if weekdays and every in ("week", "weekday"):
        parts.append("BYDAY=" + ",".join(DAYS[day] for day in sorted(set(weekdays)) if 0 <= day <= 6))
    if monthday is not None and every == "month":
        parts.append(f"BYMONTHDAY={monthday}")
    if count is not None:
        parts.append(f"COUNT={count}")
    elif until is not None:
        parts.append(f"UNTIL={until:%Y%m%d}")
    return Rule.parse(";".join(parts))


@lru_cache(maxsize=512)
def _parsed(text: str) -> Rule:
    text = "".join(text.split()).upper().removeprefix("RRULE:").rstrip(";")
    if not text or len(text) > LONGEST_RULE:
        raise _unreadable()
    parts: dict[str, str] = {}
    for part in text.split(";"):
        name, equals, value = part.partition("=")
        if not equals or not value or name in parts:
            raise _unreadable()
        parts[name] = value
    frequency = parts.pop("FREQ", "")
    if frequency in ("MINUTELY", "SECONDLY") or "BYSECOND" in parts or "," in parts.get("BYMINUTE", ""):
        raise InvalidInput(_l("More often than every hour is too often."), field="rule")
    if frequency not in _FREQUENCIES:
        raise _unreadable()
    if "COUNT" in parts and "UNTIL" in parts:
        raise InvalidInput(_l("Say either how many times or until when, not both."), field="rule")
    rule = Rule(
        frequency,
        _number(parts.pop("INTERVAL", "1"), 1, MOST_INTERVAL),
        _number(parts.pop("COUNT"), 1, MOST_TIMES) if "COUNT" in parts else None,
        _until(parts.pop("UNTIL")) if "UNTIL" in parts else "",
        _days(parts.pop("BYDAY"), frequency) if "BYDAY" in parts else (),
        tuple((name, _numbers(parts.pop(name), *_LISTS[name])) for name in _LISTS if name in parts),
        _week_start(parts.pop("WKST")) if "WKST" in parts else None,
    )
    if parts:
        raise _unreadable()
    try:
        comes = rule._comes()
    except (ValueError, TypeError, OverflowError) as error:
        raise _unreadable() from error
    if not comes:
        raise InvalidInput(_l("No day fits this rule, so it would never come."), field="rule")
    return rule


def _unreadable() -> InvalidInput:
    return InvalidInput(_l("This is no rule. Write for example FREQ=WEEKLY;INTERVAL=2;BYDAY=MO."), field="rule")


def _number(text: str, least: int, most: int) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 5 and least <= int(text) <= most):
        raise InvalidInput(_l("Give a whole number from %(least)s to %(most)s.", least=least, most=most), field="rule")
    return int(text)


def _numbers(text: str, least: int, most: int, from_end: bool) -> tuple[int, ...]:
    found = set()
    for each in text.split(","):
        sign = -1 if from_end and each.startswith("-") else 1
        found.add(sign * _number(each.lstrip("+-") if from_end else each, least, most))
    return tuple(sorted(found))


def _days(text: str, frequency: str) -> tuple[tuple[int, int], ...]:
    found: dict[tuple[int, int], None] = {}
    for each in text.split(","):
        match = _DAY.fullmatch(each)
        if match is None:
            raise _unreadable()
        n = int(match[1] or 0)
        if (n and frequency not in ("MONTHLY", "YEARLY")) or (match[1] and not 1 <= abs(n) <= 53):
            raise _unreadable()
        found[n, DAYS.index(match[2])] = None
    return tuple(sorted(found))


def _week_start(text: str) -> int:
    if text not in DAYS:
        raise _unreadable()
    return DAYS.index(text)


def _until(text: str) -> str:
    if not re.fullmatch(r"[0-9]{8}(T[0-9]{6}Z?)?", text):
        raise _unreadable()
    try:
        day = _date(text)
        if len(text) > 8:
            datetime.strptime(text[:15], "%Y%m%dT%H%M%S")  # noqa: DTZ007  only to see whether it can be read
    except ValueError as error:
        raise _unreadable() from error
    if not clock.EARLIEST.year <= day.year <= clock.LATEST.year:
        raise InvalidInput(_l("Choose a day between 1970 and 2100."), field="rule")
    return text


def _date(text: str) -> date:
    return date(int(text[:4]), int(text[4:6]), int(text[6:8]))
