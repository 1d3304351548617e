"""Who does the work that is measured: the mail server, the house with its reminders, and the processes at it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from tests import databases as dbs
from tests.services import Broker
from tests.workers import ROOT, Started, Workshop

PROCESSES = 4
WORKER = "benchmarks.mail_worker"
KEY = "a key for the measurement, long enough to be taken for a good one"


class Catcher:
    """The mail server, and what it has."""

    def __init__(self, folder: Path) -> None:
        self.notes = folder / f"caught-{time.monotonic_ns()}"
        self.notes.touch()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.mail_catcher", str(self.notes)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())

    def count(self) -> int:
        """How many lines there are."""
        return self.notes.read_bytes().count(b"\n")

    def caught(self) -> list[tuple[float, str, str, str]]:
        """Moment, Message-ID, reader and subject of each message."""
        parts = [line.split("\t") for line in self.notes.read_text().splitlines()]
        return [(float(at), id, to, subject) for at, id, to, subject in parts]

    def close(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait(10)
        if self._process.stdout is not None:
            self._process.stdout.close()


class House:
    """One database with reminders that are due, and the settings to work on it."""

    def __init__(self, made: dbs.Databases, kind: str, folder: Path, mails: int) -> None:
        self.kind, self.mails = kind, mails
        self.folder = folder / f"{kind}-{time.monotonic_ns()}"
        self.folder.mkdir()
        self.url = made.fresh(kind)
        self.settings = {
            "DATABASE_URL": self.url,
            "INSTANCE": str(self.folder),
            "SECRET_KEY": KEY,
            "BASE_URL": "https://desk.example.org",
            "MAIL_FROM": "desk@example.org",
            "LOG_LEVEL": "WARNING",
        }
        if mails:
            self.run("fill", str(mails))

    def environment(self, **more: str) -> dict[str, str]:
        """The variables of a process."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("BACKOFFICE_")}
        return {**kept, **{f"BACKOFFICE_{name}": value for name, value in self.settings.items()}, **more}

    def run(self, *words: str, limit: float = 900) -> str:
        """One part of the worker to its end; what it printed."""
        command = [sys.executable, "-m", WORKER, *words]
        done = subprocess.run(
            command, cwd=ROOT, env=self.environment(), stdout=subprocess.PIPE, text=True, timeout=limit, check=True
        )
        return done.stdout


class Embedded:
    """Processes with the embedded runner; one that dies is replaced, as a service manager would do it."""

    def __init__(self, house: House, **more: str) -> None:
        self.house, self.more = house, more
        self.log = (house.folder / "log").open("ab")
        self.processes = [self._begin() for _number in range(PROCESSES)]
        for process in self.processes:
            ready(process)

    def go(self) -> None:
        """Let them begin."""
        for process in self.processes:
            tell(process)

    def watch(self) -> int:
        """Replace those that died; how many they were."""
        died = 0
        for index, process in enumerate(self.processes):
            if process.poll() is not None:
                died += 1
                hang_up(process)
                self.processes[index] = self._begin()
                tell(self.processes[index])
        return died

    def close(self) -> None:
        """End all."""
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            hang_up(process)
        self.log.close()

    def _begin(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", WORKER, "work"],
            cwd=ROOT,
            env=self.house.environment(**self.more),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
        )


class ByCelery:
    """One worker with as many processes, and the beat."""

    def __init__(self, house: House, broker: Broker, **more: str) -> None:
        # It says when it is ready.
        settings = {**house.settings, "BROKER_URL": broker.url, "LOG_LEVEL": "INFO"}
        self._workshop = Workshop(house.folder, WORKER, **settings)
        os.environ.update(more)
        try:
            self._workshop.worker("--concurrency", str(PROCESSES), "--queues", "backoffice.mail")
            self._beat: Callable[[], Started] = self._workshop.beat
            self._environment = more
        except BaseException:
            self._workshop.close()
            raise
        finally:
            for name in more:
                del os.environ[name]

    def go(self) -> None:
        """Let it begin: the beat is what wakes it."""
        os.environ.update(self._environment)
        try:
            self._beat()
        finally:
            for name in self._environment:
                del os.environ[name]

    def watch(self) -> int:
        """It replaces its processes by itself."""
        return 0

    def close(self) -> None:
        """End it."""
        self._workshop.close()


Hands = Embedded | ByCelery


def ready(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    if process.stdout.readline().strip() != "ready":
        raise RuntimeError(f"a process did not begin; its log stands in its folder ({process.args!r})")


def tell(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    with suppress(BrokenPipeError):
        process.stdin.write("go\n")
        process.stdin.flush()


def hang_up(process: subprocess.Popen[str]) -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with suppress(OSError):
                pipe.close()
