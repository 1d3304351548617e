"""People, posts, categories and tags of a WordPress export become ours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from backoffice.foundation import clock
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.html import sanitised
from backoffice.posts.models import PostStatus, Tag
from tests import factories
from tests.imports.wordpress_site import (
    author,
    bring_in,
    comments,
    people,
    post,
    posts,
    reply,
    tags,
    term,
    told,
)

MARCH_2 = datetime(2020, 3, 2, 9, tzinfo=UTC)


def test_an_author_gets_an_account_that_nobody_can_use_until_invited(app: Flask, tmp_path: Path) -> None:
    bring_in(app, tmp_path, author("Vera", email="Vera@example.org", display_name="Vera &amp; Co"))
    made = people(app)["vera"]
    assert (made.name, made.email) == ("Vera & Co", "vera@example.org")
    assert (made.is_active, made.password_hash, made.roles) == (False, None, [])


@pytest.mark.both_databases
def test_somebody_who_has_an_account_keeps_it_as_it_is(app: Flask, tmp_path: Path) -> None:
    with app.app_context(), unit_of_work():
        by_name = factories.user(username="vera", name="Vera Holm", email="vera@here.example").id
        by_mail = factories.user(username="otto.k", name="Otto", email="otto@example.org").id
    outcome = bring_in(
        app,
        tmp_path,
        author("vera", email="vera@there.example", display_name="Somebody else"),
        author("ottokar", email="Otto@example.org", display_name="O. K."),
        post(1, title="By Vera"),
        post(2, "<dc:creator>ottokar</dc:creator>", title="By Otto"),
    )
    assert told(outcome, "People") == (2, 0, 0, 2, 0)
    assert (people(app)["vera"].name, people(app)["vera"].email) == ("Vera Holm", "vera@here.example")
    assert posts(app)["By Vera"].author_id == by_name
    assert posts(app)["By Otto"].author_id == by_mail


@pytest.mark.parametrize(
    ("login", "username"),
    [
        ("ana@example.org", "ana-example.org"),
        ("Big  Boss", "big-boss"),
        ("Иван Петров", "ivan-petrov"),
        (">>vera", "vera"),
        ("x" * 70, "x" * 40),
        ("!!!", "unknown-author"),
    ],
)
def test_a_login_that_cannot_be_a_user_name_becomes_one(app: Flask, tmp_path: Path, login: str, username: str) -> None:
    bring_in(app, tmp_path, author(login))
    assert username in people(app)


def test_two_logins_that_would_become_one_user_name_stay_two_people(app: Flask, tmp_path: Path) -> None:
    bring_in(app, tmp_path, author("big boss"), author("big/boss"))
    assert {"big-boss", "big-boss-2"} <= set(people(app))


def test_an_author_who_is_not_listed_gets_an_account_too(app: Flask, tmp_path: Path) -> None:
    bring_in(app, tmp_path, post(1), post(2, "<dc:creator></dc:creator>", title="Nobody's"))
    assert posts(app)["A walk"].author.username == "vera"
    assert posts(app)["Nobody's"].author.name == "Unknown author"


@pytest.mark.parametrize(
    ("values", "status", "remark"),
    [
        ({"status": "publish"}, PostStatus.PUBLISHED, ""),
        ({"status": "future", "post_date_gmt": "2099-01-01 10:00:00"}, PostStatus.SCHEDULED, ""),
        ({"status": "publish", "post_date_gmt": "2099-01-01 10:00:00"}, PostStatus.SCHEDULED, ""),
        ({"status": "draft"}, PostStatus.DRAFT, ""),
        ({"status": "auto-draft"}, PostStatus.DRAFT, ""),
        ({"status": "pending"}, PostStatus.DRAFT, "waits for review there, a draft here (1)"),
        ({"status": "private"}, PostStatus.DRAFT, "private there, a draft here (1)"),
        (
            {"status": "publish", "post_password": "x"},
            PostStatus.DRAFT,
            "protected by a password there, a draft here (1)",
        ),
        ({"status": "archived"}, PostStatus.DRAFT, "of a status we do not know, a draft here (1)"),
        ({"status": "future"}, PostStatus.PUBLISHED, "was to be published by now, and is (1)"),
    ],
    ids=lambda value: "-".join(value.values()) if isinstance(value, dict) else "",
)
def test_the_status_of_a_post_becomes_one_of_ours(
    app: Flask, tmp_path: Path, values: dict[str, str], status: PostStatus, remark: str
) -> None:
    outcome = bring_in(app, tmp_path, post(1, **values))
    assert posts(app)["A walk"].status is status
    assert outcome["Posts"].why == remark
    assert told(outcome, "Posts") == (1, 1, 0, 0, 0)


def test_a_post_in_the_trash_is_left_out_with_its_comments(app: Flask, tmp_path: Path) -> None:
    outcome = bring_in(app, tmp_path, post(1, reply(1), status="trash"))
    assert outcome["Posts"].why == "in the trash there (1)"
    assert outcome["Comments"].why == "under a post that is left out (1)"
    assert (posts(app), comments(app)) == ({}, {})


@pytest.mark.both_databases
def test_a_post_keeps_its_dates(app: Flask, tmp_path: Path) -> None:
    bring_in(app, tmp_path, post(1, post_modified_gmt="2021-05-06 07:08:09"))
    made = posts(app)["A walk"]
    assert (made.published_at, made.created_at) == (MARCH_2, MARCH_2)
    assert made.updated_at == datetime(2021, 5, 6, 7, 8, 9, tzinfo=UTC)


def test_a_post_without_dates_is_of_today_and_one_to_come_was_not_made_in_future(app: Flask, tmp_path: Path) -> None:
    bring_in(
        app,
        tmp_path,
        post(1, title="Undated", post_date_gmt="0000-00-00 00:00:00"),
        post(2, title="To come", status="future", post_date_gmt="2099-01-01 10:00:00"),
    )
    now = clock.now()
    for made in posts(app).values():
        assert now - timedelta(minutes=5) < made.created_at <= now
        assert made.updated_at <= now
    published_at = posts(app)["Undated"].published_at
    assert published_at is not None
    assert published_at <= now


def test_a_draft_was_never_published_but_what_was_private_keeps_its_date(app: Flask, tmp_path: Path) -> None:
    bring_in(app, tmp_path, post(1, title="Draft", status="draft"), post(2, title="Private", status="private"))
    assert posts(app)["Draft"].published_at is None
    assert posts(app)["Private"].published_at == MARCH_2


@pytest.mark.parametrize(
    ("slug", "kept"),
    [
        ("a-fine-day", "a-fine-day"),
        ("A_Fine Day", "a-fine-day"),
        ("caf%c3%a9-noir", "cafe-noir"),
        ("%d0%bc%d0%be%d1%80%d0%b5", "more"),
        ("", "a-walk"),
        ("%ff%fe", "a-walk"),
        ("x" * 300, "x" * 200),
    ],
)
def test_the_slug_of_a_post_is_kept_where_it_can_be(app: Flask, tmp_path: Path, slug: str, kept: str) -> None:
    bring_in(app, tmp_path, post(1, post_name=slug))
    assert posts(app)["A walk"].slug == kept


@pytest.mark.both_databases
def test_a_slug_that_is_taken_gets_a_number(app: Flask, tmp_path: Path) -> None:
    with app.app_context(), unit_of_work():
        factories.post(title="Here before", slug="tide")
    bring_in(app, tmp_path, *(post(number, title=f"Tide {number}", post_name="tide") for number in (1, 2, 3)))
    assert [made.slug for made in posts(app).values()] == ["tide", "tide-2", "tide-3", "tide-4"]


@pytest.mark.parametrize(
    ("title", "kept"),
    [
        ("Fish &amp; chips", "Fish & chips"),
        ("Title <em>with</em> <b>mark<sup>up</sup></b>", "Title with markup"),
        ("عنوان بالعربية 🚢", "عنوان بالعربية 🚢"),
        ("", "Untitled (no. 1)"),
        ("<script>alert(1)</script>", "Untitled (no. 1)"),
        ("word " * 100, "word " * 38 + "word…"),
        ("x" * 400, "x" * 199 + "…"),
    ],
)
def test_a_title_becomes_one_line_of_text(app: Flask, tmp_path: Path, title: str, kept: str) -> None:
    bring_in(app, tmp_path, post(1, title=title))
    assert list(posts(app)) == [kept]


def test_the_text_of_a_post_is_cleaned_and_its_paragraphs_are_kept(app: Flask, tmp_path: Path) -> None:
    bring_in(app, tmp_path, post(1, content="One <script>alert(1)</script>\n\n<b onclick='x()'>Two</b> [gallery]"))
    made = posts(app)["A walk"]
    assert made.body == sanitised(made.body)
    assert made.body_text == "One Two"
    assert made.body.count("<p>") == 2


def test_an_excerpt_becomes_the_summary(app: Flask, tmp_path: Path) -> None:
    excerpt = "<excerpt:encoded><![CDATA[<p>In &amp; out.</p>]]></excerpt:encoded>"
    long = f"<excerpt:encoded>{'word ' * 300}</excerpt:encoded>"
    bring_in(app, tmp_path, post(1, excerpt), post(2, long, title="Long"))
    assert posts(app)["A walk"].summary == "In & out."
    assert len(posts(app)["Long"].summary) <= 500


@pytest.mark.both_databases
def test_categories_and_tags_become_tags_and_those_of_one_address_are_one(app: Flask, tmp_path: Path) -> None:
    outcome = bring_in(
        app,
        tmp_path,
        f"<wp:category>{tags(category_nicename='tide', cat_name='Tide &amp; time')}</wp:category>",
        f"<wp:tag>{tags(tag_slug='unused', tag_name='Unused')}</wp:tag>",
        post(
            1,
            term("category", "tide", "Tide &amp; time")
            + term("post_tag", "tide", "tide")
            + term("post_tag", "n%c3%a9", "né"),
        ),
    )
    assert [tag.name for tag in posts(app)["A walk"].tags] == ["Tide & time", "né"]
    with app.app_context():
        assert set(db.session.scalars(select(Tag.slug))) == {"tide", "unused", "ne"}
    assert told(outcome, "Categories and tags") == (4, 3, 0, 1, 0)
    assert outcome["Categories and tags"].why == "joined with the tag of the same address (1)"


def test_a_tag_that_was_here_before_is_used_as_it_is(app: Flask, tmp_path: Path) -> None:
    with app.app_context(), unit_of_work():
        known = factories.tag(name="Ebb and flow", slug="tide").id
    bring_in(app, tmp_path, post(1, term("category", "tide", "TIDE")))
    assert [(tag.id, tag.name) for tag in posts(app)["A walk"].tags] == [(known, "Ebb and flow")]
