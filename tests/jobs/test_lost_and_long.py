"""Runs that die, hang, take too long or are stopped, and a clock that jumps."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from backoffice.foundation import clock
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.permissions import Can, System
from backoffice.jobs import claims, heartbeat, orders, progress
from backoffice.jobs.due import LEASE, MOST_LOSSES
from backoffice.jobs.history import runs_of
from backoffice.jobs.running import run
from backoffice.jobs.schedule import Job, daily
from backoffice.records.job_runs import Ending, JobExecution
from tests.jobs.trial import last_run, trial_job

pytestmark = pytest.mark.both_databases
EDITOR: Any = System("cli", Can.JOB_EDIT)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeat, "BEAT", timedelta(milliseconds=20))
    monkeypatch.setattr(heartbeat, "RENEWED", timedelta(milliseconds=60))


@pytest.fixture
def ahead(monkeypatch: pytest.MonkeyPatch) -> Callable[[timedelta], None]:
    """Puts the clock forward, or back, from what it is."""
    real, shift = clock.now, [timedelta()]

    def put(by: timedelta) -> None:
        shift[0] += by

    monkeypatch.setattr(clock, "now", lambda: real() + shift[0])
    return put


def runs(app: Flask, job: Job) -> list[JobExecution]:
    with app.app_context():
        return list(db.session.scalars(runs_of(job)))


def until_asked(_actor: Any) -> None:
    """Work on until somebody asks for the end, ten seconds at most."""
    waiting = threading.Event()
    for done in range(500):
        if progress.is_cancelled():
            return
        progress.report(done, 500, "counting")
        waiting.wait(0.02)
    raise AssertionError("nobody asked for the end")


def dies(app: Flask, job: Job) -> None:
    """Let a process begin the job and be killed."""
    with app.app_context():
        assert claims.claim(job, only_if_due=True) is not None


def test_a_killed_run_is_missed_and_taken_up_again_within_a_minute(
    app: Flask, ahead: Callable[[timedelta], None]
) -> None:
    job = trial_job(app, rhythm=daily("00:00"))
    dies(app, job)
    with app.app_context():
        assert run(job, only_if_due=True) is None, "it may live"
        ahead(LEASE)
        assert run(job, only_if_due=True) == ""
        assert run(job, only_if_due=True) is None, "it is done for today"
    assert [each.state for each in runs(app, job)] == [Ending.DONE, Ending.LOST]


def test_a_job_that_kills_its_processes_waits_for_its_time(app: Flask, ahead: Callable[[timedelta], None]) -> None:
    job = trial_job(app, rhythm=daily("00:00"))
    dies(app, job)
    for _time in range(MOST_LOSSES):
        ahead(LEASE)
        dies(app, job)
    ahead(LEASE)
    with app.app_context():
        assert claims.claim(job, only_if_due=True) is None
    ahead(timedelta(days=1))
    dies(app, job)


def test_a_long_run_keeps_its_claim(app: Flask, ahead: Callable[[timedelta], None]) -> None:
    began, may_end, others = threading.Event(), threading.Event(), []

    def long(_actor: Any) -> None:
        began.set()
        may_end.wait(10)

    job = trial_job(app, long)

    def process() -> None:
        with app.app_context():
            run(job)

    thread = threading.Thread(target=process)
    thread.start()
    assert began.wait(10)
    before = last_run(app).lease_until
    assert before is not None
    ahead(timedelta(seconds=5))
    for _time in range(200):
        if (now := last_run(app).lease_until) is not None and now >= before + timedelta(seconds=5):
            break
        threading.Event().wait(0.02)
    with app.app_context():
        others.append(run(job))
    may_end.set()
    thread.join()
    assert others == [None]
    assert now is not None
    assert now >= before + timedelta(seconds=5)


def test_a_run_that_takes_too_long_is_asked_to_stop_and_says_so(app: Flask) -> None:
    job = trial_job(app, until_asked, longest=timedelta(milliseconds=50))
    with app.app_context():
        assert "took longer than" in (run(job) or "")
    assert last_run(app).last_ending is Ending.OVERDUE
    assert last_run(app).failing_since is not None


def test_a_person_stops_a_run_in_whatever_process_it_is(app: Flask) -> None:
    job = trial_job(app, until_asked)
    ended: list[str | None] = []

    def process() -> None:
        with app.app_context():
            ended.append(run(job))

    thread = threading.Thread(target=process)
    thread.start()
    stopped = False
    while thread.is_alive() and not stopped:
        with app.app_context():
            row = db.session.scalar(select(JobExecution).where(JobExecution.note == "counting"))
            if row is not None:
                assert row.total == 500, "how far it is can be read while it runs"
                with unit_of_work():
                    orders.stop(job, actor=EDITOR)
                stopped = True
    thread.join()
    assert ended == [""]
    assert [each.state for each in runs(app, job)] == [Ending.CANCELLED]
    assert last_run(app).failing_since is None


def test_what_the_end_of_a_server_cut_off_goes_on_in_the_next(app: Flask) -> None:
    seen: list[bool] = []
    job = trial_job(app, lambda actor: seen.append(progress.is_cancelled()), rhythm=daily("00:00"))
    with app.app_context():
        assert run(job, only_if_due=True, is_stopping=lambda: True) == "stopped"
        assert run(job, only_if_due=True) == ""
        assert run(job, only_if_due=True) is None
    assert seen == [True, False]


@pytest.mark.parametrize("by", [timedelta(hours=2), timedelta(hours=-2), timedelta(days=-400)], ids=str)
def test_a_clock_that_jumps_holds_nothing_up(app: Flask, ahead: Callable[[timedelta], None], by: timedelta) -> None:
    job = trial_job(app)
    dies(app, job)
    ahead(by)
    with app.app_context():
        assert run(job, only_if_due=True) == ""
        assert run(job, only_if_due=True) is None
    ahead(timedelta(minutes=1, seconds=1))
    with app.app_context():
        assert run(job, only_if_due=True) == ""


def test_short_runs_of_an_hour_that_go_well_share_a_row_and_others_have_their_own(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: datetime.fromisoformat("2026-05-04T12:30:00Z"))
    fails = [False, False, True, False, False, False]

    def work(_actor: Any) -> None:
        progress.report(2)
        if fails.pop(0):
            raise RuntimeError

    job = trial_job(app, work)
    with app.app_context():
        for _time in range(5):
            run(job)
        run(job, asked_by_id=None)
    told = [(each.state, each.times, each.done) for each in runs(app, job)]
    assert told == [(Ending.DONE, 3, 6), (Ending.FAILED, 1, 2), (Ending.DONE, 2, 4)]


def test_a_shared_job_runs_in_any_number_of_processes_at_once(app: Flask) -> None:
    gate, ends = threading.Barrier(3, timeout=10), []
    job = trial_job(app, lambda actor: gate.wait(), wanted=lambda: True, at_once=True)

    def process() -> None:
        with app.app_context():
            ends.append(run(job, only_if_due=True))

    threads = [threading.Thread(target=process) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ends == ["", "", ""]


def test_what_a_job_says_outside_a_run_is_said_to_nobody() -> None:
    progress.report(1, 2, "alone")
    assert not progress.is_cancelled()
