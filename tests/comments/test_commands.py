"""`flask comments`: deciding from the command line, and volume data."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import func, select

from backoffice.comments.models import Comment, CommentStatus
from backoffice.foundation.database import db, unit_of_work
from backoffice.readers.models import Note
from backoffice.records.audit import AuditEntry
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


def a_comment(app: Flask, text: str = "First!") -> int:
    """The number of a comment that waits."""
    with app.app_context(), unit_of_work():
        return factories.comment(text=text, author_name="Rea").id


def test_a_moderator_replies_in_her_own_name_and_what_waits_is_approved(app: Flask) -> None:
    number = a_comment(app)
    with app.app_context(), unit_of_work():
        factories.user(username="mo", roles=["moderator"])
    assert run(app, "comments", "reply", number, "--as", "mo", "--text", "Thank you").exit_code == 0
    with app.app_context():
        answer = db.session.scalars(select(Comment).where(Comment.parent_id == number)).one()
        assert (answer.text, answer.author.username) == ("Thank you", "mo")
        assert answer.parent.status is CommentStatus.APPROVED
        entries = db.session.scalars(select(AuditEntry.actor_name).where(AuditEntry.action == "comment.reply"))
        assert set(entries) == {"mo"}


@pytest.mark.parametrize(("name", "said"), [("nobody-here", "no active account"), ("rea", "may not do this")])
def test_nobody_replies_who_is_not_there_or_may_not(app: Flask, name: str, said: str) -> None:
    number = a_comment(app)
    with app.app_context(), unit_of_work():
        factories.user(username="rea")
    assert said in refusal(run(app, "comments", "reply", number, "--as", name, "--text", "Thank you"))
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Comment)) == 1


def test_a_text_is_corrected_and_the_name_stays_where_only_the_text_is_given(app: Flask) -> None:
    number = a_comment(app, "Frist!")
    assert run(app, "comments", "edit", number, "--text", "First!").exit_code == 0
    with app.app_context():
        comment = db.session.get_one(Comment, number)
        assert (comment.text, comment.author_name) == ("First!", "Rea")
    assert "Write something first" in refusal(run(app, "comments", "edit", number, "--text", " "))
    run(app, "comments", "edit", number, "--author", "Rhea")
    with app.app_context():
        assert db.session.get_one(Comment, number).author_name == "Rhea"


def test_colleagues_are_told_of_the_author(app: Flask) -> None:
    number = a_comment(app)
    assert run(app, "comments", "note", number, "--text", "Wrote from three addresses").exit_code == 0
    with app.app_context():
        assert db.session.scalars(select(Note.text)).one() == "Wrote from three addresses"


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
