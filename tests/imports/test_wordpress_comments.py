"""Comments of a WordPress export become ours; what is not for us is left out and counted."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask

from backoffice.comments.models import LONGEST_TEXT, CommentStatus
from tests.imports.wordpress_site import (
    bring_in,
    comments,
    post,
    posts,
    reply,
)


@pytest.mark.both_databases
def test_a_comment_comes_with_author_address_date_and_status(app: Flask, tmp_path: Path) -> None:
    bring_in(
        app,
        tmp_path,
        post(1, reply(1, "Ahoy &amp; <b>hello</b>", author="Otto &#8211; K.", author_IP="192.0.2.9")),
    )
    made = comments(app)["Ahoy & **hello**"]
    assert (made.author_name, made.author_email, made.author_address) == ("Otto – K.", "otto@example.org", "192.0.2.9")
    assert made.created_at == made.decided_at == datetime(2020, 3, 3, 10, tzinfo=UTC)
    assert made.post_id == posts(app)["A walk"].id


@pytest.mark.parametrize(
    ("approved", "status"),
    [
        ("1", CommentStatus.APPROVED),
        ("0", CommentStatus.PENDING),
        ("hold", CommentStatus.PENDING),
        ("spam", CommentStatus.SPAM),
        ("", CommentStatus.PENDING),
    ],
)
def test_the_status_of_a_comment_becomes_one_of_ours(
    app: Flask, tmp_path: Path, approved: str, status: CommentStatus
) -> None:
    bring_in(app, tmp_path, post(1, reply(1, approved=approved)))
    made = comments(app)["Lovely."]
    assert made.status is status
    assert (made.decided_at is None) == (status is CommentStatus.PENDING)


def test_pingbacks_trackbacks_and_what_is_in_the_trash_are_left_out_and_counted(app: Flask, tmp_path: Path) -> None:
    left_out = [
        *(reply(1, type="pingback"), reply(2, type="trackback"), reply(3, type="trackback"), reply(4, type="review")),
        *(reply(5, approved="trash"), reply(6, approved="post-trashed"), reply(7, "<p> </p>")),
    ]
    outcome = bring_in(app, tmp_path, post(1, "".join(left_out)))
    assert comments(app) == {}
    assert dict(outcome["Comments"].left_out) == {
        "pingback": 1,
        "trackback": 2,
        "of a kind of its own: review": 1,
        "in the trash there": 2,
        "without text": 1,
    }


@pytest.mark.both_databases
def test_a_thread_is_kept_even_where_answers_come_first(app: Flask, tmp_path: Path) -> None:
    bring_in(
        app,
        tmp_path,
        post(1, reply(30, "third", parent="20") + reply(20, "second", parent="10") + reply(10, "first")),
    )
    made = comments(app)
    assert made["third"].parent_id == made["second"].id
    assert made["second"].parent_id == made["first"].id
    assert made["first"].parent_id is None


def test_an_answer_to_what_is_not_here_stands_on_its_own(app: Flask, tmp_path: Path) -> None:
    outcome = bring_in(
        app,
        tmp_path,
        post(
            1, reply(1, "to nothing", parent="99") + reply(2, type="pingback") + reply(3, "to a pingback", parent="2")
        ),
        post(2, reply(4, "to another post", parent="1"), title="Other"),
        post(3, reply(5, "to itself", parent="5"), title="Third"),
        post(4, reply(6, "round", parent="7") + reply(7, "and round", parent="6"), title="Fourth"),
    )
    made = comments(app)
    for text in ("to nothing", "to a pingback", "to another post", "to itself"):
        assert made[text].parent_id is None
    assert (made["round"].parent_id, made["and round"].parent_id) in (
        (made["and round"].id, None),
        (None, made["round"].id),
    )
    assert outcome["Comments"].remarks["answers what is not here, now stands on its own"] == 5


def test_what_cannot_be_a_name_an_address_or_a_text_is_made_to_fit(app: Flask, tmp_path: Path) -> None:
    bring_in(
        app,
        tmp_path,
        post(
            1,
            reply(1, "a", author="", author_email="no address", author_IP="unknown")
            + reply(2, "b", author="n" * 300)
            + reply(3, "word " * 5000),
        ),
    )
    made = list(comments(app).values())
    assert (made[0].author_name, made[0].author_email, made[0].author_address) == ("Anonymous", None, None)
    assert made[1].author_name == "n" * 80
    assert len(made[2].text) <= LONGEST_TEXT
    assert made[2].text.endswith("…")


def test_pages_files_and_menus_are_counted_and_left_out_with_their_comments(app: Flask, tmp_path: Path) -> None:
    outcome = bring_in(
        app,
        tmp_path,
        post(1, reply(1), post_type="page"),
        post(2, post_type="attachment"),
        post(3, post_type="nav_menu_item"),
        post(4, post_type="nav_menu_item"),
        post(5, post_type="wp_block"),
    )
    assert (posts(app), comments(app)) == ({}, {})
    counted = {kind: tally.left_out.total() for kind, tally in outcome.items() if tally.left_out}
    assert counted == {"Comments": 1, "Pages": 1, "Attachments": 1, "Menu items": 2, "Other items": 1}
    assert "wp_block" in outcome["Other items"].why
    assert all(tally.why for tally in outcome.values() if tally.left_out)
