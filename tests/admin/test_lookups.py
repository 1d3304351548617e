"""Choosing a record by typing its name."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from backoffice.admin.lookups import Picker
from backoffice.foundation.database import db, unit_of_work
from backoffice.posts import queries
from backoffice.posts.models import Post
from backoffice.reminders.models import Reminder
from tests import factories
from tests.browser import Browser, fields_in

both_databases = pytest.mark.both_databases
SignIn = Callable[[str], Browser]


def new_reminder(browser: Browser, recipient: str) -> object:
    """Post the form for a reminder to whoever is meant by these words."""
    fields = fields_in(browser.get("/admin/reminder/new/").text, holding="recipient")
    typed = {"subject": "Ferry", "due_at": "2030-01-01T10:00", "recipient": recipient, "body": "Kept words"}
    return browser.submit("/admin/reminder/new/", {**fields, **typed})


@both_databases
@pytest.mark.parametrize("typed", ["mira", "MIRA", " mira ", "Mira Tolvane", "mira tolvane"])
def test_a_person_is_meant_by_user_name_or_full_name(app: Flask, sign_in: SignIn, typed: str) -> None:
    browser = sign_in("ana")
    with app.app_context(), unit_of_work():
        id = factories.user(username="mira", name="Mira Tolvane").id
        factories.user(username="mirabel", name="Mirabel Tolvane")
    assert new_reminder(browser, typed).status_code == 302  # type: ignore[attr-defined]
    with app.app_context():
        assert db.session.scalars(select(Reminder)).one().recipient_id == id


@both_databases
def test_several_who_could_be_meant_are_offered_and_nothing_typed_is_lost(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("ana")
    with app.app_context(), unit_of_work():
        for username in ("mira.a", "mira.b"):
            factories.user(username=username, name="Mira Tolvane")
    answer = new_reminder(browser, "Mira Tolvane")
    assert answer.status_code == 422  # type: ignore[attr-defined]
    page = answer.text  # type: ignore[attr-defined]
    assert "Several could be meant" in page
    assert "mira.a" in page and "mira.b" in page
    kept = fields_in(page, holding="recipient")
    assert (kept["recipient"], kept["subject"], kept["body"]) == (["Mira Tolvane"], ["Ferry"], ["Kept words"])
    assert browser.submit("/admin/reminder/new/", {**kept, "recipient": "mira.b"}).status_code == 302


@pytest.mark.parametrize(
    "typed", ["nobodyhere", "", "   ", "%", "_", "#999999", "#", "#abc", "x" * 5000, "' OR 1=1 --"]
)
def test_a_name_nobody_has_is_refused_with_what_was_typed(app: Flask, sign_in: SignIn, typed: str) -> None:
    answer = new_reminder(sign_in("ana"), typed)
    assert answer.status_code == 422  # type: ignore[attr-defined]
    assert fields_in(answer.text, holding="recipient")["recipient"][0] == typed.strip()[:200]  # type: ignore[attr-defined]
    with app.app_context():
        assert db.session.scalars(select(Reminder)).all() == []


def test_who_may_not_be_chosen_cannot_be_posted(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("ana")
    with app.app_context(), unit_of_work():
        gone = factories.user(username="gone", is_active=False)
        number = gone.id
    for typed in ("gone", f"#{number}"):
        assert new_reminder(browser, typed).status_code == 422, typed  # type: ignore[attr-defined]
    assert browser.get("/admin/reminder/ajax/lookup/?name=recipient&query=gone").json == []


@both_databases
def test_several_tags_are_named_one_after_the_other(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("ana")
    with app.app_context(), unit_of_work():
        for slug in ("ferries", "tides", "wrecks"):
            factories.tag(name=slug.title(), slug=slug)
    fields = fields_in(browser.get("/admin/post/new/").text, holding="tags")
    typed = {**fields, "title": "News", "tags": " ferries, Tides ,, ferries "}
    assert browser.submit("/admin/post/new/", typed).status_code == 302
    with app.app_context():
        post = db.session.scalars(select(Post)).one()
        assert [tag.slug for tag in post.tags] == ["ferries", "tides"]
        id = post.id
    fields = fields_in(browser.get(f"/admin/post/edit/?id={id}").text, holding="tags")
    assert sorted(fields["tags"][0].replace(" ", "").split(",")) == ["ferries", "tides"]
    assert browser.submit(f"/admin/post/edit/?id={id}", {**fields, "tags": ""}).status_code == 302
    with app.app_context():
        assert db.session.get_one(Post, id).tags == []


def test_one_unknown_tag_among_known_ones_is_refused_whole(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("ana")
    with app.app_context(), unit_of_work():
        factories.tag(slug="ferries")
    fields = fields_in(browser.get("/admin/post/new/").text, holding="tags")
    answer = browser.submit("/admin/post/new/", {**fields, "title": "News", "tags": "ferries, nothing"})
    assert answer.status_code == 422
    assert fields_in(answer.text, holding="tags")["tags"] == ["ferries, nothing"]


@both_databases
def test_the_unique_name_decides_alone(app: Flask) -> None:
    with app.app_context():
        one = factories.tag(name="Ferries", slug="tides")
        other = factories.tag(name="tides", slug="ferries")
        picker = Picker(queries.tags)
        assert picker.named("tides") == [one]
        assert picker.named("ferries") == [other]
        assert picker.handle(one) == "tides"
        assert picker.allows(one)


@both_databases
def test_what_is_typed_is_no_pattern(app: Flask) -> None:
    with app.app_context():
        one = factories.tag(name="100 % sure", slug="sure")
        factories.tag(name="something else", slug="else")
        picker = Picker(queries.tags)
        assert picker.starting("%") == [one]
        assert picker.starting("_") == []
        assert picker.starting("\\") == []
        assert len(picker.starting("")) == 2


def test_a_lookup_names_people_without_their_addresses(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("ana")
    with app.app_context(), unit_of_work():
        factories.user(username="mira", name="Mira Tolvane", email="secret@example.org")
    answer = browser.get("/admin/reminder/ajax/lookup/?name=recipient&query=mira")
    assert answer.json == [{"id": "mira", "text": "Mira Tolvane"}]
    assert browser.get("/admin/reminder/ajax/lookup/?name=recipient&query=secret").json == []
