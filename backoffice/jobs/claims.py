"""The claim of a run and its end: short transactions of core statements, past whatever the job itself has open."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import case, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from backoffice.foundation import clock
from backoffice.foundation.acting import new_request_id
from backoffice.foundation.database import db, unit_of_work
from backoffice.jobs.due import LEASE, SKEW, claimable
from backoffice.jobs.progress import Progress
from backoffice.jobs.schedule import Job
from backoffice.records.job_runs import BAD, Ending, JobExecution, JobRun

#: A run that takes no longer, goes well and was not asked for by anybody shares a row with the one before.
SHORT = timedelta(seconds=5)

_UNSEEN: dict[str, Any] = {"synchronize_session": False}


@dataclass(frozen=True)
class Claim:
    """What one process has reserved."""

    job: Job
    token: str
    execution: int
    started: datetime
    asked_by_id: int | None = None


def process_name() -> str:
    """The machine and the number of this process, as the history names it."""
    return f"{socket.gethostname()[:80]}:{os.getpid()}"


def claim(job: Job, *, only_if_due: bool = False, asked_by_id: int | None = None) -> Claim | None:
    """Reserve the job for this process and begin its history; None if another is at it, or it is not due."""
    for _attempt in range(2):
        now, token = clock.now(), new_request_id()
        with unit_of_work():
            lost = JobRun.lease_until.is_not(None)
            values = {
                "last_started_at": now,
                "lease_until": None if job.at_once else now + LEASE,
                "lease_token": token,
                "losses": case((lost, JobRun.losses + 1), else_=JobRun.losses),
            }
            if _changed(update(JobRun).where(JobRun.name == job.name, *claimable(job, now, only_if_due)), values):
                return _begin(job, token, now, asked_by_id)
        is_there = db.session.scalar(select(JobRun.id).where(JobRun.name == job.name)) is not None
        db.session.rollback()
        # Of several that begin a shared job for the first time, one may find its row made meanwhile by another.
        if is_there and not job.at_once:
            break
        if not is_there:
            _add_row(job)
    db.session.rollback()
    return None


def _begin(job: Job, token: str, now: datetime, asked_by_id: int | None) -> Claim:
    mine = JobRun.name == job.name
    asked_at, asker = db.session.execute(select(JobRun.asked_at, JobRun.asked_by_id).where(mine)).one()
    if asked_at is not None:
        asked_by_id = asked_by_id or asker
        _changed(update(JobRun).where(mine), {"asked_at": None, "asked_by_id": None})
    settle_lost(job.name, now)
    row = {
        "job": job.name,
        "started_at": now,
        "state": Ending.RUNNING,
        "process": process_name(),
        "asked_by_id": asked_by_id,
        "lease_until": now + LEASE,
    }
    execution: int = db.session.execute(insert(JobExecution).returning(JobExecution.id), row).scalar_one()
    return Claim(job, token, execution, now, asked_by_id)


def settle_lost(name: str | None, now: datetime) -> int:
    """Write down which runs of a job, or of all, were lost; how many. Never commits."""
    theirs = [] if name is None else [JobExecution.job == name]
    is_over = (JobExecution.lease_until <= now) | (JobExecution.lease_until > now + LEASE + SKEW)
    statement = update(JobExecution).where(JobExecution.ended_at.is_(None), is_over, *theirs)
    # The last sign of life is the nearest to its end that anybody knows.
    ended = case((JobExecution.lease_until <= now, JobExecution.lease_until), else_=now)
    return _changed(statement, {"state": Ending.LOST, "ended_at": ended, "lease_until": None})


def renew(engine: Any, it: Claim, progress: Progress) -> bool:
    """Say that the run goes on and how far it is, past the session; False if it should stop."""
    now = clock.now()
    said = {"done": progress.done, "total": progress.total, "note": progress.note}
    run: Any = JobRun.__table__
    execution: Any = JobExecution.__table__
    with engine.begin() as connection:
        connection.execute(
            update(execution)
            .where(execution.c.id == it.execution, execution.c.ended_at.is_(None))
            .values(lease_until=now + LEASE, **said)
        )
        if it.job.at_once:
            return True
        held = (run.c.name == it.job.name, run.c.lease_token == it.token)
        return bool(connection.execute(update(run).where(*held).values(lease_until=now + LEASE)).rowcount)


def is_cancelled(engine: Any, it: Claim) -> bool:
    """Whether somebody wants it to stop."""
    table = JobExecution.__table__
    with engine.connect() as connection:
        return bool(connection.scalar(select(table.c.is_cancelled).where(table.c.id == it.execution)))


def finish(it: Claim, state: Ending, error: str, progress: Progress) -> None:
    """Write down the end, unless the run was taken for lost and another process has begun since."""
    now = clock.now()
    held = [JobRun.name == it.job.name] if it.job.at_once else [JobRun.lease_token == it.token]
    ends: dict[str, Any] = {
        # What the server's end cut off is taken up by the next process, like what was lost.
        "lease_until": now if state is Ending.STOPPED and not it.job.at_once else None,
        "lease_token": "",
        "last_finished_at": now,
        "last_error": error,
        "last_ending": state,
    }
    if state in BAD:
        ends["failing_since"] = func.coalesce(JobRun.failing_since, now)
    elif state is Ending.DONE:
        ends["failing_since"] = None
    if state is not Ending.STOPPED:
        ends["losses"] = 0
    milliseconds = max(round((now - it.started).total_seconds() * 1000), 0)
    with unit_of_work():
        _changed(update(JobRun).where(*held), ends)
        is_quiet = state is Ending.DONE and it.asked_by_id is None and milliseconds <= SHORT.total_seconds() * 1000
        if is_quiet and _joined(it, now, milliseconds, progress.done):
            db.session.execute(delete(JobExecution).where(JobExecution.id == it.execution), execution_options=_UNSEEN)
            return
        values = {
            "state": state,
            "ended_at": now,
            "lease_until": None,
            "error": error,
            "longest_ms": milliseconds,
            "done": progress.done,
            "total": progress.total,
            "note": progress.note,
        }
        _changed(update(JobExecution).where(JobExecution.id == it.execution), values)


def _joined(it: Claim, now: datetime, milliseconds: int, done: int) -> bool:
    """Count the run into the row before it, if that is one of short runs of the same hour that went well."""
    before = (
        select(func.max(JobExecution.id))
        .where(JobExecution.job == it.job.name, JobExecution.id < it.execution)
        .scalar_subquery()
    )
    hour = it.started.replace(minute=0, second=0, microsecond=0)
    alike = (
        JobExecution.state == Ending.DONE,
        JobExecution.asked_by_id.is_(None),
        JobExecution.longest_ms <= SHORT.total_seconds() * 1000,
        JobExecution.started_at >= hour,
        JobExecution.started_at <= it.started,
    )
    values = {
        "times": JobExecution.times + 1,
        "ended_at": now,
        "done": JobExecution.done + done,
        "total": 0,
        "note": "",
        "process": process_name(),
        "longest_ms": case((JobExecution.longest_ms < milliseconds, milliseconds), else_=JobExecution.longest_ms),
    }
    return bool(_changed(update(JobExecution).where(JobExecution.id == before, *alike), values))


def _changed(statement: Any, values: dict[str, Any]) -> int:
    result: Any = db.session.execute(statement.values(**values), execution_options=_UNSEEN)
    return int(result.rowcount)


def _add_row(job: Job) -> None:
    try:
        with unit_of_work():
            db.session.add(JobRun(name=job.name))
    except IntegrityError:
        pass  # another process was faster, which is as good
