"""The month of the calendar: whole weeks, days in the reader's zone, and what is read out of an address."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from backoffice.reminders import month
from backoffice.reminders.presets import presets

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
AUCKLAND = ZoneInfo("Pacific/Auckland")


@dataclass(frozen=True)
class Falls:
    """What falls on a moment, as the query of a month tells it."""

    reminder: Any
    at: datetime
    is_overdue: bool = False


def falls(at: datetime, id: int = 1) -> Any:
    """A reminder that falls on this moment."""
    return Falls(SimpleNamespace(id=id, is_recurring=False), at)


@pytest.mark.parametrize(
    "text", ["", None, "2026", "2026-13", "2026-00", "1969-12", "2101-01", "٢٠٢٦-١١", "2026-11-01"]
)
def test_what_is_no_month_of_the_years_we_know_is_none(text: str | None) -> None:
    assert month.month_in(text) is None


def test_a_month_begins_with_its_first_day() -> None:
    assert month.month_in("2026-11") == date(2026, 11, 1)


@pytest.mark.parametrize(
    ("locale", "day"), [("en", 0), ("de", 0), ("fr", 0), ("ar", 5), ("pt", 6), ("pt_BR", 6), ("x", 0)]
)
def test_weeks_begin_where_the_language_is_at_home(locale: str, day: int) -> None:
    assert month.first_weekday(locale) == day


def test_the_weeks_are_whole_and_hold_the_month() -> None:
    shown = month.laid_out(date(2026, 11, 1), 5, NOW, UTC, [])
    assert all(len(week) == 7 for week in shown.weeks)
    days = [each for week in shown.weeks for each in week]
    assert [each.day.day for each in days if each.is_of_month] == list(range(1, 31))
    assert days[0].day.weekday() == 5


def test_something_falls_on_the_day_that_it_is_for_the_reader() -> None:
    shown = month.laid_out(date(2026, 11, 1), 0, NOW, AUCKLAND, [falls(datetime(2026, 11, 23, 20, tzinfo=UTC))])
    (day,) = [each for week in shown.weeks for each in week if each.entries]
    assert day.day == date(2026, 11, 24)
    assert day.entries[0].at.hour == 9


def test_today_is_the_day_of_the_reader() -> None:
    shown = month.laid_out(date(2026, 11, 1), 0, NOW, AUCKLAND, [])
    assert [each.day for week in shown.weeks for each in week if each.is_today] == [date(2026, 11, 22)]


def test_a_square_holds_three_and_says_how_many_more_there_are() -> None:
    four = [falls(datetime(2026, 11, 5, hour, tzinfo=UTC), hour) for hour in (9, 8, 11, 10)]
    day = month.laid_out(date(2026, 11, 1), 0, NOW, UTC, four).day(date(2026, 11, 5))
    assert day is not None
    assert [entry.at.hour for entry in day.shown] == [8, 9]
    assert day.more == 2
    three = month.laid_out(date(2026, 11, 1), 0, NOW, UTC, four[:3]).day(date(2026, 11, 5))
    assert three is not None
    assert (len(three.shown), three.more) == (3, 0)


def test_the_calendar_ends_where_the_product_does() -> None:
    assert month.laid_out(date(1970, 1, 1), 0, NOW, UTC, []).previous is None
    assert month.laid_out(date(2100, 12, 1), 0, NOW, UTC, []).next is None
    year = month.laid_out(date(2026, 12, 1), 0, NOW, UTC, [])
    assert (year.previous, year.next) == (date(2026, 11, 1), date(2027, 1, 1))


def test_the_week_of_a_reader_holds_today() -> None:
    since, until = month.week(NOW, 0, "Europe/Zurich")
    assert (since, until) == (datetime(2026, 11, 15, 23, tzinfo=UTC), datetime(2026, 11, 22, 23, tzinfo=UTC))


@pytest.mark.parametrize(
    ("hour", "names"),
    [
        (8, ["hour", "evening", "tomorrow", "monday"]),
        (20, ["hour", "tomorrow", "monday"]),
    ],
)
def test_what_a_reminder_may_rest_fits_the_hour(hour: int, names: list[str]) -> None:
    offered = presets(datetime(2026, 11, 21, hour, tzinfo=UTC), "UTC")
    assert [each.name for each in offered] == names
    assert [each.at for each in offered] == sorted(each.at for each in offered)


def test_on_a_sunday_monday_is_tomorrow_and_offered_once() -> None:
    offered = presets(datetime(2026, 11, 22, 20, tzinfo=UTC), "UTC")
    assert [each.name for each in offered] == ["hour", "tomorrow"]


def test_tomorrow_morning_is_nine_also_where_the_clocks_change_at_night() -> None:
    offered = {each.name: each.at for each in presets(datetime(2026, 10, 24, 10, tzinfo=UTC), "Europe/Zurich")}
    assert offered["tomorrow"] == datetime(2026, 10, 25, 8, tzinfo=UTC)
