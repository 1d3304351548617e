"""What people want of a job: run it now, stop the run, pause it, let it go on. Each is an entry in the trail."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import current_app
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from backoffice.foundation import clock
from backoffice.foundation.database import after_commit, db
from backoffice.foundation.errors import NotAllowed, NotApplicable, NotFound
from backoffice.foundation.i18n import _l
from backoffice.foundation.permissions import Can, is_allowed
from backoffice.jobs.due import is_running
from backoffice.jobs.schedule import Job
from backoffice.records import audit
from backoffice.records.job_runs import JobExecution, JobRun


def job_called(name: str) -> Job:
    """The job of that name. Raises NotFound."""
    jobs: dict[str, Job] = current_app.extensions["jobs"]
    if name not in jobs:
        raise NotFound(_l("There is no job %(name)s. There are: %(names)s.", name=name, names=", ".join(jobs)))
    return jobs[name]


def ask_for(job: Job, *, actor: Any) -> None:
    """Let it run as soon as a process has time, whether it is due or not. Never commits."""
    row = _row(job, actor)
    if is_running(row, clock.now()):
        raise NotApplicable(_l("It is running already."))
    row.asked_at, row.asked_by_id = clock.now(), getattr(actor, "id", None)
    audit.note("job.run", target=row)
    after_commit(partial(_wake, job))


def stop(job: Job, *, actor: Any) -> None:
    """Ask every run of it to stop, and take back that somebody wanted one. Never commits."""
    row = _row(job, actor)
    going_on = (JobExecution.job == job.name, JobExecution.ended_at.is_(None))
    result: Any = db.session.execute(
        update(JobExecution).where(*going_on).values(is_cancelled=True).execution_options(synchronize_session=False)
    )
    if not result.rowcount and row.asked_at is None:
        raise NotApplicable(_l("It is not running any more."))
    row.asked_at, row.asked_by_id = None, None
    audit.note("job.stop", target=row)


def pause(job: Job, *, actor: Any) -> None:
    """Begin no further run by itself until somebody lets it go on; what runs goes on. Never commits."""
    row = _row(job, actor)
    if row.paused_at is not None:
        raise NotApplicable(_l("It is paused already."))
    row.paused_at, row.paused_by_id = clock.now(), getattr(actor, "id", None)
    audit.note("job.pause", target=row)


def resume(job: Job, *, actor: Any) -> None:
    """Let it run again when it is due. Never commits."""
    row = _row(job, actor)
    if row.paused_at is None:
        raise NotApplicable(_l("It is not paused."))
    row.paused_at, row.paused_by_id = None, None
    audit.note("job.resume", target=row)
    after_commit(partial(_wake, job))


def _row(job: Job, actor: Any) -> JobRun:
    if not is_allowed(actor, Can.JOB_EDIT):
        raise NotAllowed(permission=Can.JOB_EDIT)
    query = select(JobRun).where(JobRun.name == job.name).with_for_update()
    row = db.session.scalar(query)
    if row is None:
        try:
            with db.session.begin_nested():
                db.session.add(JobRun(name=job.name))
        except IntegrityError:
            pass  # another process was faster, which is as good
        row = db.session.scalars(query).one()
    return row


def _wake(job: Job) -> None:
    if (scheduler := current_app.extensions.get("scheduler")) is not None:
        scheduler.wake(job.lane)
