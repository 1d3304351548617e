"""Volume data: as much as asked for, the same each time, true to every rule of the database, and as uneven as life."""

from __future__ import annotations

import hashlib
from collections import Counter
from random import Random
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, inspect, select, text

from backoffice.accounts.models import User
from backoffice.comments import volume
from backoffice.comments.models import Comment, CommentStatus
from backoffice.comments.volume_words import LONGEST, SHORTEST, Writer
from backoffice.foundation.acting import acting
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.errors import NotAllowed
from backoffice.foundation.html import plain_text, sanitised
from backoffice.foundation.permissions import Can, System
from backoffice.foundation.search import matching
from backoffice.foundation.text import is_email
from backoffice.posts.models import Post, PostStatus
from backoffice.records.audit import AuditEntry
from tests import factories

ACTOR = System("cli", *volume.NEEDS)
#: Of 300 comments under 8 posts. Known beforehand, so that neither another database nor another day makes others.
DIGEST = "2bd50ae95c49d4cd631b9347df1eb5734ad81c6b029bef4c9560215489b163ef"


def load(app: Flask, comments: int, posts: int, **more: Any) -> None:
    with app.app_context(), acting(actor=ACTOR, surface="cli"), unit_of_work():
        volume.load(comments, posts, actor=ACTOR, **more)


def all_of(app: Flask, query: Any) -> list[Any]:
    with app.app_context():
        return list(db.session.scalars(query).unique())


def parts(app: Flask) -> set[str]:
    """The names of the indexes and triggers of the table of comments."""
    with app.app_context():
        names = {index["name"] for index in inspect(db.engine).get_indexes("comments")}
        if db.engine.dialect.name == "sqlite":
            query = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'comments'"
            names |= set(db.session.scalars(text(query)))
        return {str(name) for name in names}


@pytest.mark.both_databases
def test_the_same_numbers_make_the_same_data(app: Flask) -> None:
    load(app, 300, 8)
    told = [
        (c.id, c.post_id, c.parent_id, c.author_name, c.author_email, c.text, c.status.value, c.created_at.isoformat())
        for c in all_of(app, select(Comment).order_by(Comment.id))
    ]
    assert hashlib.sha256(repr(told).encode()).hexdigest() == DIGEST


@pytest.mark.both_databases
def test_rows_are_what_the_models_would_have_made_of_them(app: Flask) -> None:
    load(app, 200, 10)
    for comment in all_of(app, select(Comment)):
        assert SHORTEST <= len(comment.text) <= LONGEST
        assert comment.text == comment.text.strip()
        assert comment.author_email is None or is_email(comment.author_email)
        assert (comment.decided_at is None) == (comment.status is CommentStatus.PENDING)
        assert comment.version == 1
    for post in all_of(app, select(Post)):
        assert sanitised(post.body) == post.body
        assert plain_text(post.body) == post.body_text
        assert (post.published_at is None) == (post.status is PostStatus.DRAFT)


@pytest.mark.both_databases
def test_answers_stand_under_the_post_of_what_they_answer_and_come_later(app: Flask) -> None:
    load(app, 400, 5)
    comments = {comment.id: comment for comment in all_of(app, select(Comment))}
    answers = [comment for comment in comments.values() if comment.parent_id]
    assert len(answers) > 40
    for answer in answers:
        answered = comments[answer.parent_id]
        assert answered.post_id == answer.post_id
        assert answered.created_at <= answer.created_at
        assert answered.status is CommentStatus.APPROVED


def test_nobody_comments_on_a_post_before_it_is_there(app: Flask) -> None:
    load(app, 300, 30)
    published = {post.id: post.published_at for post in all_of(app, select(Post))}
    for comment in all_of(app, select(Comment)):
        assert published[comment.post_id] is not None
        assert published[comment.post_id] <= comment.created_at


@pytest.mark.both_databases
@pytest.mark.parametrize("count", [50, 6000], ids=["row by row", "with the indexes away"])
def test_every_word_is_found_and_every_index_is_back(app: Flask, count: int) -> None:
    before = parts(app)
    load(app, count, 20)
    assert parts(app) == before
    with app.app_context():
        for query in ("ferry", "the harbour"):
            criterion = matching(Comment, query, db.engine.dialect.name)
            assert criterion is not None
            found = db.session.scalar(select(func.count()).select_from(Comment).where(criterion)) or 0
            words = query.split()
            texts = db.session.scalars(select(Comment.text)).all()
            plain = [set(text.lower().replace(".", " ").replace(",", " ").split()) for text in texts]
            assert found == sum(all(word in each for word in words) for each in plain)
        if db.engine.dialect.name == "sqlite":
            db.session.execute(text("INSERT INTO comments_search(comments_search) VALUES ('integrity-check')"))


