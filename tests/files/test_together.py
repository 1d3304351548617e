"""Many people at the same files at the same moment: one wins, the others hear why, and every beginning has its end."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from backoffice.files import operations
from backoffice.files.shared import the_files
from backoffice.files.storage import Storage
from backoffice.foundation.acting import acting, new_request_id
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.errors import DomainError
from backoffice.foundation.permissions import Can, System
from backoffice.records.audit import AuditEntry
from backoffice.records.journal import OpenAction
from backoffice.records.trash import Trashed
from backoffice.records.undoing import Outcome, undo
from tests.files.shared import Shared

pytestmark = pytest.mark.both_databases
EDITOR = System("editor", Can.FILE_VIEW, Can.FILE_EDIT, Can.FILE_DELETE)
MANY = 8


@pytest.fixture
def storage(app: Flask, shared: Shared) -> Iterator[Storage]:
    """The shared files."""
    with app.app_context():
        found = the_files()
    yield found


def together(app: Flask, act: Callable[[int], Any]) -> list[Any]:
    """What became of many doing it at once: what they got, or what they were refused."""

    def alone(number: int) -> Any:
        with app.app_context(), acting(actor=EDITOR, surface="admin", request_id=new_request_id()):
            try:
                return act(number)
            except DomainError as refusal:
                return refusal

    with ThreadPoolExecutor(MANY) as pool:
        return list(pool.map(alone, range(MANY)))


def check_ends(app: Flask, action: str, count: int) -> None:
    """So many were done; each beginning has one end, and nothing is open."""
    with app.app_context():
        assert db.session.scalars(select(OpenAction)).all() == []
        entries = db.session.scalars(select(AuditEntry).where(AuditEntry.target_type == "file")).all()
        begun = sorted(entry.id for entry in entries if entry.action == "file.begun")
        assert sorted(entry.changes["begun"][1] for entry in entries if entry.action != "file.begun") == begun
        assert sum(entry.action == action for entry in entries) == count


def refusals(found: list[Any]) -> int:
    return sum(isinstance(each, DomainError) for each in found)


def test_of_many_who_save_one_text_one_wins_and_loses_nobodys_words(app: Flask, storage: Storage) -> None:
    storage.save("", "a.txt", io.BytesIO(b"words"))
    version = storage.read_text("a.txt").version
    found = together(
        app, lambda number: operations.edit_text(storage, "a.txt", f"text {number}", version, actor=EDITOR)
    )
    assert refusals(found) == MANY - 1
    check_ends(app, "file.edit", 1)
    with app.app_context():
        assert [row.title for row in db.session.scalars(select(Trashed))] == ["a.txt"]


def test_of_many_who_delete_one_file_one_does(app: Flask, storage: Storage) -> None:
    storage.save("", "a.txt", io.BytesIO(b"words"))
    assert refusals(together(app, lambda _number: operations.delete(storage, "a.txt", actor=EDITOR))) == MANY - 1
    check_ends(app, "file.delete", 1)


def test_many_who_replace_one_file_all_do_and_every_content_is_kept(app: Flask, storage: Storage) -> None:
    storage.save("", "a.txt", io.BytesIO(b"words"))

    def replace(number: int) -> Any:
        content = io.BytesIO(f"text {number}".encode())
        return operations.upload(storage, "", "a.txt", content, actor=EDITOR, replace=True)

    assert refusals(together(app, replace)) == 0
    check_ends(app, "file.overwrite", MANY)
    with app.app_context():
        assert storage.attic is not None
        kept = {storage.attic.read(row.target_id) for row in db.session.scalars(select(Trashed))}
    with storage.open("a.txt") as file:
        assert kept | {file.read()} == {b"words", *(f"text {number}".encode() for number in range(MANY))}


def test_of_many_who_take_back_the_same_the_file_comes_back_once(app: Flask, storage: Storage) -> None:
    storage.save("", "a.txt", io.BytesIO(b"words"))
    clicked = new_request_id()
    with app.app_context(), acting(actor=EDITOR, surface="admin", request_id=clicked):
        operations.delete(storage, "a.txt", actor=EDITOR)

    def take_back(_number: int) -> Outcome:
        with unit_of_work():
            return undo(clicked, actor=EDITOR)

    found = together(app, take_back)
    assert sum(bool(getattr(each, "done", [])) for each in found) == 1
    check_ends(app, "file.restore", 1)
    with storage.open("a.txt") as file:
        assert file.read() == b"words"
    with app.app_context():
        assert db.session.scalars(select(Trashed)).all() == []
