"""Whatever kills the house in the middle of a change of files: it is done or not done, and the trail says which."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import select

from backoffice.files import operations
from backoffice.files.recording import FileWitness
from backoffice.files.shared import the_files
from backoffice.files.storage import Storage
from backoffice.foundation.acting import acting, new_request_id
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.permissions import Can, System
from backoffice.records import journal
from backoffice.records.audit import AuditEntry
from backoffice.records.journal import OpenAction, settle_left
from backoffice.records.trash import Trashed
from backoffice.records.undoing import is_taken_back, undo
from tests.files.killing import killed_at
from tests.files.places import digests
from tests.files.shared import Shared

EDITOR = System("editor", Can.FILE_VIEW, Can.FILE_EDIT, Can.FILE_DELETE)
#: More moments than any act has.
MOST = 60


@pytest.fixture
def storage(app: Flask, shared: Shared) -> Iterator[Storage]:
    """The shared files, inside the application."""
    with app.app_context():
        yield the_files()


def fill(storage: Storage, home: str) -> None:
    """A folder of its own with what the acts need."""
    storage.make_folder("", home)
    for name in ("full", "other"):
        storage.make_folder(home, name)
    storage.save(home, "a.txt", io.BytesIO(b"words\n"))
    storage.save(f"{home}/full", "b.txt", io.BytesIO(b"more words\n"))


def edit(storage: Storage, path: str, text: str) -> object:
    return operations.edit_text(storage, path, text, storage.read_text(path).version, actor=EDITOR)


Act = Callable[[Storage, str], object]
ACTS: dict[str, Act] = {
    "upload": lambda s, home: operations.upload(s, home, "n.txt", io.BytesIO(b"new"), actor=EDITOR),
    "overwrite": lambda s, home: operations.upload(s, home, "a.txt", io.BytesIO(b"x"), actor=EDITOR, replace=True),
    "edit": lambda s, home: edit(s, f"{home}/a.txt", "typed\n"),
    "make folder": lambda s, home: operations.make_folder(s, home, "new", actor=EDITOR),
    "rename file": lambda s, home: operations.rename(s, f"{home}/a.txt", "z.txt", actor=EDITOR),
    "rename folder": lambda s, home: operations.rename(s, f"{home}/full", "renamed", actor=EDITOR),
    "move file": lambda s, home: operations.move(s, f"{home}/a.txt", f"{home}/other", actor=EDITOR),
    "move folder": lambda s, home: operations.move(s, f"{home}/full", f"{home}/other", actor=EDITOR),
    "delete file": lambda s, home: operations.delete(s, f"{home}/a.txt", actor=EDITOR),
    "delete folder": lambda s, home: operations.delete(s, f"{home}/full", actor=EDITOR),
}


def in_a_request(act: Callable[[], object]) -> str:
    """Do it as one request of the editor; its id."""
    request_id = new_request_id()
    with acting(actor=EDITOR, surface="admin", request_id=request_id):
        act()
    return request_id


def undone(request_id: str) -> str:
    """Take a request back as another request."""

    def take_back() -> None:
        with unit_of_work():
            undo(request_id, actor=EDITOR)

    return in_a_request(take_back)


def state(storage: Storage, home: str) -> dict[str, str]:
    return digests(storage._jail.root / home)


def settled(home: str) -> list[str]:
    """Settle what is left, and say how what was begun in this folder ended; each beginning has one end."""
    settle_left()
    assert db.session.scalars(select(OpenAction)).all() == []
    entries = db.session.scalars(select(AuditEntry).where(AuditEntry.target_type == "file").order_by(AuditEntry.id))
    mine = [entry for entry in entries if entry.target_title.startswith(f"{home}/")]
    begun = [entry.id for entry in mine if entry.action == "file.begun"]
    ends = [entry for entry in mine if entry.action != "file.begun"]
    assert [entry.changes["begun"][1] for entry in ends] == begun
    return [entry.action.split(".")[1] for entry in ends]


def check_trash(storage: Storage) -> None:
    """Each row has its bytes, and all bytes have their row."""
    assert storage.attic is not None
    rows = db.session.scalars(select(Trashed)).all()
    assert sorted(row.target_id for row in rows) == sorted(storage.attic.numbers())
    assert all(storage.attic.mark(row.target_id) == row.kept["sha256"] for row in rows)


@pytest.mark.parametrize("act", ACTS)
def test_a_change_that_is_killed_anywhere_settles(storage: Storage, act: str) -> None:
    ends = set()
    for moment in range(1, MOST):
        home = f"m{moment}"
        fill(storage, home)
        before = state(storage, home)
        is_killed = killed_at(moment, lambda home=home: in_a_request(lambda: ACTS[act](storage, home)))
        end = settled(home)
        check_trash(storage)
        after = state(storage, home)
        if end in ([], ["not_done"]):
            assert after == before, moment
            assert not db.session.scalars(select(Trashed).where(Trashed.title.startswith(f"{home}/"))).all(), moment
        else:
            assert after != before, moment
        ends.add(tuple(end))
        if not is_killed:
            break
    assert {(), ("not_done",)} < ends and len(ends) == 3, ends


@pytest.mark.parametrize("act", ACTS)
def test_an_undo_that_is_killed_anywhere_settles_and_can_be_tried_again(storage: Storage, act: str) -> None:
    for moment in range(1, MOST):
        home = f"m{moment}"
        fill(storage, home)
        before = state(storage, home)
        clicked = in_a_request(lambda home=home: ACTS[act](storage, home))
        done = state(storage, home)
        is_killed = killed_at(moment, partial(undone, clicked))
        settled(home)
        check_trash(storage)
        now = state(storage, home)
        assert now == (before if is_taken_back(clicked) else done), moment
        if not is_taken_back(clicked):
            undone(clicked)
            assert state(storage, home) == before, moment
        check_trash(storage)
        if not is_killed:
            break
    assert not is_killed and moment > 6


def test_what_was_cut_off_is_settled_before_the_next_change(storage: Storage) -> None:
    """Nobody has to wait for the job: whoever changes something finds a clear state."""
    fill(storage, "home")
    moment = next(n for n in range(1, MOST) if _left_open(storage, n))
    assert moment
    operations.make_folder(storage, "home", "next", actor=EDITOR)
    assert db.session.scalars(select(OpenAction)).all() == []


def _left_open(storage: Storage, moment: int) -> bool:
    killed_at(moment, lambda: operations.make_folder(storage, "home", f"new{moment}", actor=EDITOR))
    return bool(db.session.scalars(select(OpenAction)).all())


def test_what_a_living_process_is_doing_is_left_to_it_for_a_minute(storage: Storage) -> None:
    fill(storage, "home")
    facts = {"what": "take", "path": "home/a.txt"}
    with unit_of_work(), acting(actor=EDITOR, surface="admin"):
        journal.begin(FileWitness(storage), "file.delete", "home/a.txt", facts)
    assert settle_left() == 0
    assert settle_left(older_than=timedelta(0)) == 1
    assert settled("home") == ["not_done"]
