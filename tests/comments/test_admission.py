"""What becomes of a comment by somebody about whom a moderator has said something."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from backoffice.comments.models import Comment, CommentStatus
from backoffice.foundation import clock
from backoffice.foundation.database import db, unit_of_work
from backoffice.posts.models import Post
from backoffice.readers.models import Measure, Restriction
from backoffice.readers.subjects import Subject
from backoffice.rules import findings
from tests import factories
from tests.browser import Browser, fields_in, token_in
from tests.paper import kept

pytestmark = pytest.mark.both_databases
SAID = {"name": "Rudi", "email": "Rude@example.net", "text": "You are all <clowns>!"}


@pytest.fixture
def post(app: Flask) -> Post:
    """A post that everybody may read."""
    return kept(app, factories.post, published=True)


def send(client: Browser, post: Post, **changes: str) -> TestResponse:
    address = f"/blog/post/{post.id}/{post.slug}"
    return client.post(address, data={"csrf_token": token_in(client.get(address).text), **SAID, **changes})


def restrict(app: Flask, measure: Measure, **changes: object) -> None:
    with app.app_context(), unit_of_work():
        factories.restriction(**{"measure": measure, "value": "rude@example.net", "reason": "Stay polite.", **changes})


def written(app: Flask) -> list[Comment]:
    with app.app_context():
        return list(db.session.scalars(select(Comment)))


@pytest.mark.parametrize(
    "about",
    [
        {},
        {"known_by": Subject.DOMAIN, "value": "example.net"},
        {"known_by": Subject.NETWORK, "value": "127.0.0.0/8"},
    ],
)
def test_the_banned_are_refused_and_lose_nothing(
    app: Flask, client: Browser, post: Post, about: dict[str, object]
) -> None:
    restrict(app, Measure.BAN, **about)
    page = send(client, post)
    assert page.status_code == 403
    assert "You cannot write comments here any more." in page.text
    assert "Stay polite." in page.text
    kept_fields = fields_in(page.text, holding="text")
    assert {name: kept_fields[name][0].strip() for name in SAID} == SAID
    assert written(app) == []


def test_the_banned_are_told_until_when_and_may_write_again_then(app: Flask, client: Browser, post: Post) -> None:
    restrict(app, Measure.BAN, until=clock.now() + timedelta(hours=3))
    assert "until" in send(client, post).text
    with app.app_context(), unit_of_work():
        db.session.scalars(select(Restriction)).one().until = clock.now()
    assert send(client, post).status_code == 303


def test_others_write_as_before(app: Flask, client: Browser, post: Post) -> None:
    restrict(app, Measure.BAN)
    assert send(client, post, email="kind@example.net").status_code == 303
    assert len(written(app)) == 1


def test_the_warned_read_first_and_are_heard_then(app: Flask, client: Browser, post: Post) -> None:
    restrict(app, Measure.WARN)
    page = send(client, post)
    assert page.status_code == 422
    assert "Stay polite." in page.text
    assert '<input type="checkbox" name="read" value="1" required>' in page.text
    assert written(app) == []
    with app.app_context():
        assert db.session.scalars(select(Restriction)).one().acknowledged_at is None
    assert send(client, post, read="1").status_code == 303
    assert len(written(app)) == 1
    with app.app_context():
        assert db.session.scalars(select(Restriction)).one().acknowledged_at is not None
    assert send(client, post, text="Another one.").status_code == 303, "once is enough"


def test_who_read_but_made_a_mistake_has_not_been_heard(app: Flask, client: Browser, post: Post) -> None:
    restrict(app, Measure.WARN)
    assert send(client, post, read="1", text=" ").status_code == 422
    with app.app_context():
        assert db.session.scalars(select(Restriction)).one().acknowledged_at is None


def test_the_held_wait_whatever_the_rules_say_and_it_is_written_down(app: Flask, client: Browser, post: Post) -> None:
    restrict(app, Measure.HOLD)
    assert send(client, post).status_code == 303
    (comment,) = written(app)
    assert comment.status is CommentStatus.PENDING
    with app.app_context():
        first = findings.of([comment.id])[comment.id][0]
        assert (first.kind, first.is_decisive) == ("held", True)


def test_an_account_is_met_by_its_own_name(app: Flask, post: Post) -> None:
    with app.app_context(), unit_of_work():
        dara = factories.user()
        factories.restriction(known_by=Subject.ACCOUNT, value=dara.username, account_id=dara.id)
        username = dara.username
    browser = app.test_client()
    assert browser.sign_in(username, "harbour lantern tide").status_code == 302
    assert send(browser, post).status_code == 403  # type: ignore[arg-type]


def test_staff_who_are_signed_in_write_from_a_network_that_is_banned(app: Flask, post: Post) -> None:
    restrict(app, Measure.BAN, known_by=Subject.NETWORK, value="127.0.0.0/8")
    with app.app_context(), unit_of_work():
        username = factories.user(roles=["editor"]).username
    browser = app.test_client()
    assert browser.sign_in(username, "harbour lantern tide").status_code == 302
    assert send(browser, post).status_code == 303  # type: ignore[arg-type]
