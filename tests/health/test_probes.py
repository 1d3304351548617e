"""What machines ask the house, with and without a database, a disk and a right to know."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from backoffice.foundation import clock
from backoffice.foundation.database import db, unit_of_work
from backoffice.mail.models import MailPause, Trouble
from backoffice.records.job_runs import JobRun
from tests import factories

pytestmark = pytest.mark.both_databases
PROBES = ("/healthz", "/readyz", "/metrics")


def numbers(app: Flask, **how: Any) -> dict[str, float]:
    """What `/metrics` says, by name and labels."""
    answer = app.test_client().get("/metrics", **how)
    assert answer.status_code == 200
    lines = [line for line in answer.text.splitlines() if not line.startswith("#")]
    return {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1]) for line in lines}


@pytest.mark.parametrize("address", PROBES)
def test_a_probe_is_answered_without_a_session_and_never_kept(app: Flask, address: str) -> None:
    answer = app.test_client().get(address)
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_house_in_order_is_ready(app: Flask) -> None:
    found = app.test_client().get("/readyz").get_json()
    assert found["status"] == "ready"
    assert found["reasons"] == []
    assert found["checks"] == {"database": True, "schema": True, "disk": True, "mail": "ok"}


def test_a_database_that_lacks_a_migration_makes_the_house_unready_and_it_lives_on(app: Flask) -> None:
    with app.app_context(), db.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '20260101_0000'")
    answer = app.test_client().get("/readyz")
    assert answer.status_code == 503
    assert answer.get_json()["reasons"] == ["The database is not up to date; run flask db upgrade."]
    assert app.test_client().get("/healthz").status_code == 200


def test_a_database_that_does_not_answer_is_told_without_its_address(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sqlalchemy.exc import OperationalError

    def refuse(*_args: Any, **_how: Any) -> None:
        raise OperationalError("SELECT 1", {}, Exception("no route to db-7.paper.org"))

    monkeypatch.setattr("sqlalchemy.engine.Engine.connect", refuse)
    answer = app.test_client().get("/readyz")
    assert answer.status_code == 503
    assert answer.get_json()["reasons"] == ["The database does not answer."]
    assert "paper.org" not in answer.text
    assert app.test_client().get("/healthz").status_code == 200


def test_a_disk_that_cannot_be_written_to_is_told_without_its_path(app: Flask, tmp_path: Path) -> None:
    app.instance_path = str(tmp_path / "gone")
    answer = app.test_client().get("/readyz")
    assert answer.status_code == 503
    assert answer.get_json()["reasons"] == ["The disk cannot be written to."]
    assert os.fspath(tmp_path) not in answer.text


def test_a_mail_server_that_is_away_is_told_and_takes_no_server_out_of_service(app: Flask) -> None:
    with app.app_context(), unit_of_work():
        db.session.add(MailPause(id=1, why=Trouble.AWAY, next_at=clock.now()))
    answer = app.test_client().get("/readyz")
    assert answer.status_code == 200
    assert answer.get_json()["checks"]["mail"] == "paused"
    assert numbers(app)["backoffice_outbox_paused"] == 1


def test_the_numbers_tell_when_a_job_ended_since_when_it_fails_and_that_it_is_paused(app: Flask) -> None:
    now = clock.now()
    with app.app_context(), unit_of_work():
        row = JobRun(name="send-mail", last_finished_at=now, failing_since=now - timedelta(minutes=5), paused_at=now)
        db.session.add(row)
    found = numbers(app)
    assert found['backoffice_job_last_end_timestamp_seconds{job="send-mail"}'] == pytest.approx(now.timestamp(), abs=1)
    assert 300 <= found['backoffice_job_failing_seconds{job="send-mail"}'] < 330
    assert found['backoffice_job_paused{job="send-mail"}'] == 1


def test_the_numbers_tell_of_mail_that_waits_and_how_long(app: Flask) -> None:
    assert numbers(app)['backoffice_outbox_mails{state="waiting"}'] == 0
    with app.app_context(), unit_of_work():
        factories.mail(created_at=clock.now() - timedelta(hours=1))
    found = numbers(app)
    assert found['backoffice_outbox_mails{state="waiting"}'] == 1
    assert 3600 <= found["backoffice_outbox_oldest_waiting_seconds"] < 3660


@pytest.mark.parametrize(
    ("how", "is_let_in"),
    [
        ({"environ_base": {"REMOTE_ADDR": "127.0.0.1"}}, True),
        ({"environ_base": {"REMOTE_ADDR": "::1"}}, True),
        ({"environ_base": {"REMOTE_ADDR": "203.0.113.9"}}, False),
        ({"headers": {"X-Forwarded-For": "203.0.113.9"}}, False),
        ({"headers": {"X-Forwarded-For": "127.0.0.1"}}, False),
        ({"environ_base": {"REMOTE_ADDR": ""}}, False),
    ],
    ids=["this machine", "this machine by IPv6", "another", "behind a proxy", "who says it is this machine", "nobody"],
)
def test_without_a_token_the_numbers_are_for_this_machine(app: Flask, how: dict[str, Any], is_let_in: bool) -> None:
    assert app.test_client().get("/metrics", **how).status_code == (200 if is_let_in else 404)


@pytest.mark.parametrize(
    ("given", "is_let_in"), [("Bearer sesame", True), ("Bearer Sesame", False), ("Bearer ", False), ("", False)]
)
def test_with_a_token_the_numbers_are_for_whoever_brings_it(
    make_app: Callable[..., Flask], given: str, is_let_in: bool
) -> None:
    app = make_app(METRICS_TOKEN="sesame")
    far = {"REMOTE_ADDR": "203.0.113.9"}
    answer = app.test_client().get("/metrics", headers={"Authorization": given}, environ_base=far)
    assert answer.status_code == (200 if is_let_in else 404)


def test_asking_often_is_never_refused(app: Flask) -> None:
    browser = app.test_client()
    assert {browser.get("/healthz").status_code for _time in range(300)} == {200}
