"""Rules: read strictly, followed exactly, told in words, and never able to hold the house up."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from random import Random
from time import perf_counter
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr
from flask import Flask

from backoffice.foundation.errors import InvalidInput
from backoffice.reminders.moments import to_utc
from backoffice.reminders.rules import DAYS, Rule, in_words, rule_of

START = datetime.fromisoformat("2026-01-05T09:00")
BERLIN = "Europe/Berlin"


def locals_of(rule: str, count: int, start: datetime = START, zone: str = BERLIN) -> list[str]:
    """What clocks there show at the first occurrences."""
    found = Rule.parse(rule).first(start, zone, count)
    return [f"{each.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}" for each in found]


def test_nine_o_clock_stays_nine_o_clock() -> None:
    assert {each[11:] for each in locals_of("FREQ=DAILY", 100, datetime.fromisoformat("2026-01-20T09:00"))} == {"09:00"}
    assert {each[11:] for each in locals_of("FREQ=DAILY", 100, datetime.fromisoformat("2026-09-20T09:00"))} == {"09:00"}


def test_a_time_that_clocks_skip_comes_when_they_go_on_and_once() -> None:
    start = datetime.fromisoformat("2026-03-28T02:30")
    assert locals_of("FREQ=DAILY", 3, start) == ["2026-03-28 02:30", "2026-03-29 03:00", "2026-03-30 02:30"]
    hours = Rule.parse("FREQ=HOURLY").first(datetime.fromisoformat("2026-03-29T00:00"), BERLIN, 4)
    assert hours == [datetime(2026, 3, 28, 23, tzinfo=UTC) + timedelta(hours=n) for n in range(4)]


def test_a_time_that_comes_twice_is_told_of_once() -> None:
    found = locals_of("FREQ=DAILY", 3, datetime.fromisoformat("2026-10-24T02:30"))
    assert found == ["2026-10-24 02:30", "2026-10-25 02:30", "2026-10-26 02:30"]


def _some_rule(chance: Random) -> str:
    frequency = chance.choice(("DAILY", "WEEKLY", "MONTHLY", "YEARLY", "HOURLY"))
    parts = [f"FREQ={frequency}", f"INTERVAL={chance.choice((1, 1, 2, 3, 5))}"]
    if chance.random() < 0.4:
        days = chance.sample(DAYS, chance.randint(1, 3))
        parts.append("BYDAY=" + ",".join(days))
    if frequency in ("MONTHLY", "YEARLY") and chance.random() < 0.4:
        parts.append(f"BYMONTHDAY={chance.choice((1, 15, 31, -1))}")
    if chance.random() < 0.2:
        parts.append(f"BYMONTH={chance.choice((1, 2, 6, 12))}")
    match chance.randint(0, 3):
        case 0:
            parts.append(f"COUNT={chance.randint(1, 40)}")
        case 1:
            parts.append("UNTIL=20280301")
    return ";".join(parts)


@pytest.mark.parametrize("seed", range(60))
def test_a_rule_means_what_dateutil_says(seed: int) -> None:
    text = _some_rule(Random(seed))
    rule = Rule.parse(text)
    whole = rrulestr(text.replace("20280301", "20280301T235959"), dtstart=START)
    expected = []
    for local in whole:
        if local.year > 2031 or len(expected) >= 3000:
            break
        expected.append(to_utc(local, "UTC"))
    for day in (date(2026, 1, 1), date(2026, 6, 1), date(2027, 11, 17), date(2030, 1, 1)):
        moment = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
        if len(expected) >= 3000 and expected[-1] < moment + timedelta(days=400):
            continue
        found = rule.after(START, "UTC", moment)
        known = next((each for each in expected if each > moment), None)
        assert found == known or (known is None and found is not None and found.year > 2031)
        before = [each for each in expected if each <= moment]
        assert rule.latest(START, "UTC", moment) == (before[-1] if before else None)
        end = moment + timedelta(days=60)
        assert rule.between(START, "UTC", moment, end, 5000) == [each for each in expected if moment <= each < end]


def test_an_old_series_is_as_fast_as_a_young_one() -> None:
    begun = datetime.fromisoformat("1971-03-01T07:00")
    start = perf_counter()
    for text in ("FREQ=HOURLY;INTERVAL=5", "FREQ=DAILY;INTERVAL=3", "FREQ=WEEKLY;BYDAY=MO,TH", "FREQ=MONTHLY"):
        assert Rule.parse(text).after(begun, BERLIN, datetime(2099, 6, 1, tzinfo=UTC)) is not None
    assert perf_counter() - start < 1


@pytest.mark.parametrize(
    "text",
    [
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=WEEKLY;BYMONTH=4;BYMONTHDAY=31",
        "FREQ=YEARLY;BYYEARDAY=366;BYMONTH=1",
        "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=366",
    ],
)
def test_a_rule_that_never_comes_is_refused_at_once(text: str) -> None:
    start = perf_counter()
    with pytest.raises(InvalidInput) as refusal:
        Rule.parse(text)
    assert perf_counter() - start < 1
    assert "never" in str(refusal.value)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "daily",
        "FREQ=",
        "FREQ=FORTNIGHTLY",
        "FREQ=DAILY;FREQ=WEEKLY",
        "FREQ=DAILY;COUNT=3;UNTIL=20270101",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;COUNT=99999999999",
        "FREQ=DAILY;UNTIL=tomorrow",
        "FREQ=DAILY;UNTIL=20271399",
        "FREQ=DAILY;UNTIL=19000101",
        "FREQ=WEEKLY;BYDAY=1MO",
        "FREQ=WEEKLY;BYDAY=XX",
        "FREQ=MONTHLY;BYMONTHDAY=32",
        "FREQ=MONTHLY;BYMONTHDAY=0",
        "FREQ=YEARLY;BYEASTER=0",
        "FREQ=DAILY;X-EVIL=1",
        "FREQ=MINUTELY",
        "FREQ=SECONDLY",
        "FREQ=DAILY;BYMINUTE=0,15,30",
        "FREQ=DAILY;BYSECOND=0,1",
        "FREQ=DAILY;" + "BYMONTHDAY=" + ",".join(["1"] * 500),
        "=" * 300,
        "\x00",
        "FREQ=DAILY\r\nRRULE:FREQ=HOURLY",
        "FREQ=\N{ARABIC-INDIC DIGIT ONE}",
    ],
)
def test_what_is_no_rule_is_refused_in_words(text: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        Rule.parse(text)
    assert refusal.value.field == "rule"


def test_a_rule_is_kept_in_one_way_however_it_was_written() -> None:
    assert str(Rule.parse(" rrule:freq=weekly; byday=th,MO ;interval=1")) == "FREQ=WEEKLY;BYDAY=MO,TH"
    assert Rule.parse(str(Rule.parse("FREQ=MONTHLY;BYDAY=-1FR"))) == Rule.parse("FREQ=MONTHLY;BYDAY=-1FR")


def test_an_end_is_the_end_of_that_day_there() -> None:
    assert len(locals_of("FREQ=DAILY;UNTIL=20260107", 10)) == 3
    # In UTC that is an hour earlier.
    assert len(locals_of("FREQ=DAILY;UNTIL=20260107T080000Z", 10)) == 3
    assert len(locals_of("FREQ=DAILY;UNTIL=20260107T075959Z", 10)) == 2


@pytest.mark.parametrize(
    ("choice", "text"),
    [
        ({"every": "day", "interval": 2}, "FREQ=DAILY;INTERVAL=2"),
        ({"every": "weekday"}, "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"),
        ({"every": "week", "weekdays": [3, 0], "count": 5}, "FREQ=WEEKLY;BYDAY=MO,TH;COUNT=5"),
        ({"every": "month", "monthday": -1}, "FREQ=MONTHLY;BYMONTHDAY=-1"),
        ({"every": "year", "until": date(2030, 5, 3)}, "FREQ=YEARLY;UNTIL=20300503"),
    ],
)
def test_a_form_builds_a_rule(choice: dict[str, object], text: str) -> None:
    assert str(rule_of(**choice)) == text  # type: ignore[arg-type]


def test_a_form_builds_nothing_that_is_no_rule() -> None:
    for choice in ({"every": "never"}, {"every": "day", "interval": 0}, {"every": "day", "count": 5000}):
        with pytest.raises(InvalidInput):
            rule_of(**choice)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("FREQ=DAILY", "every day"),
        ("FREQ=DAILY;INTERVAL=3;COUNT=4", "every 3 days, 4 times"),
        ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "on every weekday"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH;UNTIL=20270503", "every 2 weeks on Monday and Thursday until May 3, 2027"),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", "every month on the last day"),
        ("FREQ=MONTHLY;BYMONTHDAY=1,15", "every month on day 1 and 15"),
        ("FREQ=MONTHLY;BYDAY=-1FR", "every month on the last Friday"),
        ("FREQ=MONTHLY;BYDAY=FR;BYSETPOS=2", "every month on the second Friday"),
        ("FREQ=YEARLY", "every year"),
        ("FREQ=YEARLY;BYMONTH=5;BYMONTHDAY=3", "every year on 3 May"),
        ("FREQ=HOURLY;INTERVAL=6", "every 6 hours"),
        ("FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO", "by the rule FREQ=YEARLY;BYDAY=MO;BYWEEKNO=20"),
    ],
)
def test_a_rule_is_told_in_words(app: Flask, rule: str, words: str) -> None:
    with app.test_request_context():
        assert in_words(Rule.parse(rule), "en") == words


def test_a_rule_is_told_with_the_days_of_the_language(app: Flask) -> None:
    with app.test_request_context():
        assert "Montag" in in_words(Rule.parse("FREQ=WEEKLY;BYDAY=MO"), "de")
