"""Steps of an import: each succeeds as a whole or leaves nothing, and many of them are one unit of work."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError

from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.errors import DomainError
from backoffice.foundation.i18n import _
from backoffice.imports.outcome import Outcome

#: A unit of work ends after so many steps, or so many characters of text, whichever comes first.
_STEPS, _CHARACTERS = 100, 4_000_000


@dataclass(frozen=True)
class Step:
    """What is done, and what is counted as left out if that is refused; `size` is the characters it keeps in memory.

    `parts` are smaller steps that do the same together: one that is refused does not take the others with it.
    """

    act: Callable[[Outcome], None]
    refused: Callable[[Outcome, str], None]
    size: int = 0
    parts: Callable[[], list[Step]] = list


def take_steps(steps: Iterable[Step], outcome: Outcome, *, after_refusal: Callable[[], None]) -> None:
    """Take all steps, committing again and again; `outcome` counts what has been committed.

    What the domain or the database refuses is left out, and `after_refusal` is called. Any other error is raised, and
    what was committed before stays.
    """
    for chunk in _chunks(steps):
        done = Outcome()
        with unit_of_work():
            for step in chunk:
                _take(step, done, after_refusal)
        outcome.add(done)
        # The records of one chunk are of no use to the next, and a file may have millions.
        db.session.expunge_all()


def _take(step: Step, done: Outcome, after_refusal: Callable[[], None]) -> None:
    counts = Outcome()
    try:
        with db.session.begin_nested():
            step.act(counts)
    except DomainError as error:
        reason = str(error.message)
    except DBAPIError as error:
        if not _is_about_the_values(error):
            raise
        reason = _("the database cannot hold it")
    else:
        done.add(counts)
        return
    after_refusal()
    parts = step.parts()
    if len(parts) > 1:
        for part in parts:
            _take(part, done, after_refusal)
    else:
        step.refused(done, reason)


def _chunks(steps: Iterable[Step]) -> Iterator[list[Step]]:
    chunk: list[Step] = []
    size = 0
    for step in steps:
        chunk.append(step)
        size += step.size
        if len(chunk) >= _STEPS or size >= _CHARACTERS:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _is_about_the_values(error: DBAPIError) -> bool:
    """Whether the database refuses what was given to it, rather than being unable to work.

    Class 54 are PostgreSQL's own limits, such as the size of a list of words for searching.
    """
    return isinstance(error, DataError | IntegrityError) or str(getattr(error.orig, "sqlstate", "")).startswith("54")
