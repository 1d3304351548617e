"""`flask comments`: deciding from the command line, and volume data."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import func, select

from backoffice.comments.models import Comment, CommentStatus
from backoffice.foundation.database import db, unit_of_work
from tests import factories
from tests.terminal import refusal, run


@pytest.mark.parametrize(
    ("word", "before", "after"),
    [
        ("approve", CommentStatus.PENDING, CommentStatus.APPROVED),
        ("reject", CommentStatus.APPROVED, CommentStatus.REJECTED),
        ("spam", CommentStatus.PENDING, CommentStatus.SPAM),
        ("restore", CommentStatus.SPAM, CommentStatus.PENDING),
    ],
)
def test_a_comment_is_decided_by_the_word_of_the_operation(
    app: Flask, word: str, before: CommentStatus, after: CommentStatus
) -> None:
    with app.app_context(), unit_of_work():
        number = factories.comment(status=before).id
    assert run(app, "comments", word, number).exit_code == 0
    with app.app_context():
        comment = db.session.get(Comment, number)
        assert comment is not None
        assert comment.status is after


def test_volume_data_is_made_in_the_numbers_asked_for(app: Flask) -> None:
    result = run(app, "comments", "demo", "--count", 70, "--posts", 5)
    assert result.stdout == "Made 70 comments under 5 posts.\n"
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Comment)) == 70


def test_volume_data_is_not_made_twice_by_mistake(app: Flask) -> None:
    run(app, "comments", "demo", "--count", 10, "--posts", 2)
    assert "--add" in refusal(run(app, "comments", "demo", "--count", 10, "--posts", 2))
    run(app, "comments", "demo", "--count", 10, "--posts", 2, "--add")
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Comment)) == 20


@pytest.mark.parametrize(
    "words", [("--count", "0", "--posts", "1"), ("--count", "5"), ("--count", "x", "--posts", "1")]
)
def test_numbers_that_make_no_sense_are_refused(app: Flask, words: tuple[str, ...]) -> None:
    refusal(run(app, "comments", "demo", *words))
