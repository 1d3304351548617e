"""`flask jobs`: what the house does by itself, how it went, doing it now, and pausing it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

import click
from flask import current_app

from backoffice.cli.groups import HouseGroup
from backoffice.cli.refusals import Refusal
from backoffice.cli.screen import show_table
from backoffice.foundation import clock
from backoffice.foundation.acting import acting
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.i18n import _
from backoffice.foundation.permissions import Can, System
from backoffice.jobs import history, orders
from backoffice.jobs.broker import whereabouts
from backoffice.jobs.history import Line
from backoffice.jobs.running import run, span_told
from backoffice.jobs.schedule import Job

jobs_commands = HouseGroup("jobs", help="What the house does by itself.")


@jobs_commands.command("list")
def list_jobs() -> None:
    """List the jobs, when each runs, and how its last run ended."""
    _show(history.timetable())
    click.echo(_("They run %(where)s.", where=whereabouts(current_app._get_current_object())))  # type: ignore[attr-defined]


@jobs_commands.command("run")
@click.argument("name")
def run_job(name: str) -> None:
    """Run the job NAME now, whether it is due or not, paused or not."""
    job = orders.job_called(name)
    error = run(job)
    if error is None:
        raise Refusal(_("%(name)s is running in another process.", name=name))
    if error:
        raise Refusal(_("%(name)s failed: %(error)s", name=name, error=error))
    click.echo(_("Ran %(name)s.", name=name))


@jobs_commands.command("pause")
@click.argument("name")
def pause_job(name: str) -> None:
    """Let the job NAME begin no run by itself; what runs goes on."""
    _order(orders.pause, orders.job_called(name))
    click.echo(_("Paused %(name)s.", name=name))


@jobs_commands.command("resume")
@click.argument("name")
def resume_job(name: str) -> None:
    """Let the job NAME run again when it is due."""
    _order(orders.resume, orders.job_called(name))
    click.echo(_("%(name)s runs again when it is due.", name=name))


@jobs_commands.command("stop")
@click.argument("name")
def stop_job(name: str) -> None:
    """Ask the job NAME to stop, in whatever process it runs; it ends after the step it is at."""
    _order(orders.stop, orders.job_called(name))
    click.echo(_("Asked %(name)s to stop.", name=name))


@jobs_commands.command("history")
@click.argument("name")
@click.option("--last", type=click.IntRange(1, 10_000), default=20, show_default=True, help="So many lines.")
def show_history(name: str, last: int) -> None:
    """Show when the job NAME ran, the newest first. Short runs of an hour that went well share a line."""
    now = clock.now()
    show_table(
        (_("Start"), _("Runs"), _("Took"), _("Done"), _("Result"), _("Process"), _("Error")),
        (
            (
                _moment(each.started_at),
                str(each.times),
                span_told(each.took) if each.ended_at else "",
                f"{each.done}/{each.total}" if each.total else str(each.done or ""),
                str(history.seen_state(each, now).label),
                each.process,
                each.error,
            )
            for each in db.session.scalars(history.runs_of(orders.job_called(name)).limit(last))
        ),
    )


def _show(lines: Iterable[Line]) -> None:
    show_table(
        (_("Job"), _("When"), _("Last start"), _("Last end"), _("Next"), _("State")),
        (
            (
                line.job.name,
                str(line.job.rhythm),
                _moment(line.row.last_started_at if line.row else None),
                _moment(line.row.last_finished_at if line.row else None),
                _moment(line.next_at),
                _state(line),
            )
            for line in lines
        ),
    )


def _order(order: Callable[..., None], job: Job) -> None:
    actor: Any = System("cli", Can.JOB_EDIT)
    with acting(actor=actor, surface="cli"), unit_of_work():
        order(job, actor=actor)


def _moment(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC" if moment else ""


def _state(line: Line) -> str:
    parts = [_("paused")] if line.is_paused else []
    if line.is_running:
        parts.append(_("running"))
        parts += [f"{run.done}/{run.total}" for run in line.running if run.total]
    elif line.is_asked_for:
        parts.append(_("asked for"))
    elif line.row is None or line.row.last_started_at is None:
        parts.append(_("never ran"))
    else:
        parts.append(line.row.last_error or (_("done") if line.ending is None else str(line.ending.label).lower()))
    return ", ".join(parts)
