"""Dangerous things ask whoever does them in a browser to prove anew that it is still she.

A verb calls `ask_again()` where it is about to change something dangerous. Whether that is asked of anybody is known
where sessions are kept; commands and jobs have none, and are not asked.
"""

from __future__ import annotations

from collections.abc import Callable

_asks: list[Callable[[], bool]] = []


class ConfirmFirst(Exception):
    """The person has to prove that it is she before this is done; nothing was done yet.

    It is no `DomainError`, so that nobody takes it for one of several records that were left out.
    """


def ask_by(is_needed: Callable[[], bool]) -> None:
    """Learn from this function whether the present moment needs a proof; a second call replaces the first."""
    _asks[:] = [is_needed]


def ask_again() -> None:
    """Raise ConfirmFirst where a proof is needed."""
    if any(is_needed() for is_needed in _asks):
        raise ConfirmFirst
