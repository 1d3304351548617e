"""The embedded runner: a thread of the server for each lane of jobs, and one for what people gave it to do."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import timedelta

from flask import Flask
from sqlalchemy import select

from backoffice.foundation import clock
from backoffice.foundation.database import db
from backoffice.jobs import tasks
from backoffice.jobs.broker import Waker
from backoffice.jobs.due import is_due
from backoffice.jobs.running import run
from backoffice.jobs.schedule import Job
from backoffice.records.job_runs import JobRun

#: A lane looks for work as often as its most frequent job runs, between these limits.
LONGEST_TICK = timedelta(seconds=5)
TASK_TICK = timedelta(seconds=1)
#: So that a long export keeps nobody from taking something back.
TASKS_AT_ONCE = 2


class Lane:
    """A thread that does some work again and again until it is stopped."""

    def __init__(self, app: Flask, name: str, tick: timedelta, work: Callable[[Callable[[], bool]], object]) -> None:
        self._app, self._tick, self._work = app, tick, work
        self._stopping, self._woken = threading.Event(), threading.Event()
        # A daemon, so that a job that hangs cannot keep a stopped server alive; its lease runs out.
        self.thread = threading.Thread(target=self._go_on, name=name, daemon=True)

    def stop(self) -> None:
        """Begin nothing else."""
        self._stopping.set()
        self._woken.set()

    def wake(self) -> None:
        """Look for work now."""
        self._woken.set()

    def is_stopping(self) -> bool:
        """Whether the work should come to an end."""
        return self._stopping.is_set()

    def _go_on(self) -> None:
        is_failing = False
        while not self.is_stopping():
            self._woken.clear()
            try:
                self._work(self.is_stopping)
                is_failing = False
            except Exception:
                # Said once, not every few seconds until the database is back.
                if not is_failing:
                    self._app.logger.exception("the jobs have to wait")
                is_failing = True
            self._woken.wait(self._tick.total_seconds())


class Scheduler:
    """Runs the jobs of an application, and what is waiting to be done in the background, until `stop`."""

    def __init__(self, app: Flask, tick: timedelta | None = None) -> None:
        self._app = app
        jobs: dict[str, Job] = app.extensions["jobs"]
        self._lanes: dict[str, Lane] = {}
        self._failed: dict[str, float] = {}
        for name in dict.fromkeys(job.lane for job in jobs.values()):
            often = min([LONGEST_TICK, *(job.rhythm.look for job in jobs.values() if job.rhythm and job.lane == name)])
            self._lanes[name] = Lane(app, f"jobs-{name}", tick or often, self._runner(name))
        for number in range(TASKS_AT_ONCE):
            self._lanes[f"tasks-{number}"] = Lane(app, f"tasks-{number}", tick or TASK_TICK, self._carry_on)

    def start(self) -> None:
        """Begin."""
        self._app.extensions["scheduler"] = self
        for lane in self._lanes.values():
            lane.thread.start()

    def stop(self, timeout: timedelta = timedelta(seconds=10)) -> None:
        """Begin no other job, and wait for those that run, but not for ever."""
        until = clock.now() + timeout
        for lane in self._lanes.values():
            lane.stop()
        for lane in self._lanes.values():
            if lane.thread.is_alive():
                lane.thread.join(max((until - clock.now()).total_seconds(), 0))

    def wake(self, lane: str) -> None:
        """Let a lane look for work at once."""
        for name, each in self._lanes.items():
            if name == lane or name.startswith(f"{lane}-"):
                each.wake()

    def run_due(self, lane: str | None = None, is_stopping: Callable[[], bool] = lambda: False) -> None:
        """Run every job that is due now, of one lane or of all, each with a session of its own."""
        jobs: dict[str, Job] = self._app.extensions["jobs"]
        some = {name: job for name, job in jobs.items() if lane in (None, job.lane)}
        for name in self._due(some):
            if is_stopping():
                return
            with self._app.app_context():
                if run(some[name], only_if_due=True, is_stopping=is_stopping):
                    self._failed[name] = time.monotonic()
                else:
                    self._failed.pop(name, None)

    def _carry_on(self, is_stopping: Callable[[], bool]) -> None:
        tasks.work(self._app, is_stopping)

    def _runner(self, lane: str) -> Callable[[Callable[[], bool]], None]:
        return lambda is_stopping: self.run_due(lane, is_stopping)

    def _due(self, jobs: dict[str, Job]) -> list[str]:
        """Those whose time has come; whether there is anything to do is asked when their turn comes."""
        with self._app.app_context():
            now = clock.now()
            rows = {row.name: row for row in db.session.scalars(select(JobRun))}
            return [name for name, job in jobs.items() if is_due(job, rows.get(name), now) and not self._rests(job)]

    def _rests(self, job: Job) -> bool:
        """Whether a shared job, which has no time of its own, failed a moment ago: it must not go round in circles."""
        if not job.at_once or job.rhythm is None or job.name not in self._failed:
            return False
        return time.monotonic() - self._failed[job.name] < min(job.rhythm.look, LONGEST_TICK).total_seconds()


def start_scheduler(app: Flask) -> Scheduler | Waker:
    """Start the threads that run the jobs of the application; the caller stops them with the server.

    Where a broker is set, workers run them, and this process only wakes those.
    """
    if app.config["BROKER_URL"]:
        waker = app.extensions["scheduler"] = Waker(app)
        return waker
    scheduler = Scheduler(app)
    scheduler.start()
    return scheduler


def start_with_first_request(app: Flask) -> None:
    """Start them when this process answers its first request: a process that is only forked from has no threads."""
    begun = threading.Lock()

    @app.before_request
    def begin() -> None:
        # Held for ever by whoever came first.
        if begun.acquire(blocking=False):
            start_scheduler(app)
