"""How changes of files are taken back: by the same few changes the other way round, within the same reach.

Nothing is touched before what is about to happen is committed. It is looked at twice therefore: when somebody asks, so
that a refusal is an answer, and at the disk, where something may have come between.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from backoffice.files.errors import NameTaken
from backoffice.files.operations import check_below, check_reach, disk_in_words
from backoffice.files.recording import RESOURCE, FileWitness
from backoffice.files.shared import the_files
from backoffice.files.steps import Log, Step, What
from backoffice.files.storage import Storage
from backoffice.foundation.acting import acting
from backoffice.foundation.database import after_commit
from backoffice.foundation.errors import DomainError, NotApplicable, NotFound
from backoffice.foundation.i18n import _l
from backoffice.foundation.permissions import Can
from backoffice.records import journal
from backoffice.records.audit import AuditEntry
from backoffice.records.undoing import undo_noted

TooLate = Callable[[str], None]


def install() -> None:
    """Tell the undoing how."""
    undo_noted("file.upload", _remove)
    undo_noted("file.make_folder", _remove)
    undo_noted("file.restore", _remove)
    undo_noted("file.rename", _shift_back)
    undo_noted("file.move", _shift_back)
    undo_noted("file.delete", _bring_back)
    undo_noted("file.overwrite", _revert)
    undo_noted("file.edit", _revert)
    undo_noted("file.revert", _revert)


def promise(
    storage: Storage, verb: str, step: Step, do: Callable[[Log], Any], *, actor: Any, too_late: TooLate
) -> None:
    """Write down that the step is begun, and do it once that is committed. Never commits by itself."""
    witness = FileWitness(storage)
    with acting(actor=actor):
        opened = journal.begin(witness, f"{RESOURCE}.{verb}", step.path, step.facts())

    def keep() -> None:
        try:
            with disk_in_words():
                do(lambda actual: journal.continued(witness, opened, actual.facts()))
        except DomainError as refusal:
            reason = str(refusal.message)
            journal.give_up(witness, opened, reason)
            too_late(reason)

    after_commit(keep)


def promise_back(storage: Storage, number: int, path: str, *, actor: Any, too_late: TooLate) -> None:
    """Bring back what is kept under the number, to the path. Raises DomainError where that cannot be."""
    check_below(actor, Can.FILE_DELETE, path)
    check_reach(actor, Can.FILE_EDIT, _folder_of(path))
    mark = storage.attic.mark(number) if storage.attic and number else ""
    if storage.attic is None or not mark:
        raise NotApplicable(_l("It is not in the trash any more."))
    refuse_without_folder(storage, path)
    _refuse_taken(storage, path)
    step = Step(What.BRING, path, sha256=mark, source=number, is_dir=storage.attic.is_dir(number))
    promise(
        storage,
        "restore",
        step,
        lambda log: storage.restore(number, path, log=log),
        actor=actor,
        too_late=too_late,
    )


def refuse_without_folder(storage: Storage, path: str) -> None:
    """Raise NotApplicable if the folder in which the path lies is gone."""
    folder = _folder_of(path)
    try:
        is_there = not folder or storage.entry(folder).is_dir
    except NotFound:
        is_there = False
    if not is_there:
        raise NotApplicable(_l("What it belonged to is not here any more. Bring that back first."))


def _remove(entry: AuditEntry, *, actor: Any, too_late: TooLate) -> None:
    storage, path = the_files(), _path(entry)
    check_below(actor, Can.FILE_DELETE, path)
    mark = _unchanged(storage, path, entry)
    step = Step(What.TAKE, path, sha256=mark)
    promise(
        storage,
        "delete",
        step,
        lambda log: storage.delete(path, recursive=True, expecting=mark, log=log),
        actor=actor,
        too_late=too_late,
    )


def _shift_back(entry: AuditEntry, *, actor: Any, too_late: TooLate) -> None:
    storage, before, now = the_files(), _path(entry), str(_fact(entry, "to") or "")
    check_below(actor, Can.FILE_EDIT, now)
    check_below(actor, Can.FILE_EDIT, before)
    mark = _unchanged(storage, now, entry)
    refuse_without_folder(storage, before)
    _refuse_taken(storage, before)
    folder, _slash, name = before.rpartition("/")
    if folder == _folder_of(now):
        verb, do = "rename", lambda log: storage.rename(now, name, expecting=mark, log=log)
    else:
        verb, do = "move", lambda log: storage.move(now, folder, expecting=mark, log=log)
    step = Step(What.SHIFT, now, to=before, sha256=mark)
    promise(storage, verb, step, do, actor=actor, too_late=too_late)


def _bring_back(entry: AuditEntry, *, actor: Any, too_late: TooLate) -> None:
    number = _fact(entry, "kept") or 0
    promise_back(the_files(), number, _path(entry), actor=actor, too_late=too_late)


def _revert(entry: AuditEntry, *, actor: Any, too_late: TooLate) -> None:
    storage, path, number = the_files(), _path(entry), _fact(entry, "kept") or 0
    check_reach(actor, Can.FILE_EDIT, path)
    mark = _unchanged(storage, path, entry)
    former = storage.attic.mark(number) if storage.attic and number else ""
    if not former:
        raise NotApplicable(_l("What it held before is not kept any more."))
    step = Step(What.REVERT, path, sha256=former, sha256_before=mark, source=number)
    promise(
        storage,
        "revert",
        step,
        lambda log: storage.revert(number, path, expecting=mark, log=log),
        actor=actor,
        too_late=too_late,
    )


def _unchanged(storage: Storage, path: str, entry: AuditEntry) -> str:
    """The mark of what the action left there. Raises NotApplicable if it is gone or something else by now."""
    mark = storage.mark(path)
    if not mark:
        raise NotApplicable(_l("It is not there any more."))
    if mark != _fact(entry, "sha256"):
        raise NotApplicable(_l("It was changed since, so it stays."))
    return mark


def _refuse_taken(storage: Storage, path: str) -> None:
    try:
        raise NameTaken(storage.entry(path).name)
    except NotFound:
        return


def _fact(entry: AuditEntry, name: str) -> Any:
    return (entry.changes.get(name) or (None, None))[1]


def _path(entry: AuditEntry) -> str:
    return str(_fact(entry, "path") or entry.target_title)


def _folder_of(path: str) -> str:
    return path.rpartition("/")[0]
