"""Every form sent twice at the same moment, as a double click does: one record, one change, one entry, no fault."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from backoffice.admin import exporting
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.operations import Operation
from backoffice.jobs import tasks as running
from backoffice.records import undoing
from backoffice.records.audit import AuditEntry
from backoffice.records.policies import TRASH_DAYS, value_of
from backoffice.records.tasks import Task, TaskState
from backoffice.records.trash import Trashed
from backoffice.records.undoing import TakenBack
from tests import factories
from tests.browser import Browser, fields_in
from tests.house.at_once import twice
from tests.house.every_view import (
    all_ids,
    columns_of,
    entries,
    every_view,
    last_entry_id,
    made,
    record,
    relations_of,
    text_field,
    url,
)
from tests.house.test_every_operation import _typed, every_operation, in_state, inputs_of
from tests.house.test_every_view_forms import changed, new_form, opened

pytestmark = pytest.mark.both_databases
SignIn = Callable[[str], Browser]
BACK = "/admin/undo/back/"
SCRIPT = {"X-Requested-With": "fetch"}
#: Columns of a form that change by operation: the field, what is typed there, and the action in the trail.
BY_OPERATION: dict[str, tuple[str, str, str]] = {
    "user": ("roles", "editor, moderator", "user.set_roles"),
    "role": ("permissions.tag.view", "all", "role.set_permissions"),
}
#: To press these again is meant: the later link or attempt takes the place of the one before.
AGAIN = ("user.invite", "user.start_reset", "mail.retry")


def since(last: int) -> list[AuditEntry]:
    """The entries after that number, but for those about people's coming and going."""
    found = db.session.scalars(select(AuditEntry).where(AuditEntry.id > last).order_by(AuditEntry.id))
    return [entry for entry in found if entry.action != "user.sign_in"]


def told(entry: AuditEntry) -> tuple[str, int | None]:
    return entry.action, entry.target_id


@every_view("create")
def test_a_new_record(app: Flask, sign_in: SignIn, view: Any) -> None:
    browser = sign_in("ana")
    fields, before = new_form(app, browser, view), all_ids(app, view)
    answers = twice(app, browser, url(view, "new/"), fields)
    assert [answer.status_code for answer in answers] == [302, 302], "the second is not answered like the first"
    assert answers[0].location == answers[1].location
    (id,) = all_ids(app, view) - before
    with app.app_context():
        actions = [entry.action for entry in entries(view, id)]
    assert actions.count(f"{view.model.resource}.create") == 1
    assert len(actions) == len(set(actions))


@every_view("edit")
def test_a_change(app: Flask, sign_in: SignIn, view: Any) -> None:
    browser, (id,) = sign_in("ana"), made(app, view)
    with app.app_context():
        before, last = record(view, id).version, last_entry_id()
    fields, name = opened(browser, view, id), text_field(view)
    word = changed(fields[name][0])
    answers = twice(app, browser, url(view, f"edit/?id={id}"), {**fields, name: word})
    assert [answer.status_code for answer in answers] == [302, 302]
    assert "Saved" in browser.get(answers[1].location).text
    with app.app_context():
        assert (getattr(record(view, id), name), record(view, id).version) == (word, before + 1)
        assert [told(entry) for entry in since(last)] == [(f"{view.model.resource}.edit", id)]


@every_view("edit", where=lambda view: bool(view.via))
def test_a_change_that_is_an_operation(app: Flask, sign_in: SignIn, view: Any) -> None:
    browser, (id,) = sign_in("ana"), made(app, view)
    with app.app_context():
        last = last_entry_id()
    field, value, action = BY_OPERATION[view.model.resource]
    answers = twice(app, browser, url(view, f"edit/?id={id}"), {**opened(browser, view, id), field: value})
    assert [answer.status_code for answer in answers] == [302, 302]
    with app.app_context():
        assert [told(entry) for entry in since(last)] == [(action, id)]


@every_operation(lambda view, each: each in view.operations)
@pytest.mark.parametrize("by_script", [False, True], ids=["as a form", "by a script"])
def test_an_operation(app: Flask, sign_in: SignIn, view: Any, each: Operation, by_script: bool) -> None:
    browser = sign_in("ana")
    with app.app_context(), unit_of_work():
        one = in_state(view, each, fitting=True)
        id, inputs, last = one.id, inputs_of(each), last_entry_id()
        typed = {name: _typed(value) for name, value in inputs.items()}
        form = {"action": each.name, "rowid": str(id), "confirm": one.title_text, **typed}
    answers = twice(app, browser, url(view, "action/"), form, headers=SCRIPT if by_script else {})
    _is_answered(browser, answers, by_script)
    with app.app_context():
        times = [told(entry) for entry in since(last)].count((each.action, id))
        assert times == 1 or (times == 2 and each.action in AGAIN)


