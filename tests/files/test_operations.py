"""Who may do what with the shared files, and that the trail tells every change and nothing that did not happen."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select

from backoffice.files import operations
from backoffice.files.errors import FileChanged, KindRefused, NameTaken
from backoffice.files.storage import Storage
from backoffice.foundation.acting import acting
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.errors import DomainError, NotAllowed, NotFound
from backoffice.foundation.permissions import ALL, OWN, Can, System
from backoffice.records.audit import AuditEntry
from tests import factories
from tests.files.places import digests

EVERY = (Can.FILE_VIEW, Can.FILE_EDIT, Can.FILE_DELETE)
EDITOR = System("editor", *EVERY)
STRANGER = System("stranger", Can.POST_VIEW)


@dataclass
class Person:
    """Somebody with a number and grants."""

    id: int
    granted: dict[str, str]
    actor_name: str = "somebody"


AUTHOR = Person(7, {can.value: OWN for can in EVERY})
MINE = "people/7"
OTHERS = "people/77"


@pytest.fixture
def storage(app: Flask, tmp_path: Path) -> Iterator[Storage]:
    """A storage with something in it, inside the application."""
    storage = Storage(tmp_path / "shared", max_bytes=1_000_000)
    for folder, name in (("", "people"), ("people", "7"), ("people", "77"), ("", "press")):
        storage.make_folder(folder, name)
    for folder in (MINE, OTHERS, "press"):
        storage.save(folder, "a.txt", io.BytesIO(b"words\n"))
        storage.make_folder(folder, "drafts")
    with app.app_context(), acting(surface="test"):
        with unit_of_work():
            factories.user(id=AUTHOR.id, roles=["author"])
        yield storage


def told(*, begun: bool = False) -> list[tuple[str, str, str, dict[str, Any]]]:
    """Who did what to which file, and the facts without numbers and checksums, oldest first."""
    entries = db.session.scalars(select(AuditEntry).where(AuditEntry.target_type == "file").order_by(AuditEntry.id))
    return [
        (
            entry.actor_name,
            entry.action,
            entry.target_title,
            {name: pair[1] for name, pair in entry.changes.items() if name not in PROOFS},
        )
        for entry in entries
        if begun or entry.action != "file.begun"
    ]


#: What an entry holds besides so that its end can be found out and taken back.
PROOFS = {"sha256", "sha256_before", "kept", "begun"}


def version_of(storage: Storage, path: str) -> str:
    return storage.read_text(path).version


#: Each operation on a folder, doing something that leaves a trace.
ACTS: dict[str, Callable[[Storage, str, Any], object]] = {
    "upload": lambda storage, home, actor: operations.upload(storage, home, "new.txt", io.BytesIO(b"x"), actor=actor),
    "make_folder": lambda storage, home, actor: operations.make_folder(storage, home, "new", actor=actor),
    "rename": lambda storage, home, actor: operations.rename(storage, f"{home}/a.txt", "b.txt", actor=actor),
    "move": lambda storage, home, actor: operations.move(storage, f"{home}/a.txt", f"{home}/drafts", actor=actor),
    "delete": lambda storage, home, actor: operations.delete(storage, f"{home}/a.txt", actor=actor),
    "edit": lambda storage, home, actor: operations.edit_text(
        storage, f"{home}/a.txt", "new\n", version_of(storage, f"{home}/a.txt"), actor=actor
    ),
}


@pytest.mark.parametrize("act", ACTS)
def test_an_editor_changes_every_folder_and_the_trail_says_so(storage: Storage, act: str) -> None:
    for home in (OTHERS, "press"):
        before = digests(Path(storage._jail.root))
        ACTS[act](storage, home, EDITOR)
        assert digests(Path(storage._jail.root)) != before
    assert [(who, action) for who, action, _title, _facts in told()] == [("editor", f"file.{act}")] * 2


@pytest.mark.parametrize("act", ACTS)
def test_an_author_changes_her_own_folder(storage: Storage, act: str) -> None:
    ACTS[act](storage, MINE, AUTHOR)
    assert [action for _who, action, _title, _facts in told()] == [f"file.{act}"]


@pytest.mark.parametrize("home", [OTHERS, "press", "people/7/../77", "people/07", ""])
@pytest.mark.parametrize("act", ACTS)
def test_an_author_finds_nothing_beside_her_own_folder(storage: Storage, act: str, home: str) -> None:
    before = digests(Path(storage._jail.root))
    with pytest.raises(NotFound):
        ACTS[act](storage, home, AUTHOR)
    assert digests(Path(storage._jail.root)) == before
    assert told() == []


@pytest.mark.parametrize("act", ACTS)
def test_who_holds_nothing_about_files_is_refused(storage: Storage, act: str) -> None:
    before = digests(Path(storage._jail.root))
    with pytest.raises(NotAllowed):
        ACTS[act](storage, "press", STRANGER)
    assert digests(Path(storage._jail.root)) == before
    assert told() == []


def test_the_folder_of_a_person_with_a_longer_number_is_not_hers(storage: Storage) -> None:
    with pytest.raises(NotFound):
        operations.check_reach(AUTHOR, Can.FILE_VIEW, "people/77/a.txt")
    operations.check_reach(AUTHOR, Can.FILE_VIEW, "people/7/a.txt")


def test_who_may_only_look_changes_nothing(storage: Storage) -> None:
    reader = Person(7, {Can.FILE_VIEW.value: ALL})
    for act in ACTS.values():
        with pytest.raises(NotAllowed):
            act(storage, MINE, reader)


@pytest.mark.parametrize(
    "change",
    [
        lambda storage, path, actor: operations.delete(storage, path, actor=actor),
        lambda storage, path, actor: operations.rename(storage, path, "other", actor=actor),
        lambda storage, path, actor: operations.move(storage, path, "press", actor=actor),
    ],
)
def test_the_root_and_ones_own_folder_are_not_ones_own_to_move_or_remove(storage: Storage, change: Any) -> None:
    before = digests(Path(storage._jail.root))
    for actor, home in ((EDITOR, ""), (AUTHOR, MINE)):
        for path in (home, f"{home}/", f"{home}/.", f"{home}/a/..", "/", ".", "./", f"./{home}"):
            with pytest.raises(NotFound):
                change(storage, path, actor)
    assert digests(Path(storage._jail.root)) == before
    assert told() == []


def test_nothing_moves_out_of_ones_reach_or_into_it(storage: Storage) -> None:
    before = digests(Path(storage._jail.root))
    for path, folder in ((f"{MINE}/a.txt", "press"), (f"{MINE}/a.txt", ""), ("press/a.txt", MINE), (OTHERS, MINE)):
        with pytest.raises(NotFound):
            operations.move(storage, path, folder, actor=AUTHOR)
    assert digests(Path(storage._jail.root)) == before


def test_the_trail_tells_what_was_done_to_which_file(storage: Storage) -> None:
    operations.make_folder(storage, "press", " März ", actor=EDITOR)
    operations.upload(storage, "press/März", "pier.txt", io.BytesIO(b"12345"), actor=EDITOR)
    operations.rename(storage, "press/März/pier.txt", "quay.txt", actor=EDITOR)
    operations.move(storage, "press/März/quay.txt", "", actor=EDITOR)
    operations.edit_text(storage, "quay.txt", "new", version_of(storage, "quay.txt"), actor=EDITOR)
    operations.delete(storage, "quay.txt", actor=EDITOR)
    operations.delete(storage, "press", actor=EDITOR)
    assert [entry[1:] for entry in told()] == [
        ("file.make_folder", "press/März", {}),
        ("file.upload", "press/März/pier.txt", {"size": 5}),
        ("file.rename", "press/März/pier.txt", {"to": "press/März/quay.txt"}),
        ("file.move", "press/März/quay.txt", {"to": "quay.txt"}),
        ("file.edit", "quay.txt", {"size": 3}),
        ("file.delete", "quay.txt", {"size": 3}),
        ("file.delete", "press", {"size": 6, "files": 1, "folders": 2}),
    ]


def test_a_path_too_long_for_a_title_is_told_in_full(storage: Storage) -> None:
    entry = operations.upload(storage, "press", f"{'n' * 240}.txt", io.BytesIO(b"x"), actor=EDITOR)
    ((_who, _action, title, facts),) = told()
    assert title == entry.path[:200]
    assert facts["path"] == entry.path


def test_what_is_refused_leaves_no_entry(storage: Storage) -> None:
    storage.save("press", "b.txt", io.BytesIO(b"other\n"))
    before = digests(Path(storage._jail.root))
    refused: list[tuple[type[DomainError], Callable[[], object]]] = [
        (KindRefused, lambda: operations.upload(storage, "press", "x.html", io.BytesIO(b"x"), actor=EDITOR)),
        (NameTaken, lambda: operations.upload(storage, "press", "a.txt", io.BytesIO(b"x"), actor=EDITOR)),
        (NameTaken, lambda: operations.make_folder(storage, "", "press", actor=EDITOR)),
        (NameTaken, lambda: operations.rename(storage, "press/a.txt", "b.txt", actor=EDITOR)),
        (KindRefused, lambda: operations.rename(storage, "press/a.txt", "a.html", actor=EDITOR)),
        (NameTaken, lambda: operations.move(storage, "press/a.txt", MINE, actor=EDITOR)),
        (NotFound, lambda: operations.delete(storage, "press/c.txt", actor=EDITOR)),
        (FileChanged, lambda: operations.edit_text(storage, "press/a.txt", "new", "0" * 64, actor=EDITOR)),
    ]
    for error, change in refused:
        with pytest.raises(error):
            change()
    assert told() == []
    assert digests(Path(storage._jail.root)) == before


def test_what_changes_nothing_leaves_no_entry(storage: Storage) -> None:
    operations.rename(storage, "press/a.txt", " a.txt ", actor=EDITOR)
    operations.move(storage, "press/a.txt", "press", actor=EDITOR)
    operations.edit_text(storage, "press/a.txt", "words\n", version_of(storage, "press/a.txt"), actor=EDITOR)
    assert told() == []


@pytest.mark.parametrize("act", ACTS)
def test_a_database_that_takes_no_entry_stops_the_change(storage: Storage, act: str) -> None:
    before = digests(Path(storage._jail.root))

    def refuse(*_args: object) -> None:
        raise RuntimeError("the database takes nothing")

    event.listen(AuditEntry, "before_insert", refuse)
    try:
        with pytest.raises(RuntimeError):
            ACTS[act](storage, "press", EDITOR)
    finally:
        event.remove(AuditEntry, "before_insert", refuse)
    assert digests(Path(storage._jail.root)) == before
    assert told() == []


def test_ones_own_folder_is_made_once(storage: Storage) -> None:
    newcomer = Person(8, AUTHOR.granted)
    for _ in range(2):
        operations.make_home(storage, newcomer)
    assert storage.entry("people/8").is_dir
