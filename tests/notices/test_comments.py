"""Mail about comments on one's post and replies to one's comment: gathered, and only of what everybody can read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from backoffice.accounts import notices
from backoffice.accounts.models import User
from backoffice.accounts.notices import Notice
from backoffice.comments.models import Comment, CommentStatus
from backoffice.comments.operations import approve, delete, reject
from backoffice.comments.writing import reply
from backoffice.foundation import clock
from backoffice.foundation.acting import acting
from backoffice.foundation.database import db, unit_of_work
from backoffice.notices import finding
from backoffice.notices.jobs import tell_of_comments
from backoffice.posts.models import Post, PostStatus
from backoffice.readers.models import ConfirmedAddress
from backoffice.records import bulk, stopping
from tests import factories, people
from tests.notices.post_office import mails, tell

pytestmark = pytest.mark.both_databases


@pytest.fixture
def house(app: Flask) -> Flask:
    """The application, which has told of all there is."""
    with app.app_context():
        tell()
    return app


def moderator() -> User:
    return people.person("mo")


def again(record: Any) -> Any:
    """The record as it is now: jobs leave the session empty."""
    return db.session.get_one(type(record), record.id)


def commented(**changes: Any) -> tuple[Post, Comment]:
    post = factories.post(published=True)
    return post, factories.comment(post=post, **changes)


def test_what_is_there_from_the_start_is_no_news(app: Flask) -> None:
    with app.app_context():
        with unit_of_work():
            commented(status=CommentStatus.APPROVED, decided_at=clock.now())
        tell()
        tell()
        assert mails() == []


def test_an_author_hears_once_of_a_comment_when_it_is_approved(house: Flask) -> None:
    with house.app_context():
        with unit_of_work():
            post, comment = commented(text="The ferry was late.", author_name="Rita")
        tell()
        assert mails() == []
        with unit_of_work():
            approve(again(comment), actor=moderator())
        tell()
        tell()
        (mail,) = mails()
        assert mail.recipient == post.author.email
        assert "Rita commented on your post" in mail.subject
        assert "The ferry was late." in mail.text and f"#comment-{comment.id}" in mail.text
        assert "The ferry was late." in (mail.html or "")
        assert mail.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_a_comment_that_a_rule_lets_through_is_news_too(house: Flask) -> None:
    with house.app_context():
        with unit_of_work():
            post, _comment = commented(status=CommentStatus.APPROVED, decided_at=clock.now())
        tell()
        assert [mail.recipient for mail in mails()] == [post.author.email]


def test_a_bulk_comes_in_one_mail_that_shows_ten(house: Flask) -> None:
    with house.app_context():
        with unit_of_work():
            post = factories.post(published=True)
            comments = [factories.comment(post=post, text=f"Remark {number}.") for number in range(25)]
        with acting(actor=moderator()), unit_of_work():
            now = clock.now()
            values = {"status": CommentStatus.APPROVED, "decided_at": now, "decided_by_id": moderator().id}
            bulk.change("comment.approve", [(comment, values) for comment in comments])
        tell()
        (mail,) = mails()
        assert "25 new comments" in mail.subject
        assert mail.text.count("Remark ") == 10 and "And 15 more comments." in mail.text


def test_what_comes_soon_after_is_gathered_for_the_next_mail(house: Flask, later: Callable[..., None]) -> None:
    with house.app_context():
        with unit_of_work():
            post, _first = commented(status=CommentStatus.APPROVED, decided_at=clock.now())
        tell()
        for _number in range(3):
            later(minutes=1)
            with unit_of_work():
                factories.comment(post=post, status=CommentStatus.APPROVED, decided_at=clock.now())
            tell()
        assert len(mails()) == 1
        later(minutes=10)
        tell()
        assert ["3 new comments" in mail.subject for mail in mails()] == [False, True]


@pytest.mark.parametrize("how", ["rejected", "deleted", "withdrawn"])
def test_nobody_hears_of_what_is_gone_by_then(house: Flask, how: str) -> None:
    with house.app_context():
        with unit_of_work():
            post, comment = commented(status=CommentStatus.APPROVED, decided_at=clock.now())
        with unit_of_work():
            if how == "rejected":
                reject(comment, actor=moderator())
            elif how == "deleted":
                delete(comment, actor=moderator())
            else:
                post.status = PostStatus.WITHDRAWN
        tell()
        assert mails() == []


def test_a_mail_that_waits_is_dropped_when_its_comment_goes(house: Flask) -> None:
    from backoffice.notices.telling import still_shown

    with house.app_context():
        with unit_of_work():
            _post, comment = commented(status=CommentStatus.APPROVED, decided_at=clock.now())
        tell()
        (mail,) = mails()
        assert still_shown(mail) is None
        with unit_of_work():
            reject(again(comment), actor=moderator())
        assert still_shown(mail) is not None


def test_nobody_is_told_of_what_she_wrote_or_approved_herself(house: Flask) -> None:
    with house.app_context():
        with unit_of_work():
            post, by_reader = commented()
            factories.comment(
                post=post,
                author_email=post.author.email,
                status=CommentStatus.APPROVED,
                decided_at=clock.now(),
            )
        with unit_of_work():
            approve(by_reader, actor=post.author)
        with unit_of_work():
            reply(by_reader, actor=post.author, text="Thank you.")
        tell()
        assert mails() == []


def test_who_switched_it_off_or_did_not_confirm_her_address_hears_nothing(house: Flask) -> None:
    with house.app_context():
        with unit_of_work():
            one, _comment = commented(status=CommentStatus.APPROVED, decided_at=clock.now())
            other, _comment = commented(status=CommentStatus.APPROVED, decided_at=clock.now())
            notices.switch(one.author, Notice.COMMENTS, on=False)
            other.author.email_doubted = True
        tell()
        assert mails() == []


def test_a_colleague_hears_of_a_reply_and_not_twice_where_it_is_her_post(house: Flask) -> None:
    with house.app_context():
        with unit_of_work():
            post, _comment = commented()
            hers = factories.comment(post=post, author_id=post.author_id, status=CommentStatus.APPROVED)
            factories.comment(post=post, parent=hers, status=CommentStatus.APPROVED, decided_at=clock.now())
        tell()
        (mail,) = mails()
        assert "replied to your comment" in mail.subject and mail.recipient == post.author.email


def confirmed(email: str) -> ConfirmedAddress:
    row = ConfirmedAddress(email=email, locale="de", replies_at=clock.now())
    db.session.add(row)
    db.session.flush()
    return row


def test_a_reader_who_confirmed_it_hears_of_replies_until_she_stops_it(
    house: Flask, later: Callable[..., None]
) -> None:
    with house.app_context():
        with unit_of_work():
            post, hers = commented(status=CommentStatus.APPROVED)
            notices.switch(post.author, Notice.COMMENTS, on=False)
            row = confirmed(hers.author_email or "")
        with unit_of_work():
            reply(hers, actor=moderator(), text="It does count.")
        tell()
        (mail,) = mails()
        assert mail.recipient == hers.author_email and mail.user_id is None and mail.locale == "de"
        assert "It does count." in mail.text
        purpose, number = stopping.read(mail.headers["List-Unsubscribe"].strip("<>").rsplit("/", 1)[1])
        with unit_of_work():
            purpose.stop(number)
            reply(again(hers), actor=moderator(), text="And once more.")
        later(hours=1)
        tell()
        assert len(mails()) == 1 and again(row).replies_at is None


def test_a_reader_who_only_lets_moderators_write_hears_of_no_reply(house: Flask) -> None:
    with house.app_context():
        with unit_of_work():
            post, hers = commented(status=CommentStatus.APPROVED)
            notices.switch(post.author, Notice.COMMENTS, on=False)
            row = confirmed(hers.author_email or "")
            row.replies_at, row.confirmed_at = None, clock.now()
            reply(hers, actor=moderator(), text="It does count.")
        tell()
        assert mails() == []


def test_an_old_comment_that_is_corrected_is_no_news(house: Flask) -> None:
    with house.app_context():
        with unit_of_work():
            _post, comment = commented(status=CommentStatus.APPROVED)
            old = clock.now() - timedelta(days=30)
            db.session.execute(
                update(Comment)
                .values(created_at=old, decided_at=old)
                .execution_options(unaudited_because="arranged", synchronize_session=False)
            )
        with unit_of_work():
            db.session.get_one(Comment, comment.id).text = "Corrected."
        tell()
        assert mails() == []


def test_news_that_was_found_by_a_process_that_died_is_told_by_the_next(house: Flask) -> None:
    from backoffice.trail.jobs import seal_audit

    with house.app_context():
        with unit_of_work():
            post, _comment = commented(status=CommentStatus.APPROVED, decided_at=clock.now())
        seal_audit.function(seal_audit.actor)
        with unit_of_work():
            finding.take_in()
        # Here it died.
        assert mails() == []
        tell_of_comments.function(tell_of_comments.actor)
        assert [mail.recipient for mail in mails()] == [post.author.email]


def test_what_was_taken_back_and_approved_again_is_told_then(house: Flask, later: Callable[..., None]) -> None:
    with house.app_context():
        with unit_of_work():
            _post, comment = commented(status=CommentStatus.APPROVED, decided_at=clock.now())
        with unit_of_work():
            reject(comment, actor=moderator())
        tell()
        assert mails() == []
        later(hours=1)
        with unit_of_work():
            approve(again(comment), actor=moderator())
        tell()
        assert len(mails()) == 1


def test_the_job_has_nothing_to_do_where_nothing_was_said(house: Flask) -> None:
    with house.app_context():
        tell()
        assert tell_of_comments.wanted is not None and not tell_of_comments.wanted()
        with unit_of_work():
            factories.tag()
        from backoffice.trail.jobs import seal_audit

        seal_audit.function(seal_audit.actor)
        assert tell_of_comments.wanted()
