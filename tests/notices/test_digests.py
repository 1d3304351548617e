"""Digests: what waits, once a day or a week at the person's own hour, on days when clocks change as well."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from backoffice.accounts.models import User
from backoffice.foundation import clock
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.errors import InvalidInput
from backoffice.notices import digests
from backoffice.notices.models import DigestChoice, Rhythm, Weekday
from backoffice.records import stopping
from tests import factories, people
from tests.notices.post_office import digest, mails

LISBON, BERLIN = "Europe/Lisbon", "Europe/Berlin"


def at(text: str, zone: str = "UTC") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


@pytest.fixture
def set_clock(monkeypatch: pytest.MonkeyPatch) -> object:
    """Puts the clock to a moment."""
    return lambda moment: monkeypatch.setattr(clock, "now", lambda: moment)


def choosing(username: str = "mo", *, zone: str = BERLIN, **choice: object) -> User:
    given = {"rhythm": "daily", "hour": 8, "weekday": "monday", **choice}
    with unit_of_work():
        person = people.person(username)
        person.time_zone = zone
        digests.choose(person, **given)  # type: ignore[arg-type]
    return person


def run_at(set_clock: object, *moments: datetime) -> None:
    for moment in moments:
        set_clock(moment)  # type: ignore[operator]
        digest()


def comes() -> None:
    with unit_of_work():
        factories.comment(created_at=clock.now(), text="When does it leave?")


@pytest.mark.both_databases
def test_a_digest_tells_what_waits_at_the_hour_of_the_person(app: Flask, set_clock: object) -> None:
    with app.app_context():
        set_clock(at("2026-11-02 12:00"))  # type: ignore[operator]
        person = choosing(zone=BERLIN)
        comes()
        run_at(set_clock, at("2026-11-03 07:59", BERLIN))
        assert mails() == []
        run_at(
            set_clock, at("2026-11-03 08:01", BERLIN), at("2026-11-03 08:06", BERLIN), at("2026-11-03 20:00", BERLIN)
        )
        (mail,) = mails()
        assert mail.recipient == person.email and mail.key == f"digest:{person.id}:2026-11-03"
        assert "1 comment waits" in mail.text and "When does it leave?" in mail.text
        run_at(set_clock, at("2026-11-04 08:02", BERLIN))
        assert len(mails()) == 2


def test_where_nothing_waits_there_is_no_digest_that_day(app: Flask, set_clock: object) -> None:
    with app.app_context():
        set_clock(at("2026-11-02 12:00"))  # type: ignore[operator]
        choosing()
        run_at(set_clock, at("2026-11-03 08:01", BERLIN))
        comes()
        run_at(set_clock, at("2026-11-03 09:00", BERLIN))
        assert mails() == []


def test_the_first_digest_comes_at_the_next_hour_and_not_for_one_that_is_over(app: Flask, set_clock: object) -> None:
    with app.app_context():
        set_clock(at("2026-11-02 12:00", BERLIN))  # type: ignore[operator]
        choosing(hour=8)
        comes()
        run_at(set_clock, at("2026-11-02 12:05", BERLIN))
        assert mails() == []


def test_a_machine_that_was_down_sends_it_late_and_one_for_three_days(app: Flask, set_clock: object) -> None:
    with app.app_context():
        set_clock(at("2026-11-02 12:00"))  # type: ignore[operator]
        choosing()
        comes()
        run_at(set_clock, at("2026-11-03 17:30", BERLIN))
        assert len(mails()) == 1
        run_at(set_clock, at("2026-11-07 05:00", BERLIN), at("2026-11-07 09:00", BERLIN))
        assert [mail.key.rsplit(":", 1)[1] for mail in mails() if mail.key] == ["2026-11-03", "2026-11-07"]


@pytest.mark.parametrize(
    ("zone", "day", "hour"),
    [
        (BERLIN, "2026-03-29", 2),  # left out
        (BERLIN, "2026-10-25", 2),  # comes twice
        ("America/New_York", "2026-03-08", 2),
        ("America/New_York", "2026-11-01", 1),
        ("Australia/Lord_Howe", "2026-04-05", 1),
        ("Asia/Kathmandu", "2026-03-29", 0),
    ],
)
def test_on_days_when_clocks_change_it_comes_once(
    app: Flask, set_clock: object, zone: str, day: str, hour: int
) -> None:
    with app.app_context():
        set_clock(at(f"{day} 12:00", zone) - timedelta(days=2))  # type: ignore[operator]
        person = choosing(zone=zone, hour=hour)
        comes()
        moment = at(f"{day} 00:00", zone) - timedelta(hours=3)
        for _step in range(24 * 3):
            moment += timedelta(minutes=20)
            run_at(set_clock, moment)
        keys = [mail.key for mail in mails()]
        assert keys.count(f"digest:{person.id}:{day}") == 1 and len(keys) == len(set(keys)) <= 2


def test_a_weekly_one_comes_on_its_day(app: Flask, set_clock: object) -> None:
    with app.app_context():
        set_clock(at("2026-11-02 12:00"))  # type: ignore[operator]
        choosing(rhythm="weekly", weekday="thursday")
        comes()
        for day in range(3, 20):
            run_at(set_clock, at(f"2026-11-{day:02} 08:10", BERLIN))
        assert [mail.key.rsplit(":", 1)[1] for mail in mails() if mail.key] == [
            "2026-11-05",
            "2026-11-12",
            "2026-11-19",
        ]


def test_a_day_that_a_wrong_clock_wrote_holds_nothing_up(app: Flask, set_clock: object) -> None:
    with app.app_context():
        set_clock(at("2026-11-02 12:00"))  # type: ignore[operator]
        person = choosing()
        comes()
        with unit_of_work():
            db.session.get_one(DigestChoice, person.id).done_on = date(2031, 1, 1)
        run_at(set_clock, at("2026-11-03 08:01", BERLIN))
        assert len(mails()) == 1


def test_building_it_needs_no_mail_and_changes_nothing(app: Flask) -> None:
    with app.app_context():
        with unit_of_work():
            author = people.person("aut")
            factories.comment()
            factories.comment(post=factories.post(published=True, author_id=author.id))
            factories.reminder(owner=author, due_at=clock.now() - timedelta(minutes=5), subject="Call Rita")
        built = digests.build(author, clock.now())
        assert built.waiting is not None and built.waiting.count == 1, "of her own posts only"
        assert built.reminders == 1 and built.first_reminders[0].title == "Call Rita"
        assert not built.is_empty and built.count == 2
        assert not db.session.new and not db.session.dirty and mails() == []
        assert digests.build(people.person("nobody"), clock.now()).is_empty


def test_one_link_ends_it(app: Flask, set_clock: object) -> None:
    with app.app_context():
        set_clock(at("2026-11-02 12:00"))  # type: ignore[operator]
        person = choosing()
        comes()
        run_at(set_clock, at("2026-11-03 08:01", BERLIN))
        purpose, number = stopping.read(mails()[0].headers["List-Unsubscribe"].strip("<>").rsplit("/", 1)[1])
        with unit_of_work():
            purpose.stop(number)
        assert db.session.get_one(DigestChoice, person.id).rhythm is Rhythm.NONE


@pytest.mark.parametrize(
    "wrong",
    [{"hour": "24"}, {"hour": "-1"}, {"hour": "٣"}, {"hour": ""}, {"rhythm": "hourly"}, {"weekday": "someday\x00"}],
)
def test_what_is_no_rhythm_is_refused_in_words(app: Flask, wrong: dict[str, str]) -> None:
    with app.app_context(), pytest.raises(InvalidInput), unit_of_work():
        asked = {"rhythm": "daily", "hour": "8", "weekday": "monday", **wrong}
        digests.choose(people.person("mo"), rhythm=asked["rhythm"], hour=asked["hour"], weekday=asked["weekday"])


def test_a_person_without_a_confirmed_address_gets_none(app: Flask, set_clock: object) -> None:
    with app.app_context():
        set_clock(at("2026-11-02 12:00"))  # type: ignore[operator]
        person = choosing()
        comes()
        with unit_of_work():
            person.email_doubted = True
        run_at(set_clock, at("2026-11-03 08:01", BERLIN))
        assert mails() == []


def test_weekdays_are_those_of_python(app: Flask) -> None:
    assert list(Weekday)[date(2026, 11, 2).weekday()] is Weekday.MONDAY
