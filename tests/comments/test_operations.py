"""Deciding about comments, and taking them in."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from backoffice.comments import queries
from backoffice.comments.models import LONGEST_TEXT, Comment, CommentStatus
from backoffice.comments.operations import VISITOR, approve, delete, reject, restore, spam, submit
from backoffice.foundation.database import db
from backoffice.foundation.errors import InvalidInput, NotAllowed, NotApplicable
from backoffice.foundation.permissions import Can, System
from backoffice.posts.models import PostStatus
from backoffice.records.audit import AuditEntry
from tests import factories

pytestmark = pytest.mark.both_databases
MODERATOR = System("moderator", Can.COMMENT_MODERATE, Can.COMMENT_DELETE)
VERBS = {"approve": approve, "reject": reject, "spam": spam, "restore": restore}
#: What each verb makes of each state; None where it does not apply.
OUTCOMES = {
    "approve": {"pending": "approved", "approved": None, "rejected": "approved", "spam": "approved"},
    "reject": {"pending": "rejected", "approved": "rejected", "rejected": None, "spam": "rejected"},
    "spam": {"pending": "spam", "approved": "spam", "rejected": "spam", "spam": None},
    "restore": {"pending": None, "approved": None, "rejected": "pending", "spam": "pending"},
}


@pytest.mark.parametrize("before", [status.value for status in CommentStatus])
@pytest.mark.parametrize("verb", VERBS)
def test_each_verb_does_what_its_word_says(app: Flask, verb: str, before: str) -> None:
    with app.app_context():
        comment, after = factories.comment(status=CommentStatus(before)), OUTCOMES[verb][before]
        if after is None:
            with pytest.raises(NotApplicable):
                VERBS[verb](comment, actor=MODERATOR)
            assert comment.status.value == before
            return
        VERBS[verb](comment, actor=MODERATOR)
        assert comment.status.value == after
        assert (comment.decided_at is None) == (after == "pending")
        entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
        assert (entry.action, entry.actor_name) == (f"comment.{verb}", "moderator")
        assert entry.changes["status"] == [before, after]


def test_a_reason_is_kept_until_another_decision(app: Flask) -> None:
    with app.app_context():
        comment = factories.comment()
        reject(comment, actor=MODERATOR, reason="Off topic")
        assert comment.reason == "Off topic"
        approve(comment, actor=MODERATOR)
        assert comment.reason == ""
        reject(comment, actor=MODERATOR)
        assert comment.reason == ""
        restore(comment, actor=MODERATOR)
        assert (comment.reason, comment.decided_at) == ("", None)


def test_what_waits_comes_oldest_first(app: Flask) -> None:
    with app.app_context():
        first, second = factories.comment().id, factories.comment().id
        factories.comment(status=CommentStatus.APPROVED)
        assert [one.id for one in db.session.scalars(queries.awaiting_moderation())] == [first, second]


def test_a_reader_s_comment_waits(app: Flask) -> None:
    with app.app_context():
        post = factories.post(published=True)
        made = submit(
            post, actor=VISITOR, name=" Wilma ", email="Wilma@Example.net", text=" Fine.\r\n", address="192.0.2.9"
        )
        assert (made.status, made.author_name, made.author_email) == (
            CommentStatus.PENDING,
            "Wilma",
            "wilma@example.net",
        )
        assert (made.text, made.author_address, made.author) == ("Fine.", "192.0.2.9", None)
        entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
        assert (entry.action, entry.actor_name) == ("comment.submit", "visitor")


@pytest.mark.parametrize("status", ["draft", "scheduled", "withdrawn"])
def test_a_post_that_is_not_public_takes_no_comments(app: Flask, status: str) -> None:
    with app.app_context(), pytest.raises(NotApplicable):
        submit(factories.post(status=PostStatus(status)), actor=VISITOR, name="Wilma", email=None, text="Fine.")


def test_a_reply_stands_under_an_approved_comment_of_the_same_post(app: Flask) -> None:
    with app.app_context():
        post = factories.post(published=True)
        parent = factories.comment(post=post, status=CommentStatus.APPROVED)
        reply = submit(post, actor=VISITOR, name="Wilma", email=None, text="Yes.", parent=parent)
        assert reply.parent is parent
        waiting, elsewhere = factories.comment(post=post), factories.comment(status=CommentStatus.APPROVED)
        for wrong in (waiting, elsewhere):
            with pytest.raises(InvalidInput) as refusal:
                submit(post, actor=VISITOR, name="Wilma", email=None, text="Yes.", parent=wrong)
            assert refusal.value.field == "parent"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": " \u202e "}, "name"),
        ({"email": "nonsense"}, "email"),
        ({"email": "a@example.net\nBcc: b@example.net"}, "email"),
        ({"text": ""}, "text"),
        ({"text": " \x00 \n"}, "text"),
        ({"text": "x" * (LONGEST_TEXT + 1)}, "text"),
    ],
)
def test_what_makes_no_comment_is_refused(app: Flask, change: dict[str, str], field: str) -> None:
    with app.app_context():
        post = factories.post(published=True)
        values = {"name": "Wilma", "email": "wilma@example.net", "text": "Fine.", **change}
        with pytest.raises(InvalidInput) as refusal:
            submit(post, actor=VISITOR, **values)  # type: ignore[arg-type]
        assert refusal.value.field == field
        db.session.rollback()
        assert db.session.scalars(select(Comment)).all() == []


def test_a_visitor_may_write_and_nothing_else(app: Flask) -> None:
    with app.app_context():
        comment = factories.comment()
        for verb in (approve, reject, spam, delete):
            with pytest.raises(NotAllowed):
                verb(comment, actor=VISITOR)
        with pytest.raises(NotAllowed):
            submit(comment.post, actor=System("nobody"), name="x", email=None, text="x")


def test_an_author_decides_under_her_own_posts(app: Flask) -> None:
    with app.app_context():
        author = factories.user(roles=["author"])
        approve(factories.comment(post=factories.post(published=True, author=author)), actor=author)
        with pytest.raises(NotAllowed):
            approve(factories.comment(), actor=author)


def test_a_comment_with_replies_is_not_deleted(app: Flask) -> None:
    with app.app_context():
        parent = factories.comment()
        reply = factories.comment(post=parent.post, parent=parent)
        with pytest.raises(NotApplicable):
            delete(parent, actor=MODERATOR)
        delete(reply, actor=MODERATOR)
        delete(parent, actor=MODERATOR)
        assert db.session.scalars(select(Comment)).all() == []
