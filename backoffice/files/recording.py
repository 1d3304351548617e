"""Changes of the shared files in the journal and in the trash."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from sqlalchemy import delete, select

from backoffice.files.attic import Attic
from backoffice.files.shared import the_files
from backoffice.files.steps import Log, Step, What
from backoffice.files.storage import Storage
from backoffice.foundation import clock
from backoffice.foundation.acting import present
from backoffice.foundation.database import db
from backoffice.records import journal
from backoffice.records.journal import Ending, Facts, OpenAction, Opened
from backoffice.records.trash import Trashed

#: What files are called in the trail and in the trash.
RESOURCE = "file"
#: Facts of a step that people read in the trail.
_TOLD = ("to", "size", "files", "folders", "sha256", "sha256_before", "kept")
#: What is kept without a row in the trash is left over from a purge that was cut off.
_LEFT_OVER = 30 * 24 * 3600.0


class FileWitness:
    """Knows what the disk is like; see `journal.Witness`."""

    def __init__(self, storage: Storage) -> None:
        self.storage = storage

    def alone(self) -> AbstractContextManager[None]:
        """Inside, nobody else changes a file."""
        return self.storage.alone()

    def found(self, opened: Opened) -> Ending:
        """Whether the step is done; what stands halfway is completed or cleared away."""
        return Ending(self.storage.happened(Step.of(opened.facts)))

    def told(self, facts: Facts) -> Facts:
        """Sizes, checksums, where it went, and under which number something is kept."""
        return {name: facts[name] for name in _TOLD if name in facts}

    def follow(self, opened: Opened, ending: Ending) -> None:
        """Put what is kept into the trash, and take out of it what was brought back."""
        step, attic = Step.of(opened.facts), self.storage.attic
        if attic is None:
            return
        if step.source and ending.is_done:
            db.session.execute(delete(Trashed).where(*_row_of(step.source)))
        if step.kept and attic.mark(step.kept):
            db.session.add(_trashed(opened, step))


def log_of(storage: Storage, name: Callable[[Step], str]) -> Log:
    """Write each step down as begun and as done or not done, under the name of the action that `name` gives it."""
    witness = FileWitness(storage)

    def log(step: Step) -> AbstractContextManager[None]:
        return journal.written_down(witness, f"{RESOURCE}.{name(step)}", step.path, step.facts())

    return log


def trash_row(number: int) -> Trashed | None:
    """The row for what is kept under the number."""
    return db.session.scalars(select(Trashed).where(*_row_of(number))).first()


def sweep_kept(attic: Attic, older_than: float = _LEFT_OVER) -> int:
    """Remove what is kept so many seconds and stands in no row any more; returns how many."""
    known: set[Any] = set(db.session.scalars(select(Trashed.target_id).where(Trashed.target_type == RESOURCE)))
    for facts in db.session.scalars(select(OpenAction.facts)):
        known |= {facts.get("kept"), facts.get("source")}
    horizon = clock.now().timestamp() - older_than
    left = [number for number in attic.numbers() if number not in known and attic.changed(number) < horizon]
    for number in left:
        attic.destroy(number)
    return len(left)


def install() -> None:
    """Let the journal ask the disk how actions ended."""
    journal.witnessed_by(RESOURCE, lambda: FileWitness(the_files()))


def _row_of(number: int) -> tuple[Any, ...]:
    return Trashed.target_type == RESOURCE, Trashed.target_id == number


def _trashed(opened: Opened, step: Step) -> Trashed:
    now = present()
    is_former = step.what != What.TAKE
    kept = {
        "path": step.path,
        "sha256": step.sha256_before if is_former else step.sha256,
        "is_dir": step.is_dir,
        "is_former": is_former,
    }
    return Trashed(
        target_type=RESOURCE,
        target_id=step.kept,
        title=step.path[: journal.LONGEST_TITLE],
        actor_id=opened.actor_id,
        actor_name=opened.actor_name,
        request_id=now.request_id[:20],
        kept=kept,
    )
