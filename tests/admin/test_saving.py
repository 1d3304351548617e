"""Saving: nothing typed is lost, refusals stand beside their field, and one unit of work holds all of it."""

from __future__ import annotations

import html
import re
import threading
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from backoffice.comments.models import Comment
from backoffice.foundation.database import db, unit_of_work
from backoffice.posts.models import Post, Tag
from backoffice.records.audit import AuditEntry
from backoffice.reminders.models import Reminder
from tests import factories
from tests.browser import Browser, fields_in, token_in
from tests.databases import ADMIN_PASSWORD
from tests.people import PASSWORD

both_databases = pytest.mark.both_databases
SignIn = Callable[[str], Browser]
OURS = {"Sec-Fetch-Site": "same-origin"}
LONG = "A text that took an hour to write. " * 40


def form_of(browser: Browser, address: str, holding: str, **typed: str) -> dict[str, Any]:
    """The form at an address with something typed into it."""
    return {**fields_in(browser.get(address).text, holding=holding), **typed}


def posts(app: Flask) -> list[Post]:
    """Every post there is."""
    with app.app_context():
        return list(db.session.scalars(select(Post)))


def test_a_form_without_its_token_changes_nothing_and_gives_back_what_was_typed(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("ana")
    fields = form_of(browser, "/admin/post/new/", "title", title="News", summary=LONG.strip()[:400])
    del fields["csrf_token"]
    answer = browser.post("/admin/post/new/", data=fields, headers=OURS)
    assert answer.status_code == 400
    assert posts(app) == []
    again = fields_in(answer.text, holding="title")
    assert again["title"] == ["News"]
    assert again["summary"] == [LONG.strip()[:400]]
    assert browser.post("/admin/post/new/", data=again).status_code == 302
    assert [post.title for post in posts(app)] == ["News"]


@pytest.mark.parametrize("token", ["", "x", "ä", "a.b.c", "x" * 10_000])
def test_a_token_that_is_not_of_this_session_is_none(app: Flask, sign_in: SignIn, token: str) -> None:
    browser = sign_in("ana")
    fields = form_of(browser, "/admin/tag/new/", "name", name="Ferries")
    assert browser.post("/admin/tag/new/", data={**fields, "csrf_token": token}).status_code == 400


def test_the_token_of_another_person_is_none(app: Flask, sign_in: SignIn) -> None:
    mine, theirs = sign_in("ana"), sign_in("ed")
    fields = form_of(mine, "/admin/tag/new/", "name", name="Ferries")
    assert mine.post("/admin/tag/new/", data={**fields, "csrf_token": theirs.token()}).status_code == 400


def test_what_another_site_posts_is_neither_done_nor_shown_again(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("ana")
    foreign = {"title": "<b>Planted</b>", "summary": LONG[:400]}
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}, {}):
        answer = browser.post("/admin/post/new/", data=foreign, headers=headers)
        assert answer.status_code == 400
        assert "Planted" not in answer.text
    assert posts(app) == []


