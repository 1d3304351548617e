"""All that matches, chosen at once: what was shown is what is done, or nothing is."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from backoffice.admin import exporting
from backoffice.comments.models import Comment, CommentStatus
from backoffice.foundation.database import db, unit_of_work
from backoffice.jobs import tasks as running
from backoffice.records import undoing
from backoffice.records.tasks import Task, TaskState
from backoffice.records.trash import Trashed
from tests import factories
from tests.browser import Browser

pytestmark = pytest.mark.both_databases
SignIn = Callable[[str], Browser]
ACTION, ALL, LIST = "/admin/comment/action/", "/admin/comment/all/", "/admin/comment/"


def made(app: Flask, many: int, **changes: Any) -> list[int]:
    with app.app_context(), unit_of_work():
        post = factories.post()
        return [factories.comment(post=post, **changes).id for _ in range(many)]


def statuses(app: Flask) -> dict[str, int]:
    with app.app_context():
        rows = db.session.execute(select(Comment.status, func.count()).group_by(Comment.status))
        return {status.value: count for status, count in rows}


def token_of(page: str) -> str:
    """What the box for all that match, or the page before, carries."""
    found = re.search(r'name="all" value="([^"]+)"', page)
    assert found, "nothing offers all that match"
    return html.unescape(found.group(1))


def page_before(browser: Browser, action: str = "approve", query: str = "?page_size=20&flt_status=pending") -> Any:
    listed = browser.get(LIST + query).text
    return browser.submit(ACTION, {"action": action, "all": token_of(listed), "url": LIST + query})


def test_one_page_before_says_how_many_and_shows_some(app: Flask, sign_in: SignIn) -> None:
    made(app, 30)
    made(app, 2, status=CommentStatus.SPAM)
    browser = sign_in("mo")
    assert "All 30 that match" in browser.get(LIST + "?page_size=20&flt_status=pending").text
    page = page_before(browser).text
    assert "Approve: 30 lines" in page
    assert "and 25 more" in page
    assert statuses(app) == {"pending": 30, "spam": 2}


def test_its_button_does_it_to_all_of_them_with_one_undo(app: Flask, sign_in: SignIn) -> None:
    made(app, 30)
    made(app, 2, status=CommentStatus.SPAM)
    browser = sign_in("mo")
    answer = browser.submit(ALL, {"action": "approve", "all": token_of(page_before(browser).text)})
    assert answer.status_code == 302
    page = browser.get(answer.location).text
    assert "Waiting" in page and "Stop here" in page
    progress = answer.location.split("?")[0] + "progress"
    assert "0 of 30" in browser.get(progress).text
    running.work(app)
    part = browser.get(progress).text
    assert "30 of 30" in part
    assert f'name="url" value="{answer.location.split("?")[0]}' in part, "what it leads back to is the page"
    page = browser.get(answer.location).text
    assert "30 of 30" in page
    assert statuses(app) == {"approved": 30, "spam": 2}
    (batch,) = re.findall(r'name="batch" value="(\w+)"', page)
    browser.submit("/admin/undo/back/", {"batch": batch, "url": LIST})
    assert statuses(app) == {"pending": 30, "spam": 2}


def test_a_number_that_differs_stops_it_and_both_are_said(app: Flask, sign_in: SignIn) -> None:
    made(app, 30)
    browser = sign_in("mo")
    token = token_of(page_before(browser).text)
    made(app, 1)
    answer = browser.submit(ALL, {"action": "approve", "all": token})
    assert answer.status_code == 409
    assert "30 were chosen, and 31 match now. Nothing was done." in answer.text
    assert statuses(app) == {"pending": 31}
    with app.app_context():
        assert db.session.scalar(select(func.count(Task.id))) == 0
    again = browser.submit(ALL, {"action": "approve", "all": token_of(answer.text)})
    assert again.status_code == 302


def test_what_somebody_decided_after_the_page_is_left_alone_though_the_number_is_the_same(
    app: Flask, sign_in: SignIn
) -> None:
    ids = made(app, 30)
    browser, other = sign_in("mo"), sign_in("ana")
    token = token_of(page_before(browser, query="?page_size=20").text)
    other.submit(ACTION, {"action": "reject", "rowid": str(ids[0])})
    path = browser.submit(ALL, {"action": "approve", "all": token}).location
    running.work(app)
    assert statuses(app) == {"approved": 29, "rejected": 1}
    assert "somebody changed it meanwhile" in browser.get(path).text


def test_search_and_filters_travel_with_it(app: Flask, sign_in: SignIn) -> None:
    made(app, 25, author_name="Rosa Luna")
    made(app, 25, author_name="Somebody")
    browser = sign_in("mo")
    token = token_of(page_before(browser, "spam", "?page_size=20&flt_author_name=Rosa+Luna").text)
    browser.submit(ALL, {"action": "spam", "all": token})
    running.work(app)
    assert statuses(app) == {"pending": 25, "spam": 25}


def test_an_author_chooses_only_what_is_his(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("aut")
    made(app, 5)
    with app.app_context(), unit_of_work():
        from tests import people

        post = factories.post(author=people.person("aut"))
        for _time in range(22):
            factories.comment(post=post)
    token = token_of(page_before(browser).text)
    browser.submit(ALL, {"action": "approve", "all": token})
    running.work(app)
    assert statuses(app) == {"pending": 5, "approved": 22}


@pytest.mark.parametrize("change", ["text", "view", "person", "action", "list"])
def test_a_token_is_good_for_one_view_one_person_and_one_operation(app: Flask, sign_in: SignIn, change: str) -> None:
    made(app, 30)
    browser = sign_in("mo")
    listed, before = browser.get(LIST + "?page_size=20").text, page_before(browser).text
    token, address, action = token_of(before), ALL, "approve"
    if change == "text":
        token = token[:-3] + "abc"
    elif change == "view":
        browser, address, action = sign_in("ana"), "/admin/tag/all/", "delete"
    elif change == "person":
        browser = sign_in("ana")
    elif change == "action":
        action = "spam"
    else:
        token = token_of(listed)
    assert browser.submit(address, {"action": action, "all": token}).status_code == 400
    assert statuses(app) == {"pending": 30}


def test_what_cannot_be_taken_back_asks_for_the_number(app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), unit_of_work():
        for _time in range(25):
            factories.trash()
    browser = sign_in("ana")
    listed = browser.get("/admin/trash/?page_size=20").text
    page = browser.submit("/admin/trash/action/", {"action": "purge", "all": token_of(listed)}).text
    assert "Nothing brings it back after that." in page
    for typed in ("", "24"):
        answer = browser.submit("/admin/trash/all/", {"action": "purge", "all": token_of(page), "confirm": typed})
        assert answer.status_code == 422
        assert "Type 25 to go on." in answer.text
    browser.submit("/admin/trash/all/", {"action": "purge", "all": token_of(page), "confirm": "25"})
    running.work(app)
    with app.app_context():
        assert db.session.scalar(select(func.count(Trashed.id))) == 0


def test_nobody_sees_the_tasks_of_others_unless_he_may(app: Flask, sign_in: SignIn) -> None:
    made(app, 30)
    browser = sign_in("mo")
    address = browser.submit(ALL, {"action": "approve", "all": token_of(page_before(browser).text)}).location
    path = address.split("?")[0]
    for other, status in (("ed", 404), ("ana", 200)):
        assert sign_in(other).get(path).status_code == status
    assert sign_in("ed").submit(path + "cancel").status_code == 404
    assert "Approve: 30" in browser.get("/admin/jobs/").text
    assert "Approve: 30" not in sign_in("ed").get("/admin/jobs/").text


def test_a_task_can_be_stopped_by_its_button(app: Flask, sign_in: SignIn) -> None:
    made(app, 30)
    browser = sign_in("mo")
    path = browser.submit(ALL, {"action": "approve", "all": token_of(page_before(browser).text)}).location.split("?")[0]
    browser.submit(path + "cancel")
    running.work(app)
    assert "Cancelled" in browser.get(path).text
    assert statuses(app) == {"pending": 30}


def test_more_than_somebody_should_wait_for_is_taken_back_in_the_background(
    app: Flask, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(undoing, "MOST_AT_ONCE", 10)
    ids = made(app, 12)
    browser = sign_in("mo")
    batch = browser.submit(
        ACTION, {"action": "approve", "rowid": [str(id) for id in ids]}, headers={"X-Requested-With": "fetch"}
    ).json["undo"]
    answer = browser.submit("/admin/undo/back/", {"batch": batch, "url": LIST})
    assert "/admin/jobs/" in answer.location
    running.work(app)
    assert statuses(app) == {"pending": 12}
    listed = browser.get("/admin/undo/").text
    assert "Undo: 12" in listed
    assert "taken back" in listed


def test_a_long_list_is_exported_in_the_background_for_one_person_and_a_while(
    app: Flask, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "MOST_ROWS", 10)
    made(app, 12)
    browser = sign_in("ana")
    page = browser.get("/admin/comment/export/csv/?columns=id&columns=text").text
    assert "Export: 12 lines" in page
    path = browser.submit("/admin/comment/export/csv/?columns=id&columns=text").location.split("?")[0]
    assert browser.get(path + "file").status_code == 404
    running.work(app)
    assert "Download comment-" in browser.get(path).text
    answer = browser.get(path + "file")
    assert answer.mimetype == "text/csv"
    assert len(answer.data.decode("utf-8-sig").splitlines()) == 13
    assert "attachment" in answer.headers["Content-Disposition"]
    assert sign_in("ed").get(path + "file").status_code == 404
    kept = list(Path(app.instance_path).glob("exports/*"))
    assert [file.stat().st_mode & 0o777 for file in kept] == [0o600]
    with app.app_context():
        with unit_of_work():
            task = db.session.scalars(select(Task)).one()
            assert task.finished_at is not None
            task.finished_at = task.finished_at.replace(year=task.finished_at.year - 1)
        assert app.extensions["jobs"]["sweep-tasks"].function(None) is None
        assert db.session.scalar(select(func.count(Task.id))) == 0
    assert browser.get(path + "file").status_code == 404
    assert not list(Path(app.instance_path).glob("exports/*"))


def test_a_sheet_of_too_many_lines_is_refused_in_favour_of_a_table(
    app: Flask, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "MOST_ROWS", 10)
    monkeypatch.setattr(exporting, "MOST_IN_A_SHEET", 11)
    made(app, 12)
    browser = sign_in("ana")
    page = browser.get("/admin/comment/export/xlsx/", follow_redirects=True).text
    assert "A sheet holds 11 lines at most. Export CSV, or narrow the list." in page


def test_an_export_in_the_background_asks_again_what_the_person_may(
    app: Flask, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "MOST_ROWS", 10)
    made(app, 12)
    browser = sign_in("mo")
    path = browser.submit("/admin/comment/export/csv/").location.split("?")[0]
    with app.app_context(), unit_of_work():
        from tests import people

        person = people.person("mo")
        person.roles.clear()
    running.work(app)
    with app.app_context():
        task = db.session.scalars(select(Task)).one()
        assert (task.state, task.error) == (TaskState.FAILED, "You may not do this.")
    assert path.endswith(f"/{task.id}/")
