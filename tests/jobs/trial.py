"""Jobs for the tests, and a look at how their last run ended."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import Flask
from sqlalchemy import select

from backoffice import registry
from backoffice.foundation.database import db
from backoffice.foundation.permissions import Can
from backoffice.jobs.schedule import LONGEST, Job, Rhythm, every, job, planned
from backoffice.records.job_runs import JobRun

EVERY_MINUTE = every(minutes=1)


def trial_job(
    app: Flask,
    action: Callable[[Any], Any] = lambda actor: None,
    *,
    name: str = "count-the-gulls",
    rhythm: Rhythm = EVERY_MINUTE,
    longest: timedelta = LONGEST,
    **how: Any,
) -> Job:
    """A job of the application that does this; those of the house are taken away."""

    def function(actor: Any) -> None:
        """Do it once."""
        action(actor)

    function.__name__ = name.replace("-", "_")
    made = planned(job(may=(Can.POST_PUBLISH,), **how)(function), rhythm, longest=longest)
    jobs = app.extensions["jobs"]
    for ours in registry.JOBS:
        jobs.pop(ours.name, None)
    jobs[made.name] = made
    return made


def last_run(app: Flask) -> JobRun:
    """The row of the job."""
    with app.app_context():
        return db.session.scalars(select(JobRun).where(JobRun.name == "count-the-gulls")).one()
