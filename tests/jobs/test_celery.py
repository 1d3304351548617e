"""The jobs on workers, woken by Redis and by RabbitMQ, over PostgreSQL."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from backoffice.jobs.broker import Waker
from backoffice.jobs.scheduler import start_scheduler
from tests import databases as dbs
from tests.applications import build
from tests.brokers import broker, brokers  # noqa: F401  fixtures
from tests.services import Broker
from tests.workers import TRIAL, Workshop, wait_for

pytestmark = pytest.mark.xdist_group("brokers")

Open = Callable[..., Workshop]


@pytest.fixture
def url(databases: dbs.Databases) -> Iterator[str]:
    """A database of PostgreSQL."""
    made = databases.fresh(dbs.POSTGRESQL)
    yield made
    databases.drop(made)


@pytest.fixture
def open_workshop(url: str, tmp_path: Path, broker: Broker) -> Iterator[Open]:  # noqa: F811
    """Opens a workshop with some jobs of the trial; keywords are settings."""
    opened: list[Workshop] = []

    def open(*jobs: str, **settings: str) -> Workshop:
        (tmp_path / "jobs").write_text(" ".join(jobs))
        given = {"DATABASE_URL": url, "BROKER_URL": broker.url, "INSTANCE": str(tmp_path), **settings}
        opened.append(Workshop(tmp_path, TRIAL, **given))
        return opened[-1]

    yield open
    for each in opened:
        each.close()


@pytest.fixture
def server(url: str, tmp_path: Path, broker: Broker) -> Iterator[Flask]:  # noqa: F811
    """An application as a server has it: it only wakes."""
    app = build(url, tmp_path, BROKER_URL=broker.url)
    yield app
    if scheduler := app.extensions.get("scheduler"):
        scheduler.stop()
    dbs.close(app)


def noted(folder: Path, name: str) -> list[str]:
    """The lines a job of the trial has written."""
    return (folder / name).read_text().splitlines() if (folder / name).exists() else []


def moments(folder: Path, name: str) -> list[float]:
    """When it ran."""
    return [float(line.split()[0]) for line in noted(folder, name)]


def test_workers_run_what_is_due_however_many_beats_and_workers_there_are(open_workshop: Open, tmp_path: Path) -> None:
    here = open_workshop("tick")
    for _number in range(2):
        here.beat()
        here.worker("--concurrency=2")
    wait_for(lambda: len(moments(tmp_path, "tick")) >= 5, 30)
    ran = moments(tmp_path, "tick")
    assert min(after - before for before, after in zip(ran, ran[1:], strict=False)) > 0.9, "each was run once"


def test_after_the_broker_was_away_worker_and_beat_go_on_by_themselves(
    open_workshop: Open,
    tmp_path: Path,
    broker: Broker,  # noqa: F811
) -> None:
    here = open_workshop("tick")
    worker, beat = here.worker("--concurrency=2"), here.beat()
    wait_for(lambda: noted(tmp_path, "tick"), 30, worker.said)
    broker.stop()
    time.sleep(5)
    broker.start()
    back = time.time()
    wait_for(lambda: moments(tmp_path, "tick")[-1] > back, 30, worker.said)
    assert worker.process.poll() is None and beat.process.poll() is None


def test_a_worker_that_starts_before_its_broker_waits_for_it(
    open_workshop: Open,
    tmp_path: Path,
    broker: Broker,  # noqa: F811
) -> None:
    here = open_workshop("tick")
    broker.stop()
    try:
        worker = here.begin("worker", "--concurrency=1", "--without-gossip", "--without-mingle")
        here.beat()
        wait_for(lambda: "Cannot connect" in worker.said(), 30, worker.said)
    finally:
        broker.start()
    wait_for(lambda: noted(tmp_path, "tick"), 30, worker.said)


def test_the_password_of_the_broker_stands_in_no_log(
    open_workshop: Open,
    tmp_path: Path,
    broker: Broker,  # noqa: F811
) -> None:
    kind, _sign, place = broker.url.partition("://")
    here = open_workshop("tick", BROKER_URL=f"{kind}://guest:kept-to-ourselves@{place.rpartition('@')[2]}")
    worker, beat = here.begin("worker", "--concurrency=1"), here.beat()
    wait_for(lambda: "Cannot connect" in worker.said() or "rror" in worker.said(), 30, worker.said)
    wait_for(lambda: "broker is away" in beat.said(), 30, beat.said)
    assert "kept-to-ourselves" not in worker.said() + beat.said()


def test_a_worker_that_is_stopped_lets_its_job_come_to_an_end_soon(open_workshop: Open, tmp_path: Path) -> None:
    here = open_workshop("patient")
    here.beat()
    worker = here.worker("--concurrency=2")
    wait_for(lambda: noted(tmp_path, "patient"), 30, worker.said)
    before = time.monotonic()
    assert worker.end() == 0
    assert time.monotonic() - before < 10
    assert noted(tmp_path, "patient")[-1].endswith("hears")


def test_a_job_that_does_not_hear_is_interrupted_and_then_killed_and_others_go_on(
    open_workshop: Open, tmp_path: Path
) -> None:
    here = open_workshop("deaf", "tick")
    worker = here.worker("--concurrency=3")
    here.beat()
    wait_for(lambda: any(line.endswith("interrupted") for line in noted(tmp_path, "deaf")), 30, worker.said)
    wait_for(lambda: "Hard time limit" in worker.said(), 30, worker.said)
    killed = time.time()
    wait_for(lambda: moments(tmp_path, "tick")[-1] > killed, 30, worker.said)


def test_a_process_that_is_killed_costs_the_worker_nothing(open_workshop: Open, tmp_path: Path) -> None:
    here = open_workshop("tick")
    worker = here.worker("--concurrency=2")
    here.beat()
    for _time in range(3):
        count = len(wait_for(lambda: noted(tmp_path, "tick"), 30, worker.said))
        os.kill(int(noted(tmp_path, "tick")[-1].split()[1]), signal.SIGKILL)
        wait_for(lambda count=count: len(noted(tmp_path, "tick")) > count, 30, worker.said)


def test_a_wake_up_is_heard_at_once(open_workshop: Open, tmp_path: Path, server: Flask) -> None:
    here = open_workshop("shared")
    worker = here.worker("--concurrency=4")
    server.extensions["jobs"] = {"shared": _shared()}
    waker = start_scheduler(server)
    assert isinstance(waker, Waker)
    for _time in range(2):
        waker.wake("mail")
        count = len(noted(tmp_path, "shared"))
        wait_for(lambda count=count: len(noted(tmp_path, "shared")) > count, 5, worker.said)
    wait_for(lambda: len(noted(tmp_path, "shared")) == 4, 10, worker.said)
    endings = [line.split()[2] for line in noted(tmp_path, "shared")]
    assert endings == ["begins", "begins", "ends", "ends"], "two processes were at it at once"


def test_work_of_one_kind_never_takes_all_processes(open_workshop: Open, tmp_path: Path, server: Flask) -> None:
    here = open_workshop("shared", "tick")
    worker = here.worker("--concurrency=2")
    here.beat()
    wait_for(lambda: noted(tmp_path, "tick"), 30, worker.said)
    server.extensions["jobs"] = {"shared": _shared()}
    waker = start_scheduler(server)
    for _time in range(8):
        waker.wake("mail")
        time.sleep(0.1)
    wait_for(lambda: len(noted(tmp_path, "shared")) >= 2, 20, worker.said)
    assert [line.split()[2] for line in noted(tmp_path, "shared")[:2]] == ["begins", "ends"]
    begun, ended = moments(tmp_path, "shared")[:2]
    assert any(begun < moment < ended for moment in moments(tmp_path, "tick"))


def _shared() -> object:
    from datetime import timedelta

    from backoffice.jobs.schedule import Every, Job

    def shared(actor: object) -> None:
        """Be done by several at once."""

    return Job(shared, (), at_once=True, rhythm=Every(timedelta(hours=1)), lane="mail")


@pytest.mark.parametrize("kind", ["redis", "amqp"])
@pytest.mark.parametrize("silent", [False, True])
def test_a_broker_that_is_away_neither_delays_nor_fails_what_wakes(
    kind: str, silent: bool, url: str, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        address = f"{kind}://127.0.0.1:{door.getsockname()[1]}"
        if not silent:
            door.close()
        app = build(url, tmp_path, BROKER_URL=address)
        waker = start_scheduler(app)
        try:
            before = time.monotonic()
            for _time in range(1000):
                waker.wake("mail")
            assert time.monotonic() - before < 0.5
        finally:
            before = time.monotonic()
            waker.stop()
            assert time.monotonic() - before < 5
            dbs.close(app)


def test_a_wake_up_that_could_not_be_sent_is_sent_when_the_broker_is_back(
    open_workshop: Open,
    tmp_path: Path,
    server: Flask,
    broker: Broker,  # noqa: F811
) -> None:
    server.extensions["jobs"] = {"shared": _shared()}
    waker = start_scheduler(server)
    broker.stop()
    try:
        waker.wake("mail")
        time.sleep(1)
    finally:
        broker.start()
    worker = open_workshop("shared").worker("--concurrency=2")
    wait_for(lambda: noted(tmp_path, "shared"), 20, worker.said)


def test_a_server_with_a_broker_runs_no_jobs_itself(server: Flask) -> None:
    import threading

    before = {thread.name for thread in threading.enumerate()}
    start_scheduler(server)
    assert {thread.name for thread in threading.enumerate()} == before
