"""Workers and beats as processes of their own, as an administrator would start them.

`tests.jobs.trial_worker` gives them a timetable of harmless jobs that write down when they ran; with the module
`backoffice.worker` they have that of the house.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.services import die_with_parent, end_group

ROOT = Path(__file__).resolve().parents[1]
HOUSE, TRIAL = "backoffice.worker", "tests.jobs.trial_worker"


class Started:
    """A process in a group of its own, and what it said."""

    def __init__(self, folder: Path, name: str, command: list[str], settings: dict[str, str]) -> None:
        self.log = folder / f"{name}.log"
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("COV_")}
        given = {f"BACKOFFICE_{key}": value for key, value in settings.items()}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command,
                cwd=ROOT,
                # A worker that runs as root says a page about it.
                env={**inherited, "C_FORCE_ROOT": "1", "PYTHONUNBUFFERED": "1", **given},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=die_with_parent if sys.platform == "linux" else None,
            )

    def said(self) -> str:
        """All it has written so far."""
        return self.log.read_text(errors="replace")

    def children(self) -> list[int]:
        """The numbers of its processes."""
        try:
            told = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        except OSError:
            return []
        return [int(number) for number in told.split()]

    def end(self, patience: float = 20) -> int:
        """Ask it to end, and say with what code it did; what is left of its group is killed."""
        end_group(self.process, patience)
        return int(self.process.returncode)

    def kill(self) -> None:
        """Kill the whole group at once, as a machine that loses its power does."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


class Workshop:
    """Starts workers and beats over one set of settings, and ends all of them."""

    def __init__(self, folder: Path, module: str, **settings: str) -> None:
        self.folder, self.module, self.settings = folder, module, settings
        self._started: list[Started] = []

    def worker(self, *options: str) -> Started:
        """A worker that has begun to listen."""
        started = self.begin("worker", "--without-gossip", "--without-mingle", *options)
        wait_for(lambda: "ready." in started.said(), 60, started.said)
        return started

    def beat(self) -> Started:
        """A beat."""
        return self.begin("beat", "--pidfile=")

    def begin(self, kind: str, *options: str) -> Started:
        """Any of the two, without waiting."""
        command = [sys.executable, "-m", "celery", "-A", self.module, kind, *options]
        name = f"{kind}-{time.monotonic_ns()}"
        return self.add(Started(self.folder, name, command, self.settings))

    def add(self, started: Started) -> Started:
        """Have something else ended with the others."""
        self._started.append(started)
        return started

    def close(self) -> None:
        """End all, in the way nothing survives."""
        for started in self._started:
            started.kill()


@contextlib.contextmanager
def workshop(folder: Path, module: str, **settings: str) -> Iterator[Workshop]:
    """A workshop for as long as the block."""
    made = Workshop(folder, module, **settings)
    try:
        yield made
    finally:
        made.close()


def wait_for(condition: Callable[[], Any], seconds: float = 30, told: Callable[[], str] = lambda: "") -> Any:
    """Wait until the condition holds and return what it said; fails after so many seconds with what is told."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if value := condition():
            return value
        time.sleep(0.05)
    raise AssertionError(f"not within {seconds:g} s\n{told()[-3000:]}")
