"""Exports in the background, and all that matches: nothing is left out in silence, and no file outlives its right."""

from __future__ import annotations

import errno
import tempfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from backoffice.accounts.models import User
from backoffice.accounts.operations import grant_exactly
from backoffice.admin import exporting
from backoffice.foundation import clock, search
from backoffice.foundation.database import db, unit_of_work
from backoffice.jobs import tasks as running
from backoffice.jobs.sweeping import sweep_tasks
from backoffice.records.tasks import Task, TaskState
from tests import factories
from tests.admin.test_selecting import made, page_before, statuses, token_of
from tests.browser import Browser

pytestmark = pytest.mark.both_databases
SignIn = Callable[[Any], Browser]
EXPORT = "/admin/comment/export/csv/"


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "MOST_ROWS", 10)


def exporter(app: Flask) -> str:
    """Somebody who may export comments and see the readers' addresses."""
    with app.app_context(), unit_of_work():
        held = {"comment.view": "all", "comment.export": "all", "comment.view_contact": "all"}
        return str(factories.user(roles=[factories.role(name="exporters", permissions=held)]).username)


def now_granted(app: Flask, **permissions: str) -> None:
    with app.app_context(), unit_of_work():
        role = factories.find_role("exporters")
        assert role is not None
        grant_exactly(role, {name.replace("__", "."): reach for name, reach in permissions.items()})


def only_task(app: Flask) -> Task:
    with app.app_context():
        return db.session.scalars(select(Task)).one()


def exported(app: Flask, browser: Browser, kind: str = "csv") -> str:
    """The address of a task that has made its file."""
    address = browser.submit(f"/admin/comment/export/{kind}/").location.split("?")[0]
    running.work(app)
    return str(address)


def files(app: Flask) -> list[str]:
    return sorted(path.name for path in Path(app.instance_path).glob("exports/*"))


def test_all_that_match_a_search_are_more_than_its_list_looks_through(
    app: Flask, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(app, 30, text="The ferry was late")
    monkeypatch.setattr(search, "MOST_MATCHES", 24)
    browser = sign_in("mo")
    page = page_before(browser, query="?page_size=20&search=ferry").text
    assert "Approve: 30 lines" in page
    browser.submit("/admin/comment/all/", {"action": "approve", "all": token_of(page)})
    running.work(app)
    assert statuses(app) == {"approved": 30}


def test_an_export_holds_all_that_match_a_search(app: Flask, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    made(app, 30, text="The ferry was late")
    monkeypatch.setattr(search, "MOST_MATCHES", 3)
    browser = sign_in(exporter(app))
    monkeypatch.setattr(exporting, "MOST_ROWS", 100)
    assert len(browser.get(EXPORT + "?search=ferry&columns=id").data.splitlines()) == 31
    monkeypatch.setattr(exporting, "MOST_ROWS", 10)
    path = browser.submit(EXPORT + "?search=ferry&columns=id").location.split("?")[0]
    running.work(app)
    assert len(browser.get(path + "file").data.splitlines()) == 31


@pytest.mark.parametrize(
    "left",
    [
        {"comment__view": "all", "comment__view_contact": "all"},
        {"comment__export": "all", "comment__view_contact": "all"},
        {"comment__view": "own", "comment__export": "own", "comment__view_contact": "all"},
        {"comment__view": "all", "comment__export": "all"},
    ],
    ids=["export", "view", "reach", "a column"],
)
def test_whoever_lost_a_right_since_gets_no_file(app: Flask, sign_in: SignIn, left: dict[str, str]) -> None:
    made(app, 12)
    browser = sign_in(exporter(app))
    path = exported(app, browser)
    assert browser.get(path + "file").status_code == 200
    now_granted(app, **left)
    assert browser.get(path + "file").status_code == 404
    assert "Download" not in browser.get(path).text


def test_a_file_that_does_not_hold_the_column_is_still_hers(app: Flask, sign_in: SignIn) -> None:
    made(app, 12)
    browser = sign_in(exporter(app))
    path = browser.submit(EXPORT + "?columns=id").location.split("?")[0]
    running.work(app)
    now_granted(app, comment__view="all", comment__export="all")
    assert browser.get(path + "file").status_code == 200


def test_a_column_that_was_lost_while_the_export_waited_is_left_out(app: Flask, sign_in: SignIn) -> None:
    made(app, 12, author_email="secret@example.org")
    browser = sign_in(exporter(app))
    path = browser.submit(EXPORT).location.split("?")[0]
    now_granted(app, comment__view="all", comment__export="all")
    running.work(app)
    assert b"secret@example.org" not in browser.get(path + "file").data


def test_a_file_is_not_served_after_its_time_though_nobody_swept(
    app: Flask, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(app, 12)
    browser = sign_in(exporter(app))
    path = exported(app, browser)
    with app.app_context(), unit_of_work():
        db.session.scalars(select(Task)).one().finished_at = clock.now() - timedelta(hours=25)
    assert browser.get(path + "file").status_code == 404


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_full_disk_is_said_in_a_sentence_and_leaves_nothing_behind(
    app: Flask, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch, kind: str, tmp_path: Path
) -> None:
    made(app, 12)
    browser = sign_in(exporter(app))
    browser.submit(f"/admin/comment/export/{kind}/")
    elsewhere = tmp_path / "temporary"
    elsewhere.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(elsewhere))

    def full(*_anything: Any, **_more: Any) -> Any:
        raise OSError(errno.ENOSPC, "No space left on device", "/somewhere/secret")

    monkeypatch.setattr(exporting, "_counted", lambda rows, total, report: iter(_failing(rows, full)))
    running.work(app)
    task = only_task(app)
    assert (task.state, task.error) == (TaskState.FAILED, "There is no room left on the disk. Make some, then go on.")
    assert files(app) == []
    assert list(elsewhere.iterdir()) == []


def _failing(rows: Any, fail: Callable[[], Any]) -> Any:
    yield next(iter(rows))
    fail()


def test_a_dropped_sheet_leaves_nothing_behind(
    app: Flask, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    made(app, 12)
    browser = sign_in(exporter(app))
    browser.submit("/admin/comment/export/xlsx/")
    elsewhere = tmp_path / "temporary"
    elsewhere.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(elsewhere))
    monkeypatch.setattr(running, "_report", lambda *_anything: False)
    running.work(app)
    assert only_task(app).state is TaskState.CANCELLED
    assert list(elsewhere.iterdir()) == []
    assert files(app) == []


def test_what_a_killed_process_left_is_swept(app: Flask, sign_in: SignIn) -> None:
    made(app, 12)
    browser = sign_in(exporter(app))
    path = exported(app, browser)
    kept = files(app)
    folder = Path(app.instance_path) / "exports"
    for name in ("4711-ABCDEFGHIJKL", "4711-ABCDEFGHIJKL.part", f"{only_task(app).id}-OTHER.part", "notes.txt"):
        (folder / name).write_text("left")
    with app.app_context():
        sweep_tasks.function(None)
    assert files(app) == sorted([*kept, "notes.txt"])
    assert browser.get(path + "file").status_code == 200


def test_nobody_gets_a_file_of_somebody_else_or_after_being_deactivated(app: Flask, sign_in: SignIn) -> None:
    made(app, 12)
    who = exporter(app)
    browser = sign_in(who)
    path = exported(app, browser)
    assert sign_in("ana").get(path + "file").status_code == 404
    with app.app_context(), unit_of_work():
        db.session.scalars(select(User).where(User.username == who)).one().is_active = False
    assert browser.get(path + "file").status_code in (302, 401)
