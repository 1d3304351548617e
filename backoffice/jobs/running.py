"""Running a job: claimed first, so that of several processes one does it, and its end written down.

A claim is one short transaction with a conditional update; the work follows outside it, with a heartbeat beside it; a
last transaction records the end. A process that dies leaves a lease that runs out, and the job is taken up again.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import current_app
from sqlalchemy import Select, select
from sqlalchemy.exc import SQLAlchemyError

from backoffice.foundation import clock
from backoffice.foundation.acting import acting
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.errors import DomainError
from backoffice.jobs import claims, progress
from backoffice.jobs.due import is_due
from backoffice.jobs.heartbeat import Heartbeat
from backoffice.jobs.progress import Progress, reporting
from backoffice.jobs.schedule import Job
from backoffice.records.job_runs import LONGEST_ERROR, Ending, JobRun


class SomeFailed(Exception):
    """Some of the records a job works through could not be done; the others are."""


def run(
    job: Job,
    *,
    only_if_due: bool = False,
    is_stopping: Callable[[], bool] = lambda: False,
    asked_by_id: int | None = None,
) -> str | None:
    """Run the job; the error it ended with (empty for none), None if it did not run.

    It does not run while another process is at it, unless it may be run at once. With `only_if_due` it runs only if its
    time has come, nobody has paused it and there is something to do, or if somebody asked for it.
    """
    if only_if_due and not _is_wanted(job):
        return None
    it = claims.claim(job, only_if_due=only_if_due, asked_by_id=asked_by_id)
    if it is None:
        return None
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # a proxy
    said = Progress(is_stopping)
    state, error = Ending.STOPPED, "stopped"
    beat = Heartbeat(app, it, said)
    try:
        with beat:
            try:
                with reporting(said), acting(actor=job.actor, surface="job", action=None):
                    job.function(job.actor)
            finally:
                # Before the heartbeat is waited for: it may need what the job still holds.
                db.session.rollback()
        state, error = _ended(job, beat, said)
    except Exception as failure:
        app.logger.exception("the job %s failed", job.name)
        state, error = Ending.FAILED, told(failure)
    finally:
        claims.finish(it, state, error, said)
    return error


def _is_wanted(job: Job) -> bool:
    row = db.session.scalar(select(JobRun).where(JobRun.name == job.name))
    try:
        if not is_due(job, row, clock.now()):
            return False
        is_asked_for = row is not None and row.asked_at is not None
        return is_asked_for or job.wanted is None or job.wanted()
    finally:
        db.session.rollback()


def _ended(job: Job, beat: Heartbeat, said: Progress) -> tuple[Ending, str]:
    if not said.has_heard:
        return Ending.DONE, ""
    if beat.reason == "overdue":
        return Ending.OVERDUE, f"took longer than {span_told(job.longest)} and was asked to stop"
    if beat.reason == "cancelled":
        return Ending.CANCELLED, ""
    if beat.reason == "lost":
        return Ending.LOST, "another process has begun meanwhile"
    return Ending.STOPPED, "stopped"


def span_told(span: timedelta) -> str:
    """A span for the log: `90 s`, `15 min`."""
    seconds = span.total_seconds()
    return f"{seconds / 60:g} min" if seconds >= 60 and seconds % 60 == 0 else f"{seconds:g} s"


def each_alone(query: Select[Any], do: Callable[[Any], Any]) -> int:
    """Do something to every record the query finds, each in its own unit of work; how many were done.

    A record that the query does not find any more when its turn comes is passed over. A failure is logged and the next
    record has its turn; at the end `SomeFailed` is raised if there was any.
    """
    model = query.column_descriptions[0]["entity"]
    ids = list(db.session.scalars(query.with_only_columns(model.id)))
    db.session.rollback()
    done, failures = 0, []
    for number, id in enumerate(ids):
        if progress.is_cancelled():
            break
        progress.report(number, len(ids))
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
    else:
        progress.report(len(ids), len(ids))
    if failures:
        raise SomeFailed(f"{len(failures)} of {len(ids)} failed; the first: {failures[0]}")
    return done


def told(failure: BaseException) -> str:
    """The failure on one line, without any statement of the database."""
    cause = getattr(failure, "orig", None) if isinstance(failure, SQLAlchemyError) else failure
    words = " ".join(str(cause or "").split("\n", 1)[0].split())
    kind = "" if isinstance(failure, DomainError | SomeFailed) else f"{type(failure).__name__}: "
    return f"{kind}{words}"[:LONGEST_ERROR]
