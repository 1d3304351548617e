"""The thread of the server that runs what is due."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from backoffice.foundation import clock
from backoffice.foundation.database import db
from backoffice.jobs.claims import claim
from backoffice.jobs.schedule import every
from backoffice.jobs.scheduler import Scheduler, start_scheduler, start_with_first_request
from tests.jobs.trial import last_run, trial_job


@contextmanager
def scheduler(app: Flask) -> Iterator[Scheduler]:
    made = Scheduler(app, tick=timedelta(milliseconds=20))
    made.start()
    try:
        yield made
    finally:
        made.stop()


def test_a_job_that_is_due_is_run_without_anybody_asking(app: Flask) -> None:
    done = threading.Event()
    trial_job(app, lambda actor: done.set())
    with scheduler(app):
        assert done.wait(10)


def test_a_job_runs_again_when_its_time_has_come_and_not_before(app: Flask) -> None:
    often = threading.Semaphore(0)
    seldom: list[Any] = []
    trial_job(app, lambda actor: often.release(), name="often", rhythm=every(milliseconds=50))
    trial_job(app, seldom.append, name="seldom")
    with scheduler(app):
        for _time in range(3):
            assert often.acquire(timeout=10)
    assert len(seldom) == 1


def test_stopping_waits_for_the_job_that_runs_and_begins_no_other(app: Flask) -> None:
    began, may_end, ended = threading.Event(), threading.Event(), threading.Event()

    def slow(actor: Any) -> None:
        began.set()
        may_end.wait(10)
        ended.set()

    second_runs: list[Any] = []
    trial_job(app, slow, name="first")
    trial_job(app, second_runs.append, name="second")
    running = Scheduler(app)
    running.start()
    assert began.wait(10)
    threading.Timer(0.2, may_end.set).start()
    running.stop()
    assert ended.is_set()
    assert second_runs == []


def test_stopping_does_not_wait_for_ever(app: Flask) -> None:
    may_end, began = threading.Event(), threading.Event()

    def hangs(actor: Any) -> None:
        began.set()
        may_end.wait(30)

    trial_job(app, hangs)
    running = Scheduler(app)
    running.start()
    assert began.wait(10)
    before = time.monotonic()
    running.stop(timedelta(milliseconds=100))
    assert time.monotonic() - before < 5
    may_end.set()
    running.stop()


def test_stopping_a_scheduler_that_waits_takes_no_time(app: Flask) -> None:
    trial_job(app)
    running = start_scheduler(app)
    before = time.monotonic()
    running.stop()
    assert time.monotonic() - before < 4


def test_after_a_failure_the_next_job_has_its_turn(app: Flask) -> None:
    done = threading.Event()
    trial_job(app, lambda actor: 1 // 0)
    trial_job(app, lambda actor: done.set(), name="other")
    with scheduler(app):
        assert done.wait(10)
    assert "ZeroDivisionError" in last_run(app).last_error


def test_a_database_that_is_away_is_waited_for(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    done = threading.Event()
    trial_job(app, lambda actor: done.set())
    with app.app_context(), db.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE job_runs RENAME TO job_runs_away")
    with scheduler(app):
        assert not done.wait(0.3)
        with app.app_context(), db.engine.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE job_runs_away RENAME TO job_runs")
        assert done.wait(10)
    assert sum("have to wait" in record.message for record in caplog.records) == 1, "it is said once"


def test_an_application_that_is_only_made_runs_no_job(make_app: Any) -> None:
    before = threading.enumerate()
    make_app()
    assert [thread.name for thread in threading.enumerate() if thread not in before] == []


def test_a_worker_of_a_wsgi_server_begins_with_its_first_request(app: Flask) -> None:
    done = threading.Event()
    trial_job(app, lambda actor: done.set())
    start_with_first_request(app)
    assert "scheduler" not in app.extensions
    browser = app.test_client()
    try:
        for _time in range(2):
            browser.get("/auth/login")
        assert done.wait(10)
    finally:
        app.extensions["scheduler"].stop()


def test_a_clock_that_was_set_back_holds_no_job_up(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    runs: list[Any] = []
    made = trial_job(app, runs.append)
    running = Scheduler(app)
    ahead = clock.now() + timedelta(days=1)
    with monkeypatch.context() as then, app.app_context():
        then.setattr(clock, "now", lambda: ahead)
        assert claim(made, only_if_due=True)  # and its process dies
    running.run_due()
    assert len(runs) == 1
    running.run_due()
    assert len(runs) == 1, "it is not due before its time"
