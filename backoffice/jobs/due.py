"""When a job may begin: the same question asked of a row that was read, and of the database when it is claimed."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, or_

from backoffice.jobs.schedule import Job
from backoffice.records.job_runs import JobRun

#: A process that says nothing for so long is taken for dead, and another may begin.
LEASE = timedelta(seconds=25)
#: A start or a lease that lies further ahead was written before the clock was set back, and holds nothing up.
SKEW = timedelta(minutes=5)
#: After so many lost runs one after the other the job waits for its time: it may be what kills its processes.
MOST_LOSSES = 3


def is_running(row: JobRun | None, now: datetime) -> bool:
    """Whether some process is at it."""
    return row is not None and row.lease_until is not None and now < row.lease_until <= now + LEASE + SKEW


def is_due(job: Job, row: JobRun | None, now: datetime) -> bool:
    """Whether it may begin by itself now; whether there is anything to do is another question."""
    if row is None:
        return job.rhythm is not None
    if row.asked_at is not None:
        return job.at_once or not is_running(row, now)
    if row.paused_at is not None or job.rhythm is None:
        return False
    if job.at_once:
        return True
    return not is_running(row, now) and next_start(job, row, now) == now


def next_start(job: Job, row: JobRun | None, now: datetime) -> datetime | None:
    """When it begins next by itself; `now` if it is due, None if it never does."""
    if job.rhythm is None or (row is not None and row.paused_at is not None):
        return None
    if row is None or row.last_started_at is None or row.last_started_at > now + SKEW:
        return now
    was_lost = row.lease_until is not None and not is_running(row, now)
    if was_lost and row.losses < MOST_LOSSES:
        return now
    return job.rhythm.next_start(row.last_started_at, now)


def claimable(job: Job, now: datetime, only_if_due: bool) -> list[ColumnElement[bool]]:
    """What has to hold of its row for the job to begin."""
    is_free = or_(JobRun.lease_until.is_(None), JobRun.lease_until <= now, JobRun.lease_until > now + LEASE + SKEW)
    free = [] if job.at_once else [is_free]
    if not only_if_due:
        return free
    last = JobRun.last_started_at
    was_lost = and_(JobRun.lease_until.is_not(None), JobRun.losses < MOST_LOSSES)
    has_come = or_(last.is_(None), last <= job.latest_start(now), last > now + SKEW, was_lost)
    by_itself = [JobRun.paused_at.is_(None)] if job.at_once else [JobRun.paused_at.is_(None), has_come]
    return [*free, or_(JobRun.asked_at.is_not(None), and_(*by_itself))]
