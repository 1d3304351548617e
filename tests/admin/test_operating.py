"""Operations in the back office: one row, many rows, inputs, and what is said afterwards."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from backoffice.admin.operating import MOST_ROWS
from backoffice.comments.models import Comment, CommentStatus
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.permissions import ALL, OWN
from backoffice.posts.models import Post
from tests import factories
from tests.browser import Browser, fields_in
from tests.people import person

both_databases = pytest.mark.both_databases
SignIn = Callable[[str], Browser]
ACTION = "/admin/comment/action/"


def comments(app: Flask, *statuses: str, **changes: Any) -> list[int]:
    """The numbers of comments in these states under one post."""
    with app.app_context(), unit_of_work():
        post = changes.pop("post", None) or factories.post(published=True)
        return [factories.comment(post=post, status=CommentStatus(status), **changes).id for status in statuses]


def states(app: Flask, ids: list[int]) -> list[str]:
    """What became of them."""
    with app.app_context():
        return [db.session.get_one(Comment, id).status.value for id in ids]


def do(browser: Browser, action: str, ids: list[int], **more: Any) -> Any:
    """Post an operation and follow to the page that tells about it."""
    fields = {"action": action, "rowid": [str(id) for id in ids], **more}
    return browser.submit(ACTION, fields, follow_redirects=True)


@both_databases
def test_a_moderator_approves_a_comment(app: Flask, sign_in: SignIn) -> None:
    (id,) = comments(app, "pending")
    page = do(sign_in("mo"), "approve", [id])
    assert states(app, [id]) == ["approved"]
    assert "Approved: Reader" in page.text


@both_databases
def test_of_many_those_that_fit_are_done_and_the_others_are_counted_with_their_reason(
    app: Flask, sign_in: SignIn
) -> None:
    ids = comments(app, "pending", "spam", "approved", "rejected")
    page = do(sign_in("mo"), "approve", [*ids, 999_999]).text
    assert states(app, ids) == ["approved"] * 4
    assert "Approved: 3" in page
    assert "2 skipped" in page
    assert "does not apply" in page and "you may not see it" in page


def test_one_that_does_not_fit_says_why_and_which(app: Flask, sign_in: SignIn) -> None:
    (id,) = comments(app, "approved", author_name="Wilhelmina")
    page = do(sign_in("mo"), "approve", [id]).text
    assert "Skipped Wilhelmina" in page and "does not apply" in page


def test_a_script_hears_the_same_as_json(app: Flask, sign_in: SignIn) -> None:
    ids = comments(app, "pending", "approved")
    browser = sign_in("mo")
    fields = {"action": "approve", "rowid": [str(id) for id in ids]}
    answer = browser.submit(ACTION, fields, headers={"X-Requested-With": "fetch"})
    assert answer.status_code == 200
    assert answer.json["skipped"] == 1
    assert [(row["id"], row["status"]) for row in answer.json["done"]] == [(ids[0], "approved")]
    assert "Approved" in answer.json["message"]
    again = browser.submit(ACTION, fields, headers={"X-Requested-With": "fetch"})
    assert (again.status_code, again.json["done"]) == (409, [])


def test_a_script_without_a_session_hears_so(app: Flask, client: Browser) -> None:
    answer = client.submit(ACTION, {"action": "approve", "rowid": "1"}, headers={"X-Requested-With": "fetch"})
    assert answer.status_code == 401
    assert "session" in answer.json["error"]


@both_databases
def test_a_thousand_at_once_and_not_one_more(app: Flask, sign_in: SignIn) -> None:
    (id,) = comments(app, "pending")
    browser = sign_in("mo")
    too_many = [id, *range(10_000, 10_000 + MOST_ROWS)]
    assert "At most" in do(browser, "approve", too_many).text
    assert states(app, [id]) == ["pending"]
    do(browser, "approve", too_many[:MOST_ROWS])
    assert states(app, [id]) == ["approved"]


def test_the_same_row_twice_counts_once(app: Flask, sign_in: SignIn) -> None:
    (id,) = comments(app, "pending")
    page = do(sign_in("mo"), "approve", [id, id, id]).text
    assert "Approved: Reader" in page and "kipped" not in page


def test_nothing_ticked_is_said_so(app: Flask, sign_in: SignIn) -> None:
    assert "Tick at least one line" in do(sign_in("mo"), "approve", []).text


@pytest.mark.parametrize("action", ["", "nothing", "__init__", "invite", "publish", "set_roles", "approve "])
def test_an_operation_of_another_view_or_none_is_refused(app: Flask, sign_in: SignIn, action: str) -> None:
    (id,) = comments(app, "pending")
    assert sign_in("ana").submit(ACTION, {"action": action, "rowid": str(id)}).status_code == 400
    assert states(app, [id]) == ["pending"]


def test_the_button_of_a_row_means_its_row_whatever_is_ticked(app: Flask, sign_in: SignIn) -> None:
    one, ticked = comments(app, "pending", "pending")
    answer = sign_in("mo").submit(f"{ACTION}?rowid={one}", {"action": "approve", "rowid": str(ticked)})
    assert answer.status_code == 302
    assert states(app, [one, ticked]) == ["approved", "pending"]


@both_databases
def test_a_comment_that_somebody_decided_meanwhile_is_not_decided_again(app: Flask, sign_in: SignIn) -> None:
    (id,) = comments(app, "pending")
    mine, theirs = sign_in("mo"), sign_in("ana")
    assert do(theirs, "spam", [id], version="1").status_code == 200
    page = do(mine, "approve", [id], version="1").text
    assert "Somebody changed this" in page
    assert states(app, [id]) == ["spam"]
    do(mine, "approve", [id], version="2")
    assert states(app, [id]) == ["approved"]


def test_a_reason_can_be_given_and_need_not(app: Flask, sign_in: SignIn) -> None:
    one, two = comments(app, "pending", "pending")
    browser = sign_in("mo")
    do(browser, "reject", [one])
    do(browser, "reject", [two], reason="Off topic")
    assert states(app, [one, two]) == ["rejected", "rejected"]
    with app.app_context():
        assert [db.session.get_one(Comment, id).reason for id in (one, two)] == ["", "Off topic"]


def test_an_input_that_is_required_is_asked_for_with_the_rows_it_is_for(app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), unit_of_work():
        ids = [factories.post(title=f"News {letter}").id for letter in "ab"]
    browser = sign_in("ed")
    asked = browser.submit("/admin/post/action/", {"action": "schedule", "rowid": [str(id) for id in ids]})
    assert asked.status_code == 200
    assert "News a" in asked.text and "News b" in asked.text
    fields = fields_in(asked.text, holding="at")
    assert fields["rowid"] == [str(id) for id in ids]
    for typed in ("", "soon", "2001-01-01T10:00"):
        again = browser.submit("/admin/post/action/", {**fields, "action": "schedule", "at": typed})
        assert again.status_code == 422, typed
        assert fields_in(again.text, holding="at")["at"] == [typed]
    done = browser.submit("/admin/post/action/", {**fields, "action": "schedule", "at": "2030-01-01T10:00"})
    assert done.status_code == 302
    with app.app_context():
        assert [post.status.value for post in db.session.scalars(select(Post))] == ["scheduled", "scheduled"]


def test_a_page_for_inputs_shows_no_title_that_the_person_may_not_see(app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), unit_of_work():
        foreign = factories.post(title="Not for her eyes").id
        own = factories.user(roles=[factories.role(permissions={"post.view": OWN, "post.publish": ALL})])
        mine, username = factories.post(title="Hers", author=own).id, own.username
    browser = sign_in(username)
    asked = browser.submit("/admin/post/action/", {"action": "schedule", "rowid": [str(foreign), str(mine)]})
    assert "Hers" in asked.text and "Not for her eyes" not in asked.text
    alone = browser.submit("/admin/post/action/", {"action": "schedule", "rowid": str(foreign)})
    assert alone.status_code == 404


def test_afterwards_one_is_where_one_was(app: Flask, sign_in: SignIn) -> None:
    (id,) = comments(app, "pending")
    browser = sign_in("mo")
    following = "/admin/comment/?flt_status=pending&page_size=20"
    answer = browser.submit(ACTION, {"action": "approve", "rowid": str(id), "url": following})
    assert answer.headers["Location"] == following
    answer = browser.submit(
        ACTION, {"action": "spam", "rowid": str(id)}, headers={"Referer": "http://localhost/admin/comment/?search=x"}
    )
    assert answer.headers["Location"] == "/admin/comment/?search=x"


def test_a_row_offers_only_what_fits_it_and_the_person(app: Flask, sign_in: SignIn) -> None:
    pending, approved = comments(app, "pending", "approved")

    def offered(username: str) -> dict[int, set[str]]:
        page = sign_in(username).get("/admin/comment/").text
        rows = re.findall(r"<tr data-id=(\d+).*?</tr>", page, flags=re.S)
        parts = re.split(r"<tr data-id=", page)[1:]
        return {
            int(number): set(re.findall(r"value=\"?(\w+)\"? formaction=", part))
            for number, part in zip(rows, parts, strict=True)
        }

    assert offered("mo") == {pending: {"approve", "reject", "spam"}, approved: {"reject", "spam"}}
    assert offered("rita") == {pending: set(), approved: set()}


@both_databases
def test_an_author_decides_about_comments_on_her_own_posts(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("aut")
    with app.app_context(), unit_of_work():
        post = factories.post(published=True, author=person("aut"))
        mine = factories.comment(post=post).id
    (foreign,) = comments(app, "pending")
    do(browser, "approve", [mine, foreign])
    assert states(app, [mine, foreign]) == ["approved", "pending"]


def test_an_operation_is_no_address_to_visit(app: Flask, sign_in: SignIn) -> None:
    (id,) = comments(app, "pending")
    assert sign_in("mo").get(f"{ACTION}?action=approve&rowid={id}").status_code == 405
    assert states(app, [id]) == ["pending"]
