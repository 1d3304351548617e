"""Local times and moments, around the hours that clocks skip or show twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from backoffice.foundation.errors import InvalidInput
from backoffice.reminders.moments import shows, to_local, to_utc


def wall(text: str) -> datetime:
    """What a clock on the wall shows."""
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("local", "zone", "moment"),
    [
        ("2026-07-01T09:00", "Europe/Berlin", "2026-07-01T07:00"),
        ("2026-12-01T09:00", "Europe/Berlin", "2026-12-01T08:00"),
        # Skipped: the moment at which clocks go on.
        ("2026-03-29T02:00", "Europe/Berlin", "2026-03-29T01:00"),
        ("2026-03-29T02:30", "Europe/Berlin", "2026-03-29T01:00"),
        ("2026-03-29T02:59", "Europe/Berlin", "2026-03-29T01:00"),
        ("2026-03-29T03:00", "Europe/Berlin", "2026-03-29T01:00"),
        ("2026-03-08T02:30", "America/New_York", "2026-03-08T07:00"),
        # Half an hour is skipped there.
        ("2026-10-04T02:15", "Australia/Lord_Howe", "2026-10-03T15:30"),
        # A whole day was.
        ("2011-12-30T12:00", "Pacific/Apia", "2011-12-30T10:00"),
        # Twice: the first.
        ("2026-10-25T02:30", "Europe/Berlin", "2026-10-25T00:30"),
        ("2026-11-01T01:30", "America/New_York", "2026-11-01T05:30"),
    ],
)
def test_a_local_time_means_one_moment(local: str, zone: str, moment: str) -> None:
    assert to_utc(wall(local), zone) == wall(moment).replace(tzinfo=UTC)


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Australia/Sydney", "Asia/Kathmandu", "UTC"])
def test_every_hour_of_a_year_goes_to_the_wall_and_back(zone: str) -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    while moment.year == 2026:
        local = to_local(moment, zone)
        assert local.tzinfo is None
        back = to_utc(local, zone)
        # In the hour that comes twice the first one is meant.
        assert back == moment or (back < moment and back.astimezone(ZoneInfo(zone)).replace(tzinfo=None) == local)
        assert shows(moment, local, zone)
        moment += timedelta(minutes=30)


def test_days_that_no_column_can_hold_are_refused_in_words() -> None:
    for text in ("1969-12-31T23:00", "2101-01-01T00:00", "9999-12-31T23:59"):
        with pytest.raises(InvalidInput):
            to_utc(wall(text), "Europe/Berlin")
    with pytest.raises(InvalidInput):
        to_utc(wall("2100-12-31T23:30"), "America/New_York")
