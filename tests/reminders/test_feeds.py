"""The calendar of one person: a secret address, and a file that calendar programs understand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from icalendar import Calendar

from backoffice.accounts.models import User
from backoffice.foundation import clock
from backoffice.foundation.acting import acting
from backoffice.foundation.database import db
from backoffice.foundation.errors import NotAllowed, NotApplicable
from backoffice.foundation.reveal import Reveal
from backoffice.reminders import feeds
from backoffice.reminders.models import FeedKey, ReminderStatus
from backoffice.reminders.operations import skip
from tests import factories

pytestmark = pytest.mark.both_databases
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def house(app: Flask) -> Iterator[Flask]:
    """The application, in its context."""
    with app.app_context():
        yield app


def wall(text: str) -> datetime:
    """What a clock on the wall shows."""
    return datetime.fromisoformat(text)


def secret_of(person: User) -> str:
    """A new key of this person."""
    made = feeds.new_feed(person, actor=person)
    db.session.commit()
    assert isinstance(made, Reveal)
    return str(made.values["secret"])


def events(person: User) -> dict[str, Any]:
    """The events of her calendar by their subject."""
    calendar = Calendar.from_ical(feeds.calendar_of(person, NOW))
    return {str(event["summary"]): event for event in calendar.walk("VEVENT")}


def test_a_key_opens_the_calendar_of_its_person_until_it_is_revoked_or_made_anew(house: Flask) -> None:
    person = factories.user(roles=["editor"])
    first = secret_of(person)
    assert feeds.reader_of(first) == person
    second = secret_of(person)
    assert (feeds.reader_of(first), feeds.reader_of(second)) == (None, person)
    feeds.revoke_feed(person, actor=person)
    assert feeds.reader_of(second) is None
    with pytest.raises(NotApplicable):
        feeds.revoke_feed(person, actor=person)


def test_the_secret_is_kept_nowhere(house: Flask) -> None:
    person = factories.user(roles=["editor"])
    secret = secret_of(person)
    assert len(secret) >= 40
    for table in ("feed_keys", "audit_entries"):
        rows = db.session.connection().exec_driver_sql(f"SELECT * FROM {table}").all()
        assert secret not in repr(rows)


def test_nobody_makes_or_revokes_the_address_of_somebody_else(house: Flask) -> None:
    person, admin = factories.user(roles=["editor"]), factories.user(roles=["administrator"])
    secret_of(person)
    for deed in (feeds.new_feed, feeds.revoke_feed):
        with pytest.raises(NotAllowed):
            deed(person, actor=admin)


def test_who_left_or_may_no_more_has_no_calendar(house: Flask) -> None:
    person = factories.user(roles=["editor"])
    secret = secret_of(person)
    person.is_active = False
    db.session.commit()
    assert feeds.reader_of(secret) is None
    other = factories.user(roles=["editor"])
    secret = secret_of(other)
    other.roles.clear()
    db.session.commit()
    db.session.expunge_all()
    assert feeds.reader_of(secret) is None


@pytest.mark.parametrize("wrong", ["", "x", "x" * 5000, "\x00", "../..", "\ud800", "' OR 1=1 --"])
def test_what_is_no_secret_opens_nothing(house: Flask, wrong: str) -> None:
    assert feeds.reader_of(wrong) is None


def test_a_use_is_noted_now_and_then(house: Flask) -> None:
    person = factories.user(roles=["editor"])
    secret_of(person)
    feeds.note_use(person)
    db.session.commit()
    key = feeds.key_of(person)
    assert isinstance(key, FeedKey)
    assert key.last_used_at is not None
    assert abs(clock.now() - key.last_used_at) < timedelta(minutes=1)


def test_the_calendar_holds_ones_own_and_those_of_ones_roles(house: Flask) -> None:
    person = factories.user(roles=["editor"])
    factories.reminder(recipient=person, subject="Mine")
    factories.reminder(owner=factories.user(), role=factories.find_role("editor"), subject="Ours")
    factories.reminder(owner=person, recipient=factories.user(), subject="Made for another")
    factories.reminder(subject="Foreign")
    factories.reminder(recipient=person, subject="Called off", status=ReminderStatus.CANCELLED)
    assert set(events(person)) == {"Mine", "Ours"}


def test_local_times_and_rules_go_with_their_zone(house: Flask) -> None:
    person = factories.user(roles=["editor"], time_zone="Europe/Berlin")
    factories.reminder(
        recipient=person,
        subject="Daily",
        local_at=wall("2026-12-01T09:00"),
        time_zone="Europe/Berlin",
        rule="FREQ=DAILY;UNTIL=20270601",
    )
    factories.reminder(recipient=person, subject="Universal", local_at=wall("2026-12-01T09:00"), time_zone="UTC")
    text = feeds.calendar_of(person, NOW).decode()
    assert "BEGIN:VTIMEZONE\r\nTZID:Europe/Berlin" in text
    assert "DTSTART;TZID=Europe/Berlin:20261201T090000" in text
    # The end is told in UTC: midnight there in summer.
    assert "RRULE:FREQ=DAILY;UNTIL=20270601T215959Z" in text
    assert "DTSTART:20261201T090000Z" in text
    assert text.count("BEGIN:VALARM") == 2


def test_a_skipped_time_is_left_out(house: Flask) -> None:
    person = factories.user(roles=["administrator"], time_zone="Europe/Berlin")
    made = factories.reminder(
        recipient=person,
        subject="Daily",
        local_at=wall("2030-12-01T09:00"),
        time_zone="Europe/Berlin",
        rule="FREQ=DAILY",
    )
    skip(made, actor=person)
    assert "EXDATE;TZID=Europe/Berlin:20301201T090000\r" in feeds.calendar_of(person, NOW).decode()
    db.session.commit()
    skip(made, actor=person)
    db.session.commit()
    assert "EXDATE;TZID=Europe/Berlin:20301201T090000,20301202T090000\r" in feeds.calendar_of(person, NOW).decode()


def test_nothing_that_is_typed_becomes_a_line_of_its_own(house: Flask) -> None:
    person = factories.user(roles=["editor"])
    factories.reminder(
        recipient=person,
        subject="Ferry; at\\nine, BEGIN:VEVENT\r\nATTENDEE:mailto:x@example.org",
        body="One\nEND:VCALENDAR\n\N{GRINNING FACE} " + "long " * 100,
    )
    made = feeds.calendar_of(person, NOW)
    assert all(len(line) <= 75 for line in made.split(b"\r\n"))
    assert made.count(b"BEGIN:VEVENT\r\n") == made.count(b"END:VCALENDAR\r\n") == 1
    assert b"\nATTENDEE" not in made
    (event,) = events(person).values()
    assert str(event["summary"]) == "Ferry; at\\nine, BEGIN:VEVENT ATTENDEE:mailto:x@example.org"


def test_the_file_is_the_same_until_something_changes_and_each_event_keeps_its_name(house: Flask) -> None:
    person = factories.user(roles=["editor"])
    made = factories.reminder(recipient=person, subject="Before")
    db.session.commit()
    first = feeds.calendar_of(person, NOW)
    assert feeds.calendar_of(person, NOW + timedelta(minutes=5)) == first
    uid = str(events(person)["Before"]["uid"])
    made.subject = "After"
    db.session.commit()
    after = events(person)["After"]
    assert (str(after["uid"]), int(after["sequence"])) == (uid, 1)


def test_a_record_is_named_to_who_may_see_it_only(house: Flask) -> None:
    post = factories.post(title="Secret plans")
    for role, sees in (("administrator", True), ("translator", False)):
        person = factories.user(roles=[role])
        with acting(actor=None):
            factories.reminder(recipient=person, about_resource="post", about_id=post.id)
        assert ("Secret plans" in feeds.calendar_of(person, NOW).decode()) is sees
