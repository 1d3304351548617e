"""The sample content: a paper that looks alive, made once."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from flask import Flask
from sqlalchemy import select

from backoffice.accounts.models import User
from backoffice.accounts.seeding import first_run
from backoffice.comments.models import Comment, CommentStatus
from backoffice.demo.content import create_demo
from backoffice.demo.diary import NOTES
from backoffice.demo.remarks import REMARKS
from backoffice.demo.stories import STORIES
from backoffice.foundation import clock
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.html import sanitised
from backoffice.mail.delivering import deliver_due
from backoffice.mail.operations import redirect
from backoffice.posts.models import Post, PostStatus
from backoffice.records.outbox import MailStatus, OutboxMail
from backoffice.reminders.firing import fire_due
from backoffice.reminders.models import Reminder, ReminderStatus
from backoffice.subscribers.models import Subscriber
from tests import factories
from tests.paper import all_of, kept


def filled(app: Flask) -> None:
    """Start as with BACKOFFICE_DEMO=1."""
    app.config["DEMO"] = True
    first_run(app)
    create_demo(app)


def test_the_sample_paper_has_something_of_everything(app: Flask) -> None:
    filled(app)
    posts, comments = all_of(app, Post), all_of(app, Comment)
    assert Counter(post.status for post in posts)[PostStatus.PUBLISHED] >= 10
    assert {post.status for post in posts} >= {PostStatus.DRAFT, PostStatus.SCHEDULED}
    assert {comment.status for comment in comments} == set(CommentStatus)
    assert len(comments) >= 45
    reminders = all_of(app, Reminder)
    assert {reminder.status for reminder in reminders} >= {ReminderStatus.DONE, ReminderStatus.CANCELLED}
    assert len({reminder.time_zone for reminder in reminders if reminder.is_recurring}) >= 4
    assert {reminder.about_resource for reminder in reminders} == {None, "post", "comment", "user"}
    assert {mail.status for mail in all_of(app, OutboxMail)} == {MailStatus.WAITING, MailStatus.FAILED}
    assert {(row.confirmed_at is not None, row.gets_mail) for row in all_of(app, Subscriber)} == {
        (True, True),
        (True, False),
        (False, False),
    }
    now = clock.now()
    assert all(now - timedelta(days=31) < comment.created_at <= now for comment in comments)


def test_a_second_start_adds_nothing(app: Flask) -> None:
    filled(app)
    before = [len(all_of(app, model)) for model in (User, Post, Comment, Reminder, OutboxMail, Subscriber)]
    filled(app)
    assert [len(all_of(app, model)) for model in (User, Post, Comment, Reminder, OutboxMail, Subscriber)] == before


def test_only_what_is_due_is_told_when_the_sample_paper_begins(app: Flask) -> None:
    filled(app)
    with app.app_context():
        fire_due()
    told = [reminder for reminder in all_of(app, Reminder) if reminder.told_at is not None]
    assert {reminder.subject for reminder in told} == {note.subject for note in NOTES if (note.hours or 0) < 0}


def test_the_mail_that_nobody_took_goes_to_another_address(app: Flask) -> None:
    filled(app)
    with app.app_context(), unit_of_work():
        failed = db.session.scalars(select(OutboxMail).where(OutboxMail.status == MailStatus.FAILED)).one()
        mira = db.session.scalars(select(User).where(User.username == "mira")).one()
        redirect(failed, actor=mira, email="harbour@example.org")
        id = failed.id
    deliver_due(app)
    with app.app_context():
        mail = db.session.get_one(OutboxMail, id)
        assert (mail.recipient, mail.status) == ("harbour@example.org", MailStatus.SENT)


def test_a_paper_that_has_a_post_is_left_alone(app: Flask) -> None:
    kept(app, factories.post)
    filled(app)
    assert len(all_of(app, Post)) == 1


def test_every_page_of_the_sample_paper_opens(app: Flask) -> None:
    filled(app)
    client = app.test_client()
    for address in ("/blog/", "/blog/2", "/blog/feed.xml", "/blog/tag/harbour", "/blog/user/tomas"):
        assert client.get(address).status_code == 200, address
    for post in all_of(app, Post):
        assert client.get(f"/blog/post/{post.id}").status_code == (200 if post.status is PostStatus.PUBLISHED else 404)


def test_the_sample_texts_are_written_as_the_editor_writes_them() -> None:
    for story in STORIES:
        body = " ".join(story.body.split())
        assert len(sanitised(body).replace(" ", "")) == len(body.replace(" ", "")), story.title


def test_no_remark_is_older_than_what_it_is_about() -> None:
    ages = {story.title: story.age for story in STORIES}
    for title, remarks in REMARKS.items():
        waiting = [(remark, ages[title]) for remark in remarks]
        while waiting:
            remark, age = waiting.pop()
            written = timedelta(hours=remark.hours)
            assert written < age, remark.text
            waiting += [(reply, written) for reply in remark.replies]