@every_view("delete")
@pytest.mark.parametrize("address", ["delete/", "action/"])
def test_a_deletion(app: Flask, sign_in: SignIn, view: Any, address: str) -> None:
    browser, (id,) = sign_in("ana"), made(app, view)
    with app.app_context():
        last = last_entry_id()
    form = {"id": str(id), "rowid": str(id), "action": "delete"}
    answers = twice(app, browser, url(view, address), form)
    assert {answer.status_code for answer in answers} <= {302, 404}
    assert id not in all_ids(app, view)
    with app.app_context():
        assert [told(entry) for entry in since(last)].count((f"{view.model.resource}.delete", id)) == 1
        kept = select(func.count(Trashed.id)).where(Trashed.target_type == view.model.resource, Trashed.target_id == id)
        assert db.session.scalar(kept) == 1


@every_view("delete")
@pytest.mark.parametrize("way", ["restored", "taken back"])
def test_bringing_back(app: Flask, sign_in: SignIn, view: Any, way: str) -> None:
    browser, (id,) = sign_in("ana"), made(app, view)
    with app.app_context():
        before = (columns_of(record(view, id)), relations_of(record(view, id)))
    browser.submit(url(view, "delete/"), {"id": str(id)})
    others = all_ids(app, view)
    with app.app_context():
        item, last = db.session.scalars(select(Trashed).order_by(Trashed.id.desc())).first(), last_entry_id()
        assert item is not None
    if way == "restored":
        answers = twice(app, browser, "/admin/trash/action/", {"action": "restore", "rowid": str(item.id)})
    else:
        answers = twice(app, browser, BACK, {"batch": item.request_id})
    _is_answered(browser, answers, by_script=False)
    assert all_ids(app, view) == {*others, id}, "it came back twice"
    with app.app_context():
        assert (columns_of(record(view, id)), relations_of(record(view, id))) == before
        action = f"{view.model.resource}.{'restore' if way == 'restored' else 'undo'}"
        assert [told(entry) for entry in since(last)].count((action, id)) == 1


@every_view("edit")
@pytest.mark.parametrize("by_script", [False, True], ids=["as a form", "by a script"])
def test_taking_back_a_change(app: Flask, sign_in: SignIn, view: Any, by_script: bool) -> None:
    browser, (id,) = sign_in("ana"), made(app, view)
    fields, name = opened(browser, view, id), text_field(view)
    with app.app_context():
        before = columns_of(record(view, id))
    word = changed(fields[name][0])
    assert browser.submit(url(view, f"edit/?id={id}"), {**fields, name: word}).status_code == 302
    with app.app_context():
        last = last_entry_id()
        batch = since(last - 1)[-1].request_id
    answers = twice(app, browser, BACK, {"batch": batch}, headers=SCRIPT if by_script else {})
    _is_answered(browser, answers, by_script)
    with app.app_context():
        assert columns_of(record(view, id)) == before
        assert [told(entry) for entry in since(last)] == [(f"{view.model.resource}.undo", id)]
        taken = select(func.count(TakenBack.id)).where(TakenBack.request_id == batch)
        assert db.session.scalar(taken) == 1
        assert undoing.is_taken_back(batch)


@every_view("create", "delete")
def test_taking_back_a_new_record(app: Flask, sign_in: SignIn, view: Any) -> None:
    browser = sign_in("ana")
    fields, before = new_form(app, browser, view), all_ids(app, view)
    assert browser.submit(url(view, "new/"), fields).status_code == 302
    (id,) = all_ids(app, view) - before
    with app.app_context():
        last, batch = last_entry_id(), entries(view, id)[0].request_id
    answers = twice(app, browser, BACK, {"batch": batch})
    _is_answered(browser, answers, by_script=False)
    assert all_ids(app, view) == before
    with app.app_context():
        gone = [told(entry) for entry in since(last) if entry.effect == "delete" and entry.target_id == id]
        assert len(gone) == 1
        kept = select(func.count(Trashed.id)).where(Trashed.target_type == view.model.resource, Trashed.target_id == id)
        assert db.session.scalar(kept) == 1


@pytest.mark.parametrize("is_first", [True, False], ids=["never set before", "set before"])
def test_the_settings(app: Flask, sign_in: SignIn, is_first: bool) -> None:
    browser = sign_in("ana")
    page = "/admin/setting/"
    if not is_first:
        fields = fields_in(browser.get(page).text, holding="trash_days")
        assert browser.submit(page, {**fields, "trash_days": "8"}).status_code == 302
    fields = fields_in(browser.get(page).text, holding="trash_days")
    with app.app_context():
        last = last_entry_id()
    answers = twice(app, browser, page, {**fields, "trash_days": "9"})
    assert [answer.status_code for answer in answers] == [302, 302]
    assert "Saved." in browser.get(page).text
    with app.app_context():
        assert value_of(TRASH_DAYS) == 9
        assert [entry.action for entry in since(last)] == ["setting.edit"]


