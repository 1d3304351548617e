"""The audit page: found by person, kind, record, field and day, and only what the reader may see."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from backoffice.comments import operations
from backoffice.comments.models import Comment
from backoffice.foundation.acting import acting
from backoffice.foundation.database import db, unit_of_work
from backoffice.records.audit import AuditEntry
from tests import factories, people
from tests.browser import Browser
from tests.house.every_view import row_ids, walked

pytestmark = pytest.mark.both_databases
SignIn = Callable[[str], Browser]
AUDIT = "/admin/audit/"


def entries(app: Flask, *criteria: Any) -> list[int]:
    """The numbers of the entries, newest first."""
    with app.app_context():
        query = select(AuditEntry.id).where(*criteria).order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
        return list(db.session.scalars(query))


@pytest.fixture
def happened(app: Flask) -> dict[str, int]:
    """Somebody wrote, somebody decided, somebody changed a post and a tag."""
    with app.app_context():
        with unit_of_work():
            mo, post, tag = people.person("mo"), factories.post(title="Harbour"), factories.tag(name="Old")
            comments = [factories.comment(post=post) for _time in range(3)]
        for one in comments[:2]:
            with unit_of_work(), acting(actor=mo, surface="admin"):
                operations.approve(db.session.get_one(Comment, one.id), actor=mo)
        with unit_of_work(), acting(actor=mo, surface="admin"):
            comments[2].text = "Another text"
        with unit_of_work():
            post.title, tag.name = "Harbour festival", "New"
        return {"post": post.id, "comment": comments[0].id, "text": comments[2].id, "tag": tag.id}


def test_by_kind(app: Flask, happened: dict[str, int], sign_in: SignIn) -> None:
    ids, _page = walked(sign_in("ana"), f"{AUDIT}?flt_kind=comment")
    assert ids == entries(app, AuditEntry.target_type == "comment")


def test_by_field(app: Flask, happened: dict[str, int], sign_in: SignIn) -> None:
    browser = sign_in("ana")
    expected = [id for id in entries(app, AuditEntry.target_type == "comment") if "status" in _entry(app, id).changes]
    assert len(expected) == 5
    assert row_ids(browser.get(f"{AUDIT}?flt_field=comment.status").text) == expected
    text = [id for id in entries(app, AuditEntry.target_type == "comment") if "text" in _entry(app, id).changes]
    assert row_ids(browser.get(f"{AUDIT}?flt_field=comment.text").text) == text
    assert "Comments: Status" in browser.get(AUDIT).text


def test_by_field_page_by_page_in_both_directions(app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), unit_of_work():
        for _time in range(15):
            factories.tag()
    with app.app_context():
        for number in range(15):
            with unit_of_work():
                tag = factories.tag()
            with unit_of_work():
                tag.name = f"Other {number}"
    browser = sign_in("ana")
    expected = [id for id in entries(app, AuditEntry.target_type == "tag") if "name" in _entry(app, id).changes]
    assert len(expected) == 45
    ids, last = walked(browser, f"{AUDIT}?flt_field=tag.name&page_size=20")
    assert ids == expected
    back, _first = walked(browser, last, "prev")
    assert sorted(set(back)) == sorted(expected)


@pytest.mark.parametrize("typed", ["post %(post)s", "Post %(post)s", "post:%(post)s", "Posts #%(post)s"])
def test_by_record_as_people_write_it(app: Flask, happened: dict[str, int], sign_in: SignIn, typed: str) -> None:
    page = sign_in("ana").get(AUDIT, query_string={"flt_record": typed % happened}).text
    assert row_ids(page) == entries(app, AuditEntry.target_type == "post", AuditEntry.target_id == happened["post"])


def test_a_number_alone_needs_a_kind(app: Flask, happened: dict[str, int], sign_in: SignIn) -> None:
    browser = sign_in("ana")
    page = browser.get(AUDIT, query_string={"flt_record": f"#{happened['post']}", "flt_kind": "post"}).text
    assert row_ids(page) == entries(app, AuditEntry.target_type == "post", AuditEntry.target_id == happened["post"])
    for nonsense in (f"#{happened['post']}", "nothing 3", "post", "post 99999999999999999999999", "💥 1", "\x00 1"):
        assert row_ids(browser.get(AUDIT, query_string={"flt_record": nonsense}).text) in ([], entries(app)[:50])


def test_by_person(app: Flask, happened: dict[str, int], sign_in: SignIn) -> None:
    page = sign_in("ana").get(f"{AUDIT}?flt_actor_name=mo").text
    assert row_ids(page) == entries(app, AuditEntry.actor_name == "mo")


@pytest.mark.parametrize("chosen", ["flt_kind=nothing", "flt_field=comment.nothing", "flt_field=x", "flt_field=role.x"])
def test_what_is_no_choice_narrows_nothing(app: Flask, happened: dict[str, int], sign_in: SignIn, chosen: str) -> None:
    browser = sign_in("ana")
    assert row_ids(browser.get(f"{AUDIT}?{chosen}").text) == entries(app)[:50]


def reader(app: Flask, sign_in: SignIn, **grants: str) -> Browser:
    """Somebody who may see the trail, and these things."""
    with app.app_context(), unit_of_work():
        given = {name.replace("_", ".", 1): reach for name, reach in grants.items()}
        role = factories.role(permissions={"audit.view": "all", **given})
        user = factories.user(roles=[role])
    return sign_in(user)


def test_nobody_sees_entries_about_what_she_may_not_see(app: Flask, happened: dict[str, int], sign_in: SignIn) -> None:
    browser = reader(app, sign_in, tag_view="all")
    ids, _page = walked(browser, AUDIT)
    kinds = {_entry(app, id).target_type for id in ids}
    assert "tag" in kinds
    assert not kinds & {"post", "comment", "user", "role"}
    for id in entries(app, AuditEntry.target_type.in_(["post", "comment", "user"])):
        assert browser.get(f"{AUDIT}details/?id={id}").status_code == 404
    page = browser.get(AUDIT).text
    assert "Comments: Status" not in page and '<option value="post"' not in page


def test_whoever_sees_only_her_own_sees_only_their_entries(app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), unit_of_work():
        role = factories.role(permissions={"audit.view": "all", "post.view": "own"})
        user = factories.user(roles=[role])
        own, other = factories.post(author=user, title="Own").id, factories.post(title="Other").id
    ids, _page = walked(sign_in(user), f"{AUDIT}?flt_kind=post")
    assert {_entry(app, id).target_id for id in ids} == {own}
    assert other


def test_hidden_columns_are_no_field_to_filter_by(app: Flask, happened: dict[str, int], sign_in: SignIn) -> None:
    browser = reader(app, sign_in, comment_view="all")
    page = browser.get(AUDIT).text
    assert "Comments: Status" in page
    assert "Comments: E-mail" not in page
    assert "Comments: E-mail" in sign_in("ana").get(AUDIT).text


def test_the_dashboard_shows_no_more_than_the_trail(app: Flask, happened: dict[str, int], sign_in: SignIn) -> None:
    page = reader(app, sign_in, tag_view="all").get("/admin/").text
    assert "New" in page
    assert "Harbour festival" not in page


def test_long_texts_are_shown_by_the_words_that_changed(app: Flask, sign_in: SignIn) -> None:
    words = "The ferry leaves at nine from the old pier and comes back before it is dark again, most days."
    with app.app_context():
        with unit_of_work():
            comment = factories.comment(text=words)
        with unit_of_work():
            comment.text = words.replace("nine", "ten")
    (id,) = entries(app, AuditEntry.target_type == "comment", AuditEntry.effect == "edit")
    page = sign_in("ana").get(f"{AUDIT}details/?id={id}").text
    assert "<del>nine </del><ins>ten </ins>" in page


def _entry(app: Flask, id: int) -> AuditEntry:
    with app.app_context():
        return db.session.get_one(AuditEntry, id)
