"""A WordPress export can be imported again: nothing is doubled, nothing done here is lost, nothing is half done."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from backoffice.accounts.models import User
from backoffice.comments.models import Comment, CommentStatus
from backoffice.comments.operations import approve, spam
from backoffice.foundation.acting import acting
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.errors import InvalidInput, NotAllowed
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
    people,
    post,
    posts,
    reply,
    tags,
    term,
    told,
)

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