def test_a_session_that_ended_keeps_what_was_typed_until_it_is_sent_again(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("ed")
    fields = form_of(browser, "/admin/post/new/", "title", title='News "quoted" & <b>', summary=LONG.strip()[:400])
    browser.delete_cookie("backoffice")
    answer = browser.post("/admin/post/new/", data=fields, headers=OURS)
    assert answer.status_code == 401
    assert posts(app) == []
    sign_in_form = fields_in(answer.text, holding="kept")
    signed_in = browser.post("/auth/login", data={**sign_in_form, "username": "ed", "password": PASSWORD})
    assert signed_in.status_code == 200
    again = fields_in(signed_in.text, holding="title")
    assert again["title"] == ['News "quoted" & <b>']
    assert again["summary"] == [LONG.strip()[:400]]
    action = re.search(r'<form class="bo-typed" method="post" action="([^"]+)"', signed_in.text)
    assert action and html.unescape(action.group(1)) == "/admin/post/new/"
    assert browser.post("/admin/post/new/", data=again).status_code == 302
    assert [post.title for post in posts(app)] == ['News "quoted" & <b>']


def test_a_password_is_never_kept(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("ed")
    fields = form_of(
        browser, "/auth/profile", "present", present=PASSWORD, password="brand new one", again="brand new one"
    )
    browser.delete_cookie("backoffice")
    answer = browser.post("/auth/profile/password", data=fields, headers=OURS)
    assert answer.status_code == 401
    assert PASSWORD not in answer.text and "brand new" not in answer.text
    parcels = fields_in(answer.text, holding="username")
    page = browser.post("/auth/login", data={**parcels, "username": "ed", "password": PASSWORD}, follow_redirects=True)
    assert PASSWORD not in page.text and "brand new" not in page.text


@pytest.mark.parametrize("parcel", ["", "x", "eyJ4Ijox.fQ", '["/admin/", []].sig', "ä", "x" * 100_000])
def test_a_parcel_that_was_changed_is_thrown_away(client: Browser, parcel: str) -> None:
    token = token_in(client.get("/auth/login").text)
    fields = {"csrf_token": token, "username": "admin", "password": ADMIN_PASSWORD, "kept": parcel}
    assert client.post("/auth/login", data=fields).headers["Location"] == "/"


@pytest.mark.parametrize(
    ("button", "goes_to"),
    [("_save", "/admin/tag/"), ("_continue_editing", "/admin/tag/edit/?id=1"), ("_add_another", "/admin/tag/new/")],
)
def test_each_button_goes_where_it_says(app: Flask, sign_in: SignIn, button: str, goes_to: str) -> None:
    browser = sign_in("ana")
    fields = form_of(browser, "/admin/tag/new/", "name", name="Ferries")
    assert browser.post("/admin/tag/new/", data={**fields, button: "1"}).headers["Location"] == goes_to


def test_saving_goes_back_to_the_list_as_it_was(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("ana")
    with app.app_context(), unit_of_work():
        id = factories.tag(name="Ferries").id
    following = "/admin/tag/?search=f&page_size=20"
    page = browser.get("/admin/tag/edit/", query_string={"id": id, "url": following})
    fields = {**fields_in(page.text, holding="name"), "name": "Other"}
    assert fields["url"] == [following]
    answer = browser.post(f"/admin/tag/edit/?id={id}", data=fields)
    assert answer.headers["Location"] == following


@both_databases
@pytest.mark.parametrize(
    ("address", "field", "typed"),
    [
        ("/admin/tag/new/", "name", {"name": "\x00"}),
        ("/admin/tag/new/", "slug", {"name": "Ferries", "slug": "Not an address!"}),
        ("/admin/post/new/", "title", {"title": "x" * 201}),
        ("/admin/reminder/new/", "local_at", {"subject": "x", "recipient": "ana", "local_at": "9999-12-31T23:59"}),
        ("/admin/user/new/", "email", {"name": "Mira", "username": "mira", "email": "nonsense"}),
        ("/admin/user/new/", "username", {"name": "Mira", "username": "Not A Name"}),
        ("/admin/comment/new/", "text", {"text": " \x00 "}),
    ],
)
def test_a_refusal_stands_beside_its_field(
    app: Flask, sign_in: SignIn, address: str, field: str, typed: dict[str, str]
) -> None:
    browser = sign_in("ana")
    answer = browser.post(address, data=form_of(browser, address, field, **typed))
    assert answer.status_code == 422
    assert f'id="{field}-e"' in answer.text
    assert re.search(rf'<(input|textarea|select)[^>]*id="{field}"[^>]*aria-invalid="true"', answer.text) or re.search(
        rf'<(input|textarea|select)[^>]*aria-invalid="true"[^>]*id="{field}"', answer.text
    )


@both_databases
def test_of_many_who_take_one_name_at_once_one_gets_it_and_the_others_are_told_so(app: Flask, sign_in: SignIn) -> None:
    browsers = [sign_in("ana") for _ in range(6)]
    forms = [form_of(browser, "/admin/tag/new/", "name", name="Ferries", slug="ferries") for browser in browsers]
    together, answers = threading.Barrier(len(browsers)), []

    def send(browser: Browser, fields: dict[str, Any]) -> None:
        together.wait()
        answers.append(browser.post("/admin/tag/new/", data=fields))

    threads = [threading.Thread(target=send, args=pair) for pair in zip(browsers, forms, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status_code for answer in answers) == [302] + [422] * 5
    for answer in answers:
        assert "UNIQUE" not in answer.text and "uq_tags" not in answer.text
        assert answer.status_code == 302 or 'id="slug-e"' in answer.text
    with app.app_context():
        assert len(db.session.scalars(select(Tag)).all()) == 1


@both_databases
def test_a_refusal_of_the_domain_saves_nothing_of_the_form(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("ana")
    with app.app_context(), unit_of_work():
        role = factories.role(name="readers of tags", permissions={"tag.view": "all"})
        id = role.id
    fields = form_of(browser, f"/admin/role/edit/?id={id}", "name", name="other", description="Other")
    answer = browser.submit(f"/admin/role/edit/?id={id}", {**fields, "permissions.tag.view": "wrong"})
    assert answer.status_code == 422
    with app.app_context():
        assert factories.find_role("readers of tags") is not None


def test_one_thing_wrong_is_counted_and_told(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("ana")
    page = browser.post("/admin/tag/new/", data=form_of(browser, "/admin/tag/new/", "name", name="", slug="?")).text
    assert "to mend before it can be saved" in page
    assert 'role="alert"' in page


def test_the_owner_is_who_creates_and_nobody_else(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("ed")
    fields = form_of(browser, "/admin/post/new/", "title", title="News", author="admin", author_id="1", owner="admin")
    assert browser.post("/admin/post/new/", data=fields).status_code == 302
    with app.app_context():
        assert db.session.scalars(select(Post)).one().author.username == "ed"


def test_a_comment_of_the_staff_is_approved_and_in_her_own_name(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("mo")
    with app.app_context(), unit_of_work():
        factories.post(published=True, slug="news")
    fields = form_of(browser, "/admin/comment/new/", "text", post="news", text="We looked into it.")
    slipped = {"author_name": "Somebody else", "status": "spam", "author_email": "x@example.org"}
    assert browser.post("/admin/comment/new/", data={**fields, **slipped}).status_code == 302
    with app.app_context():
        entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
        comment = db.session.scalars(select(Comment)).one()
        assert (comment.author_name, comment.status.value, comment.author.username) == ("Mo Hallvik", "approved", "mo")
        assert entry.action == "comment.create"


def test_a_form_that_is_too_large_is_refused_in_words(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("ana")
    answer = browser.submit("/admin/post/new/", {"title": "News", "body": "x" * 9_000_000})
    assert answer.status_code in (413, 422)
    assert "Traceback" not in answer.text
    assert posts(app) == []
    assert browser.get("/admin/post/").status_code == 200


def test_a_long_text_is_saved_whole(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("ana")
    body = "<p>" + "word " * 120_000 + "end</p>"
    assert (
        browser.post(
            "/admin/post/new/", data=form_of(browser, "/admin/post/new/", "title", title="Long", body=body)
        ).status_code
        == 302
    )
    (post,) = posts(app)
    assert post.body.endswith("end</p>")
    assert len(post.body) > 590_000


def test_a_reminder_of_another_day_keeps_its_zone(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("ana")
    browser.submit(
        "/auth/profile",
        {**fields_in(browser.get("/auth/profile").text, holding="time_zone"), "time_zone": "Europe/Berlin"},
    )
    fields = form_of(
        browser, "/admin/reminder/new/", "local_at", subject="Ferry", recipient="ana", local_at="2030-07-01T09:00"
    )
    assert browser.post("/admin/reminder/new/", data=fields).status_code == 302
    with app.app_context():
        assert db.session.scalars(select(Reminder)).one().due_at.isoformat() == "2030-07-01T07:00:00+00:00"
    assert "Europe/Berlin" in browser.get("/admin/reminder/new/").text


def test_what_is_in_use_is_not_deleted_and_says_why(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("ana")
    with app.app_context(), unit_of_work():
        comment = factories.comment()
        id = comment.post_id
    answer = browser.submit("/admin/post/delete/", {"id": str(id)}, follow_redirects=True)
    assert "still belong to it: 1" in answer.text
    with app.app_context():
        assert db.session.get(Post, id) is not None


def test_deleting_a_tag_takes_it_off_its_posts(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("ana")
    with app.app_context(), unit_of_work():
        tag = factories.tag()
        post = factories.post(tags=[tag])
        id, post_id = tag.id, post.id
    assert browser.submit("/admin/tag/delete/", {"id": str(id)}).status_code == 302
    with app.app_context():
        assert db.session.get(Tag, id) is None
        assert db.session.get_one(Post, post_id).tags == []
