"""A table of comments goes onto one post, once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from backoffice.comments.models import LONGEST_TEXT, Comment, CommentStatus
from backoffice.comments.operations import approve
from backoffice.foundation import clock
from backoffice.foundation.acting import acting
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.errors import InvalidInput, NotAllowed
from backoffice.foundation.permissions import Can, System
from backoffice.imports.operations import import_comments
from backoffice.posts.models import Post
from backoffice.records.audit import AuditEntry
from tests import factories
from tests.imports.wordpress_site import ACTOR, bring_in_table, comments, told

HEAD = "COMMENT_ID,AUTHOR,DATE,CONTENT,CLASS\n"
TABLE = (
    HEAD
    + 'a1,Julius,2013-11-07T06:20:48,"Huh, anyway check out my channel",1\n'
    + "a2,Ana,2013-11-08T06:20:48,What a tide,0\n"
)


@pytest.fixture
def post_id(app: Flask) -> int:
    """A post to put them under; a draft, for comments may come before it is public."""
    with app.app_context(), unit_of_work():
        return int(factories.post(title="The tide").id)


@pytest.mark.both_databases
def test_rows_become_comments_by_their_label(app: Flask, tmp_path: Path, post_id: int) -> None:
    outcome = bring_in_table(app, tmp_path, TABLE, post_id)
    assert told(outcome, "Comments") == (2, 2, 0, 0, 0)
    made = comments(app)["Huh, anyway check out my channel"]
    assert (made.post_id, made.author_name, made.status) == (post_id, "Julius", CommentStatus.SPAM)
    assert made.created_at == made.decided_at == datetime(2013, 11, 7, 6, 20, 48, tzinfo=UTC)
    assert comments(app)["What a tide"].status is CommentStatus.APPROVED


def test_without_labels_comments_wait(app: Flask, tmp_path: Path, post_id: int) -> None:
    bring_in_table(app, tmp_path, "name;date;text\nAna;2020-01-02;Ahoy\n", post_id)
    made = comments(app)["Ahoy"]
    assert (made.status, made.decided_at) == (CommentStatus.PENDING, None)


@pytest.mark.both_databases
@pytest.mark.parametrize("table", [TABLE, "author,date,text\nAna,2020-01-02,Ahoy\nAna,,Ahoy\n"], ids=["ids", "no ids"])
def test_a_second_run_doubles_nothing(app: Flask, tmp_path: Path, post_id: int, table: str) -> None:
    bring_in_table(app, tmp_path, table, post_id)
    before = set(comments(app))
    assert told(bring_in_table(app, tmp_path, table, post_id), "Comments") == (2, 0, 0, 2, 0)
    assert set(comments(app)) == before
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Comment)) == 2


@pytest.mark.both_databases
def test_a_row_that_stands_there_twice_is_one_comment(app: Flask, tmp_path: Path, post_id: int) -> None:
    outcome = bring_in_table(app, tmp_path, f"{TABLE}a2,Ana,2013-11-08T06:20:48,What a tide,0\n", post_id)
    assert told(outcome, "Comments") == (3, 2, 0, 1, 0)
    assert len(comments(app)) == 2


def test_the_same_table_goes_onto_another_post_as_well(app: Flask, tmp_path: Path, post_id: int) -> None:
    with app.app_context(), unit_of_work():
        other = factories.post().id
    bring_in_table(app, tmp_path, TABLE, post_id)
    assert told(bring_in_table(app, tmp_path, TABLE, other), "Comments") == (2, 2, 0, 0, 0)


def test_a_corrected_row_is_updated_unless_somebody_decided_here(app: Flask, tmp_path: Path, post_id: int) -> None:
    bring_in_table(app, tmp_path, TABLE, post_id)
    with app.app_context(), acting(actor=ACTOR, surface="test"), unit_of_work():
        approve(db.session.scalars(select(Comment).where(Comment.author_name == "Julius")).one(), actor=ACTOR)
    outcome = bring_in_table(app, tmp_path, TABLE.replace("Julius", "Julia").replace("tide", "high tide"), post_id)
    assert told(outcome, "Comments") == (2, 0, 1, 1, 0)
    assert outcome["Comments"].why == "kept: edited here (1)"
    assert comments(app)["Huh, anyway check out my channel"].author_name == "Julius"
    assert "What a high tide" in comments(app)


def test_what_was_deleted_here_does_not_come_back(app: Flask, tmp_path: Path, post_id: int) -> None:
    bring_in_table(app, tmp_path, TABLE, post_id)
    with app.app_context(), unit_of_work():
        db.session.delete(db.session.scalars(select(Comment).where(Comment.author_name == "Ana")).one())
    outcome = bring_in_table(app, tmp_path, TABLE, post_id)
    assert outcome["Comments"].why == "deleted here since (1)"
    assert len(comments(app)) == 1


def test_a_row_without_text_is_left_out_and_one_without_date_is_of_today(
    app: Flask, tmp_path: Path, post_id: int
) -> None:
    outcome = bring_in_table(app, tmp_path, f"{HEAD}b1,Ana,,Ahoy,0\nb2,Bo,2020-01-01,,0\nb3,,2020-01-01,Hm,\n", post_id)
    assert told(outcome, "Comments") == (3, 2, 0, 0, 1)
    assert outcome["Comments"].why == "without text (1); without a date, so dated today (1)"
    assert clock.now() - comments(app)["Ahoy"].created_at < timedelta(minutes=5)
    assert comments(app)["Hm"].author_name == "Anonymous"


def test_references_and_line_breaks_of_html_become_text(app: Flask, tmp_path: Path, post_id: int) -> None:
    bring_in_table(app, tmp_path, f"{HEAD}c1,Ana,2020-01-01,Hey I&#39;m here<br />twice,0\n", post_id)
    assert "Hey I'm here\ntwice" in comments(app)


def test_scripts_and_formulas_stay_words(app: Flask, tmp_path: Path, post_id: int) -> None:
    bring_in_table(app, tmp_path, f"{HEAD}d1,=1+1,2020-01-01,<script>alert(1)</script>,0\n", post_id)
    assert comments(app)["<script>alert(1)</script>"].author_name == "=1+1"


def test_a_text_that_is_too_long_is_cut_and_said(app: Flask, tmp_path: Path, post_id: int) -> None:
    outcome = bring_in_table(app, tmp_path, f"{HEAD}e1,Ana,2020-01-01,{'word ' * 5000},0\n", post_id)
    (text,) = comments(app)
    assert len(text) <= LONGEST_TEXT
    assert "shortened" in outcome["Comments"].why


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (f"{TABLE}a3,Ana\n", "Row 4 has 2 columns"),
        ("who,when,what\n1,2,3\n", "must name the columns"),
        (f"{HEAD}a1,Ana,2020-01-01,Ahoy,maybe\n", "labelled"),
        ("\n", "is empty"),
    ],
)
def test_a_table_that_cannot_be_read_to_its_end_changes_nothing(
    app: Flask, tmp_path: Path, post_id: int, table: str, said: str
) -> None:
    with pytest.raises(InvalidInput, match=said):
        bring_in_table(app, tmp_path, table, post_id)
    assert comments(app) == {}


@pytest.mark.both_databases
def test_many_rows_are_many_entries_in_the_trail(app: Flask, tmp_path: Path, post_id: int) -> None:
    rows = "".join(f"n{number},Ana,2020-01-01,no. {number},0\n" for number in range(130))
    bring_in_table(app, tmp_path, HEAD + rows, post_id)
    with app.app_context():
        query = select(func.count()).where(AuditEntry.action == "comment.import", AuditEntry.surface == "cli")
        assert db.session.scalar(query) == len(comments(app)) == 130


def test_who_may_not_moderate_imports_nothing(app: Flask, tmp_path: Path, post_id: int) -> None:
    path = tmp_path / "table.csv"
    path.write_text(TABLE)
    with app.app_context(), pytest.raises(NotAllowed):
        post = db.session.get(Post, post_id)
        assert post is not None
        import_comments(path, post, actor=System("cli", Can.COMMENT_CREATE))
    assert comments(app) == {}
