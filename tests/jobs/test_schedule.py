"""When a job is due, and what it is called."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from backoffice.foundation.permissions import Can, is_allowed
from backoffice.jobs.schedule import job

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


def sweep_the_pier(actor: Any) -> None:
    """Sweep it.

    Twice on Sundays.
    """


def test_a_job_is_named_after_its_function_and_helped_by_its_first_line() -> None:
    made = job(every=timedelta(hours=1), may=())(sweep_the_pier)
    assert (made.name, made.help) == ("sweep-the-pier", "Sweep it.")


def test_a_job_may_do_what_it_declares_and_nothing_else() -> None:
    actor = job(every=timedelta(hours=1), may=(Can.POST_PUBLISH,))(sweep_the_pier).actor
    assert actor.actor_name == "job:sweep-the-pier"
    assert is_allowed(actor, Can.POST_PUBLISH)
    assert not is_allowed(actor, Can.POST_EDIT)


@pytest.mark.parametrize("how", [{}, {"every": timedelta(1), "daily_at": time(6)}], ids=["neither", "both"])
def test_a_job_says_either_how_often_or_at_what_time(how: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="sweep-the-pier"):
        job(may=(), **how)(sweep_the_pier)


@pytest.mark.parametrize(("minutes", "is_due"), [(59, False), (60, True), (600, True)])
def test_a_job_of_every_hour_is_due_an_hour_after_its_last_start(minutes: int, is_due: bool) -> None:
    made = job(every=timedelta(hours=1), may=())(sweep_the_pier)
    assert (NOON - timedelta(minutes=minutes) <= made.latest_start(NOON)) is is_due


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
    made = job(daily_at=time(6), may=())(sweep_the_pier)
    assert (datetime.fromisoformat(last) <= made.latest_start(datetime.fromisoformat(now))) is is_due
