"""Comments under a post become threads that nothing breaks: depth, number, missing parents, circles."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from backoffice.comments import threads
from backoffice.comments.models import Comment, CommentStatus
from backoffice.foundation import clock
from backoffice.foundation.database import db, unit_of_work
from tests import factories

APPROVED, PENDING = CommentStatus.APPROVED, CommentStatus.PENDING
pytestmark = pytest.mark.both_databases


def say(text: str, parent: Comment | None = None, minutes: int = 0, **values: object) -> Comment:
    """An approved comment, written so many minutes after the others, under the post of the one it answers."""
    if parent is not None:
        values.setdefault("post", parent.post)
    values.setdefault("status", APPROVED)
    moment = clock.now() - timedelta(days=1) + timedelta(minutes=minutes)
    return factories.comment(text=text, author_name=text, parent=parent, created_at=moment, **values)


def shown(post_id: int, waiting: tuple[Comment, ...] = (), page: int = 1) -> list[object]:
    """The threads as nested lists of texts."""
    beginnings = db.session.scalars(threads.beginnings(post_id, page)).all()[: threads.THREADS]
    replies = db.session.scalars(threads.replies_to([one.id for one in beginnings])).all() if beginnings else []
    return [told(one) for one in threads.arranged(beginnings, replies, waiting)]


def told(one: threads.Said) -> object:
    text = f"{one.comment.text} to {one.answers}" if one.answers else one.comment.text
    return [text, *map(told, one.replies)] if one.replies else text


def test_the_newest_thread_stands_first_and_its_replies_in_order(app: Flask) -> None:
    with app.app_context(), unit_of_work():
        old = say("old", minutes=0)
        say("new", minutes=5, post=old.post)
        say("second", old, minutes=9)
        say("first", old, minutes=7)
        assert shown(old.post_id) == ["new", ["old", "first", "second"]]


def test_what_is_not_approved_is_not_shown(app: Flask) -> None:
    with app.app_context(), unit_of_work():
        one = say("one")
        for status in CommentStatus:
            if status is not APPROVED:
                say(status.value, one, status=status)
                say(status.value, post=one.post, status=status)
        assert shown(one.post_id) == ["one"]


def test_a_reply_deeper_than_four_stands_beside_the_one_it_answers(app: Flask) -> None:
    with app.app_context(), unit_of_work():
        comment = first = say("1")
        for number in range(2, 7):
            comment = say(str(number), comment, minutes=number)
        assert shown(first.post_id) == [["1", ["2", ["3", "4", "5 to 4", "6 to 5"]]]]


def test_an_approved_reply_to_a_rejected_comment_is_read_all_the_same(app: Flask) -> None:
    with app.app_context(), unit_of_work():
        rejected = say("rejected", status=CommentStatus.REJECTED)
        answer = say("answer", rejected)
        say("more", answer, minutes=1)
        assert shown(rejected.post_id) == [["answer", "more"]]


def test_a_visitors_waiting_comments_stand_below_what_they_answer_or_first(app: Flask) -> None:
    with app.app_context(), unit_of_work():
        one = say("one")
        mine = say("mine", one, minutes=3, status=PENDING), say("also mine", post=one.post, minutes=4, status=PENDING)
        assert shown(one.post_id, mine) == ["also mine", ["one", "mine"]]


def test_the_own_comment_is_found_by_its_writer_only_while_it_waits(app: Flask) -> None:
    with app.app_context(), unit_of_work():
        mine, other = say("mine", status=PENDING), say("elsewhere", status=PENDING)
        decided = say("decided", post=mine.post)
        ids = [mine.id, other.id, decided.id]
        assert db.session.scalars(threads.waiting_among(ids, mine.post_id)).all() == [mine]


def test_comments_that_answer_each_other_in_a_circle_do_no_harm(app: Flask) -> None:
    with app.app_context(), unit_of_work():
        one = say("one")
        two = say("two", one)
        say("three", post=one.post, minutes=1)
        one.parent = two
        db.session.flush()
        assert shown(one.post_id) == ["three"]
        assert len(db.session.scalars(threads.replies_to([one.id])).all()) <= 2


def test_a_very_deep_thread_is_arranged_without_a_stack_that_deep(app: Flask) -> None:
    with app.app_context(), unit_of_work():
        post = factories.post(published=True)
        moment = clock.now()
        comments = [
            Comment(id=number, post_id=post.id, parent_id=number - 1 or None, author_name="x", text=str(number))
            for number in range(1, 2001)
        ]
        for comment in comments:
            comment.created_at, comment.status = moment, APPROVED
        (thread,) = threads.arranged(comments[:1], comments[1:], ())
        assert len(thread.replies[0].replies[0].replies) == 1997


def test_older_threads_are_on_the_next_page(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "THREADS", 2)
    with app.app_context(), unit_of_work():
        first = say("0")
        for number in range(1, 5):
            say(str(number), post=first.post, minutes=number)
        assert [shown(first.post_id, page=page) for page in (1, 2, 3, 4)] == [["4", "3"], ["2", "1"], ["0"], []]


def test_counting_ends_where_nobody_waits_for_more(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "COUNTED", 2)
    with app.app_context(), unit_of_work():
        many, few = say("0"), say("few")
        for _ in range(4):
            say("more", many)
        say("waits", few, status=PENDING)
        assert db.session.scalar(threads.count_under(many.post_id)) == 3
        found = db.session.execute(threads.counts_under([many.post_id, few.post_id]))
        assert {row.post_id: row.number for row in found} == {many.post_id: 3, few.post_id: 1}
