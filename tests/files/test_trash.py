"""Files in the trash: they are seen there beside records, come back, and go for good with all their bytes."""

from __future__ import annotations

import io
import os
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from backoffice.accounts.models import User
from backoffice.files.recording import sweep_kept
from backoffice.files.shared import attic_of, the_files
from backoffice.files.writing import HIDDEN
from backoffice.foundation import clock
from backoffice.foundation.database import db, unit_of_work
from backoffice.records.trash import Trashed
from backoffice.trail.jobs import empty_trash
from tests import people
from tests.browser import Browser
from tests.files.shared import SCRIPT, Shared, act, upload

SignIn = Callable[[str | User], Browser]
both_databases = pytest.mark.both_databases


def in_trash(app: Flask) -> list[tuple[int, str]]:
    """Number and title of everything in the trash, the latest first."""
    with app.app_context():
        rows = db.session.scalars(select(Trashed).order_by(Trashed.id.desc())).all()
        return [(row.id, row.title) for row in rows]


def press(browser: Browser, action: str, id: int, **more: str) -> str:
    """Press a button of a line of the trash; the sentences of the page that follows."""
    return browser.submit(f"/admin/trash/action/{id}", {"action": action, **more}, follow_redirects=True).text


@both_databases
def test_deleted_files_and_folders_stand_in_the_trash_and_come_back(
    app: Flask, shared: Shared, sign_in: SignIn
) -> None:
    for path in ("press/a.txt", "photos/2026/b.txt"):
        shared.put(path)
    browser, before = sign_in("ana"), shared.tree()
    act(browser, "delete", "press/a.txt", folder="press")
    act(browser, "delete", "photos")
    page = browser.get("/admin/trash/").text
    assert "press/a.txt" in page and "photos" in page and ">File<" in page and ">Folder<" in page
    for id, title in in_trash(app):
        assert f"Restored: {title}." in press(browser, "restore", id)
    assert shared.tree() == before
    assert in_trash(app) == []
    assert list((shared.around / "trash").iterdir()) == []


def test_bringing_a_file_back_can_be_taken_back(app: Flask, shared: Shared, sign_in: SignIn) -> None:
    shared.put("a.txt")
    browser = sign_in("ana")
    act(browser, "delete", "a.txt")
    fields = {"action": "restore", "rowid": str(in_trash(app)[0][0])}
    heard = browser.submit("/admin/trash/action/", fields, headers=SCRIPT).json
    assert set(shared.tree()) == {"a.txt"}
    assert browser.submit("/admin/undo/back/", {"batch": heard["undo"]}, headers=SCRIPT).status_code == 200
    assert shared.tree() == {}
    assert [title for _id, title in in_trash(app)] == ["a.txt"]


@both_databases
def test_a_file_whose_name_is_taken_comes_back_under_another_and_says_so(
    app: Flask, shared: Shared, sign_in: SignIn
) -> None:
    browser = sign_in("ana")
    for content in (b"one", b"two", b"three"):
        upload(browser, "", ("a.txt", content))
        act(browser, "delete", "a.txt")
    for id, _title in in_trash(app):
        page = press(browser, "restore", id)
    assert "There is a a.txt already, so it is back as a (3).txt." in page
    contents = {path.name: path.read_bytes() for path in shared.root.iterdir() if path.is_file()}
    assert contents == {"a.txt": b"three", "a (2).txt": b"two", "a (3).txt": b"one"}


def test_what_a_file_held_before_stands_in_the_trash_too(app: Flask, shared: Shared, sign_in: SignIn) -> None:
    browser = sign_in("ana")
    upload(browser, "", ("a.txt", b"one"))
    data = {"path": "", "replace": "1", "file": [(io.BytesIO(b"two"), "a.txt")]}
    browser.submit("/admin/file/upload/", data)
    assert (shared.root / "a.txt").read_bytes() == b"two"
    assert "Former content of a file" in browser.get("/admin/trash/").text
    press(browser, "restore", in_trash(app)[0][0])
    assert (shared.root / "a (2).txt").read_bytes() == b"one"
    assert (shared.root / "a.txt").read_bytes() == b"two"


def test_without_the_box_ticked_nothing_is_replaced(shared: Shared, sign_in: SignIn) -> None:
    browser = sign_in("ed")
    upload(browser, "", ("a.txt", b"one"))
    upload(browser, "", ("a.txt", b"two"))
    assert (shared.root / "a.txt").read_bytes() == b"one"
    (shared.root / "b.txt").mkdir()
    data = {"path": "", "replace": "1", "file": [(io.BytesIO(b"two"), "b.txt")]}
    assert browser.submit("/admin/file/upload/", data, headers=SCRIPT).status_code == 409
    assert (shared.root / "b.txt").is_dir()


def test_the_same_content_again_replaces_nothing(app: Flask, shared: Shared, sign_in: SignIn) -> None:
    browser = sign_in("ed")
    upload(browser, "", ("a.txt", b"one"))
    data = {"path": "", "replace": "1", "file": [(io.BytesIO(b"one"), "a.txt")]}
    browser.submit("/admin/file/upload/", data)
    assert in_trash(app) == [] and shared.told() == [("file.upload", "a.txt")]


@both_databases
def test_deleting_for_good_removes_the_bytes(app: Flask, shared: Shared, sign_in: SignIn) -> None:
    shared.put("photos/2026/b.txt")
    shared.put("a.txt")
    browser = sign_in("ana")
    act(browser, "delete", "photos", "a.txt")
    for id, title in in_trash(app):
        assert "Deleted for good" in press(browser, "purge", id, confirm=title)
    assert in_trash(app) == []
    assert list((shared.around / "trash").iterdir()) == []


