"""What people want of a job, on the page and on the command line."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from backoffice.foundation import clock
from backoffice.foundation.database import db, unit_of_work
from backoffice.jobs.history import prune
from backoffice.jobs.running import run as run_job
from backoffice.jobs.scheduler import Scheduler
from backoffice.records.audit import AuditEntry
from backoffice.records.job_runs import Ending, JobExecution, JobRun
from tests.browser import Browser
from tests.jobs.trial import last_run, trial_job
from tests.terminal import refusal, run

SignIn = Callable[[str], Browser]
PAGE, JOB = "/admin/jobs/", "/admin/jobs/timetable/count-the-gulls/"


@pytest.fixture
def admin(app: Flask, sign_in: Callable[[Any], Browser]) -> Browser:
    """Somebody who may everything."""
    return sign_in("ana")


def entries(app: Flask) -> list[tuple[str, str]]:
    with app.app_context():
        rows = db.session.scalars(select(AuditEntry).where(AuditEntry.target_type == "job").order_by(AuditEntry.id))
        return [(row.action, row.target_title) for row in rows]


def test_a_person_has_a_job_run_that_is_not_due(app: Flask, admin: Browser) -> None:
    ran: list[Any] = []
    job = trial_job(app, ran.append)
    with app.app_context():
        run_job(job)
    assert admin.submit(f"{JOB}run").status_code == 302
    assert "Starting" in admin.get(PAGE).text
    Scheduler(app).run_due()
    Scheduler(app).run_due()
    assert len(ran) == 2
    with app.app_context():
        asked = db.session.scalars(select(JobExecution).order_by(JobExecution.id.desc())).first()
        assert asked is not None
        assert asked.asked_by.username == "ana"
    assert entries(app) == [("job.run", "count-the-gulls")]


def test_what_a_person_asks_for_runs_though_there_is_nothing_to_do(app: Flask, admin: Browser) -> None:
    ran: list[Any] = []
    trial_job(app, ran.append, wanted=lambda: False)
    Scheduler(app).run_due()
    assert ran == []
    admin.submit(f"{JOB}run")
    Scheduler(app).run_due()
    assert len(ran) == 1


def test_a_paused_job_begins_nothing_says_so_everywhere_and_goes_on_later(app: Flask, admin: Browser) -> None:
    ran: list[Any] = []
    trial_job(app, ran.append)
    admin.submit(f"{JOB}pause")
    Scheduler(app).run_due()
    assert ran == []
    assert "Paused" in admin.get(PAGE).text
    assert "has paused this job." in admin.get(JOB).text
    assert "has been paused for" in admin.get("/admin/").text
    assert "paused" in run(app, "jobs", "list").stdout
    admin.submit(f"{JOB}resume")
    Scheduler(app).run_due()
    assert len(ran) == 1
    assert entries(app) == [("job.pause", "count-the-gulls"), ("job.resume", "count-the-gulls")]


@pytest.mark.parametrize(
    ("order", "sentence"), [("resume", "It is not paused."), ("stop", "It is not running any more.")]
)
def test_what_does_not_fit_is_refused_in_a_sentence(app: Flask, admin: Browser, order: str, sentence: str) -> None:
    trial_job(app)
    answer = admin.submit(f"{JOB}{order}", follow_redirects=True)
    assert sentence in answer.text


def test_a_job_that_fails_is_told_on_the_first_page_until_it_does_well_again(app: Flask, admin: Browser) -> None:
    with app.app_context():
        run_job(trial_job(app, lambda actor: 1 // 0))
    for address in ("/admin/", PAGE, JOB):
        assert "ZeroDivisionError" in admin.get(address).text, address
    with app.app_context():
        run_job(trial_job(app))
    assert "ZeroDivisionError" not in admin.get("/admin/").text
    assert "ZeroDivisionError" in admin.get(JOB).text, "its history keeps it"


def test_how_far_a_run_is_stands_on_the_page_and_a_silent_one_is_lost(app: Flask, admin: Browser) -> None:
    job = trial_job(app)
    now = clock.now()
    with app.app_context(), unit_of_work():
        db.session.add(JobRun(name=job.name, last_started_at=now, lease_until=now + timedelta(seconds=20)))
        going_on = {"job": job.name, "started_at": now, "lease_until": now + timedelta(seconds=20), "process": "pier:7"}
        db.session.add(JobExecution(**going_on, done=30, total=120, note="gulls"))
    lines = admin.get("/admin/jobs/timetable/lines").text
    assert 'value="25"' in lines
    assert "30 of 120" in lines
    assert "gulls" in lines
    assert "pier:7" in admin.get(JOB).text
    with app.app_context(), unit_of_work():
        past = now - timedelta(seconds=1)
        db.session.execute(update(JobRun).values(lease_until=past))
        db.session.execute(update(JobExecution).values(lease_until=past))
    assert "Lost" in admin.get(JOB).text
    assert "was lost" in admin.get("/admin/").text


@pytest.mark.parametrize("who", ["ed", "mo", "aut"])
def test_who_may_not_see_jobs_sees_her_own_work_only(app: Flask, sign_in: Callable[[Any], Browser], who: str) -> None:
    trial_job(app)
    browser = sign_in(who)
    page = browser.get(PAGE)
    assert page.status_code == 200
    assert "count-the-gulls" not in page.text
    assert browser.get(JOB).status_code == 403
    assert browser.get("/admin/jobs/timetable/lines").status_code == 403
    assert browser.submit(f"{JOB}run").status_code == 403
    assert last_run_or_none(app) is None


def last_run_or_none(app: Flask) -> JobRun | None:
    with app.app_context():
        return db.session.scalar(select(JobRun).where(JobRun.name == "count-the-gulls"))


@pytest.mark.parametrize("name", ["nothing", "%00", "../..", "<script>", "🦆" * 40])
def test_a_job_that_is_not_there_is_not_found(app: Flask, admin: Browser, name: str) -> None:
    assert admin.get(f"/admin/jobs/timetable/{name}/").status_code in (400, 404)
    assert admin.submit(f"/admin/jobs/timetable/{name}/run").status_code in (400, 404)


@pytest.mark.parametrize("before", ["0", "-1", "x", "9" * 40, ""])
def test_a_place_in_the_history_that_is_none_shows_the_newest(app: Flask, admin: Browser, before: str) -> None:
    with app.app_context():
        run_job(trial_job(app))
    answer = admin.get(f"{JOB}?before={before}")
    assert answer.status_code == 200
    assert "data-run" in answer.text


def test_the_history_is_turned_page_by_page(app: Flask, admin: Browser) -> None:
    job = trial_job(app)
    with app.app_context(), unit_of_work():
        for minute in range(60):
            at = clock.now() - timedelta(minutes=minute)
            db.session.add(JobExecution(job=job.name, started_at=at, ended_at=at, state=Ending.FAILED))
    first = admin.get(JOB).text
    assert first.count("data-run") == 50
    older = first.split("before=")[1].split('"')[0]
    assert admin.get(f"{JOB}?before={older}").text.count("data-run") == 10


def test_the_history_forgets_what_ended_long_ago_and_settles_what_was_lost(app: Flask) -> None:
    now = clock.now()
    with app.app_context(), unit_of_work():
        old = {"started_at": now - timedelta(days=40), "ended_at": now - timedelta(days=40)}
        db.session.add(JobExecution(job="old", state=Ending.DONE, **old))
        db.session.add(JobExecution(job="lost", started_at=now, lease_until=now - timedelta(minutes=1)))
        db.session.add(JobExecution(job="live", started_at=now, lease_until=now + timedelta(seconds=9)))
    with app.app_context():
        with unit_of_work():
            assert prune(now - timedelta(days=30)) == 1
        found = {row.job: row.state for row in db.session.scalars(select(JobExecution))}
    assert found == {"lost": Ending.LOST, "live": Ending.RUNNING}


def test_the_command_line_pauses_resumes_and_tells_the_history(app: Flask) -> None:
    trial_job(app)
    assert run(app, "jobs", "pause", "count-the-gulls").stdout == "Paused count-the-gulls.\n"
    assert "paused already" in refusal(run(app, "jobs", "pause", "count-the-gulls"))
    run(app, "jobs", "run", "count-the-gulls")
    assert "Done" in run(app, "jobs", "history", "count-the-gulls").stdout
    run(app, "jobs", "resume", "count-the-gulls")
    assert last_run(app).paused_at is None
    assert "not running" in refusal(run(app, "jobs", "stop", "count-the-gulls"))
