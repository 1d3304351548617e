"""Jobs: what the house does by itself, when, and what it may do there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any

from backoffice.foundation.permissions import Can, System

#: After this time without an end a run counts as lost, and another process may begin the next one.
LEASE = timedelta(minutes=15)


@dataclass(frozen=True, eq=False)
class Job:
    """Something done again and again, `every` so often or daily at a time (UTC), by an actor who may just that."""

    function: Callable[[Any], None]
    may: Sequence[Can]
    every: timedelta | None = None
    daily_at: time | None = None
    lease: timedelta = LEASE
    #: Jobs of one lane run one after the other; each lane has a thread of its own, so that none waits for long work.
    lane: str = "house"
    #: Whether there is anything to do, found out by reading only; without it a due job always runs.
    wanted: Callable[[], bool] | None = None
    actor: System = field(init=False)

    def __post_init__(self) -> None:
        if (self.every is None) == (self.daily_at is None):
            raise ValueError(f"{self.name}: say either `every` or `daily_at`")
        object.__setattr__(self, "actor", System(f"job:{self.name}", *self.may))

    @property
    def name(self) -> str:
        """The one word for it, on the command line and in the database."""
        return self.function.__name__.replace("_", "-")

    @property
    def help(self) -> str:
        """The first line of the docstring."""
        return (self.function.__doc__ or "").strip().split("\n", 1)[0]

    @property
    def rhythm(self) -> str:
        """When it runs, for a table: `every 0:01:00` or `daily at 06:00 UTC`."""
        return f"every {self.every}" if self.every else f"daily at {self.daily_at:%H:%M} UTC"

    def latest_start(self, now: datetime) -> datetime:
        """The job is due if it last started at this moment or before, or never."""
        if self.every is not None:
            return now - self.every
        today = datetime.combine(now.astimezone(UTC).date(), self.daily_at or time(), UTC)
        occurrence = today if today <= now else today - timedelta(days=1)
        return occurrence - timedelta(microseconds=1)


def job(
    *,
    may: Sequence[Can],
    every: timedelta | None = None,
    daily_at: time | None = None,
    lease: timedelta = LEASE,
    lane: str = "house",
    wanted: Callable[[], bool] | None = None,
) -> Callable[[Callable[[Any], None]], Job]:
    """Declare a job: a function of its actor; see `Job`. Its name is the function's with hyphens."""

    def declare(function: Callable[[Any], None]) -> Job:
        return Job(function, may, every, daily_at, lease, lane, wanted)

    return declare
