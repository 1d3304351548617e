"""Running a job: claimed first, so that of several processes one does it, and its end written down.

A claim is one short transaction with a conditional update; the work follows outside it; a second transaction records
the end. A process that dies leaves a lease that runs out.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import ColumnElement, Select, or_, select, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from backoffice.foundation import clock
from backoffice.foundation.acting import acting
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.errors import DomainError
from backoffice.jobs.progress import Progress, reporting
from backoffice.jobs.schedule import Job
from backoffice.records.job_runs import LONGEST_ERROR, JobRun

#: A start that lies further ahead was written before the clock was set back, and holds nothing up.
SKEW = timedelta(minutes=5)
#: After this time without an end a run counts as lost, and another process may begin the next one.
LEASE = timedelta(minutes=15)


class SomeFailed(Exception):
    """Some of the records a job works through could not be done; the others are."""


def run(job: Job, *, only_if_due: bool = False) -> str | None:
    """Run the job unless another process is at it; the error it ended with (empty for none), None if it did not run."""
    started = clock.now()
    if not _claim(job, started, only_if_due):
        return None
    error = "stopped"
    try:
        with reporting(Progress()), acting(actor=job.actor, surface="job", action=None):
            job.function(job.actor)
        error = ""
    except Exception as failure:
        current_app.logger.exception("the job %s failed", job.name)
        error = told(failure)
    finally:
        db.session.rollback()
        _finish(job, started, error)
    return error


def each_alone(query: Select[Any], do: Callable[[Any], Any]) -> int:
    """Do something to every record the query finds, each in its own unit of work; how many were done.

    A record that the query does not find any more when its turn comes is passed over. A failure is logged and the next
    record has its turn; at the end `SomeFailed` is raised if there was any.
    """
    model = query.column_descriptions[0]["entity"]
    ids = list(db.session.scalars(query.with_only_columns(model.id)))
    db.session.rollback()
    done, failures = 0, []
    for id in ids:
        try:
            with unit_of_work():
                record = db.session.scalar(query.where(model.id == id))
                if record is None:
                    continue
                do(record)
            done += 1
        except DomainError as refusal:
            current_app.logger.warning("%s %s: %s", model.resource, id, refusal)
            failures.append(told(refusal))
        except Exception as failure:
            current_app.logger.exception("%s %s failed", model.resource, id)
            failures.append(told(failure))
        finally:
            db.session.expunge_all()
    if failures:
        raise SomeFailed(f"{len(failures)} of {len(ids)} failed; the first: {failures[0]}")
    return done


def told(failure: BaseException) -> str:
    """The failure on one line, without any statement of the database."""
    cause = getattr(failure, "orig", None) if isinstance(failure, SQLAlchemyError) else failure
    words = " ".join(str(cause or "").split("\n", 1)[0].split())
    kind = "" if isinstance(failure, DomainError | SomeFailed) else f"{type(failure).__name__}: "
    return f"{kind}{words}"[:LONGEST_ERROR]


def _claim(job: Job, now: datetime, only_if_due: bool) -> bool:
    for _attempt in range(2):
        with unit_of_work():
            result: Any = db.session.execute(
                update(JobRun)
                .where(JobRun.name == job.name, *_claimable(job, now, only_if_due))
                .values(last_started_at=now, lease_until=now + LEASE)
                .execution_options(synchronize_session=False)
            )
        if result.rowcount:
            return True
        if db.session.scalar(select(JobRun.id).where(JobRun.name == job.name)) is not None:
            break
        db.session.rollback()
        _add_row(job)
    db.session.rollback()
    return False


def _claimable(job: Job, now: datetime, only_if_due: bool) -> list[ColumnElement[bool]]:
    if job.at_once:
        return []
    # A lease that runs for longer than a lease was written before the clock was set back.
    is_free = or_(JobRun.lease_until.is_(None), JobRun.lease_until <= now, JobRun.lease_until > now + LEASE + SKEW)
    if not only_if_due:
        return [is_free]
    last = JobRun.last_started_at
    return [is_free, or_(last.is_(None), last <= job.latest_start(now), last > now + SKEW)]


def _add_row(job: Job) -> None:
    try:
        with unit_of_work():
            db.session.add(JobRun(name=job.name))
    except IntegrityError:
        pass  # another process was faster, which is as good


def _finish(job: Job, started: datetime, error: str) -> None:
    """Record the end, unless the lease ran out and another process has begun since."""
    with unit_of_work():
        db.session.execute(
            update(JobRun)
            .where(JobRun.name == job.name, JobRun.last_started_at == started)
            .values(lease_until=None, last_finished_at=clock.now(), last_error=error)
            .execution_options(synchronize_session=False)
        )
