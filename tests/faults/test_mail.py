"""Reminders and mail while processes are killed, connections are cut, and the disk is full.

Small runs of `benchmarks.mail`, which has the large ones.
"""

from __future__ import annotations

import os
import resource
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.mail import deliver
from benchmarks.mail_hands import ByCelery, Catcher, Embedded, House
from tests import databases as dbs
from tests import postgres
from tests.brokers import broker, brokers  # noqa: F401  fixtures
from tests.services import Broker
from tests.workers import wait_for

pytestmark = pytest.mark.xdist_group("faults")

MAILS, KILLS = 200, 5
#: A process takes up what another left after half a minute; starting one on a busy machine takes as long.
LIMIT = 150


@pytest.fixture
def catcher(tmp_path: Path) -> Iterator[Catcher]:
    """A mail server that takes everything."""
    made = Catcher(tmp_path)
    yield made
    made.close()


@pytest.mark.both_databases
def test_nothing_is_lost_and_nothing_renamed_when_servers_are_killed(
    databases: dbs.Databases, database_kind: str, tmp_path: Path
) -> None:
    house = House(databases, database_kind, tmp_path, MAILS)
    result, _told = deliver(house, tmp_path, Embedded, LIMIT, KILLS)
    assert result.kills > 0
    assert (result.lost, result.renamed) == (0, 0)
    assert result.twice <= result.kills


@pytest.mark.parametrize("broker", ["redis"], indirect=True)
def test_nothing_is_lost_and_nothing_renamed_when_processes_of_a_worker_are_killed(
    databases: dbs.Databases,
    tmp_path: Path,
    broker: Broker,  # noqa: F811
) -> None:
    house = House(databases, dbs.POSTGRESQL, tmp_path, MAILS)
    result, _told = deliver(house, tmp_path, lambda house, **more: ByCelery(house, broker, **more), LIMIT, KILLS)
    assert result.kills > 0
    assert (result.lost, result.renamed) == (0, 0)
    assert result.twice <= result.kills


def test_after_every_connection_to_the_database_was_cut_mail_goes_on_by_itself(
    databases: dbs.Databases, tmp_path: Path, catcher: Catcher
) -> None:
    house = House(databases, dbs.POSTGRESQL, tmp_path, MAILS)
    house.settings["MAIL_URL"] = f"smtp://127.0.0.1:{catcher.port}"
    with hired(house) as hands:
        hands.go()
        wait_for(lambda: catcher.count() > 5, 60)
        for _time in range(4):
            cut(databases)
            time.sleep(0.5)
        wait_for(lambda: catcher.count() >= MAILS, 30 + 30)
    assert len({subject for *_rest, subject in catcher.caught()}) == MAILS


def test_while_the_database_is_restarted_mail_waits_and_goes_on_by_itself(tmp_path: Path, catcher: Catcher) -> None:
    server = own_server()
    try:
        house = House(dbs.Databases("restarted", lambda: server.address), dbs.POSTGRESQL, tmp_path, MAILS)
        house.settings["MAIL_URL"] = f"smtp://127.0.0.1:{catcher.port}"
        with hired(house) as hands:
            hands.go()
            wait_for(lambda: catcher.count() > 5, 60)
            server.restart(seconds_away=3)
            wait_for(lambda: catcher.count() >= MAILS, 30)
            assert all(process.poll() is None for process in hands.processes)
    finally:
        server.stop()
    caught = catcher.caught()
    assert len(caught) == len({subject for *_rest, subject in caught}) == MAILS, "none lost, none twice"


def test_a_disk_that_is_full_loses_no_mail_and_mail_goes_on_within_half_a_minute_of_room(
    databases: dbs.Databases, tmp_path: Path
) -> None:
    house = House(databases, dbs.SQLITE, tmp_path, 30)
    folder = tmp_path / "letters"
    house.settings["MAIL_URL"] = f"file:{folder}"
    with hired(house) as hands:
        for process in hands.processes:
            # No file may grow at all, as if nothing were left.
            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
        hands.go()
        time.sleep(6)
        assert not list(folder.glob("*.eml"))
        assert all(process.poll() is None for process in hands.processes)
        assert sent(house) == 0, "what was not written was not sent"
        for process in hands.processes:
            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        wait_for(lambda: len(list(folder.glob("*.eml"))) == 30, 30)
        wait_for(lambda: sent(house) == 30, 10)


def own_server() -> postgres.PostgresServer:
    """A server that keeps what it is told, for this test alone."""
    try:
        return postgres.PostgresServer(durable=True)
    except postgres.Unavailable as error:
        if os.environ.get("REQUIRE_SERVICES") == "1":
            pytest.fail(f"PostgreSQL is required: {error}")
        pytest.skip(f"PostgreSQL: {error}")


class hired:
    """Embedded runners for reminders and mail, for as long as the block."""

    def __init__(self, house: House) -> None:
        self.hands = Embedded(house, MAIL_JOBS="send-reminders,send-mail")

    def __enter__(self) -> Embedded:
        return self.hands

    def __exit__(self, *_error: object) -> None:
        self.hands.close()


def cut(databases: dbs.Databases) -> None:
    """End every session of the server but this one."""
    with postgres.server_session(databases._address()) as session:
        session.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname LIKE 'test_%'")


def sent(house: House) -> int:
    """How many mails are written down as sent."""
    with sqlite3.connect(house.url.removeprefix("sqlite:///"), timeout=10) as connection:
        return int(connection.execute("SELECT count(*) FROM outbox WHERE status = 'sent'").fetchone()[0])
