"""A job runs in one process at a time, whatever happens to that process, and its end is written down."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from backoffice.foundation import clock
from backoffice.foundation.acting import present
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.errors import NotApplicable
from backoffice.jobs.due import LEASE
from backoffice.jobs.running import SomeFailed, each_alone, run
from backoffice.posts.models import Post
from backoffice.records.job_runs import LONGEST_ERROR, JobRun
from tests import factories
from tests.jobs.trial import last_run, trial_job

pytestmark = pytest.mark.both_databases


def move_back(app: Flask, **by: timedelta) -> None:
    """Let the last run have been earlier."""
    with app.app_context(), unit_of_work():
        row = db.session.scalars(select(JobRun)).one()
        for name, span in by.items():
            setattr(row, name, getattr(row, name) - span)


def test_a_run_acts_as_the_job_and_is_written_down(app: Flask) -> None:
    seen: list[Any] = []
    made = trial_job(app, lambda actor: seen.append((present().surface, present().actor, actor)))
    with app.app_context():
        assert run(made) == ""
    assert seen == [("job", made.actor, made.actor)]
    row = last_run(app)
    assert row.last_started_at is not None
    assert row.last_finished_at is not None
    assert row.last_started_at <= row.last_finished_at
    assert (row.lease_until, row.last_error) == (None, "")


def test_a_failure_is_written_down_and_the_next_run_may_come(app: Flask) -> None:
    failing = trial_job(app, lambda actor: 1 // 0)
    with app.app_context():
        assert "ZeroDivisionError" in (run(failing) or "")
    assert "ZeroDivisionError" in last_run(app).last_error
    with app.app_context():
        assert run(trial_job(app)) == ""
    assert last_run(app).last_error == ""


def test_an_error_of_the_database_is_written_down_without_its_statement(app: Flask) -> None:
    def twice(actor: Any) -> None:
        db.session.add_all([JobRun(name="the same"), JobRun(name="the same")])
        db.session.flush()

    with app.app_context():
        run(trial_job(app, twice))
    assert "IntegrityError" in last_run(app).last_error
    assert "INSERT" not in last_run(app).last_error


def test_a_long_error_is_cut(app: Flask) -> None:
    def fail(actor: Any) -> None:
        raise RuntimeError("x" * 5000)

    with app.app_context():
        run(trial_job(app, fail))
    assert len(last_run(app).last_error) == LONGEST_ERROR


def test_what_a_failed_job_left_open_is_not_kept(app: Flask) -> None:
    def fail(actor: Any) -> None:
        factories.tag(name="Half done")
        raise RuntimeError

    with app.app_context():
        run(trial_job(app, fail))
        assert db.session.scalars(select(Post)).all() == []


def test_a_job_that_is_running_is_not_begun_again(app: Flask) -> None:
    inner: list[str | None] = []

    def again(actor: Any) -> None:
        def other_process() -> None:
            with app.app_context():
                inner.append(run(made))

        other = threading.Thread(target=other_process)
        other.start()
        other.join()

    made = trial_job(app, again)
    with app.app_context():
        assert run(made) == ""
    assert inner == [None]


def test_of_many_processes_that_find_a_job_due_one_runs_it(app: Flask) -> None:
    runs: list[int] = []
    ends: list[str | None] = []
    made = trial_job(app, lambda actor: runs.append(1))
    gate = threading.Barrier(6)

    def process() -> None:
        with app.app_context():
            gate.wait()
            ends.append(run(made, only_if_due=True))

    threads = [threading.Thread(target=process) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ends) == 6
    assert len(runs) == 1


def test_a_job_that_is_not_due_is_left_alone_unless_somebody_asks_for_it(app: Flask) -> None:
    made = trial_job(app)
    with app.app_context():
        run(made)
        assert run(made, only_if_due=True) is None
        assert run(made) == ""
    move_back(app, last_started_at=timedelta(minutes=2))
    with app.app_context():
        assert run(made, only_if_due=True) == ""


def test_a_lost_run_holds_others_up_until_its_lease_runs_out(app: Flask) -> None:
    made = trial_job(app)
    with app.app_context():
        run(made)
        with unit_of_work():
            lost = {"last_started_at": clock.now(), "lease_until": clock.now() + LEASE}
            db.session.execute(update(JobRun).values(**lost))
        assert run(made) is None
    move_back(app, lease_until=timedelta(minutes=16), last_started_at=timedelta(minutes=16))
    with app.app_context():
        assert run(made) == ""


def test_a_run_that_outlived_its_lease_does_not_end_the_run_of_another(app: Flask) -> None:
    later = clock.now() + timedelta(hours=1)

    def overtaken(actor: Any) -> None:
        with unit_of_work():
            theirs = {"last_started_at": later, "lease_until": later + timedelta(hours=1), "lease_token": "theirs"}
            db.session.execute(update(JobRun).values(**theirs))

    with app.app_context():
        run(trial_job(app, overtaken))
    assert last_run(app).lease_until == later + timedelta(hours=1)


def test_an_interrupted_job_is_free_at_once(app: Flask) -> None:
    def interrupted(actor: Any) -> None:
        raise KeyboardInterrupt

    with app.app_context(), pytest.raises(KeyboardInterrupt):
        run(trial_job(app, interrupted))
    row = last_run(app)
    assert row.last_error == "stopped"
    with app.app_context():
        assert run(trial_job(app), only_if_due=True) == "", "and taken up again by the next process"


def titles(app: Flask) -> list[str]:
    with app.app_context():
        return list(db.session.scalars(select(Post.title).order_by(Post.id)))


def three_posts(app: Flask) -> None:
    with app.app_context(), unit_of_work():
        for title in ("one", "two", "three"):
            factories.post(title=title)


def test_each_record_is_done_alone_so_that_one_failure_costs_one_record(app: Flask) -> None:
    three_posts(app)

    def shout(post: Post) -> None:
        post.title = post.title.upper()
        db.session.flush()
        if post.title == "TWO":
            raise NotApplicable("Not this one.")

    with app.app_context(), pytest.raises(SomeFailed, match="1 of 3 failed; the first: Not this one."):
        each_alone(select(Post), shout)
    assert titles(app) == ["ONE", "two", "THREE"]


def test_a_record_that_does_not_fit_any_more_when_its_turn_comes_is_passed_over(app: Flask) -> None:
    three_posts(app)

    def rename_all(post: Post) -> None:
        for each in db.session.scalars(select(Post)):
            each.title = f"{each.title} again"

    with app.app_context():
        assert each_alone(select(Post).where(~Post.title.endswith("again")), rename_all) == 1
    assert titles(app) == ["one again", "two again", "three again"]
