"""A WordPress export becomes people, tags, posts and comments of ours, once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from backoffice.accounts.models import User
from backoffice.comments.models import LONGEST_TEXT, Comment, CommentStatus
from backoffice.comments.operations import approve, spam
from backoffice.foundation import clock
from backoffice.foundation.acting import acting
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.errors import InvalidInput, NotAllowed
from backoffice.foundation.html import sanitised
from backoffice.foundation.permissions import Can, System
from backoffice.imports import wxr
from backoffice.imports.models import ImportedRecord
from backoffice.imports.operations import import_wordpress
from backoffice.imports.wordpress import WordPressImport
from backoffice.posts.models import Post, PostStatus, Tag
from backoffice.posts.operations import withdraw
from backoffice.records.audit import AuditEntry
from tests import factories
from tests.imports.exports import export
from tests.imports.wordpress_site import (
    ACTOR,
    author,
    bring_in,
    bring_in_file,
    comments,
    post,
    posts,
    reply,
    tags,
    term,
    told,
)

MARCH_2 = datetime(2020, 3, 2, 9, tzinfo=UTC)


def people(app: Flask) -> dict[str, User]:
    with app.app_context():
        return {user.username: user for user in db.session.scalars(select(User))}


# People


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


# Posts


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


# Tags


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


# Comments


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


# What is left out


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


# Twice


SITE = (
    author("vera", email="vera@example.org", display_name="Vera"),
    "<wp:tag><wp:tag_slug>tide</wp:tag_slug><wp:tag_name>Tide</wp:tag_name></wp:tag>",
    post(1, term("post_tag", "tide", "Tide") + reply(1, "first") + reply(2, "answer", parent="1"), title="Ebb"),
    post(2, reply(3, type="pingback"), title="Flow"),
    post(3, title="About us", post_type="page"),
)


def counts(app: Flask) -> list[int | None]:
    with app.app_context():
        return [
            db.session.scalar(select(func.count()).select_from(model))
            for model in (User, Tag, Post, Comment, ImportedRecord, AuditEntry)
        ]


@pytest.mark.both_databases
def test_a_second_run_doubles_nothing_and_says_that_nothing_changed(app: Flask, tmp_path: Path) -> None:
    first = bring_in(app, tmp_path, *SITE)
    before = counts(app)
    second = bring_in(app, tmp_path, *SITE)
    assert counts(app) == before
    for kind in ("People", "Categories and tags", "Posts", "Comments"):
        read, imported, updated, unchanged, left_out = told(first, kind)
        assert told(second, kind) == (read, 0, 0, imported + unchanged, left_out)
    assert second.changed == 0


def test_everything_that_was_read_is_accounted_for(app: Flask, tmp_path: Path) -> None:
    for outcome in (bring_in(app, tmp_path, *SITE), bring_in(app, tmp_path, *SITE)):
        for kind in outcome:
            read, *rest = told(outcome, kind)
            assert read == sum(rest), kind


@pytest.mark.both_databases
def test_what_changed_in_the_file_is_updated(app: Flask, tmp_path: Path) -> None:
    bring_in(app, tmp_path, *SITE)
    before = posts(app)["Ebb"]
    outcome = bring_in(
        app,
        tmp_path,
        author("vera", email="vera@example.org", display_name="Vera Holm"),
        post(
            1,
            term("post_tag", "moon", "Moon")
            + reply(1, "first, corrected")
            + reply(2, "answer", parent="1", approved="spam"),
            title="Ebb again",
            content="<p>Sun.</p>",
            status="draft",
        ),
    )
    after = posts(app)["Ebb again"]
    assert (after.id, after.body, after.status, after.slug) == (before.id, "<p>Sun.</p>", PostStatus.DRAFT, before.slug)
    assert comments(app)["answer"].status is CommentStatus.SPAM
    assert comments(app)["answer"].parent_id == comments(app)["first, corrected"].id
    assert people(app)["vera"].name == "Vera Holm"
    assert told(outcome, "Posts") == (1, 0, 1, 0, 0)
    assert told(outcome, "Comments") == (2, 0, 2, 0, 0)
    assert told(bring_in(app, tmp_path, *SITE), "Posts") == (2, 0, 1, 1, 0), "and back again"


@pytest.mark.both_databases
def test_what_somebody_edited_here_is_kept_and_said(app: Flask, tmp_path: Path) -> None:
    bring_in(app, tmp_path, *SITE)
    with app.app_context(), acting(actor=ACTOR, surface="test"), unit_of_work():
        withdraw(db.session.scalars(select(Post).where(Post.title == "Ebb")).one(), actor=ACTOR)
        spam(db.session.scalars(select(Comment).where(Comment.text == "first")).one(), actor=ACTOR)
        db.session.scalars(select(Tag).where(Tag.slug == "tide")).one().name = "High tide"
    outcome = bring_in(
        app,
        tmp_path,
        "<wp:tag><wp:tag_slug>tide</wp:tag_slug><wp:tag_name>Low tide</wp:tag_name></wp:tag>",
        post(1, reply(1, "first, corrected"), title="Ebb again"),
    )
    assert posts(app)["Ebb"].status is PostStatus.WITHDRAWN
    assert comments(app)["first"].status is CommentStatus.SPAM
    for kind in ("Posts", "Comments", "Categories and tags"):
        assert outcome[kind].why == "kept: edited here (1)"


def test_what_somebody_edited_here_is_unchanged_while_the_file_is(app: Flask, tmp_path: Path) -> None:
    bring_in(app, tmp_path, post(1, reply(1, approved="0")))
    with app.app_context(), acting(actor=ACTOR, surface="test"), unit_of_work():
        approve(db.session.scalars(select(Comment)).one(), actor=ACTOR)
    outcome = bring_in(app, tmp_path, post(1, reply(1, approved="0")))
    assert comments(app)["Lovely."].status is CommentStatus.APPROVED
    assert (told(outcome, "Comments"), outcome["Comments"].why) == ((1, 0, 0, 1, 0), "")


@pytest.mark.both_databases
def test_what_was_deleted_here_does_not_come_back(app: Flask, tmp_path: Path) -> None:
    bring_in(app, tmp_path, *SITE)
    with app.app_context(), acting(actor=ACTOR, surface="test"), unit_of_work():
        db.session.delete(db.session.scalars(select(Comment).where(Comment.text == "answer")).one())
        db.session.delete(db.session.scalars(select(Post).where(Post.title == "Flow")).one())
    with app.app_context(), unit_of_work():
        # On SQLite the numbers of what was deleted are given out again.
        factories.comment(text="new", post=db.session.scalars(select(Post)).first())
        factories.post(title="New")
    outcome = bring_in(app, tmp_path, *SITE)
    assert set(posts(app)) == {"Ebb", "New"}
    assert set(comments(app)) == {"first", "new"}
    assert outcome["Posts"].why == "deleted here since (1)"
    assert "under a post that is left out (1)" in outcome["Comments"].why


def test_a_tag_that_somebody_gave_here_is_an_edit_too(app: Flask, tmp_path: Path) -> None:
    bring_in(app, tmp_path, post(1, term("post_tag", "tide", "Tide")))
    with app.app_context(), unit_of_work():
        known = db.session.scalars(select(Post)).unique().one()
        known.tags.append(factories.tag(name="Ours"))
    outcome = bring_in(app, tmp_path, post(1, term("post_tag", "moon", "Moon")))
    assert {tag.name for tag in posts(app)["A walk"].tags} == {"Ours", "Tide"}
    assert outcome["Posts"].why == "kept: edited here (1)"


def test_the_tags_of_a_post_are_those_of_the_file(app: Flask, tmp_path: Path) -> None:
    bring_in(app, tmp_path, post(1, term("post_tag", "tide", "Tide")))
    for slug in ("moon", "sun"):
        outcome = bring_in(app, tmp_path, post(1, term("post_tag", slug, slug)))
        assert told(outcome, "Posts") == (1, 0, 1, 0, 0)
        assert [tag.name for tag in posts(app)["A walk"].tags] == [slug]


def test_another_site_with_the_same_numbers_is_another_site(app: Flask, tmp_path: Path) -> None:
    bring_in(app, tmp_path, post(1, title="Ours"))
    other = tmp_path / "other.xml"
    other.write_text(export(post(1, title="Theirs")).replace("https://lantern.example<", "https://other.example<"))
    bring_in_file(app, other)
    assert set(posts(app)) == {"Ours", "Theirs"}


def test_a_site_that_has_learned_https_is_the_same_site(app: Flask, tmp_path: Path) -> None:
    other = tmp_path / "other.xml"
    other.write_text(export(post(1)).replace("<link>https://lantern.example<", "<link>http://www.Lantern.example/<", 1))
    bring_in_file(app, other)
    assert told(bring_in(app, tmp_path, post(1)), "Posts") == (1, 0, 0, 1, 0)


def test_an_export_in_two_files_is_one_site(app: Flask, tmp_path: Path) -> None:
    bring_in(app, tmp_path, author("vera", display_name="Vera"), post(1, reply(1, "first"), title="One"))
    bring_in(app, tmp_path, author("vera", display_name="Vera"), post(2, reply(2, "second"), title="Two"))
    assert set(posts(app)) == {"One", "Two"}
    assert len({made.author_id for made in posts(app).values()}) == 1


@pytest.mark.both_databases
def test_posts_that_share_one_address_in_the_feed_stay_two(app: Flask, tmp_path: Path) -> None:
    same = "<guid>https://lantern.example/?p=1</guid>"
    bring_in(app, tmp_path, post(1, same, title="One"), post(2, same, title="Two"))
    assert set(posts(app)) == {"One", "Two"}


def test_things_without_numbers_are_imported_once_as_well(app: Flask, tmp_path: Path) -> None:
    parts = (post(0, reply(0, "first") + reply(0, "second"), title="Nameless"),)
    bring_in(app, tmp_path, *parts)
    bring_in(app, tmp_path, *parts)
    assert (set(posts(app)), set(comments(app))) == ({"Nameless"}, {"first", "second"})


# Whole or not at all, and on from where it stopped


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (export(*SITE)[:-200], "ends too early"),
        ("no XML at all", "not XML"),
        ('<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><rss/>', "declares a document type"),
        ('<?xml version="1.0"?><html><body/></html>', "not a WordPress export"),
        ("", "is empty"),
    ],
    ids=["cut off", "text", "entities", "html", "empty"],
)
def test_a_file_that_cannot_be_read_to_its_end_changes_nothing(
    app: Flask, tmp_path: Path, broken: str, said: str
) -> None:
    before = counts(app)
    path = tmp_path / "broken.xml"
    path.write_text(broken)
    with pytest.raises(InvalidInput, match=said) as refused:
        bring_in_file(app, path)
    assert "\n" not in str(refused.value)
    assert counts(app) == before


@pytest.mark.both_databases
def test_after_a_crash_a_second_run_goes_on(app: Flask, tmp_path: Path) -> None:
    parts = [post(number, reply(number, f"to {number}"), title=f"Post {number}") for number in range(1, 161)]
    path = tmp_path / "export.xml"
    path.write_text(export(*parts))

    def that_break_off() -> Iterator[wxr.Record]:
        for number, record in enumerate(wxr.read(path)):
            if number == 120:
                raise RuntimeError("the power went")
            yield record

    with app.app_context(), acting(actor=ACTOR, surface="cli"), pytest.raises(RuntimeError):
        WordPressImport("lantern.example").take(that_break_off())
    assert 0 < len(posts(app)) < 160
    outcome = bring_in_file(app, path)
    assert len(posts(app)) == len(comments(app)) == 160
    assert told(outcome, "Posts")[1] == 160 - told(outcome, "Posts")[3] > 0


def test_a_post_with_very_many_comments_keeps_all_its_threads(app: Flask, tmp_path: Path) -> None:
    many = "".join(reply(number, f"no. {number}", parent=str(number - 1)) for number in range(1, 451))
    bring_in(app, tmp_path, post(1, many))
    made = comments(app)
    for number in (2, 200, 201, 401, 450):
        assert made[f"no. {number}"].parent_id == made[f"no. {number - 1}"].id


@pytest.mark.both_databases
def test_what_the_database_refuses_is_left_out_alone(app: Flask, tmp_path: Path) -> None:
    with app.app_context(), db.engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql(
                "CREATE TRIGGER no_gulls BEFORE INSERT ON comments WHEN new.text LIKE '%gull%'"
                " BEGIN SELECT raise(ABORT, 'no gulls'); END"
            )
        else:
            connection.exec_driver_sql("ALTER TABLE comments ADD CONSTRAINT no_gulls CHECK (text NOT LIKE '%%gull%%')")
    outcome = bring_in(
        app, tmp_path, post(1, reply(1, "a tern") + reply(2, "a gull") + reply(3, "an auk")), post(2, title="Next")
    )
    assert set(comments(app)) == {"a tern", "an auk"}
    assert outcome["Comments"].why == "the database cannot hold it (1)"
    assert set(posts(app)) == {"A walk", "Next"}


# Who did it


@pytest.mark.both_databases
def test_the_trail_names_every_import_with_actor_and_surface(app: Flask, tmp_path: Path) -> None:
    bring_in(app, tmp_path, *SITE)
    with app.app_context():
        entries = db.session.scalars(select(AuditEntry).where(AuditEntry.action.like("%.import"))).all()
        told_of = sorted(entry.action for entry in entries)
    assert told_of == ["comment.import"] * 2 + ["post.import"] * 2 + ["tag.import", "user.import"]
    assert {(entry.actor_name, entry.surface) for entry in entries} == {("cli", "cli")}


def test_who_may_not_publish_imports_nothing(app: Flask, tmp_path: Path) -> None:
    path = tmp_path / "export.xml"
    path.write_text(export(*SITE))
    actor = System("cli", Can.POST_CREATE, Can.COMMENT_CREATE)
    before = counts(app)
    with app.app_context(), pytest.raises(NotAllowed):
        import_wordpress(path, actor=actor)
    assert counts(app) == before


def test_progress_is_told_for_both_passes(app: Flask, tmp_path: Path) -> None:
    told_of: list[tuple[int, int | None, bool]] = []
    bring_in(app, tmp_path, *SITE, progress=lambda done, total, outcome: told_of.append((done, total, outcome is None)))
    assert {first for _done, _total, first in told_of} == {True, False}
    assert all(total is not None and done <= total for done, total, _first in told_of)


def test_a_tag_in_the_wrong_place_is_no_reason_to_stop(app: Flask, tmp_path: Path) -> None:
    bring_in(app, tmp_path, f"<wp:category>{tags(cat_name='')}</wp:category>", post(1, term("category", "", "")))
    assert set(posts(app)) == {"A walk"}
