"""When a job is due, and what it is called."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from backoffice.foundation.permissions import Can, is_allowed
from backoffice.jobs.schedule import Rhythm, daily, every, job, planned, weekly

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


def sweep_the_pier(actor: Any) -> None:
    """Sweep it.

    Twice on Sundays.
    """


def moment(text: str) -> datetime:
    """A moment from its ISO form."""
    return datetime.fromisoformat(text)


def test_a_job_is_named_after_its_function_and_helped_by_its_first_line() -> None:
    made = job(may=())(sweep_the_pier)
    assert (made.name, made.help) == ("sweep-the-pier", "Sweep it.")


def test_a_job_may_do_what_it_declares_and_nothing_else() -> None:
    actor = planned(job(may=(Can.POST_PUBLISH,))(sweep_the_pier), every(hours=1)).actor
    assert actor.actor_name == "job:sweep-the-pier"
    assert is_allowed(actor, Can.POST_PUBLISH)
    assert not is_allowed(actor, Can.POST_EDIT)


@pytest.mark.parametrize(("minutes", "is_due"), [(59, False), (60, True), (600, True)])
def test_a_job_of_every_hour_is_due_an_hour_after_its_last_start(minutes: int, is_due: bool) -> None:
    last = NOON - timedelta(minutes=minutes)
    assert (last <= every(hours=1).latest_start(NOON)) is is_due
    assert (every(hours=1).next_start(last, NOON) == NOON) is is_due


@pytest.mark.parametrize(
    ("last", "now", "is_due"),
    [
        ("2026-05-04T06:00:01Z", "2026-05-04T23:00:00Z", False),
        ("2026-05-04T06:00:00Z", "2026-05-05T05:59:00Z", False),
        ("2026-05-04T06:00:00Z", "2026-05-05T06:00:00Z", True),
        ("2026-05-04T05:59:00Z", "2026-05-04T06:30:00Z", True),
        ("2026-05-01T06:00:00Z", "2026-05-04T05:00:00Z", True),
    ],
)
def test_a_daily_job_is_due_once_after_its_time_each_day(last: str, now: str, is_due: bool) -> None:
    assert (moment(last) <= daily("06:00").latest_start(moment(now))) is is_due
    assert (daily("06:00").next_start(moment(last), moment(now)) == moment(now)) is is_due


@pytest.mark.parametrize(
    ("last", "now", "is_due"),
    [
        ("2026-05-04T06:00:00Z", "2026-05-10T23:00:00Z", False),
        ("2026-05-04T06:00:00Z", "2026-05-11T05:59:59Z", False),
        ("2026-05-04T06:00:00Z", "2026-05-11T06:00:00Z", True),
        ("2026-05-04T05:59:59Z", "2026-05-09T12:00:00Z", True),
    ],
)
def test_a_weekly_job_is_due_once_after_its_day_each_week(last: str, now: str, is_due: bool) -> None:
    assert (moment(last) <= weekly(0, "06:00").latest_start(moment(now))) is is_due
    assert (weekly(0, "06:00").next_start(moment(last), moment(now)) == moment(now)) is is_due


@pytest.mark.parametrize(
    ("rhythm", "following"),
    [
        (every(minutes=10), "2026-05-04T12:09:00Z"),
        (daily("06:00"), "2026-05-05T06:00:00Z"),
        (daily("23:30"), "2026-05-04T23:30:00Z"),
        (weekly(0, "06:00"), "2026-05-11T06:00:00Z"),
        (weekly(2, "06:00"), "2026-05-06T06:00:00Z"),
    ],
    ids=str,
)
def test_the_next_start_is_told_by_the_rhythm(rhythm: Rhythm, following: str) -> None:
    assert rhythm.next_start(NOON - timedelta(minutes=1), NOON) == moment(following)


@pytest.mark.parametrize(
    ("rhythm", "told"),
    [
        (every(seconds=2), "every 2 s"),
        (every(minutes=10), "every 10 min"),
        (every(hours=1), "every 1 h"),
        (daily("03:40"), "daily at 03:40 UTC"),
        (weekly(6, "03:40"), "Sundays at 03:40 UTC"),
    ],
)
def test_a_rhythm_is_told_in_a_few_words(rhythm: Rhythm, told: str) -> None:
    assert str(rhythm) == told