def test_after_its_time_a_file_goes_by_itself_with_its_bytes(
    app: Flask, shared: Shared, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared.put("a.txt")
    act(sign_in("ed"), "delete", "a.txt")
    assert shared.kept() == [b"words\n"]
    later = clock.now() + timedelta(days=31)
    with app.app_context():
        monkeypatch.setattr(clock, "now", lambda: later)
        empty_trash.function(empty_trash.actor)
    assert shared.kept() == [] and in_trash(app) == []


def test_bytes_that_a_purge_left_behind_are_swept_away(app: Flask, shared: Shared, sign_in: SignIn) -> None:
    for name in ("a.txt", "b.txt"):
        shared.put(name, name.encode())
    act(sign_in("ed"), "delete", "a.txt", "b.txt")
    with app.app_context(), unit_of_work():
        db.session.delete(db.session.scalars(select(Trashed).where(Trashed.title == "a.txt")).one())
    with app.app_context():
        attic = the_files().attic
        assert attic is not None
        assert sweep_kept(attic) == 0, "a restored backup of the database may know it"
        time.sleep(0.05)
        assert sweep_kept(attic, older_than=0) == 1
    assert shared.kept() == [b"b.txt"]


# Out of reach


def test_no_address_leads_to_the_trash(shared: Shared, sign_in: SignIn) -> None:
    shared.put("a.txt")
    browser = sign_in("ana")
    act(browser, "delete", "a.txt")
    (name,) = (path.name for path in (shared.around / "trash").iterdir())
    for place in (f"../trash/{name}", f"..%2ftrash/{name}", f"trash/{name}", f".storage/kept/{name}", f"/{name}"):
        for door in ("download", "preview", "b"):
            assert browser.get(f"/admin/file/{door}/{place}", follow_redirects=True).status_code == 404
        assert browser.get(f"/static/{place}", follow_redirects=True).status_code == 404
    assert (shared.around / "trash").stat().st_mode & 0o777 == 0o700


def test_an_author_sees_in_the_trash_what_she_deleted_and_brings_back_only_that(
    app: Flask, shared: Shared, sign_in: SignIn
) -> None:
    with app.app_context(), unit_of_work():
        home = f"people/{people.person('aut').id}"
    shared.put(f"{home}/hers.txt")
    shared.put("press/theirs.txt")
    act(sign_in("ana"), "delete", "press/theirs.txt", folder="press")
    theirs = in_trash(app)[0][0]
    browser = sign_in("aut")
    act(browser, "delete", f"{home}/hers.txt", folder=home)
    page = browser.get("/admin/trash/").text
    assert "hers.txt" in page and "theirs.txt" not in page
    assert browser.submit(f"/admin/trash/action/{theirs}", {"action": "restore"}).status_code == 404
    press(browser, "restore", in_trash(app)[0][0])
    assert (shared.root / home / "hers.txt").exists()
    assert not (shared.root / "press/theirs.txt").exists()


def test_an_author_brings_nothing_back_to_where_she_no_longer_reaches(
    app: Flask, shared: Shared, sign_in: SignIn
) -> None:
    shared.put("press/a.txt")
    browser = sign_in("aut")
    act(sign_in("ana"), "delete", "press/a.txt", folder="press")
    with app.app_context(), unit_of_work():
        # As if she had deleted it while she was an editor.
        row = db.session.scalars(select(Trashed)).one()
        row.actor_id = people.person("aut").id
    assert "nothing you may see" in press(browser, "restore", in_trash(app)[0][0])
    assert not (shared.root / "press/a.txt").exists()
    assert len(in_trash(app)) == 1


def test_a_restore_that_the_disk_refuses_says_so_and_keeps_the_file(
    app: Flask, shared: Shared, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared.put("a.txt")
    browser = sign_in("ana")
    act(browser, "delete", "a.txt")

    def refuse(*_arguments: object, **_options: object) -> None:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(os, "link", refuse)
        patch.setattr(os, "replace", refuse)
        page = press(browser, "restore", in_trash(app)[0][0])
    assert "The disk refused this" in page and "Restored" not in page
    assert shared.kept() == [b"words\n"] and len(in_trash(app)) == 1


def test_a_disk_that_refuses_a_change_leaves_everything_and_says_so(
    shared: Shared, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared.put("a.txt")
    browser, before = sign_in("ana"), shared.tree()

    def refuse(*_arguments: object, **_options: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        for name in ("link", "rename", "replace"):
            patch.setattr(os, name, refuse)
        for answer in (
            act(browser, "delete", "a.txt", headers=SCRIPT),
            browser.submit("/admin/file/rename/", {"path": "a.txt", "name": "b.txt"}, headers=SCRIPT),
        ):
            assert answer.status_code == 507
    assert shared.tree() == before
    assert {action for action, _path in shared.told()} == {"file.not_done"}


def test_what_lies_on_another_disk_keeps_its_trash_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "files").mkdir()
    other = Path("/dev/shm") / f"bo-trash-{tmp_path.name}"
    if not other.parent.exists() or other.parent.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is one disk only")
    try:
        assert attic_of(tmp_path / "files", other).place == tmp_path / "files" / HIDDEN / "kept"
    finally:
        other.rmdir()
