"""`flask jobs`: what the house does by itself, and doing it now."""

from __future__ import annotations

from datetime import datetime

import click
from flask import current_app
from sqlalchemy import select

from backoffice.cli.groups import HouseGroup
from backoffice.cli.refusals import Refusal
from backoffice.cli.screen import show_table
from backoffice.foundation import clock
from backoffice.foundation.database import db
from backoffice.foundation.errors import NotFound
from backoffice.foundation.i18n import _
from backoffice.jobs.running import run
from backoffice.jobs.schedule import Job
from backoffice.records.job_runs import JobRun

jobs_commands = HouseGroup("jobs", help="What the house does by itself.")


@jobs_commands.command("list")
def list_jobs() -> None:
    """List the jobs, when each runs, and how its last run ended."""
    runs = {row.name: row for row in db.session.scalars(select(JobRun))}
    show_table(
        (_("Job"), _("When"), _("Last start"), _("Last end"), _("State")),
        (
            (
                job.name,
                str(job.rhythm),
                _moment(runs[job.name].last_started_at) if job.name in runs else "",
                _moment(runs[job.name].last_finished_at) if job.name in runs else "",
                _state(runs.get(job.name)),
            )
            for job in _jobs().values()
        ),
    )


@jobs_commands.command("run")
@click.argument("name")
def run_job(name: str) -> None:
    """Run the job NAME now, whether it is due or not."""
    job = _jobs().get(name)
    if job is None:
        raise NotFound(_("There is no job %(name)s. There are: %(names)s.", name=name, names=", ".join(_jobs())))
    error = run(job)
    if error is None:
        raise Refusal(_("%(name)s is running in another process.", name=name))
    if error:
        raise Refusal(_("%(name)s failed: %(error)s", name=name, error=error))
    click.echo(_("Ran %(name)s.", name=name))


def _jobs() -> dict[str, Job]:
    jobs: dict[str, Job] = current_app.extensions["jobs"]
    return jobs


def _moment(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC" if moment else ""


def _state(last: JobRun | None) -> str:
    if last is None or last.last_started_at is None:
        return _("never ran")
    if last.lease_until is not None:
        return _("running") if last.lease_until > clock.now() else _("lost; runs again when due")
    return last.last_error or _("done")
