"""What lists, the month and the top bar ask about reminders."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from backoffice.accounts.models import User
from backoffice.foundation import clock
from backoffice.foundation.database import db
from backoffice.reminders import firing, queries
from backoffice.reminders.models import ReminderStatus
from backoffice.reminders.operations import cancel, skip
from tests import factories

pytestmark = pytest.mark.both_databases


@pytest.fixture
def house(app: Flask) -> Iterator[Flask]:
    """The application, in its context."""
    with app.app_context():
        yield app


@pytest.fixture
def person(house: Flask) -> User:
    """An editor in Berlin."""
    return factories.user(roles=["editor"], time_zone="Europe/Berlin")


def wall(text: str) -> datetime:
    """What a clock on the wall shows."""
    return datetime.fromisoformat(text)


def test_what_is_open_is_what_is_due_and_not_dealt_with_by_name_or_by_role(person: User) -> None:
    past, role = clock.now() - timedelta(hours=1), factories.find_role("editor")
    mine = [factories.reminder(recipient=person, due_at=past, status=status) for status in ReminderStatus]
    ours = factories.reminder(owner=factories.user(), role=role, due_at=past)
    factories.reminder(recipient=person)
    factories.reminder(due_at=past)
    wanted = {each.id for each in (*mine, ours) if not each.is_over}
    assert {each.id for each in db.session.scalars(queries.open_for(person))} == wanted
    assert queries.open_count(person) == len(wanted) == 5
    assert queries.open_count(person, most=3) == 3
    person.roles.clear()
    db.session.flush()
    assert queries.open_count(person) == 4


def test_a_month_shows_every_time_of_a_series_where_clocks_change(person: User) -> None:
    daily = factories.reminder(
        recipient=person, local_at=wall("2026-01-01T00:30"), time_zone="Europe/Berlin", rule="FREQ=DAILY"
    )
    once = factories.reminder(owner=person, recipient=factories.user(), due_at=datetime(2027, 3, 15, 12, tzinfo=UTC))
    factories.reminder(due_at=datetime(2027, 3, 15, 12, tzinfo=UTC))
    found = queries.in_month(person, 2027, 3, "Europe/Berlin")
    days = [each.at.astimezone(ZoneInfo("Europe/Berlin")).day for each in found if each.reminder is daily]
    assert days == list(range(1, 32))
    assert [each.at for each in found if each.reminder is once] == [once.due_at]
    assert [each.at for each in found] == sorted(each.at for each in found)
    assert len(queries.in_month(person, 2027, 12, "Europe/Berlin")) == 31


def test_a_month_shows_no_time_that_was_skipped_or_called_off(person: User) -> None:
    admin = factories.user(roles=["administrator"])
    begin = (clock.now() + timedelta(days=1)).replace(tzinfo=None, second=0, microsecond=0)
    series = factories.reminder(recipient=person, local_at=begin, time_zone="UTC", rule="FREQ=DAILY")
    span = (clock.now(), clock.now() + timedelta(days=10))
    whole = [each.at for each in queries.within(person, *span)]
    skip(series, actor=admin)
    db.session.flush()
    assert [each.at for each in queries.within(person, *span)] == whole[1:]
    cancel(series, actor=admin)
    db.session.flush()
    assert queries.within(person, *span) == []


def test_a_month_of_hourly_ones_stays_bounded(person: User) -> None:
    for _ in range(5):
        factories.reminder(recipient=person, local_at=wall("2026-01-01T00:00"), time_zone="UTC", rule="FREQ=HOURLY")
    assert len(queries.in_month(person, 2099, 12, "UTC")) == queries.MOST_IN_MONTH


def test_the_told_time_that_nobody_dealt_with_is_overdue(person: User, monkeypatch: pytest.MonkeyPatch) -> None:
    begin = (clock.now() + timedelta(days=1)).replace(microsecond=0)
    factories.reminder(recipient=person, local_at=begin.replace(tzinfo=None), time_zone="UTC", rule="FREQ=DAILY")
    db.session.commit()
    later = begin + timedelta(hours=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    firing.fire_due()
    first, second = queries.within(person, begin - timedelta(hours=1), begin + timedelta(days=2))
    assert (first.is_told, first.is_overdue) == (True, True)
    assert (second.is_told, second.is_overdue) == (False, False)


def test_what_is_about_a_record_is_listed_for_who_may_see_the_reminder(person: User) -> None:
    post, admin = factories.post(), factories.user(roles=["administrator"])
    about = {"about_resource": "post", "about_id": post.id}
    over = factories.reminder(recipient=person, **about, status=ReminderStatus.DONE)
    later = factories.reminder(recipient=person, **about, due_at=clock.now() + timedelta(days=2))
    sooner = factories.reminder(recipient=person, **about)
    foreign = factories.reminder(**about)
    found = [each.id for each in db.session.scalars(queries.about("post", post.id, person))]
    assert found == [sooner.id, later.id, over.id]
    assert foreign.id in [each.id for each in db.session.scalars(queries.about("post", post.id, admin))]
