"""Full-text search, the same on both databases."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from backoffice.comments.models import Comment
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.search import MOST_WORDS, matching, words_of
from backoffice.posts.models import Post
from tests import factories

pytestmark = pytest.mark.both_databases


def found(words: str, model: type = Comment) -> list[int]:
    """The records that a search finds."""
    criterion = matching(model, words, db.engine.dialect.name)
    assert criterion is not None
    return list(db.session.scalars(select(model.id).where(criterion).order_by(model.id)))  # type: ignore[attr-defined]


def test_all_words_have_to_be_there_in_any_order(app: Flask) -> None:
    with app.app_context():
        id = factories.comment(text="The ferry leaves at noon.").id
        factories.comment(text="The ferry is late.")
        assert found("noon ferry") == [id]
        assert found("ferry midnight") == []


def test_case_makes_no_difference(app: Flask) -> None:
    with app.app_context():
        id = factories.comment(text="Ärger im HAFEN").id
        assert found("hafen ärger") == found("HAFEN ÄRGER") == [id]


def test_the_last_word_may_be_a_beginning_and_the_others_may_not(app: Flask) -> None:
    with app.app_context():
        id = factories.comment(text="lighthouse keeper").id
        assert found("lighthouse keep") == [id]
        assert found("light") == [id]
        assert found("light keeper") == []


def test_the_name_of_the_reader_is_searched_and_her_address_is_not(app: Flask) -> None:
    with app.app_context():
        id = factories.comment(author_name="Wilhelmina", author_email="secretbox@example.net").id
        assert found("wilhelmina") == [id]
        assert found("secretbox") == []


def test_the_words_of_a_post_are_searched_and_its_markup_is_not(app: Flask) -> None:
    with app.app_context():
        id = factories.post(title="Tides", body="<h2>Spring</h2><p>neap <strong>water</strong></p>").id
        assert found("tides", Post) == found("spring water", Post) == [id]
        assert found("strong", Post) == []


def test_the_index_follows_every_change(app: Flask) -> None:
    with app.app_context():
        with unit_of_work():
            one = factories.comment(text="before")
        with unit_of_work():
            one.text = "afterwards"
        assert found("before") == []
        assert found("afterwards") == [one.id]
        with unit_of_work():
            db.session.delete(one)
        assert found("afterwards") == []
        with unit_of_work():
            factories.comment(text="never saved")
            db.session.rollback()
        assert found("never") == []


@pytest.mark.parametrize(
    "query",
    [
        '"',
        "'",
        "ferry OR noon",
        "ferry AND",
        "NOT ferry",
        "NEAR(a b)",
        "ferry*",
        "*",
        "-ferry",
        "text:ferry",
        "ferry & |",
        "!",
        "(((",
        "a:*",
        "<->",
        "\\",
        "%",
        "_",
        "ferry\x00noon",
        "🚢",
        "²",
        "ª",
        "a_b",
        "x" * 5000,
        "١٢٣",
        "--",
        ";drop",
    ],
)
def test_nothing_typed_is_taken_for_a_language_of_queries(app: Flask, query: str) -> None:
    with app.app_context():
        factories.comment(text="The ferry leaves at noon.")
        criterion = matching(Comment, query, db.engine.dialect.name)
        if criterion is not None:
            assert len(db.session.scalars(select(Comment.id).where(criterion)).all()) <= 1


def test_a_query_without_words_says_so(app: Flask) -> None:
    with app.app_context():
        assert matching(Comment, ' *"-() ', db.engine.dialect.name) is None


def test_no_more_words_count_than_anybody_needs() -> None:
    assert len(words_of("word " * 100)) == MOST_WORDS
    assert words_of("One, two; THREE!") == ["one", "two", "three"]
