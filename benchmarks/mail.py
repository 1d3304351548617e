"""What mail withstands, and how quick it is: `python -m benchmarks.mail`, and `--help` says what can be chosen.

Reminders that are due are told and mailed by four processes at once: embedded, on SQLite and PostgreSQL, and by Celery
on PostgreSQL, woken by Redis and by RabbitMQ. A catcher in a process of its own takes the mail; beside ours stands a
plain loop of smtplib over four connections with the same messages. Then the same with processes killed at marked
points: nothing may be lost, and a mail may come twice only where a process died, then with the same Message-ID. At last
the time it takes to find what is due among very many reminders.

Everything runs on servers of its own in temporary folders, and each part is given up after `--limit` seconds.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

if not __package__:  # called by its path
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from rich.console import Console
from rich.table import Table

from benchmarks.mail_hands import PROCESSES, WORKER, ByCelery, Catcher, Embedded, Hands, House, hang_up, ready, tell
from benchmarks.mail_worker import POINTS
from tests import databases as dbs
from tests import postgres
from tests.services import BROKERS
from tests.workers import ROOT

console = Console(width=120 if not sys.stdout.isatty() else None)


class TooLong(Exception):
    """A part took longer than it may; the message says which."""


@dataclass
class Result:
    """What came of one run."""

    mails: int
    caught: list[tuple[float, str, str, str]] = field(default_factory=list)
    seconds: float = 0.0
    kills: int = 0
    #: Seconds from the word to the first mail.
    first: float = 0.0

    @property
    def rate(self) -> float:
        """Mails a second."""
        return self.mails / self.seconds if self.seconds else 0.0

    @property
    def lost(self) -> int:
        """How many of the reminders nobody was told of."""
        return self.mails - len({subject for _at, _id, _to, subject in self.caught})

    @property
    def twice(self) -> int:
        """How many mails came more than they should have."""
        return len(self.caught) - len({subject for _at, _id, _to, subject in self.caught})

    @property
    def renamed(self) -> int:
        """How many of those that came twice had another Message-ID."""
        return len({id for _at, id, _to, _subject in self.caught}) - len({each[3] for each in self.caught})


def deliver(
    house: House, folder: Path, hire: Callable[..., Hands], limit: float, kills: int = 0
) -> tuple[Result, Result]:
    """Tell of all reminders, then mail; what came of both. With kills both at once, and the second is empty."""
    with ExitStack() as open_things:
        catcher = Catcher(folder)
        open_things.callback(catcher.close)
        house.settings["MAIL_URL"] = f"smtp://127.0.0.1:{catcher.port}"
        if kills:
            left = _kills(house.folder / "kills", kills)
            hands = hire(house, MAIL_JOBS="send-reminders,send-mail", MAIL_KILLS=str(left), MAIL_COUNT=str(house.mails))
            open_things.callback(hands.close)
            result = _run(hands, catcher, house.mails, limit, left)
            result.kills = kills - len(list(left.iterdir()))
            return result, Result(house.mails)
        told = Result(house.mails)
        hands = hire(house, MAIL_JOBS="send-reminders")
        try:
            hands.go()
            _until(lambda: _promised(house)[0] >= house.mails, limit, "telling", 0.5)
            told.seconds = _promised(house)[1]
        finally:
            hands.close()
        hands = hire(house, MAIL_JOBS="send-mail")
        open_things.callback(hands.close)
        return _run(hands, catcher, house.mails, limit), told


def _run(hands: Hands, catcher: Catcher, mails: int, limit: float, left: Path | None = None) -> Result:
    result = Result(mails)
    began, died = time.time(), 0
    hands.go()

    def is_done() -> bool:
        nonlocal died
        died += hands.watch()
        if catcher.count() < mails:
            return False
        return len({subject for *_rest, subject in catcher.caught()}) >= mails

    try:
        _until(is_done, limit, "mailing", 0.1 if left is None else 0.3)
    except TooLong as error:
        console.print(f"[red]{error}[/red]")
    # What would come twice comes now: after a kill when the lease has run out, else at once.
    time.sleep(2 if left is None else 35)
    hands.watch()
    result.caught = catcher.caught()
    moments = [at for at, *_rest in result.caught]
    # From the first to the last, as for the plain loop: how long a process takes to start is another figure.
    result.seconds = max(moments) - min(moments) if moments else 0.0
    result.first = min(moments, default=began) - began
    return result


def direct(house: House, folder: Path, mails: int) -> float:
    """Mails a second of a plain loop over as many connections."""
    catcher = Catcher(folder)
    processes = []
    try:
        words = ["direct", "127.0.0.1", str(catcher.port), str(mails // PROCESSES)]
        for _number in range(PROCESSES):
            processes.append(
                subprocess.Popen(
                    [sys.executable, "-m", WORKER, *words],
                    cwd=ROOT, env=house.environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                )
            )  # fmt: skip
        for process in processes:
            ready(process)
        for process in processes:
            tell(process)
        for process in processes:
            process.wait(600)
        assert catcher.count() == mails // PROCESSES * PROCESSES
        moments = [at for at, *_rest in catcher.caught()]
        return len(moments) / (max(moments) - min(moments))
    finally:
        for process in processes:
            process.kill()
            process.wait()
            hang_up(process)
        catcher.close()


def _promised(house: House) -> tuple[int, float]:
    """How many mails stand in the outbox, and how many seconds lie between the first and the last."""
    from sqlalchemy import create_engine, text

    engine = create_engine(house.url)
    try:
        with engine.connect() as connection:
            asked = "SELECT count(*), min(created_at), max(created_at) FROM outbox WHERE origin_kind = 'reminder'"
            count, first, last = connection.execute(text(asked)).one()
    finally:
        engine.dispose()
    if not count:
        return 0, 0.0
    if isinstance(first, str):
        first, last = datetime.fromisoformat(first), datetime.fromisoformat(last)
    return int(count), (last - first).total_seconds()


def _kills(folder: Path, count: int) -> Path:
    folder.mkdir()
    for number in range(count):
        (folder / f"{list(POINTS)[number % len(POINTS)]}-{number}").touch()
    return folder


def _until(condition: Callable[[], bool], limit: float, what: str, pause: float = 0.1) -> None:
    end = time.monotonic() + limit
    while not condition():
        if time.monotonic() > end:
            raise TooLong(f"{what} took longer than {limit:g} s and was given up")
        time.sleep(pause)


@contextmanager
def workplace() -> Iterator[tuple[Path, dbs.Databases]]:
    """A folder on a real disk, and databases that keep what they are told."""
    folder = Path(tempfile.mkdtemp(prefix="bo-mail-"))
    server = postgres.PostgresServer(durable=True)
    made = dbs.Databases("bench", lambda: server.address)
    shutil.rmtree(made.folder, ignore_errors=True)
    made.folder = folder / "databases"
    made.folder.mkdir()
    try:
        yield folder, made
    finally:
        made.close()
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def measure(ways: list[str], mails: int, kills: int, limit: float) -> Table:
    """One line for each way: rates, and what became of mails when processes were killed."""
    shown = Table(title=f"{mails:,} reminders, {PROCESSES} processes")
    for heading in (
        "way", "told/s", "mails/s", "direct/s", "share", "lost", "twice",
        "kills", "lost", "twice", "renamed", "s",
    ):  # fmt: skip
        shown.add_column(heading, justify="left" if heading == "way" else "right")
    with workplace() as (folder, made):
        for way in ways:
            kind = dbs.SQLITE if way == "sqlite" else dbs.POSTGRESQL
            with ExitStack() as open_things:
                hire: Callable[..., Hands] = Embedded
                if way in BROKERS:
                    broker = BROKERS[way]()
                    open_things.callback(broker.close)
                    hire = lambda house, broker=broker, **more: ByCelery(house, broker, **more)  # noqa: E731
                house = House(made, kind, folder, mails)
                result, told = deliver(house, folder, hire, limit)
                plain = direct(house, folder, mails)
                made.drop(house.url)
                second = House(made, kind, folder, mails)
                killed, _none = deliver(second, folder, hire, limit, kills) if kills else (Result(0), None)
                made.drop(second.url)
            shown.add_row(
                way, f"{told.rate:.0f}", f"{result.rate:.0f}", f"{plain:.0f}", f"{result.rate / plain:.2f}",
                str(result.lost), str(result.twice),
                str(killed.kills), str(killed.lost), str(killed.twice), str(killed.renamed), f"{killed.seconds:.0f}",
            )  # fmt: skip
            console.print(
                f"{way}: {told.rate:.0f} told/s, {result.rate:.0f} mails/s (the first after {result.first:.1f} s), "
                f"{plain:.0f}/s direct; {result.lost} lost, {result.twice} twice; "
                f"with {killed.kills} kills {killed.lost} lost, {killed.twice} twice, {killed.renamed} renamed",
                style="dim",
            )
    return shown


def picking(rows: int, limit: float) -> Table:
    """Milliseconds of finding what is due among many."""
    shown = Table(title=f"Finding what is due among {rows:,} reminders, medians in ms")
    for heading in ("database", "due", "is anything due?", "the first 250"):
        shown.add_column(heading, justify="left" if heading == "database" else "right")
    with workplace() as (folder, made):
        for kind in dbs.KINDS:
            house = House(made, kind, folder, 0)
            found = json.loads(house.run("pick", str(rows), "50", limit=limit))
            for due, took in found.items():
                shown.add_row(kind, due, f"{took['is_due']:.2f}", f"{took['due_ids']:.2f}")
            made.drop(house.url)
    return shown


def main() -> int:
    """Measure what was chosen and print tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    ways = ["sqlite", "postgresql", *BROKERS]
    parser.add_argument("--ways", default=",".join(ways), help=f"which of {','.join(ways)}")
    parser.add_argument("--mails", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--rows", type=int, default=1_000_000, help="reminders to pick from; 0 leaves that out")
    parser.add_argument("--limit", type=float, default=900, help="seconds after which a part is given up")
    chosen = parser.parse_args()
    if chosen.ways:
        console.print(measure(chosen.ways.split(","), chosen.mails, chosen.kills, chosen.limit))
    if chosen.rows:
        console.print(picking(chosen.rows, chosen.limit))
    return 0


if __name__ == "__main__":
    sys.exit(main())
