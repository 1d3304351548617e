"""Jobs and their rhythms: what the house does by itself, what it may do there, when, and for how long at most.

A feature declares with `@job(...)` what is done and what it may do; when, stands in `backoffice/timetable.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

from backoffice.foundation.i18n import Text
from backoffice.foundation.permissions import Can, System

#: A job that is at it for longer is asked to stop.
LONGEST = timedelta(minutes=15)
#: So often somebody has to look whether a job with a time of the day is due.
LOOK = timedelta(minutes=1)
#: What makes a rhythm of a single instant exclude that instant.
_JUST = timedelta(microseconds=1)


@dataclass(frozen=True)
class Every:
    """Again and again, so long after the last start."""

    span: timedelta

    @property
    def look(self) -> timedelta:
        """How often somebody has to look whether it is due."""
        return self.span

    def latest_start(self, now: datetime) -> datetime:
        """It is due if it last started at this moment or before, or never."""
        return now - self.span

    def next_start(self, last: datetime | None, now: datetime) -> datetime:
        """When it is due next; `now` if it is due already."""
        return now if last is None else max(last + self.span, now)

    def __str__(self) -> str:
        seconds = self.span.total_seconds()
        for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
            if seconds >= size and seconds % size == 0:
                return f"every {seconds / size:g} {unit}"
        return f"every {seconds:g} s"


@dataclass(frozen=True)
class Daily:
    """Every day at a time, in UTC."""

    at: time

    @property
    def look(self) -> timedelta:
        """How often somebody has to look whether it is due."""
        return LOOK

    def latest_start(self, now: datetime) -> datetime:
        """It is due if it last started at this moment or before, or never."""
        return self._latest(now) - _JUST

    def next_start(self, last: datetime | None, now: datetime) -> datetime:
        """When it is due next; `now` if it is due already."""
        latest = self._latest(now)
        return now if last is None or last < latest else latest + timedelta(days=1)

    def _latest(self, now: datetime) -> datetime:
        today = datetime.combine(now.astimezone(UTC).date(), self.at, UTC)
        return today if today <= now else today - timedelta(days=1)

    def __str__(self) -> str:
        return f"daily at {self.at:%H:%M} UTC"


@dataclass(frozen=True)
class Weekly:
    """Every week on a day, 0 for Monday, at a time, in UTC."""

    weekday: int
    at: time

    @property
    def look(self) -> timedelta:
        """How often somebody has to look whether it is due."""
        return LOOK

    def latest_start(self, now: datetime) -> datetime:
        """It is due if it last started at this moment or before, or never."""
        return self._latest(now) - _JUST

    def next_start(self, last: datetime | None, now: datetime) -> datetime:
        """When it is due next; `now` if it is due already."""
        latest = self._latest(now)
        return now if last is None or last < latest else latest + timedelta(weeks=1)

    def _latest(self, now: datetime) -> datetime:
        today = now.astimezone(UTC).date()
        day = today - timedelta(days=(today.weekday() - self.weekday) % 7)
        moment = datetime.combine(day, self.at, UTC)
        return moment if moment <= now else moment - timedelta(weeks=1)

    def __str__(self) -> str:
        names = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")
        return f"{names[self.weekday]} at {self.at:%H:%M} UTC"


Rhythm = Every | Daily | Weekly


def every(**span: float) -> Every:
    """Every so many `seconds`, `minutes` or `hours`."""
    return Every(timedelta(**span))


def daily(at: str) -> Daily:
    """Every day at `HH:MM`, in UTC."""
    return Daily(time.fromisoformat(at))


def weekly(weekday: int, at: str) -> Weekly:
    """Every week on a day, 0 for Monday, at `HH:MM`, in UTC."""
    return Weekly(weekday, time.fromisoformat(at))


@dataclass(frozen=True, eq=False)
class Job:
    """Something done again and again by an actor who may just that; without a rhythm only when somebody asks for it."""

    function: Callable[[Any], None]
    may: Sequence[Can]
    #: Whether there is anything to do, found out by reading only; without it a due job always runs.
    wanted: Callable[[], bool] | None = None
    #: Any number of processes may be at it at once: what keeps them apart are claims in the rows they work through.
    at_once: bool = False
    rhythm: Rhythm | None = None
    #: Jobs of one lane run one after the other; each lane has a thread of its own, so that none waits for long work.
    lane: str = "house"
    #: A run that takes longer is asked to stop.
    longest: timedelta = LONGEST
    #: What it does, in a sentence of its page.
    what: Text | None = None
    actor: System = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "actor", System(f"job:{self.name}", *self.may))

    @property
    def name(self) -> str:
        """The one word for it, on the command line and in the database."""
        return self.function.__name__.replace("_", "-")

    @property
    def help(self) -> str:
        """The first line of the docstring."""
        return (self.function.__doc__ or "").strip().split("\n", 1)[0]

    def latest_start(self, now: datetime) -> datetime:
        """The job is due if it last started at this moment or before, or never."""
        return self.rhythm.latest_start(now) if self.rhythm else datetime.min.replace(tzinfo=UTC)


def job(
    *, may: Sequence[Can], wanted: Callable[[], bool] | None = None, at_once: bool = False
) -> Callable[[Callable[[Any], None]], Job]:
    """Declare a job: a function of its actor; see `Job`. Its name is the function's with hyphens."""

    def declare(function: Callable[[Any], None]) -> Job:
        return Job(function, may, wanted, at_once)

    return declare


def planned(
    work: Job, rhythm: Rhythm, what: Text | None = None, *, lane: str = "house", longest: timedelta = LONGEST
) -> Job:
    """A line of the timetable: the job, when it runs, what it does, in which lane, and how long a run may take."""
    return replace(work, rhythm=rhythm, what=what, lane=lane, longest=longest)
