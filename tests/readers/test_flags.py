"""What readers report: once each, not too often, and without moving the comment."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from backoffice.comments.models import Comment, CommentStatus
from backoffice.comments.operations import approve, restore, spam
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.errors import NotApplicable
from backoffice.readers import flags
from backoffice.readers.models import Flag, FlagReason
from backoffice.readers.visitors import digest_of
from tests import factories
from tests.browser import Browser, token_in
from tests.paper import kept

pytestmark = pytest.mark.both_databases


@pytest.fixture
def comment(app: Flask) -> Comment:
    """A comment that everybody may read."""
    return kept(app, factories.comment, status=CommentStatus.APPROVED)


def address(comment: Comment) -> str:
    return f"/comment/{comment.id}/report"


def test_a_visitor_reports_a_comment_without_a_script(app: Flask, client: Browser, comment: Comment) -> None:
    post = client.get(f"/blog/post/{comment.post_id}", follow_redirects=True)
    assert f'href="{address(comment)}"' in post.text
    page = client.get(address(comment))
    assert "<script" not in page.text
    assert comment.text in page.text
    answer = client.post(
        address(comment), data={"csrf_token": token_in(page.text), "reason": "insult"}, follow_redirects=True
    )
    assert "Thank you" in answer.text
    with app.app_context():
        (found,) = flags.of([comment.id])[comment.id]
        assert (found.reason, found.is_seen) == (FlagReason.INSULT, False)
        assert db.session.get(Comment, comment.id).version == comment.version


def test_a_visitor_reports_a_comment_once(app: Flask, client: Browser, comment: Comment) -> None:
    for _time in "12":
        assert client.submit(address(comment), {"reason": "spam"}).status_code == 303
    fresh = app.test_client()
    assert fresh.submit(address(comment), {"reason": "spam"}).status_code == 303, "a new session is no new visitor"
    with app.app_context():
        assert flags.open_count(comment.id) == 1


def test_a_report_without_a_reason_is_asked_for_one(app: Flask, client: Browser, comment: Comment) -> None:
    for data in ({}, {"reason": "nonsense"}):
        page = client.submit(address(comment), data)
        assert page.status_code == 422
        assert 'role="alert"' in page.text
    with app.app_context():
        assert flags.of([comment.id]) == {}


@pytest.mark.parametrize("status", [CommentStatus.PENDING, CommentStatus.REJECTED, CommentStatus.SPAM])
def test_what_nobody_sees_cannot_be_reported(app: Flask, client: Browser, status: CommentStatus) -> None:
    hidden = kept(app, factories.comment, status=status)
    page = client.get(address(hidden))
    assert page.status_code == 404
    assert hidden.text not in page.text


def test_what_staff_wrote_and_what_stands_under_a_draft_cannot_be_reported(app: Flask, client: Browser) -> None:
    with app.app_context(), unit_of_work():
        staff = factories.comment(status=CommentStatus.APPROVED, author=factories.user()).id
        draft = factories.comment(status=CommentStatus.APPROVED, post=factories.post()).id
    for id in (staff, draft, 99_999):
        assert client.get(f"/comment/{id}/report").status_code == 404


def test_a_report_needs_the_token_of_a_page(app: Flask, client: Browser, comment: Comment) -> None:
    assert client.post(address(comment), data={"reason": "spam"}).status_code >= 400
    with app.app_context():
        assert flags.of([comment.id]) == {}


def test_nobody_reports_everything(app: Flask) -> None:
    with app.app_context():
        first = factories.comment(status=CommentStatus.APPROVED)
        for _number in range(flags.MOST_A_DAY):
            other = factories.comment(status=CommentStatus.APPROVED, post=first.post)
            assert flags.add(other.id, visitor="one", reason=FlagReason.SPAM)
        with pytest.raises(NotApplicable):
            flags.add(first.id, visitor="one", reason=FlagReason.SPAM)
        assert flags.add(first.id, visitor="two", reason=FlagReason.SPAM)


def test_who_approves_again_has_seen_the_reports(app: Flask) -> None:
    with app.app_context():
        mo, one = factories.user(roles=["moderator"]), factories.comment()
        approve(one, actor=mo)
        flags.add(one.id, visitor="one", reason=FlagReason.SPAM)
        assert flags.open_count(one.id) == 1
        spam(one, actor=mo)
        restore(one, actor=mo)
        assert flags.open_count(one.id) == 1, "nobody said yet that it may stay"
        approve(one, actor=mo)
        assert flags.open_count(one.id) == 0
        assert flags.of([one.id])[one.id][0].is_seen
        flags.add(one.id, visitor="two", reason=FlagReason.OTHER)
        assert flags.open_count(one.id) == 1, "a later report is a new one"
        flags.put_aside([one.id])
        assert flags.open_count(one.id) == 0


def test_reports_go_with_their_comment(app: Flask) -> None:
    with app.app_context():
        one = factories.comment()
        flags.add(one.id, visitor="one", reason=FlagReason.SPAM)
        db.session.delete(one)
        db.session.flush()
        assert db.session.query(Flag).count() == 0


def test_a_visitor_is_a_digest_of_her_network(app: Flask, make_app: Callable[..., Flask]) -> None:
    with app.app_context():
        here = digest_of(None, "2001:db8::1")
        assert here == digest_of(None, "2001:db8::ffff")
        assert here != digest_of(None, "2001:db8:0:1::1")
        assert digest_of(None, "192.0.2.1") != digest_of(None, "192.0.2.2")
        assert digest_of(7, "192.0.2.1") == digest_of(7, "192.0.2.2") != digest_of(8, "192.0.2.1")
        assert "2001" not in here
    with make_app(SECRET_KEY="another key, which is as long as it has to be").app_context():
        assert digest_of(None, "2001:db8::1") != here
