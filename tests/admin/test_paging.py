"""Keyset paging: each record once, whatever is equal, empty, added or removed on the way."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Select, select

from backoffice.admin.paging import Order, Page, capped_count, page_of
from backoffice.comments.models import Comment
from backoffice.foundation.database import db, unit_of_work
from backoffice.posts.models import Post, PostStatus, Tag
from tests import factories
from tests.browser import Browser
from tests.house.every_view import row_ids

both_databases = pytest.mark.both_databases
SignIn = Callable[[str], Browser]
BASE = datetime(2026, 3, 10, tzinfo=UTC)


def random_posts(chance: random.Random, many: int) -> list[Post]:
    """Posts whose columns agree often and are empty often."""
    authors = [factories.user() for _ in range(3)]
    made = []
    for _ in range(many):
        moment = chance.choice(
            [None, *(BASE + timedelta(microseconds=chance.choice([0, 1, 250_000]), days=day) for day in (0, 1))]
        )
        made.append(
            factories.post(
                title=chance.choice(["Alpha", "beta", "Ärger", "zulu"]),
                author=chance.choice(authors),
                status=chance.choice(list(PostStatus)),
                slug=f"s-{chance.random()}".replace(".", "-"),
                published_at=chance.choice([None, moment]),
                updated_at=BASE + timedelta(seconds=chance.choice([0, 1])),
            )
        )
    return made


def orders() -> list[Order]:
    """Orders over a text, a moment that may be empty, a status with a second column, and a foreign key."""
    found = []
    for down in (False, True):
        found.append(Order.by(Post, Post.id, down))
        found.append(Order.by(Post, Post.title, down))
        found.append(Order.by(Post, Post.published_at, down))
        found.append(Order.by(Post, Post.status, down, Post.updated_at))
        found.append(Order.by(Post, Post.author_id, down, Post.updated_at))
    return found


def forward(query: Select[Any], order: Order, size: int) -> tuple[list[int], Page]:
    """All records page by page, and the last page."""
    seen: list[int] = []
    after = None
    while True:
        page = page_of(query, order, size, after=after)
        assert len(page.records) <= size
        seen += [one.id for one in page.records]
        if page.older is None:
            return seen, page
        after = page.older


@both_databases
@pytest.mark.parametrize("seed", range(4))
def test_every_order_shows_each_record_once_both_ways(app: Flask, seed: int) -> None:
    chance = random.Random(seed)
    with app.app_context():
        random_posts(chance, chance.choice([0, 1, 7, 23]))
        for order in orders():
            wanted = list(db.session.scalars(order.applied(select(Post.id))))
            for size in (1, 2, 7, 50):
                seen, page = forward(select(Post), order, size)
                assert seen == wanted, (order.columns, order.descending, size)
                back = [one.id for one in page.records]
                while page.newer is not None:
                    page = page_of(select(Post), order, size, before=page.newer)
                    back = [one.id for one in page.records] + back
                assert back == wanted, (order.columns, order.descending, size)


@both_databases
def test_who_walks_misses_nothing_that_stays_while_others_come_and_go(app: Flask) -> None:
    chance = random.Random(7)
    with app.app_context():
        for order in orders():
            stay = {one.id for one in random_posts(chance, 12)}
            seen: list[int] = []
            after = None
            while True:
                page = page_of(select(Post), order, 3, after=after)
                seen += [one.id for one in page.records]
                if page.older is None:
                    break
                after = page.older
                random_posts(chance, 1)
                going = factories.post(title="going", published_at=None)
                db.session.flush()
                db.session.delete(going)
                db.session.flush()
            assert len(seen) == len(set(seen)), "a record was shown twice"
            assert stay <= set(seen), "a record that stayed was not shown"
            db.session.rollback()


@both_databases
def test_a_record_that_was_removed_does_not_lose_the_place(app: Flask) -> None:
    with app.app_context():
        tags = [factories.tag(name=f"Tag {letter}") for letter in "abcdef"]
        order = Order.by(Tag, Tag.name, False)
        page = page_of(select(Tag), order, 2)
        db.session.delete(tags[1])
        db.session.flush()
        following = page_of(select(Tag), order, 2, after=page.older)
        assert [tag.name for tag in following.records] == ["Tag c", "Tag d"]


def forged(value: Any) -> str:
    """A place as an address carries it, made by hand."""
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


@both_databases
@pytest.mark.parametrize(
    "text",
    ["", "x", "===", "é", "a" * 5000, "bnVsbA", "W10", forged([]), forged({}), forged([1, 2, 3, 4]), forged(["x", 1]),
     forged([None, None]), forged([1, 1]), forged(["2026-01-01", 1]), forged(["2026-01-01T00:00:00+00:00", "x"]),
     forged(["0001-01-01T00:00:00+00:00", 1]), forged(["2026-01-01T00:00:00+00:00", 10**30]),
     forged(["2026-01-01T00:00:00+00:00", 2**62]), forged(["2026-01-01T00:00:00+00:00", -1]),
     forged(["2026-01-01T00:00:00+00:00", True]), forged(["2026-01-01T00:00:00+00:00", 1.5]),
     forged(["9999-12-31T23:59:59+00:00", 1]), forged([["x"], 1]), forged(["\x00", 1]), forged(["\ud800", 1])],
)  # fmt: skip
def test_a_place_that_is_not_ours_breaks_nothing(app: Flask, sign_in: SignIn, text: str) -> None:
    browser = sign_in("ana")
    with app.app_context(), unit_of_work():
        factories.comment(created_at=BASE, decided_at=None)
    for name in ("after", "before"):
        for sort in ("created_at", "status", "post", "nothing"):
            answer = browser.get("/admin/comment/", query_string={name: text, "sort": sort})
            assert answer.status_code < 500, (name, sort)


@both_databases
def test_a_list_jumps_to_a_day_whichever_way_it_runs(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("ana")
    with app.app_context(), unit_of_work():
        post = factories.post(published=True)
        # One at the very first moment of each day, one in its middle.
        ids = {
            (day, hour): factories.comment(post=post, created_at=BASE + timedelta(days=day, hours=hour)).id
            for day in range(4)
            for hour in (0, 12)
        }
    day = f"{BASE + timedelta(days=2):%Y-%m-%d}"
    down = row_ids(browser.get(f"/admin/comment/?sort=created_at&desc=1&at={day}").text)
    assert down == [ids[at] for at in ((2, 12), (2, 0), (1, 12), (1, 0), (0, 12), (0, 0))]
    up = row_ids(browser.get(f"/admin/comment/?sort=created_at&desc=0&at={day}").text)
    assert up == [ids[at] for at in ((2, 0), (2, 12), (3, 0), (3, 12))]


@both_databases
def test_a_jump_beyond_the_end_is_an_empty_page_with_a_way_back(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("ana")
    with app.app_context(), unit_of_work():
        id = factories.comment(created_at=BASE).id
    page = browser.get("/admin/comment/?sort=created_at&desc=1&at=2020-01-01")
    assert page.status_code == 200
    assert row_ids(page.text) == []
    assert row_ids(browser.get("/admin/comment/?sort=created_at&desc=1&at=2030-01-01").text) == [id]


@both_databases
def test_counting_stops_where_nobody_counts_any_more(app: Flask) -> None:
    with app.app_context():
        for _ in range(12):
            factories.tag()
        assert capped_count(select(Tag)) == 12
        assert capped_count(select(Tag), most=12) == 12
        assert capped_count(select(Tag), most=5) == 6
        assert capped_count(select(Tag).where(Tag.id < 0)) == 0
        assert capped_count(select(Comment).join(Comment.post).where(Post.title == "x")) == 0


def test_pages_by_number_end_somewhere(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("ana")
    with app.app_context(), unit_of_work():
        for _ in range(3):
            factories.tag()
    for number in ("0", "1", "-1", "x"):
        assert len(row_ids(browser.get(f"/admin/tag/?page={number}").text)) == 3
    assert row_ids(browser.get("/admin/tag/?page=2").text) == []
    assert browser.get(f"/admin/tag/?page={10**23}").status_code == 200