def test_all_that_match(app: Flask, sign_in: SignIn) -> None:
    ids = _comments(app, 30)
    browser = sign_in("mo")
    form = _page_before(browser)
    with app.app_context():
        last = last_entry_id()
    answers = twice(app, browser, "/admin/comment/all/", form)
    assert [answer.status_code for answer in answers] == [302, 302]
    assert answers[0].location == answers[1].location, "the same was asked for twice"
    running.work(app)
    with app.app_context():
        task = db.session.scalars(select(Task)).one()
        assert (task.state, task.done, task.skipped) == (TaskState.DONE, 30, 0)
        assert sorted(told(entry) for entry in since(last)) == [("comment.reject", id) for id in ids]


def test_taking_back_in_the_background(app: Flask, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(undoing, "MOST_AT_ONCE", 10)
    ids = _comments(app, 12)
    browser = sign_in("mo")
    batch = browser.submit(
        "/admin/comment/action/", {"action": "reject", "rowid": [str(id) for id in ids]}, headers=SCRIPT
    ).json["undo"]
    with app.app_context():
        last = last_entry_id()
    answers = twice(app, browser, BACK, {"batch": batch, "url": "/admin/comment/"})
    assert [answer.status_code for answer in answers] == [302, 302]
    running.work(app)
    with app.app_context():
        assert sorted(told(entry) for entry in since(last)) == [("comment.undo", id) for id in ids]
        assert [task.state for task in db.session.scalars(select(Task))] == [TaskState.DONE]
    assert undoing_pages(browser, answers) == [True, True]


def undoing_pages(browser: Browser, answers: list[Any]) -> list[bool]:
    """Whether each answer leads to a page that says it is done."""
    return ["12 of 12" in browser.get(answer.location).text for answer in answers]


def test_a_large_export(app: Flask, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "MOST_ROWS", 10)
    _comments(app, 12)
    browser = sign_in("ana")
    with app.app_context():
        last = last_entry_id()
    page = browser.get("/admin/comment/export/csv/?columns=id")
    form = _form_with(page.text, "Make the file")
    answers = twice(app, browser, "/admin/comment/export/csv/?columns=id", form)
    assert [answer.status_code for answer in answers] == [302, 302]
    assert answers[0].location == answers[1].location, "the file is made twice"
    with app.app_context():
        assert db.session.scalar(select(func.count(Task.id))) == 1
        assert [entry.action for entry in since(last)] == ["comment.export"]


@pytest.mark.parametrize("what", ["cancel", "resume"])
def test_stopping_a_task_and_letting_it_go_on(app: Flask, sign_in: SignIn, what: str) -> None:
    _comments(app, 30)
    browser = sign_in("mo")
    address = browser.submit("/admin/comment/all/", _page_before(browser)).location.split("?")[0]
    if what == "resume":
        with app.app_context(), unit_of_work():
            db.session.scalars(select(Task)).one().state = TaskState.FAILED
    answers = twice(app, browser, address + what, {})
    assert [answer.status_code for answer in answers] == [302, 302]
    running.work(app)
    with app.app_context():
        state = db.session.scalars(select(Task)).one().state
        assert state is (TaskState.CANCELLED if what == "cancel" else TaskState.DONE)


def _comments(app: Flask, many: int) -> list[int]:
    with app.app_context(), unit_of_work():
        post = factories.post()
        return [factories.comment(post=post).id for _ in range(many)]


def _page_before(browser: Browser) -> dict[str, Any]:
    """The form of the page before all that match are rejected."""
    listed = re.search(r'name="all" value="([^"]+)"', browser.get("/admin/comment/?page_size=20").text)
    assert listed, "nothing offers all that match"
    page = browser.submit("/admin/comment/action/", {"action": "reject", "all": unescape(listed.group(1))})
    return {**fields_in(page.text, holding="all"), "action": "reject"}


def _form_with(page: str, words: str) -> dict[str, list[str]]:
    """The fields of the form whose button says these words."""
    (form,) = [part for part in re.findall(r"<form.*?</form>", page, flags=re.S) if words in part]
    return fields_in(form)


def _is_answered(browser: Browser, answers: list[Any], by_script: bool) -> None:
    """One is told that it is done, the other at least what is the matter; none of them sees a fault."""
    statuses = sorted(answer.status_code for answer in answers)
    if by_script:
        assert statuses in ([200, 200], [200, 404], [200, 409]), statuses
        assert all(answer.json["message"].strip() for answer in answers if answer.status_code != 404)
        return
    assert statuses in ([302, 302], [302, 404]), statuses
    for answer in answers:
        if answer.status_code == 404:
            assert "back" in answer.text.lower()
        else:
            assert browser.get(answer.location).status_code == 200
