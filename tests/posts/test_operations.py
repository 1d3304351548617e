"""Publishing, scheduling and withdrawing; what a post and a tag take."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from backoffice.foundation import clock
from backoffice.foundation.database import db
from backoffice.foundation.errors import InvalidInput, NotAllowed, NotApplicable
from backoffice.foundation.permissions import Can, System
from backoffice.posts import queries
from backoffice.posts.models import PostStatus
from backoffice.posts.operations import delete, publish, schedule, withdraw
from tests import factories

pytestmark = pytest.mark.both_databases
EDITOR = System("editor", Can.POST_PUBLISH, Can.POST_DELETE)
SOON = timedelta(hours=2)


def public() -> list[int]:
    """What visitors may read, by number."""
    return [post.id for post in db.session.scalars(queries.published(clock.now()))]


def test_a_draft_that_is_published_can_be_read_from_now_on(app: Flask) -> None:
    with app.app_context():
        post = factories.post()
        assert public() == []
        publish(post, actor=EDITOR)
        assert post.status is PostStatus.PUBLISHED
        assert abs(clock.now() - post.published_at) < timedelta(seconds=10)
        assert public() == [post.id]


def test_a_scheduled_post_waits_for_its_moment(app: Flask) -> None:
    with app.app_context():
        post, moment = factories.post(), clock.now() + SOON
        schedule(post, actor=EDITOR, at=moment)
        assert (post.status, post.published_at) == (PostStatus.SCHEDULED, moment)
        assert public() == []
        assert list(db.session.scalars(queries.due(clock.now()))) == []
        assert list(db.session.scalars(queries.due(moment))) == [post]


def test_a_moment_that_has_passed_is_refused(app: Flask) -> None:
    with app.app_context():
        post = factories.post()
        for moment in (clock.now(), clock.now() - SOON, datetime(2001, 1, 1, tzinfo=UTC)):
            with pytest.raises(InvalidInput) as refusal:
                schedule(post, actor=EDITOR, at=moment)
            assert refusal.value.field == "at"
        assert post.status is PostStatus.DRAFT


def test_publishing_a_scheduled_post_makes_now_its_moment(app: Flask) -> None:
    with app.app_context():
        post = factories.post()
        schedule(post, actor=EDITOR, at=clock.now() + SOON)
        publish(post, actor=EDITOR)
        assert post.published_at <= clock.now()
        assert public() == [post.id]


def test_a_withdrawn_post_is_off_the_site_and_comes_back_where_it_was(app: Flask) -> None:
    with app.app_context():
        post = factories.post(published=True)
        comment, moment = factories.comment(post=post), post.published_at
        withdraw(post, actor=EDITOR)
        assert public() == []
        assert comment.post is post
        publish(post, actor=EDITOR)
        assert post.published_at == moment


def test_a_withdrawn_schedule_does_not_publish_itself(app: Flask) -> None:
    with app.app_context():
        post = factories.post()
        schedule(post, actor=EDITOR, at=clock.now() + SOON)
        withdraw(post, actor=EDITOR)
        assert list(db.session.scalars(queries.due(clock.now() + SOON * 2))) == []
        schedule(post, actor=EDITOR, at=clock.now() + SOON)
        assert post.status is PostStatus.SCHEDULED


@pytest.mark.parametrize(
    ("status", "verb"),
    [("published", publish), ("published", schedule), ("draft", withdraw), ("withdrawn", withdraw)],
)
def test_a_verb_that_changes_nothing_is_refused(app: Flask, status: str, verb: object) -> None:
    with app.app_context():
        post = factories.post(status=PostStatus(status))
        inputs = {"at": clock.now() + SOON} if verb is schedule else {}
        with pytest.raises(NotApplicable):
            verb(post, actor=EDITOR, **inputs)  # type: ignore[operator]


def test_an_author_publishes_her_own_and_no_other(app: Flask) -> None:
    with app.app_context():
        author = factories.user(roles=["author"])
        publish(factories.post(author=author), actor=author)
        with pytest.raises(NotAllowed):
            publish(factories.post(), actor=author)


def test_a_post_with_comments_is_not_deleted(app: Flask) -> None:
    with app.app_context():
        post = factories.comment().post
        with pytest.raises(NotApplicable) as refusal:
            delete(post, actor=EDITOR)
        assert "1" in str(refusal.value)
        delete(factories.post(tags=[factories.tag()]), actor=EDITOR)


def test_what_visitors_read_comes_newest_first(app: Flask) -> None:
    with app.app_context():
        now = clock.now()
        old, new = (factories.post(published=True, published_at=now - timedelta(days=days)).id for days in (2, 1))
        factories.post(published=True, published_at=now + SOON)
        for status in ("draft", "scheduled", "withdrawn"):
            factories.post(status=PostStatus(status), published_at=now - SOON)
        assert public() == [new, old]


def test_the_text_of_a_post_is_clean_whoever_sets_it(app: Flask) -> None:
    with app.app_context():
        post = factories.post(body='<p onclick="x()">Words</p><script>alert(1)</script>')
        assert post.body == "<p>Words</p>"
        assert post.body_text == "Words"
        post.body = '<h2>More</h2><img src="javascript:x">'
        assert "javascript" not in post.body
        post.body = None  # type: ignore[assignment]
        assert (post.body, post.body_text) == ("", "")


def test_an_address_is_made_from_the_title_and_can_be_chosen(app: Flask) -> None:
    with app.app_context():
        assert factories.post(title="Ferry timetable, winter").slug == "ferry-timetable-winter"
        assert factories.post(title="Other", slug="MY-address").slug == "my-address"
        for wrong in ("two words", "a/b", "..", "ä", "-"):
            with pytest.raises(InvalidInput):
                factories.post(slug=wrong)
        db.session.rollback()
        assert factories.tag(name="Ünïcode").slug == "unicode"


@pytest.mark.parametrize("title", ["", "   ", "\x00", "\u202e"])
def test_a_post_without_a_title_is_refused(app: Flask, title: str) -> None:
    with app.app_context(), pytest.raises(InvalidInput) as refusal:
        factories.post(title=title)
    assert refusal.value.field == "title"
