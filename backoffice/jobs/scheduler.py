"""The embedded runner: one thread of the server that looks every few seconds which jobs are due."""

from __future__ import annotations

import threading
from datetime import timedelta

from flask import Flask
from sqlalchemy import select

from backoffice.foundation import clock
from backoffice.foundation.database import db
from backoffice.jobs.running import run
from backoffice.jobs.schedule import Job
from backoffice.records.job_runs import JobRun

TICK = timedelta(seconds=5)


class Scheduler:
    """Runs the jobs of an application one after the other until `stop`."""

    def __init__(self, app: Flask, tick: timedelta = TICK) -> None:
        self._app = app
        self._tick = tick
        self._stopping = threading.Event()
        self._is_failing = False
        # A daemon, so that a job that hangs cannot keep a stopped server alive; its lease runs out.
        self._thread = threading.Thread(target=self._work, name="jobs", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self, timeout: timedelta = timedelta(seconds=10)) -> None:
        """Begin no other job, and wait for the one that runs, but not for ever."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout.total_seconds())

    def run_due(self) -> None:
        """Run every job that is due now, each with a session of its own."""
        jobs: dict[str, Job] = self._app.extensions["jobs"]
        for name in self._due(jobs):
            if self._stopping.is_set():
                return
            with self._app.app_context():
                run(jobs[name], only_if_due=True)

    def _due(self, jobs: dict[str, Job]) -> list[str]:
        with self._app.app_context():
            now = clock.now()
            started = dict(db.session.execute(select(JobRun.name, JobRun.last_started_at)).all())
        return [
            name for name, job in jobs.items() if (last := started.get(name)) is None or last <= job.latest_start(now)
        ]

    def _work(self) -> None:
        while not self._stopping.is_set():
            try:
                self.run_due()
                self._is_failing = False
            except Exception:
                # Said once, not every few seconds until the database is back.
                if not self._is_failing:
                    self._app.logger.exception("the jobs have to wait")
                self._is_failing = True
            self._stopping.wait(self._tick.total_seconds())


def start_scheduler(app: Flask) -> Scheduler:
    """Start the thread that runs the jobs of the application; the caller stops it with the server."""
    scheduler = Scheduler(app)
    scheduler.start()
    return scheduler
