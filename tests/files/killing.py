"""A process that dies by SIGKILL at a chosen moment of a change of files, so that nothing of ours can clean up."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session

from backoffice.foundation.database import db

#: What touches the names on a disk.
TOUCHING = ("link", "rename", "replace", "unlink", "mkdir")
KILLED = -signal.SIGKILL


def killed_at(moment: int, act: Callable[[], Any]) -> bool:
    """Do it in a copy of this process that dies at that moment, counted from 1; False if it ended before.

    There is a moment before and after each commit, and before and after each call that changes a name on the disk.
    """
    db.session.rollback()
    db.session.remove()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            # The connections are the parent's; the copy opens its own.
            db.engine.dispose(close=False)
            _count_down(moment)
            act()
            status = 0
        finally:
            os._exit(status)
    _child, ended = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(ended) in (0, KILLED), "the act failed by itself"
    return os.waitstatus_to_exitcode(ended) == KILLED


def _count_down(moment: int) -> None:
    left = [moment]

    def tick(*_arguments: Any) -> None:
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def ticking(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            tick()
            result = function(*arguments, **options)
            tick()
            return result

        return call

    for name in TOUCHING:
        setattr(os, name, ticking(getattr(os, name)))
    event.listen(Session, "before_commit", tick)
    event.listen(Session, "after_commit", tick)
