"""The beat: asks workers again and again to look at the jobs of the timetable.

It remembers nothing and decides nothing, so that it may be restarted, run twice or have its clock set: whether a job is
due is found out in the database by who looks.
"""

from __future__ import annotations

import time
from typing import Any

from celery.beat import Scheduler
from flask import Flask

from backoffice.jobs.broker import PAUSE, TASKS_LOOK, TASKS_MESSAGE, TASKS_QUEUE, Publisher, message_of, queue_of
from backoffice.jobs.schedule import Job

#: It looks at its own watch at least so often, so that it stops soon when asked to.
LONGEST_REST = 1.0
#: Workers are asked about a job at least so often, and twice in its rhythm: a job that was not due by a moment would
#: otherwise wait for a whole round.
LONGEST_LOOK, SHORTEST_LOOK = 5.0, 0.5


class Beat(Scheduler):
    """Celery's beat with the timetable of the house, by a watch that nobody sets."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._flask: Flask = self.app.house
        self._publisher = Publisher(self.app)
        self._next: dict[tuple[str, str], float] = {}
        self._is_failing = False

    def setup_schedule(self) -> None:
        """Nothing is read from anywhere."""

    def tick(self, *_args: Any, **_kwargs: Any) -> float:
        """Send what is due by now; seconds until something may be again."""
        rhythm = rhythm_of(self._flask.extensions["jobs"])
        now = time.monotonic()
        due = [message for message in rhythm if self._next.get(message, now) <= now]
        try:
            self._publisher.publish(due)
        except Exception as failure:
            if not self._is_failing:
                self._flask.logger.warning("the broker is away, the beat goes on calling: %s", type(failure).__name__)
            self._is_failing = True
            return min(PAUSE.total_seconds(), LONGEST_REST)
        self._is_failing = False
        self._next |= {message: now + rhythm[message] for message in due}
        return min(max(min(self._next.values()) - time.monotonic(), 0.01), LONGEST_REST)

    def close(self) -> None:
        """Hang up."""
        self._publisher.close()

    @property
    def info(self) -> str:
        """Shown when it starts."""
        return "    . timetable -> backoffice/timetable.py"


def rhythm_of(jobs: dict[str, Job]) -> dict[tuple[str, str], float]:
    """Messages (name and queue) and after how many seconds each is sent again."""
    asked = {(message_of(job), queue_of(job)): job.rhythm.look.total_seconds() for job in jobs.values() if job.rhythm}
    return {**asked, (TASKS_MESSAGE, TASKS_QUEUE): TASKS_LOOK.total_seconds()}
