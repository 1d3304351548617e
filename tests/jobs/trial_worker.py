"""A worker whose jobs only write down that they ran: `celery -A tests.jobs.trial_worker worker`."""

from __future__ import annotations

import os
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from backoffice import create_app
from backoffice.jobs import init_jobs, progress, workers
from backoffice.jobs.schedule import every, job, planned

house = create_app()
FOLDER = Path(house.config["INSTANCE"])


def note(name: str, line: str = "") -> None:
    """Write down when and in which process."""
    with (FOLDER / name).open("a") as file:
        file.write(f"{time.time():.3f} {os.getpid()} {line}\n")


@job(may=())
def tick(actor: Any) -> None:
    """Be short."""
    note("tick")


@job(may=())
def patient(actor: Any) -> None:
    """Go on until asked to stop."""
    note("patient", "begins")
    for _moment in range(600):
        if progress.is_cancelled():
            note("patient", "hears")
            return
        time.sleep(0.1)


@job(may=())
def deaf(actor: Any) -> None:
    """Go on, whoever asks for an end."""
    note("deaf", "begins")
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            time.sleep(1)
        except Exception:
            note("deaf", "interrupted")


@job(may=(), at_once=True)
def shared(actor: Any) -> None:
    """Be done by several at once."""
    note("shared", "begins")
    time.sleep(4)
    note("shared", "ends")


KNOWN = {
    "tick": planned(tick, every(seconds=1)),
    "patient": planned(patient, every(seconds=1)),
    "deaf": planned(deaf, every(seconds=1), longest=timedelta(seconds=1)),
    "shared": planned(shared, every(hours=1), lane="mail"),
}
init_jobs(house, [KNOWN[name] for name in (FOLDER / "jobs").read_text().split()])
workers.UNTIL_INTERRUPTED, workers.UNTIL_KILLED = timedelta(seconds=1), timedelta(seconds=2)
app = workers.equip(house)
