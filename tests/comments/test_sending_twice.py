"""An impatient visitor presses the button twice and has said it once."""

from __future__ import annotations

import threading

import pytest
from flask import Flask
from sqlalchemy import select

from backoffice.comments.models import Comment
from backoffice.foundation.database import db
from backoffice.posts.models import Post
from tests import factories
from tests.browser import Browser, fields_in
from tests.paper import kept

pytestmark = pytest.mark.both_databases
SAID = {"name": "Harriet", "email": "harriet@example.org", "text": "Does my ticket still count?"}


@pytest.fixture
def address(app: Flask) -> str:
    """The address of a post that everybody may read."""
    post: Post = kept(app, factories.post, published=True, title="Winter ferries", slug="winter-ferries")
    return f"/blog/post/{post.id}/{post.slug}"


def texts(app: Flask) -> list[str]:
    with app.app_context():
        return list(db.session.scalars(select(Comment.text).order_by(Comment.id)))


def test_twenty_at_once_are_one_comment_and_all_are_thanked(app: Flask, client: Browser, address: str) -> None:
    form = {**fields_in(client.get(address).text, holding="text"), **SAID}
    cookie = client.get_cookie("backoffice")
    assert cookie is not None
    pages: list[str] = []

    def press() -> None:
        copy = app.test_client()
        copy.set_cookie("backoffice", cookie.value)
        assert copy.post(address, data=form).status_code == 303
        pages.append(copy.get(address).text)

    presses = [threading.Thread(target=press) for _ in range(20)]
    for each in presses:
        each.start()
    for each in presses:
        each.join()
    assert texts(app) == [SAID["text"]]
    # Whichever answer the browser shows, she sees that hers waits.
    assert len(pages) == 20
    assert all("Waits for a moderator" in page for page in pages)


def test_who_goes_back_and_says_something_else_has_said_both(app: Flask, client: Browser, address: str) -> None:
    form = {**fields_in(client.get(address).text, holding="text"), **SAID}
    client.post(address, data=form)
    client.post(address, data={**form, "text": "And my dog?"})
    assert texts(app) == [SAID["text"], "And my dog?"]


def test_the_form_of_one_visitor_hides_nothing_of_another(app: Flask, client: Browser, address: str) -> None:
    form = {**fields_in(client.get(address).text, holding="text"), **SAID}
    client.post(address, data=form)
    other: Browser = app.test_client()  # type: ignore[assignment]
    own = fields_in(other.get(address).text, holding="text")
    assert own["once"] != form["once"]
    other.post(address, data={**own, **SAID})
    assert texts(app) == [SAID["text"]] * 2
