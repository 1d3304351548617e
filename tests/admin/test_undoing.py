"""Undo in the back office: beside the message that says what was done, on a record's page, among last actions."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from backoffice.comments.models import Comment, CommentStatus
from backoffice.foundation.database import db, unit_of_work
from backoffice.posts.models import Tag
from tests import factories
from tests.browser import Browser

both_databases = pytest.mark.both_databases
SignIn = Callable[[str], Browser]
ACTION, BACK = "/admin/comment/action/", "/admin/undo/back/"
SCRIPT = {"X-Requested-With": "fetch"}


def made(app: Flask, many: int = 1, **changes: Any) -> list[int]:
    """The numbers of so many pending comments."""
    with app.app_context(), unit_of_work():
        return [factories.comment(**changes).id for _ in range(many)]


def status(app: Flask, id: int) -> str:
    """What a comment is now."""
    with app.app_context():
        return db.session.get_one(Comment, id).status.value


def offered(page: str) -> list[str]:
    """The batches that buttons of a page would take back."""
    return re.findall(r'name="batch" value="(\w+)"', page)


def approve(browser: Browser, *ids: int) -> Any:
    """Approve these as a script does; gives what it hears."""
    return browser.submit(ACTION, {"action": "approve", "rowid": [str(id) for id in ids]}, headers=SCRIPT).json


@both_databases
def test_a_saved_form_offers_undo_and_undo_offers_redo(app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), unit_of_work():
        id = factories.tag(name="Before", slug="before").id
    browser = sign_in("ana")
    address = f"/admin/tag/edit/?id={id}"
    page = browser.submit(address, {"name": "After"}, follow_redirects=True).text
    assert "Saved: After" in page
    (batch,) = offered(page)
    page = browser.submit(BACK, {"batch": batch, "url": "/admin/tag/"}, follow_redirects=True).text
    assert "Taken back: " in page and ">Before<" in page
    (redo,) = offered(page)
    assert redo != batch
    page = browser.submit(BACK, {"batch": redo, "url": "/admin/tag/"}, follow_redirects=True).text
    assert ">After<" in page


@both_databases
def test_fifty_decided_at_once_are_pending_again_with_one_click(app: Flask, sign_in: SignIn) -> None:
    ids = made(app, 50)
    browser = sign_in("mo")
    heard = approve(browser, *ids)
    assert {status(app, id) for id in ids} == {"approved"}
    answer = browser.submit(BACK, {"batch": heard["undo"]}, headers=SCRIPT)
    assert answer.status_code == 200 and "50 changes taken back" in answer.json["message"]
    assert {status(app, id) for id in ids} == {"pending"}
    again = browser.submit(BACK, {"batch": heard["undo"]}, headers=SCRIPT)
    assert again.status_code == 409 and "already" in again.json["message"]


def test_what_changed_nothing_offers_no_undo(app: Flask, sign_in: SignIn) -> None:
    (id,) = made(app, status=CommentStatus.APPROVED)
    browser = sign_in("mo")
    assert approve(browser, id)["undo"] is None
    browser.get("/admin/comment/")
    assert offered(browser.get("/admin/comment/").text) == []


def test_a_deleted_record_comes_back_from_the_message(app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), unit_of_work():
        id = factories.tag(name="Harbour").id
    browser = sign_in("ana")
    page = browser.submit("/admin/tag/delete/", {"id": str(id)}, follow_redirects=True).text
    assert "Deleted: Harbour" in page
    browser.submit(BACK, {"batch": offered(page)[-1]})
    with app.app_context():
        assert db.session.get_one(Tag, id).name == "Harbour"


def test_last_actions_are_ones_own_and_say_what_was_taken_back(app: Flask, sign_in: SignIn) -> None:
    one, other = made(app, 2)
    mo, ana = sign_in("mo"), sign_in("ana")
    mine, hers = approve(mo, one)["undo"], approve(ana, other)["undo"]
    page = mo.get("/admin/undo/").text
    assert mine in page and hers not in page and "Approved" in page
    mo.submit(BACK, {"batch": mine})
    page = mo.get("/admin/undo/").text
    assert mine not in offered(page) and "taken back" in page and len(set(offered(page))) == 1


def test_what_others_did_is_taken_back_only_by_who_sees_the_trail(app: Flask, sign_in: SignIn) -> None:
    (id,) = made(app)
    batch = approve(sign_in("mo"), id)["undo"]
    assert sign_in("ed").submit(BACK, {"batch": batch}).status_code == 404
    assert status(app, id) == "approved"
    assert sign_in("ana").submit(BACK, {"batch": batch}).status_code == 302
    assert status(app, id) == "pending"


@pytest.mark.parametrize("batch", ["", "NOTHINGATALL", "'; DROP TABLE comments", "\x00", "é" * 500])
def test_a_batch_that_nobody_knows_is_not_found(sign_in: SignIn, batch: str) -> None:
    assert sign_in("ed").submit(BACK, {"batch": batch}).status_code == 404


def test_the_history_of_a_record_takes_back_one_step(app: Flask, sign_in: SignIn) -> None:
    (id,) = made(app)
    browser = sign_in("ana")
    batch = approve(browser, id)["undo"]
    page = browser.get(f"/admin/comment/details/?id={id}").text
    assert batch in offered(page)
    browser.submit(BACK, {"batch": batch, "url": f"/admin/comment/details/?id={id}"})
    assert batch not in offered(browser.get(f"/admin/comment/details/?id={id}").text.split('class="bo-time"')[1])
    assert status(app, id) == "pending"


def test_what_was_done_together_is_shown_before_it_is_taken_back_together(app: Flask, sign_in: SignIn) -> None:
    ids = made(app, 7)
    browser = sign_in("ana")
    batch = approve(browser, *ids)["undo"]
    page = browser.get(f"/admin/comment/details/?id={ids[0]}").text
    assert batch not in offered(page), "one click would change what is not on the page"
    assert f"/admin/undo/?batch={batch}" in page
    page = browser.get(f"/admin/undo/?batch={batch}").text
    assert "7 changes at once" in page and "and 2 more" in page and batch in offered(page)
    browser.submit(BACK, {"batch": batch})
    assert {status(app, id) for id in ids} == {"pending"}
    assert browser.get(f"/admin/undo/?batch={batch}").status_code == 302
    assert sign_in("ed").get(f"/admin/undo/?batch={batch}").status_code == 404
