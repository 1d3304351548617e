"""Every change of a file is taken back by the same button as any other change, and the taking back as well."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from backoffice.accounts.models import User
from backoffice.foundation.database import db, unit_of_work
from backoffice.records.audit import AuditEntry
from tests import factories, people
from tests.browser import Browser, fields_in
from tests.files.shared import SCRIPT, Shared, act, upload

SignIn = Callable[[str | User], Browser]
pytestmark = pytest.mark.both_databases


@pytest.fixture
def filled(shared: Shared) -> Shared:
    """A text in a folder, beside an empty one."""
    shared.put("press/a.txt")
    (shared.root / "press" / "empty").mkdir()
    return shared


def edit(browser: Browser, path: str, text: str) -> object:
    form = fields_in(browser.get("/admin/file/edit/", query_string={"path": path}).text, holding="text")
    return browser.post("/admin/file/edit/", data={**form, "text": text})


def rename(browser: Browser, path: str, name: str) -> object:
    return browser.submit("/admin/file/rename/", {"path": path, "name": name})


def replace(browser: Browser, folder: str, name: str, content: bytes) -> Any:
    data = {"path": folder, "replace": "1", "file": [(io.BytesIO(content), name)]}
    return browser.submit("/admin/file/upload/", data)


ACTS: dict[str, Callable[[Browser], object]] = {
    "upload": lambda browser: upload(browser, "press", ("n.txt", b"new"), ("m.txt", b"more")),
    "replace": lambda browser: replace(browser, "press", "a.txt", b"other words"),
    "edit": lambda browser: edit(browser, "press/a.txt", "typed"),
    "make folder": lambda browser: browser.submit("/admin/file/mkdir/", {"path": "press", "name": "new"}),
    "rename": lambda browser: rename(browser, "press/a.txt", "z.txt"),
    "rename folder": lambda browser: rename(browser, "press", "papers"),
    "move": lambda browser: act(browser, "move", "press/a.txt", "press/empty", folder="press"),
    "delete": lambda browser: act(browser, "delete", "press/a.txt", "press/empty", folder="press"),
    "delete folder": lambda browser: act(browser, "delete", "press"),
}


def offered(browser: Browser) -> str:
    """What the Undo of the message on the next page would take back."""
    page = browser.get("/admin/file/").text
    assert 'aria-keyshortcuts="z"' in page
    return page.split('name="batch" value="')[1].split('"')[0]


def take_back(browser: Browser, batch: str) -> Any:
    return browser.submit("/admin/undo/back/", {"batch": batch}, headers=SCRIPT)


@pytest.mark.parametrize("deed", ACTS)
def test_undo_stands_beside_the_message_and_redo_is_undo_of_undo(filled: Shared, sign_in: SignIn, deed: str) -> None:
    browser, before = sign_in("ed"), filled.tree()
    ACTS[deed](browser)
    batch, after = offered(browser), filled.tree()
    assert after != before
    for expected in (before, after, before, after):
        heard = take_back(browser, batch)
        assert heard.status_code == 200, heard.json
        assert "aken back" in heard.json["message"]
        assert filled.tree() == expected
        batch = heard.json["undo"]


def test_after_the_only_file_of_a_drop_the_page_offers_to_take_it_back(shared: Shared, sign_in: SignIn) -> None:
    browser = sign_in("ed")
    data = {"path": "", "only": "1", "file": [(io.BytesIO(b"new"), "n.txt")]}
    assert browser.submit("/admin/file/upload/", data, headers=SCRIPT).json["undo"]
    assert take_back(browser, offered(browser)).status_code == 200
    assert shared.tree() == {}


def test_what_was_done_to_files_is_among_ones_last_actions(filled: Shared, sign_in: SignIn) -> None:
    browser = sign_in("ed")
    rename(browser, "press/a.txt", "z.txt")
    batch = offered(browser)
    page = browser.get("/admin/undo/").text
    assert "Renamed" in page and "press/a.txt" in page and batch in page
    browser.submit("/admin/undo/back/", {"batch": batch})
    page = browser.get("/admin/undo/").text
    assert "Taken back: press/a.txt." in page and "taken back</span>" in page
    assert (filled.root / "press/a.txt").exists()


def test_a_file_that_was_changed_since_stays_and_the_answer_says_why(filled: Shared, sign_in: SignIn) -> None:
    browser = sign_in("ed")
    rename(browser, "press/a.txt", "z.txt")
    batch = offered(browser)
    edit(sign_in("ana"), "press/z.txt", "hers")
    heard = take_back(browser, batch)
    assert heard.status_code == 409
    assert heard.json["message"] == "Left as it is: press/a.txt (It was changed since, so it stays)."
    assert (filled.root / "press/z.txt").read_text() == "hers"


def test_a_name_that_was_taken_since_stays_taken(filled: Shared, sign_in: SignIn) -> None:
    browser = sign_in("ed")
    act(browser, "delete", "press/a.txt", folder="press")
    batch = offered(browser)
    filled.put("press/a.txt", b"another")
    assert "There is already a a.txt here" in take_back(browser, batch).json["message"]
    assert (filled.root / "press/a.txt").read_bytes() == b"another"
    (filled.root / "press/a.txt").unlink()
    (filled.root / "press/a.txt").symlink_to(filled.around / "secret.txt")
    assert "There is already a a.txt here" in take_back(browser, batch).json["message"]
    assert filled.kept() == [b"words\n"]
    (filled.root / "press/a.txt").unlink()
    assert take_back(browser, batch).status_code == 200


def test_a_folder_into_which_somebody_put_something_stays(filled: Shared, sign_in: SignIn) -> None:
    browser = sign_in("ed")
    browser.submit("/admin/file/mkdir/", {"path": "press", "name": "new"})
    batch = offered(browser)
    upload(sign_in("ana"), "press/new", ("hers.txt", b"hers"))
    assert take_back(browser, batch).status_code == 409
    assert (filled.root / "press/new/hers.txt").exists()


def test_what_lay_in_a_folder_that_is_gone_waits_for_the_folder(filled: Shared, sign_in: SignIn) -> None:
    browser = sign_in("ed")
    act(browser, "delete", "press/a.txt", folder="press")
    first = offered(browser)
    act(browser, "delete", "press")
    second = offered(browser)
    assert "Bring that back first" in take_back(browser, first).json["message"]
    assert take_back(browser, second).status_code == 200
    assert take_back(browser, first).status_code == 200
    assert (filled.root / "press/a.txt").read_bytes() == b"words\n"


def test_two_who_take_back_the_same_at_once_do_it_once(filled: Shared, sign_in: SignIn) -> None:
    browser = sign_in("ed")
    rename(browser, "press/a.txt", "z.txt")
    batch = offered(browser)
    found = [take_back(browser, batch).status_code, take_back(sign_in("ana"), batch).status_code]
    assert found == [200, 409]
    assert (filled.root / "press/a.txt").exists()


def test_a_disk_that_refuses_is_said_in_words_and_undo_can_be_tried_again(
    filled: Shared, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = sign_in("ed")
    act(browser, "delete", "press/a.txt", folder="press")
    batch = offered(browser)

    def refuse(*_arguments: object, **_options: object) -> None:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(os, "link", refuse)
        patch.setattr(os, "replace", refuse)
        heard = take_back(browser, batch)
    assert heard.status_code == 409
    assert "The disk refused this" in heard.json["message"]
    assert not (filled.root / "press/a.txt").exists()
    assert filled.told()[-1] == ("file.not_done", "press/a.txt")
    assert take_back(browser, batch).status_code == 200
    assert (filled.root / "press/a.txt").read_bytes() == b"words\n"


def test_the_page_of_an_entry_tells_the_facts_and_has_an_undo(app: Flask, filled: Shared, sign_in: SignIn) -> None:
    browser = sign_in("ana")
    rename(browser, "press/a.txt", "z.txt")
    with app.app_context():
        entries = db.session.scalars(select(AuditEntry).where(AuditEntry.target_type == "file").order_by(AuditEntry.id))
        begun, done = (entry.id for entry in entries)
    page = browser.get(f"/admin/audit/details/?id={done}").text
    assert "<dt>To</dt>" in page and "press/z.txt" in page and "<dt>Checksum</dt>" in page
    batch = page.split("bo-head__actions")[1].split('name="batch" value="')[1].split('"')[0]
    assert 'name="batch"' not in browser.get(f"/admin/audit/details/?id={begun}").text.split("bo-head__actions")[-1]
    assert take_back(browser, batch).status_code == 200
    assert (filled.root / "press/a.txt").exists()


# Within one's reach


@pytest.fixture
def home(app: Flask) -> str:
    """The own folder of the author."""
    with app.app_context(), unit_of_work():
        return f"people/{people.person('aut').id}"


def test_an_author_takes_back_what_she_did_in_her_own_folder(filled: Shared, sign_in: SignIn, home: str) -> None:
    filled.put(f"{home}/a.txt")
    browser, before = sign_in("aut"), filled.tree()
    act(browser, "delete", f"{home}/a.txt", folder=home)
    page = browser.get(f"/admin/file/b/{home}").text
    batch = page.split('name="batch" value="')[1].split('"')[0]
    assert take_back(browser, batch).status_code == 200
    assert filled.tree() == before


def test_an_author_whose_reach_was_narrowed_takes_nothing_back_outside(
    app: Flask, filled: Shared, sign_in: SignIn, home: str
) -> None:
    with app.app_context(), unit_of_work():
        once = factories.user(username="once.editor", roles=["editor"])
    browser = sign_in(once)
    act(browser, "delete", "press/a.txt", folder="press")
    batch = offered(browser)
    with app.app_context(), unit_of_work():
        user = db.session.get_one(User, once.id)
        user.roles = [factories.find_role("author")]
    before = filled.tree()
    heard = take_back(browser, batch)
    assert heard.status_code == 409
    assert "nothing you may see" in heard.json["message"]
    assert filled.tree() == before


def test_who_may_change_but_not_delete_does_not_delete_by_undo(app: Flask, filled: Shared, sign_in: SignIn) -> None:
    with app.app_context(), unit_of_work():
        factories.role(name="changers", permissions={"file.view": "all", "file.edit": "all"})
        changer = factories.user(username="changer", roles=["changers"])
    browser = sign_in(changer)
    upload(browser, "press", ("n.txt", b"new"))
    heard = take_back(browser, offered(browser))
    assert heard.status_code == 409
    assert (filled.root / "press/n.txt").exists()


def test_nobody_takes_back_what_others_did_with_files_without_seeing_the_trail(filled: Shared, sign_in: SignIn) -> None:
    ana, ed = sign_in("ana"), sign_in("ed")
    act(ana, "delete", "press/a.txt", folder="press")
    assert take_back(ed, offered(ana)).status_code == 404
    assert not (filled.root / "press/a.txt").exists()


# Entries


def test_what_was_written_down_before_there_was_a_trash_cannot_be_taken_back_and_says_so(
    app: Flask, filled: Shared, sign_in: SignIn
) -> None:
    with app.app_context(), unit_of_work():
        admin = people.person("ana")
        db.session.flush()
        entry = AuditEntry(action="file.delete", target_type="file", target_title="old.txt", surface="admin")
        entry.actor_id, entry.actor_name, entry.request_id = admin.id, "ana", "OLDREQUEST00"
        entry.changes = {"size": [None, 3]}
        db.session.add(entry)
    heard = take_back(sign_in("ana"), "OLDREQUEST00")
    assert heard.status_code == 409
    assert "not in the trash any more" in heard.json["message"]


@pytest.mark.parametrize("path", ["../secret.txt", "press\x01.txt", "/etc/passwd", "link/secret.txt", ""])
def test_an_entry_with_a_foreign_path_leads_nowhere(
    app: Flask, filled: Shared, sign_in: SignIn, path: str, tmp_path: Path
) -> None:
    """Whoever can write entries by hand gains nothing by it."""
    (filled.root / "link").symlink_to(tmp_path / "files-private")
    browser = sign_in("ana")
    rename(browser, "press/a.txt", "z.txt")
    batch, before = offered(browser), filled.tree()
    with app.app_context():
        forged = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "file.rename")).one()
        facts = {name: pair[1] for name, pair in forged.changes.items()}
        for action, changes in (
            ("file.rename", {**facts, "path": path}),
            ("file.rename", {**facts, "to": path}),
            ("file.upload", {**facts, "path": path}),
            ("file.delete", {**facts, "path": path, "kept": 1}),
        ):
            entry = AuditEntry(action=action, target_type="file", target_title=path, surface="admin")
            entry.actor_id, entry.actor_name, entry.request_id = forged.actor_id, "ana", "FORGED000000"
            entry.changes = {name: [None, value] for name, value in changes.items()}
            db.session.add(entry)
        db.session.commit()
    assert take_back(browser, "FORGED000000").status_code == 409
    assert filled.tree() == before
    assert take_back(browser, batch).status_code == 200
