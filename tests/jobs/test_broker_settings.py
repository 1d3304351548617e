"""Settings about brokers: what is accepted, and what is refused in one plain sentence without the password."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from backoffice.jobs.broker import whereabouts
from config import SettingError, broker_url, cache_url, settings_from
from tests.workers import ROOT

POSTGRESQL = "postgresql+psycopg://desk@127.0.0.1/desk"
HIDDEN = "kept-to-ourselves"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "redis://127.0.0.1:6379/0",
        f"rediss://:{HIDDEN}@queue.paper.org:6380/1",
        f"amqp://desk:{HIDDEN}@queue.paper.org:5672//",
        "amqps://desk:p%40ss%2Fword@queue.paper.org/desk",
        "redis://[::1]:6379",
    ],
)
def test_the_addresses_of_brokers_are_taken(url: str) -> None:
    assert broker_url(url, POSTGRESQL) == url


@pytest.mark.parametrize(
    "url",
    [
        f"http://:{HIDDEN}@queue.paper.org",
        f"sqs://{HIDDEN}",
        f"{HIDDEN}@queue.paper.org",
        f"redis://:{HIDDEN}@queue.paper.org:port",
        f"redis://:{HIDDEN}@queue.paper.org/first",
        "redis://",
        "amqp:///desk",
    ],
)
def test_what_is_no_address_of_a_broker_is_refused_without_being_repeated(url: str) -> None:
    with pytest.raises(SettingError) as refusal:
        broker_url(url, POSTGRESQL)
    assert "BACKOFFICE_BROKER_URL" in refusal.value.message
    assert HIDDEN not in refusal.value.message


def test_a_cache_is_redis_or_memory() -> None:
    assert cache_url("redis://127.0.0.1:6379/1") and cache_url("memory://") and cache_url("") == ""
    with pytest.raises(SettingError, match="BACKOFFICE_CACHE_URL"):
        cache_url("amqp://127.0.0.1//")


@pytest.mark.parametrize("name", ["BROKER_URL", "CACHE_URL", "DATABASE_URL"])
def test_an_address_with_a_password_may_stand_in_a_file(name: str, tmp_path: Path) -> None:
    kept = tmp_path / "address"
    kept.write_text("redis://127.0.0.1/0\n")
    values = settings_from({f"BACKOFFICE_{name}_FILE": str(kept), "BACKOFFICE_INSTANCE": str(tmp_path)})
    assert values[name] == "redis://127.0.0.1/0"


@pytest.mark.parametrize(
    "command",
    [
        ["run.py"],
        ["-m", "gunicorn", "--check-config", "run:app"],
        ["-m", "celery", "-A", "backoffice.worker", "worker"],
        ["-m", "celery", "-A", "backoffice.worker", "beat"],
        ["-m", "flask", "jobs", "run", "send-mail"],
    ],
    ids=["server", "gunicorn", "worker", "beat", "command"],
)
def test_a_broker_beside_sqlite_is_refused_at_the_start(command: list[str], tmp_path: Path) -> None:
    done = started(command, tmp_path, BROKER_URL=f"redis://:{HIDDEN}@127.0.0.1:1/0")
    assert done.returncode != 0
    assert "BACKOFFICE_BROKER_URL needs PostgreSQL, and the database is SQLite." in done.stderr
    assert HIDDEN not in done.stderr + done.stdout
    if "gunicorn" not in command:
        assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize("kind", ["worker", "beat"])
def test_a_worker_without_a_broker_says_that_it_is_not_needed(kind: str, tmp_path: Path) -> None:
    done = started(["-m", "celery", "-A", "backoffice.worker", kind], tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("BACKOFFICE_BROKER_URL is not set") and len(done.stderr.splitlines()) == 1


def test_people_are_told_where_jobs_run_without_a_password(app: object) -> None:
    app.config["BROKER_URL"] = f"amqp://desk:{HIDDEN}@queue.paper.org:5672//"  # type: ignore[attr-defined]
    with app.test_request_context():  # type: ignore[attr-defined]
        said = whereabouts(app)  # type: ignore[arg-type]
    assert "RabbitMQ" in said and "queue.paper.org:5672" in said and HIDDEN not in said


def started(command: list[str], folder: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """What a command says with these settings, over SQLite."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("BACKOFFICE_", "COV_"))}
    given = {f"BACKOFFICE_{name}": value for name, value in settings.items()}
    return subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env={**kept, "BACKOFFICE_INSTANCE": str(folder), **given},
        capture_output=True,
        text=True,
        timeout=60,
    )
