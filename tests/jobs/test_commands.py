"""`flask jobs`: what there is, how it went, and doing it now."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from backoffice import registry
from backoffice.foundation import clock
from backoffice.foundation.database import db, unit_of_work
from backoffice.jobs.due import LEASE
from backoffice.records.job_runs import JobRun
from tests.jobs.trial import trial_job
from tests.terminal import refusal, run


def test_every_job_is_listed_with_its_rhythm_and_its_state(app: Flask) -> None:
    listed = run(app, "jobs", "list").stdout
    for job in registry.JOBS:
        assert re.search(rf"^{job.name} .*never ran$", listed, re.MULTILINE)


def test_a_job_is_run_by_name_and_its_end_is_shown(app: Flask) -> None:
    ran: list[Any] = []
    trial_job(app, ran.append)
    assert run(app, "jobs", "run", "count-the-gulls").stdout == "Ran count-the-gulls.\n"
    assert len(ran) == 1
    assert re.search(r"^count-the-gulls .*done$", run(app, "jobs", "list").stdout, re.MULTILINE)


def test_a_failure_is_told_in_one_line_and_listed(app: Flask) -> None:
    trial_job(app, lambda actor: 1 // 0)
    assert "count-the-gulls failed: ZeroDivisionError" in refusal(run(app, "jobs", "run", "count-the-gulls"))
    assert "ZeroDivisionError" in run(app, "jobs", "list").stdout


def test_a_job_that_runs_elsewhere_is_not_begun(app: Flask) -> None:
    trial_job(app)
    run(app, "jobs", "run", "count-the-gulls")
    with app.app_context(), unit_of_work():
        db.session.execute(update(JobRun).values(lease_until=clock.now() + LEASE))
    assert "running in another process" in refusal(run(app, "jobs", "run", "count-the-gulls"))
    assert re.search(r"^count-the-gulls .*running$", run(app, "jobs", "list").stdout, re.MULTILINE)


@pytest.mark.parametrize("name", ["nothing", "publish_scheduled_posts", ""])
def test_a_job_that_is_not_there_is_refused_with_those_that_are(app: Flask, name: str) -> None:
    assert "publish-scheduled-posts" in refusal(run(app, "jobs", "run", name))