@pytest.mark.both_databases
def test_what_is_written_afterwards_gets_the_next_number_and_is_found(app: Flask) -> None:
    load(app, 6000, 5)
    with app.app_context(), unit_of_work():
        post = factories.post(published=True)
        made = factories.comment(post=post, text="An unmistakable walrus.")
        assert made.id == 6001
        criterion = matching(Comment, "walrus", db.engine.dialect.name)
        assert criterion is not None
        assert db.session.scalars(select(Comment.id).where(criterion)).all() == [6001]


@pytest.mark.both_databases
def test_what_was_there_stays_as_it_was(app: Flask) -> None:
    with app.app_context(), unit_of_work():
        number = factories.comment(text="Here before all of them.").id
    load(app, 60, 3)
    load(app, 60, 3, add=True)
    with app.app_context():
        kept = db.session.get(Comment, number)
        assert kept is not None
        assert kept.text == "Here before all of them."
        assert db.session.scalar(select(func.count()).select_from(Comment)) == 121


@pytest.mark.both_databases
def test_a_failure_on_the_way_leaves_nothing_but_what_was_there(app: Flask) -> None:
    before = parts(app)

    def fail(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load(app, 6000, 3, progress=fail)
    assert parts(app) == before
    with app.app_context():
        for model in (Comment, Post):
            assert db.session.scalar(select(func.count()).select_from(model)) == 0
        assert db.session.scalars(select(User).where(User.username.like("demo%"))).all() == []


def test_one_entry_in_the_trail_tells_of_it(app: Flask) -> None:
    load(app, 30, 3, seed=5)
    (entry,) = all_of(app, select(AuditEntry).where(AuditEntry.action == "comment.demo"))
    assert (entry.actor_name, entry.surface) == ("cli", "cli")
    assert entry.changes == {"comments": [None, 30], "posts": [None, 3], "seed": [None, 5]}


def test_who_may_not_write_comments_makes_none(app: Flask) -> None:
    actor = System("cli", Can.POST_CREATE)
    with app.app_context(), pytest.raises(NotAllowed), unit_of_work():
        volume.load(10, 2, actor=actor)


def test_nobody_can_sign_in_as_an_author_of_volume_data(app: Flask) -> None:
    load(app, 10, 2)
    authors = all_of(app, select(User).where(User.username.like("demo%")))
    assert authors
    assert not any(author.is_active or author.password_hash or author.roles for author in authors)


def test_another_seed_makes_other_data(app: Flask) -> None:
    load(app, 20, 2, seed=1)
    load(app, 20, 2, seed=2, add=True)
    texts = all_of(app, select(Comment.text).order_by(Comment.id))
    assert not set(texts[:20]) & set(texts[20:])


def test_statuses_moments_and_people_are_as_uneven_as_in_life(app: Flask) -> None:
    load(app, 5000, 50)
    comments = all_of(app, select(Comment).order_by(Comment.id))
    share = {status: number / 5000 for status, number in Counter(comment.status for comment in comments).items()}
    assert share[CommentStatus.APPROVED] == pytest.approx(0.88, abs=0.02)
    for rare in (CommentStatus.PENDING, CommentStatus.REJECTED, CommentStatus.SPAM):
        assert share[rare] == pytest.approx(0.04, abs=0.015)
    moments = [comment.created_at for comment in comments]
    assert moments == sorted(moments)
    assert (moments[-1] - moments[0]).days > 1000
    assert 50 < 5000 - len(set(moments)) < 500, "some moments are equal"
    people = Counter(comment.author_email for comment in comments if comment.author_email)
    assert people.most_common(1)[0][1] > 20
    assert len(people) > 500


def test_frequent_words_are_far_more_frequent_than_rare_ones() -> None:
    writer = Writer(Random(1))
    words = Counter(word.strip(".,").lower() for _time in range(2000) for word in writer.text().split())
    ranked = [number for _word, number in words.most_common()]
    assert ranked[0] > 3 * ranked[10] > 9 * ranked[200]
