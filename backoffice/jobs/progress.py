"""What a job says while it runs: how far it is, and whether it should stop.

    for done, record in enumerate(records):
        if progress.is_cancelled():
            break
        ...
        progress.report(done + 1, len(records))

Outside a job both do nothing. Neither touches the database, so that they can be called as often as one likes and in the
middle of a transaction; the heartbeat of the run writes down what was said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

LONGEST_NOTE = 200


@dataclass
class Progress:
    """How far one run is, and who may stop it."""

    is_stopping: Callable[[], bool] = lambda: False
    done: int = 0
    total: int = 0
    note: str = ""
    #: Somebody wants it to stop, or it took too long, or another process is at it by now.
    is_asked_to_stop: bool = False
    #: The job has asked whether it should stop, and was told so.
    has_heard: bool = False


_present: ContextVar[Progress | None] = ContextVar("progress", default=None)


def report(done: int, total: int = 0, note: str = "") -> None:
    """Say how much is done, of how much (0 if nobody knows), and with what at present in a few words."""
    if (run := _present.get()) is not None:
        run.done, run.total, run.note = done, total, note[:LONGEST_NOTE]


def is_cancelled() -> bool:
    """Whether the job should come to an end: somebody stopped it, the server stops, or it takes too long."""
    if (run := _present.get()) is None or not (run.is_asked_to_stop or run.is_stopping()):
        return False
    run.has_heard = True
    return True


@contextmanager
def reporting(run: Progress) -> Iterator[None]:
    """Inside, what is said belongs to this run."""
    token = _present.set(run)
    try:
        yield
    finally:
        _present.reset(token)
