"""The timetable as it stands now, what fails, and what ran: for pages, commands and machines."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import Select, and_, delete, or_, select
from sqlalchemy.orm import joinedload

from backoffice.foundation import clock
from backoffice.foundation.database import db
from backoffice.jobs import claims
from backoffice.jobs.due import SKEW, is_running, next_start
from backoffice.jobs.schedule import Job
from backoffice.records.job_runs import BAD, Ending, JobExecution, JobRun


@dataclass(frozen=True)
class Line:
    """One job now: what runs, what comes next, what was last, and what people want of it."""

    job: Job
    row: JobRun | None
    now: datetime
    running: list[JobExecution] = field(default_factory=list)

    @property
    def is_running(self) -> bool:
        """Whether some process is at it."""
        return bool(self.running) or is_running(self.row, self.now)

    @property
    def is_paused(self) -> bool:
        """Whether it begins nothing by itself."""
        return self.row is not None and self.row.paused_at is not None

    @property
    def is_asked_for(self) -> bool:
        """Whether somebody wants it to run, and no process has begun."""
        return self.row is not None and self.row.asked_at is not None

    @property
    def is_stopping(self) -> bool:
        """Whether somebody wants what runs to stop."""
        return any(run.is_cancelled for run in self.running)

    @property
    def is_late(self) -> bool:
        """Whether a run takes longer than it may, asked to stop or not."""
        return any(self.now - run.started_at > self.job.longest for run in self.running)

    @property
    def next_at(self) -> datetime | None:
        """When it begins next by itself; None if it does not."""
        return next_start(self.job, self.row, self.now)

    @property
    def ending(self) -> Ending | None:
        """How the last run ended; None if it never ran."""
        if self.row is None:
            return None
        if self.row.lease_until is not None and not self.is_running:
            return Ending.STOPPED if self.row.last_ending is Ending.STOPPED else Ending.LOST
        if self.row.last_ending is None and self.row.last_finished_at is not None:
            return Ending.FAILED if self.row.last_error else Ending.DONE
        return self.row.last_ending

    @property
    def took(self) -> timedelta | None:
        """How long the last run took, where that is known."""
        if self.row is None or self.row.last_started_at is None or self.row.last_finished_at is None:
            return None
        span = self.row.last_finished_at - self.row.last_started_at
        return span if span >= timedelta() else None

    @property
    def is_failing(self) -> bool:
        """Whether its last run did not go well."""
        return self.ending in BAD or (self.row is not None and self.row.failing_since is not None)


def timetable() -> list[Line]:
    """Every job of the application, in the order of the timetable."""
    return _lines(_jobs().values())


def line_of(job: Job) -> Line:
    """One job."""
    return _lines([job])[0]


def troubled() -> list[Line]:
    """Jobs that fail and jobs that are paused: what somebody should look at."""
    now = clock.now()
    lost = and_(JobRun.lease_until.is_not(None), or_(JobRun.lease_until < now, JobRun.lease_until > now + SKEW))
    query = select(JobRun.name).where(or_(JobRun.failing_since.is_not(None), JobRun.paused_at.is_not(None), lost))
    names = set(db.session.scalars(query))
    if not names:
        return []
    lines = _lines(job for name, job in _jobs().items() if name in names)
    return [line for line in lines if line.is_failing or line.is_paused]


def runs_of(job: Job) -> Select[JobExecution]:
    """The history of a job, the newest first."""
    query = select(JobExecution).options(joinedload(JobExecution.asked_by))
    return query.where(JobExecution.job == job.name).order_by(JobExecution.id.desc())


def seen_state(run: JobExecution, now: datetime) -> Ending:
    """How far a run is; one whose process has been silent for too long is lost, though nobody has written it down."""
    is_silent = run.ended_at is None and (run.lease_until is None or run.lease_until <= now)
    return Ending.LOST if is_silent else run.state


def prune(before: datetime) -> int:
    """Forget runs that ended earlier, and write down which were lost; how many were forgotten. Never commits."""
    claims.settle_lost(None, clock.now())
    old = delete(JobExecution).where(JobExecution.ended_at < before).execution_options(synchronize_session=False)
    return int(db.session.execute(old).rowcount)  # type: ignore[attr-defined]  # a result of a change


def _lines(jobs: Iterable[Job]) -> list[Line]:
    some, now = list(jobs), clock.now()
    names = [job.name for job in some]
    people = (joinedload(JobRun.paused_by), joinedload(JobRun.asked_by))
    rows = {row.name: row for row in db.session.scalars(select(JobRun).options(*people).where(JobRun.name.in_(names)))}
    running: dict[str, list[JobExecution]] = {}
    going_on = (JobExecution.ended_at.is_(None), JobExecution.lease_until > now, JobExecution.job.in_(names))
    query = select(JobExecution).options(joinedload(JobExecution.asked_by)).where(*going_on).order_by(JobExecution.id)
    for run in db.session.scalars(query):
        running.setdefault(run.job, []).append(run)
    return [Line(job, rows.get(job.name), now, running.get(job.name, [])) for job in some]


def _jobs() -> dict[str, Job]:
    jobs: dict[str, Job] = current_app.extensions["jobs"]
    return jobs
