"""What the first page counts: for each person what concerns her, within what she may see."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import event

from backoffice.comments.models import CommentStatus
from backoffice.dashboard import days, queries
from backoffice.foundation import clock
from backoffice.foundation.acting import acting
from backoffice.foundation.database import db, unit_of_work
from backoffice.posts.models import PostStatus
from backoffice.records import audit
from backoffice.reminders.models import ReminderStatus
from tests import factories
from tests.people import person

pytestmark = pytest.mark.both_databases


@pytest.fixture
def at_work(app: Flask) -> Any:
    """One unit of work."""
    with app.app_context(), unit_of_work():
        yield


def ago(**span: float) -> datetime:
    return clock.now() - timedelta(**span)


@pytest.mark.usefixtures("at_work")
def test_a_moderator_is_told_how_much_waits_and_since_when() -> None:
    factories.comment(created_at=ago(hours=1))
    oldest = factories.comment(created_at=ago(hours=3))
    factories.comment(created_at=ago(hours=9), status=CommentStatus.APPROVED)
    waiting = queries.today_for(person("mo")).comments
    assert waiting is not None
    assert (waiting.count, waiting.since) == (2, oldest.created_at)


@pytest.mark.usefixtures("at_work")
def test_comments_wait_for_an_author_under_her_own_posts_only() -> None:
    factories.comment(post=factories.post(published=True, author=person("aut")), created_at=ago(hours=1))
    factories.comment(post=factories.post(published=True, author=person("ed")), created_at=ago(hours=2))
    waiting = queries.today_for(person("aut")).comments
    assert waiting is not None
    assert waiting.count == 1


@pytest.mark.usefixtures("at_work")
def test_nothing_waits_for_who_may_only_read() -> None:
    factories.comment()
    today = queries.today_for(person("rita"))
    assert today.comments is None
    assert today.days is not None
    assert today.days.total == 1


@pytest.mark.usefixtures("at_work")
def test_a_translator_sees_nothing_of_comments_and_posts() -> None:
    factories.comment()
    today = queries.today_for(person("tra"))
    assert (today.comments, today.days, today.drafts, today.going_out) == (None, None, None, None)


@pytest.mark.usefixtures("at_work")
def test_counting_stops_beyond_the_most(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "MOST_COUNTED", 2)
    for hours in (1, 2, 3, 4):
        factories.comment(created_at=ago(hours=hours))
    waiting = queries.today_for(person("mo")).comments
    assert waiting is not None
    assert (waiting.is_capped, waiting.counted) == (True, 2)
    assert clock.now() - (waiting.since or clock.now()) > timedelta(hours=3)


@pytest.mark.usefixtures("at_work")
def test_reminders_are_due_for_whom_they_are_for() -> None:
    mine = factories.reminder(recipient=person("ana"), owner=person("ed"), due_at=ago(hours=1))
    factories.reminder(recipient=person("ed"), owner=person("ana"), due_at=ago(hours=1))
    factories.reminder(recipient=person("ana"), due_at=clock.now() + timedelta(hours=1))
    factories.reminder(recipient=person("ana"), due_at=ago(hours=1), status=ReminderStatus.DONE)
    due = queries.today_for(person("ana")).reminders
    assert due is not None
    assert [reminder.id for reminder in due.first] == [mine.id]
    assert due.count == 1


@pytest.mark.usefixtures("at_work")
def test_my_drafts_are_mine_and_the_last_touched_comes_first() -> None:
    early = factories.post(author=person("ed"), updated_at=ago(days=2))
    late = factories.post(author=person("ed"), updated_at=ago(days=1))
    factories.post(author=person("aut"))
    factories.post(author=person("ed"), published=True)
    drafts = queries.today_for(person("ed")).drafts
    assert drafts is not None
    assert [post.id for post in drafts.first] == [late.id, early.id]


@pytest.mark.usefixtures("at_work")
def test_a_post_goes_out_today_by_the_day_of_the_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    now = datetime(2026, 6, 10, 22, 30, tzinfo=UTC)  # half past midnight on the 11th in Berlin
    monkeypatch.setattr(clock, "now", lambda: now)
    scheduled = {"status": PostStatus.SCHEDULED, "author": person("ed")}
    soon = factories.post(published_at=now + timedelta(hours=1), **scheduled)
    later = factories.post(published_at=now + timedelta(hours=20), **scheduled)
    here = queries.today_for(person("ed"), UTC).going_out
    berlin = queries.today_for(person("ed"), ZoneInfo("Europe/Berlin")).going_out
    assert here is not None
    assert berlin is not None
    assert [post.id for post in here.first] == [soon.id]
    assert [post.id for post in berlin.first] == [soon.id, later.id]


@pytest.mark.usefixtures("at_work")
def test_a_translator_follows_the_languages_she_was_given() -> None:
    role = factories.role(permissions={"translation.view": "ar,fr"})
    shown = queries.today_for(factories.user(roles=[role])).translations
    assert {each.locale for each in shown} == {"ar", "fr"}
    assert {each.locale for each in queries.today_for(person("ana")).translations} > {"ar", "fr"}


@pytest.mark.usefixtures("at_work")
def test_lately_tells_an_administrator_everything_and_others_what_they_did_themselves() -> None:
    with acting(actor=person("mo")):
        audit.note("comment.export")
    with acting(actor=person("ed")):
        audit.note("post.export")
    db.session.flush()
    told = {deed.entry.action for deed in queries.today_for(person("ana")).lately}
    assert {"comment.export", "post.export"} <= told
    own = queries.today_for(person("mo")).lately
    assert [deed.entry.action for deed in own] == ["comment.export"]
    assert own[0].is_own


@pytest.mark.usefixtures("at_work")
def test_lately_says_nothing_of_coming_and_going() -> None:
    with acting(actor=person("mo")):
        audit.note("user.sign_in")
    db.session.flush()
    assert queries.today_for(person("mo")).lately == []


@pytest.mark.usefixtures("at_work")
def test_comments_are_counted_by_day_and_status() -> None:
    noon = clock.now().replace(hour=12, minute=0)
    for back, status in (
        (0, CommentStatus.PENDING),
        (1, CommentStatus.SPAM),
        (1, CommentStatus.SPAM),
        (29, "approved"),
    ):
        factories.comment(created_at=noon - timedelta(days=back), status=CommentStatus.of(status))
    factories.comment(created_at=noon - timedelta(days=31))
    found = days.per_day(person("mo"), noon, UTC)
    assert len(found.days) == 30
    assert found.total == 4
    assert found.days[-1].counts[CommentStatus.PENDING] == 1
    assert found.days[-2].counts[CommentStatus.SPAM] == 2
    assert found.days[0].counts[CommentStatus.APPROVED] == 1
    assert found.peak.day == noon.date() - timedelta(days=1)
    assert found.share_of(CommentStatus.SPAM) == 50


@pytest.mark.usefixtures("at_work")
def test_a_comment_of_the_night_belongs_to_the_day_of_the_reader() -> None:
    now = datetime(2026, 6, 10, 12, tzinfo=UTC)
    factories.comment(created_at=datetime(2026, 6, 9, 23, 30, tzinfo=UTC))
    here, tokyo = (days.per_day(person("mo"), now, ZoneInfo(zone)) for zone in ("UTC", "Asia/Tokyo"))
    assert [day.day.day for day in here.days if day.total] == [9]
    assert [day.day.day for day in tokyo.days if day.total] == [10]


@pytest.mark.usefixtures("at_work")
def test_days_with_a_change_of_the_clock_are_counted_whole() -> None:
    # Clocks go back in Berlin on 25 October 2026: that day has 25 hours.
    factories.comment(created_at=datetime(2026, 10, 24, 22, 0, tzinfo=UTC))
    factories.comment(created_at=datetime(2026, 10, 25, 22, 59, tzinfo=UTC))
    factories.comment(created_at=datetime(2026, 10, 25, 23, 0, tzinfo=UTC))
    found = days.per_day(person("mo"), datetime(2026, 10, 28, 12, tzinfo=UTC), ZoneInfo("Europe/Berlin"))
    assert {day.day.day: day.total for day in found.days if day.total} == {25: 2, 26: 1}


@pytest.mark.usefixtures("at_work")
def test_an_author_sees_the_comments_under_her_own_posts_by_day() -> None:
    factories.comment(post=factories.post(published=True, author=person("aut")))
    factories.comment(post=factories.post(published=True, author=person("ed")))
    found = queries.today_for(person("aut")).days
    assert found is not None
    assert found.total == 1


@pytest.mark.usefixtures("at_work")
def test_very_many_comments_are_counted_once_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(days, "MANY", 0)
    now, mo, aut = clock.now(), person("mo"), person("aut")
    factories.comment()
    assert days.per_day(mo, now, UTC).total == 1
    factories.comment()
    assert days.per_day(mo, now + timedelta(seconds=30), UTC).total == 1
    assert days.per_day(aut, now + timedelta(seconds=30), UTC).total == 0
    assert days.per_day(mo, now + timedelta(minutes=2), UTC).total == 2


@pytest.mark.usefixtures("at_work")
def test_few_comments_are_counted_anew_each_time() -> None:
    now = clock.now()
    factories.comment()
    assert days.per_day(person("mo"), now, UTC).total == 1
    factories.comment()
    assert days.per_day(person("mo"), now, UTC).total == 2


def test_the_page_asks_as_many_questions_for_much_as_for_little(app: Flask, asked: Callable[[str], int]) -> None:
    with app.app_context(), unit_of_work():
        _some_of_everything()
    little = asked("ana")
    with app.app_context(), unit_of_work():
        for _more in range(6):
            _some_of_everything()
    assert asked("ana") == little


def _some_of_everything() -> None:
    ana = person("ana")
    factories.comment(created_at=ago(hours=1))
    factories.reminder(recipient=ana, due_at=ago(hours=1))
    factories.post(author=ana)
    factories.post(author=ana, status=PostStatus.SCHEDULED, published_at=clock.now())
    with acting(actor=factories.user()):
        audit.note("post.export")


@pytest.fixture
def asked(app: Flask) -> Callable[[str], int]:
    """How many statements the facts of a person need."""

    def count(username: str) -> int:
        with app.app_context():
            user, statements = person(username), []
            dict(user.granted)
            event.listen(db.engine, "before_cursor_execute", lambda *_told: statements.append(1))
            queries.today_for(user)
            return len(statements)

    return count
