"""Filters in the zone and the words of the reader."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from flask import Flask
from sqlalchemy import select

from backoffice.accounts.models import User
from backoffice.admin.filters import day_from
from backoffice.comments.models import CommentStatus
from backoffice.foundation.database import db, unit_of_work
from tests import factories
from tests.browser import Browser
from tests.house.every_view import row_ids

both_databases = pytest.mark.both_databases
SignIn = Callable[[str], Browser]


@both_databases
def test_a_day_begins_and_ends_where_the_reader_lives(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("ana")
    with app.app_context(), unit_of_work():
        db.session.scalars(select(User).where(User.username == "ana")).one().time_zone = "Asia/Tokyo"
        post = factories.post(published=True)
        # The tenth of March in Tokyo lasts from 15:00 on the ninth to 15:00 on the tenth in UTC.
        moments = [(9, 14, 59), (9, 15, 0), (10, 14, 59), (10, 15, 0)]
        ids = [factories.comment(post=post, created_at=datetime(2026, 3, *moment, tzinfo=UTC)).id for moment in moments]
    page = browser.get("/admin/comment/?flt_created_at_from=2026-03-10&flt_created_at_to=2026-03-10").text
    assert sorted(row_ids(page)) == ids[1:3]
    assert "from Mar 10, 2026" in page and "to Mar 10, 2026" in page


@both_databases
def test_a_day_of_twenty_three_hours_is_a_day(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("ana")
    with app.app_context(), unit_of_work():
        db.session.scalars(select(User).where(User.username == "ana")).one().time_zone = "Europe/Berlin"
        post = factories.post(published=True)
        inside = [datetime(2026, 3, 28, 23, 0, tzinfo=UTC), datetime(2026, 3, 29, 21, 59, tzinfo=UTC)]
        outside = [datetime(2026, 3, 28, 22, 59, tzinfo=UTC), datetime(2026, 3, 29, 22, 0, tzinfo=UTC)]
        wanted = [factories.comment(post=post, created_at=moment).id for moment in inside]
        for moment in outside:
            factories.comment(post=post, created_at=moment)
    page = browser.get("/admin/comment/?flt_created_at_from=2026-03-29&flt_created_at_to=2026-03-29").text
    assert sorted(row_ids(page)) == wanted


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-03-10", date(2026, 3, 10)),
        ("2028-02-29", date(2028, 2, 29)),
        ("2026-02-29", None),
        ("", None),
        (None, None),
        ("10.3.2026", None),
        ("0001-01-01", None),
        ("9999-12-31", None),
        ("1970-01-01", None),
        ("2026-03-10T00:00", None),
        ("٢٠٢٦-٠٣-١٠", None),
    ],
)
def test_a_day_is_a_day_of_years_that_can_be_stored(text: str | None, day: date | None) -> None:
    assert day_from(text) == day


@both_databases
def test_filters_and_search_narrow_together_and_each_can_be_taken_away(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("ana")
    with app.app_context(), unit_of_work():
        post = factories.post(published=True, slug="harbour")
        wanted = factories.comment(post=post, text="ferry at noon", status=CommentStatus.SPAM).id
        factories.comment(post=post, text="ferry at night", status=CommentStatus.APPROVED)
        factories.comment(text="ferry elsewhere", status=CommentStatus.SPAM)
        factories.comment(post=post, text="bus", status=CommentStatus.SPAM)
    page = browser.get("/admin/comment/?flt_status=spam&flt_post=harbour&search=ferry").text
    assert row_ids(page) == [wanted]
    assert "?search=ferry&amp;flt_post=harbour" in page or "search=ferry" in page
    for name in ("flt_status", "flt_post"):
        pill = page.split("bo-pills")[1].split("</ul>")[0]
        links = [part.split('"')[0].replace("&amp;", "&") for part in pill.split('href="')[1:]]
        assert any(name not in link for link in links), f"{name} cannot be taken away"


def test_a_filter_for_a_record_takes_its_name_or_number(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("ana")
    with app.app_context(), unit_of_work():
        post = factories.post(published=True, title="Harbour news", slug="harbour-news")
        wanted, number = factories.comment(post=post).id, post.id
        factories.comment()
    for typed in ("harbour-news", "HARBOUR-NEWS", "Harbour news", f"%23{number}"):
        assert row_ids(browser.get(f"/admin/comment/?flt_post={typed}").text) == [wanted], typed
    for typed in ("harbour", "nothing", "%23999999", "%23x", "%23"):
        assert row_ids(browser.get(f"/admin/comment/?flt_post={typed}").text) == [], typed


def test_the_links_of_a_list_keep_what_is_listed(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("ana")
    with app.app_context(), unit_of_work():
        for _ in range(25):
            factories.tag()
    page = browser.get("/admin/tag/?search=tag&sort=created_at&desc=1&page_size=20&nonsense=1&after=x&url=/x").text
    following = page.split('rel="next" href="')[1].split('"')[0]
    assert "search=tag" in following and "sort=created_at" in following and "page_size=20" in following
    assert "nonsense" not in following and "url=" not in following
