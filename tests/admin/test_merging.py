"""Two people in one form: what only one changed is merged without asking, the rest is chosen field by field."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from backoffice.admin.merging import words_changed
from backoffice.comments.models import CommentStatus
from backoffice.foundation.database import db, unit_of_work
from backoffice.posts.models import Post, Tag
from backoffice.reminders.models import Reminder
from tests import factories
from tests.browser import Browser, fields_in

both_databases = pytest.mark.both_databases
SignIn = Callable[[str], Browser]


@pytest.fixture
def post(app: Flask) -> int:
    """The number of a post with a title, a summary, a text and two tags."""
    with app.app_context(), unit_of_work():
        tags = [factories.tag(name=name, slug=name) for name in ("ferry", "harbour")]
        for name in ("island", "winter"):
            factories.tag(name=name, slug=name)
        body = "<p>The boat goes at six.</p>"
        return factories.post(title="Ferries", summary="About boats", body=body, tags=tags).id


def edit(id: int) -> str:
    """The address of the form."""
    return f"/admin/post/edit/?id={id}"


def opened(browser: Browser, id: int) -> dict[str, Any]:
    """The fields of the form as they are now."""
    return fields_in(browser.get(edit(id)).text, holding="title")


def save(browser: Browser, id: int, fields: dict[str, Any], **changes: Any) -> Any:
    """Save the form as it was opened with these changes."""
    return browser.submit(edit(id), {**fields, **changes}, follow_redirects=True)


def told(page: str) -> str:
    """What a reader of the merge sees, with marks for what was put in and taken out."""
    section = page.split('class="bo-merge"')[1].split("</section>")[0]
    return re.sub("<(?!/?(ins|del))[^>]*>", "", section)


@both_databases
def test_fields_that_only_one_changed_are_merged_without_asking(app: Flask, sign_in: SignIn, post: int) -> None:
    ed, ana = sign_in("ed"), sign_in("ana")
    mine, theirs = opened(ana, post), opened(ed, post)
    save(ed, post, theirs, title="Winter ferries", tags="ferry, island")
    page = save(ana, post, mine, summary="About boats in winter")
    assert page.status_code == 200
    assert "Kept what ed changed meanwhile: Title, Tags" in page.text
    with app.app_context():
        saved = db.session.get_one(Post, post)
        assert (saved.title, saved.summary) == ("Winter ferries", "About boats in winter")
        assert {tag.slug for tag in saved.tags} == {"ferry", "island"}


@both_databases
def test_the_same_field_is_shown_three_times_with_the_words_that_differ(sign_in: SignIn, post: int) -> None:
    ed, ana = sign_in("ed"), sign_in("ana")
    mine, theirs = opened(ana, post), opened(ed, post)
    save(ed, post, theirs, body="<p>The boat goes at seven.</p>", summary="Boats")
    page = save(ana, post, mine, body="<p>The old boat goes at six.</p>")
    assert page.status_code == 409
    seen = " ".join(told(page.text).split())
    assert "ed saved version 2 meanwhile" in seen
    assert "The boat goes at six." in seen
    assert "at <del>six.</del><ins>seven.</ins>" in seen and "The <ins>old </ins>boat" in seen
    assert "only ed changed it: Summary" in seen
    fields = fields_in(page.text, holding="title")
    assert fields["summary"] == ["Boats"] and fields["keep.body"] == ["mine"]
    assert "The old boat" in fields["body"][0], "what was typed is lost"


@pytest.mark.parametrize(("choice", "title"), [("theirs", "Theirs"), ("mine", "Mine")])
def test_a_choice_for_each_field_and_one_button(
    app: Flask, sign_in: SignIn, post: int, choice: str, title: str
) -> None:
    ed, ana = sign_in("ed"), sign_in("ana")
    mine, theirs = opened(ana, post), opened(ed, post)
    save(ed, post, theirs, title="Theirs", summary="Theirs too")
    page = save(ana, post, mine, title="Mine", summary="Mine too")
    fields = fields_in(page.text, holding="title")
    page = save(ana, post, fields, **{"keep.title": choice})
    assert page.status_code == 200
    with app.app_context():
        saved = db.session.get_one(Post, post)
        assert (saved.title, saved.summary) == (title, "Mine too")


def test_the_same_change_by_both_is_no_conflict(app: Flask, sign_in: SignIn, post: int) -> None:
    ed, ana = sign_in("ed"), sign_in("ana")
    mine, theirs = opened(ana, post), opened(ed, post)
    for browser, fields in ((ed, theirs), (ana, mine)):
        assert save(browser, post, fields, title="Winter ferries").status_code == 200


def test_a_tag_added_by_each_asks_which_tags_it_shall_be(app: Flask, sign_in: SignIn, post: int) -> None:
    ed, ana = sign_in("ed"), sign_in("ana")
    mine, theirs = opened(ana, post), opened(ed, post)
    save(ed, post, theirs, tags="ferry, harbour, island")
    page = save(ana, post, mine, tags="ferry, harbour, winter")
    assert page.status_code == 409 and "Tags" in told(page.text)
    save(ana, post, fields_in(page.text, holding="title"), **{"keep.tags": "theirs"})
    with app.app_context():
        assert {tag.slug for tag in db.session.get_one(Post, post).tags} == {"ferry", "harbour", "island"}


def test_two_who_saved_before_are_merged_over_both_of_their_changes(app: Flask, sign_in: SignIn, post: int) -> None:
    ed, ana = sign_in("ed"), sign_in("ana")
    mine = opened(ana, post)
    save(ed, post, opened(ed, post), title="Once")
    save(ed, post, opened(ed, post), title="Twice", summary="Changed")
    page = save(ana, post, mine, body="<p>Mine.</p>")
    assert page.status_code == 200
    with app.app_context():
        saved = db.session.get_one(Post, post)
        assert (saved.title, saved.summary, "Mine." in saved.body) == ("Twice", "Changed", True)


def test_a_decision_made_meanwhile_does_not_disturb_who_edits_the_text(app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), unit_of_work():
        id = factories.comment(text="Before").id
    mo, address = sign_in("mo"), f"/admin/comment/edit/?id={id}"
    fields = fields_in(mo.get(address).text, holding="text")
    sign_in("ana").submit("/admin/comment/action/", {"action": "approve", "rowid": str(id)})
    assert mo.submit(address, {**fields, "text": "After"}).status_code == 302
    with app.app_context():
        comment = db.session.get_one(factories.Comment, id)
        assert (comment.text, comment.status) == ("After", CommentStatus.APPROVED)


def test_a_moment_is_compared_as_a_moment(app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), unit_of_work():
        id = factories.reminder(subject="Call", owner=factories.user(roles=["administrator"])).id
    ana, admin, address = sign_in("ana"), sign_in("admin"), f"/admin/reminder/edit/?id={id}"
    mine, theirs = (fields_in(each.get(address).text, holding="subject") for each in (ana, admin))
    assert admin.submit(address, {**theirs, "subject": "Call again"}).status_code == 302
    assert ana.submit(address, {**mine, "body": "Ask for the ferry."}).status_code == 302
    with app.app_context():
        saved = db.session.get_one(Reminder, id)
        assert (saved.subject, saved.body) == ("Call again", "Ask for the ferry.")


def test_a_moment_that_both_moved_can_be_theirs(app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), unit_of_work():
        id = factories.reminder(owner=factories.user(roles=["administrator"])).id
    ana, admin, address = sign_in("ana"), sign_in("admin"), f"/admin/reminder/edit/?id={id}"
    mine, theirs = (fields_in(each.get(address).text, holding="local_at") for each in (ana, admin))
    assert admin.submit(address, {**theirs, "local_at": "2030-01-02T10:00"}).status_code == 302
    page = ana.submit(address, {**mine, "local_at": "2030-03-04T11:00"})
    assert page.status_code == 409
    fields = fields_in(page.text, holding="local_at")
    assert fields["local_at"] == ["2030-03-04T11:00"]
    assert ana.submit(address, {**fields, "keep.local_at": "theirs"}).status_code == 302
    with app.app_context():
        assert f"{db.session.get_one(Reminder, id).due_at:%Y-%m-%dT%H:%M}" == "2030-01-02T10:00"


def test_permissions_of_a_role_that_both_changed_are_chosen(app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), unit_of_work():
        id = factories.role(name="desk", permissions={"tag.view": "all"}).id
    ana, admin, address = sign_in("ana"), sign_in("admin"), f"/admin/role/edit/?id={id}"
    mine, theirs = (fields_in(each.get(address).text, holding="name") for each in (ana, admin))
    assert admin.submit(address, {**theirs, "permissions.tag.edit": "all"}).status_code == 302
    page = ana.submit(address, {**mine, "permissions.post.view": "all"})
    assert page.status_code == 409 and "tag.edit (all)" in told(page.text)


@pytest.mark.parametrize("version", ["", "x", "-1", "999", "1" * 40, "0"])
def test_a_version_that_never_was_shows_what_differs_and_overwrites_nothing(
    app: Flask, sign_in: SignIn, post: int, version: str
) -> None:
    ana = sign_in("ana")
    page = save(ana, post, opened(ana, post), title="Mine", version=version)
    assert page.status_code == 409 and "Mine" in told(page.text)
    with app.app_context():
        assert db.session.scalars(select(Post.title)).one() == "Ferries"
        assert len(db.session.scalars(select(Tag)).all()) == 4


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        ("", "", []),
        ("", "a", [("ins", "a")]),
        ("a b c", "a c", [("same", "a "), ("del", "b "), ("same", "c")]),
        ("a b", "a x", [("same", "a "), ("del", "b"), ("ins", "x")]),
        ("<b>", "<i>", [("del", "<b>"), ("ins", "<i>")]),
    ],
)
def test_texts_are_compared_word_by_word(old: str, new: str, parts: Any) -> None:
    assert words_changed(old, new) == parts


def test_texts_too_long_to_compare_are_shown_whole() -> None:
    old, new = "old " * 3000, "new " * 3000
    assert words_changed(old, new) == [("del", old), ("ins", new)]
