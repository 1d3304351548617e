"""What follows from what people decide about a reminder: on every surface, also when it is taken back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from backoffice.accounts.models import User
from backoffice.foundation import clock
from backoffice.foundation.acting import acting
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.errors import InvalidInput, NotAllowed, NotApplicable
from backoffice.foundation.operations import Operation
from backoffice.foundation.permissions import Can, System
from backoffice.records import undoing
from backoffice.records.audit import AuditEntry
from backoffice.reminders import zones
from backoffice.reminders.models import Reminder, ReminderStatus
from backoffice.reminders.operations import assign, cancel, delete, done, postpone, skip, snooze
from tests import factories

pytestmark = pytest.mark.both_databases
CLERK = System("clerk", Can.REMINDER_EDIT, Can.REMINDER_DELETE)
FIELDS = ("status", "due_at", "alarm_at", "waits_at", "open_at", "snoozed_until", "local_at", "recipient_id", "role_id")


@pytest.fixture
def house(app: Flask) -> Iterator[Flask]:
    """The application, in its context."""
    with app.app_context():
        yield app


def wall(text: str) -> datetime:
    """What a clock on the wall shows."""
    return datetime.fromisoformat(text)


def moment(text: str) -> datetime:
    """A moment in UTC."""
    return wall(text).replace(tzinfo=UTC)


def made_by(actor: User, **changes: Any) -> Reminder:
    """A reminder that the actor makes herself."""
    values = {"subject": "Ferry", "due_at": clock.now() + timedelta(days=1), "owner": actor, **changes}
    with acting(actor=actor), db.session.begin_nested():
        made = Reminder(**values)
        db.session.add(made)
    return made


def test_a_reminder_is_due_when_clocks_there_show_its_time(house: Flask) -> None:
    made = factories.reminder(local_at=wall("2030-07-01T09:00"), time_zone="America/New_York")
    assert made.due_at == made.alarm_at == made.waits_at == moment("2030-07-01T13:00")
    made.time_zone = "Europe/Berlin"
    db.session.flush()
    assert made.due_at == made.alarm_at == moment("2030-07-01T07:00")


def test_a_moment_that_is_set_says_the_local_time_of_whom_it_is_for(house: Flask) -> None:
    person = factories.user(roles=["editor"], time_zone="Asia/Kathmandu")
    made = factories.reminder(owner=person, due_at=moment("2030-07-01T09:00"))
    assert (made.local_at, made.time_zone) == (wall("2030-07-01T14:45"), "Asia/Kathmandu")


def test_the_second_of_two_equal_hours_stays_the_second(house: Flask) -> None:
    person = factories.user(roles=["editor"], time_zone="Europe/Berlin")
    second = moment("2026-10-25T01:30")
    made = factories.reminder(owner=person, due_at=second)
    assert (made.due_at, made.local_at) == (second, wall("2026-10-25T02:30"))
    made.subject = "Another"
    db.session.flush()
    assert made.due_at == second
    db.session.commit()
    assert zones.follow() == 0


def test_a_series_begins_with_its_first_time_to_come(house: Flask) -> None:
    made = factories.reminder(local_at=wall("2020-01-06T09:00"), time_zone="UTC", rule="freq=weekly")
    assert made.rule == "FREQ=WEEKLY"
    assert clock.now() < made.due_at <= clock.now() + timedelta(days=7)
    assert (made.alarm_at, made.open_at, made.status) == (made.due_at, None, ReminderStatus.SCHEDULED)


def test_a_series_that_is_over_already_is_refused(house: Flask) -> None:
    for rule in ("FREQ=DAILY;COUNT=3", "FREQ=DAILY;UNTIL=20200110", "FREQ=DAILY;INTERVAL=7;BYDAY=TU"):
        with pytest.raises(InvalidInput) as refusal:
            factories.reminder(local_at=wall("2020-01-06T09:00"), time_zone="UTC", rule=rule)
        assert refusal.value.field == "rule"
        db.session.rollback()


def test_a_series_that_ended_comes_back_from_the_trash(house: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    admin = factories.user(roles=["administrator"])
    begin = (clock.now() + timedelta(hours=1)).replace(microsecond=0)
    made = factories.reminder(
        recipient=admin, local_at=begin.replace(tzinfo=None), time_zone="UTC", rule="FREQ=DAILY;COUNT=2"
    )
    db.session.commit()
    number = made.id
    with acting(actor=admin) as deed, unit_of_work():
        delete(made, actor=admin)
    later = begin + timedelta(days=9)
    monkeypatch.setattr(clock, "now", lambda: later)
    with acting(actor=admin, request_id="TAKENBACK002"), unit_of_work():
        assert undoing.undo(deed.request_id, actor=admin).skipped == []
    back = db.session.get_one(Reminder, number, populate_existing=True)
    assert (back.due_at, back.alarm_at) == (begin + timedelta(days=1), None)


def test_a_series_becomes_a_single_one_at_its_next_time_and_back(house: Flask) -> None:
    made = factories.reminder(local_at=wall("2020-01-06T09:00"), time_zone="UTC", rule="FREQ=WEEKLY")
    due = made.due_at
    made.rule = ""
    db.session.flush()
    assert (made.due_at, made.alarm_at, made.local_at) == (due, due, due.replace(tzinfo=None))
    made.rule = "FREQ=DAILY"
    made.status = ReminderStatus.SCHEDULED
    db.session.flush()
    assert made.alarm_at == due


def test_what_was_told_is_told_again_at_its_new_time_or_by_its_new_rule(house: Flask) -> None:
    for change in ({"local_at": wall("2030-01-06T09:00")}, {"rule": "FREQ=WEEKLY"}):
        made = factories.reminder(local_at=wall("2020-01-06T09:00"), time_zone="UTC", status=ReminderStatus.SENT)
        assert made.alarm_at is None
        for name, value in change.items():
            setattr(made, name, value)
        db.session.flush()
        assert (made.status, made.alarm_at) == (ReminderStatus.SCHEDULED, made.due_at)


def test_what_is_for_nobody_or_for_several_is_refused(house: Flask) -> None:
    person, role = factories.user(roles=["editor"]), factories.role()
    for whom in ({"recipient": None}, {"recipient": person, "role": role}, {"role": role, "address": "a@example.org"}):
        with pytest.raises(InvalidInput):
            factories.reminder(owner=person, **whom)
        db.session.rollback()


def test_addresses_outside_need_their_permission(house: Flask) -> None:
    editor, author = factories.user(roles=["editor"]), factories.user(roles=["author"])
    assert made_by(editor, address="rita@example.org").alarm_at
    with pytest.raises(NotAllowed) as refusal:
        made_by(author, address="rita@example.org")
    assert refusal.value.permission == "reminder.send_outside"
    for address in ("nobody", "a@b", "a@example.org\nBcc: b@example.org", "x" * 300 + "@example.org"):
        with pytest.raises(InvalidInput):
            Reminder(address=address)


def test_a_whole_role_is_reminded_by_its_own_people(house: Flask) -> None:
    editor = factories.user(roles=["editor"])
    mine, other = factories.find_role("editor"), factories.find_role("moderator")
    made_by(editor, role=mine)
    with pytest.raises(NotAllowed):
        made_by(editor, role=other)
    made_by(factories.user(roles=["administrator"]), role=other)


def test_who_left_is_not_reminded_of_anything_new(house: Flask) -> None:
    gone = factories.user(roles=["editor"])
    made = factories.reminder(recipient=gone)
    gone.is_active = False
    made.subject = "What there is can be edited"
    db.session.flush()
    with pytest.raises(InvalidInput):
        factories.reminder(owner=factories.user(), recipient=gone)


def test_it_is_about_what_its_maker_may_see(house: Flask) -> None:
    author, post, comment = factories.user(roles=["author"]), factories.post(), factories.comment()
    own = factories.post(author=author)
    made_by(author, recipient=author, about_resource="post", about_id=own.id)
    for kind, number in (("post", post.id), ("comment", comment.id), ("user", 1), ("post", 2**40), ("shop", 1)):
        with pytest.raises(InvalidInput) as refusal:
            made_by(author, recipient=author, about_resource=kind, about_id=number)
        assert refusal.value.field == "about"


def test_everybody_in_a_role_may_say_that_it_is_done(house: Flask) -> None:
    role = factories.find_role("editor")
    maker, member, stranger = factories.user(), factories.user(roles=["editor"]), factories.user(roles=["author"])
    made = factories.reminder(owner=maker, role=role)
    with pytest.raises(NotAllowed):
        done(made, actor=stranger)
    done(made, actor=member)
    assert (made.alarm_at, made.waits_at) == (None, None)


def test_a_series_is_not_moved_as_a_whole_by_its_next_time(house: Flask) -> None:
    made = factories.reminder(local_at=wall("2020-01-06T09:00"), time_zone="UTC", rule="FREQ=WEEKLY")
    later = clock.now() + timedelta(days=30)
    for call in (
        lambda: postpone(made, actor=CLERK, until=later),
        lambda: snooze(made, actor=CLERK, until=later, moves="due"),
    ):
        with pytest.raises(NotApplicable):
            call()


def test_the_last_time_is_cancelled_and_not_skipped(house: Flask) -> None:
    begin = (clock.now() + timedelta(days=1)).replace(tzinfo=None)
    made = factories.reminder(local_at=begin, time_zone="UTC", rule="FREQ=DAILY;COUNT=2")
    skip(made, actor=CLERK)
    with pytest.raises(NotApplicable):
        skip(made, actor=CLERK)


def test_it_is_given_to_a_person_or_a_role_by_name(house: Flask) -> None:
    made, person = factories.reminder(), factories.user(roles=["editor"])
    assign(made, actor=CLERK, person=person.username)
    assert made.recipient_id == person.id
    assign(made, actor=CLERK, role="editor")
    assert (made.recipient_id, made.role_id) == (None, made.role.id if made.role else 0)
    for wrong in ({"person": "nobody.here"}, {"role": "no such role"}, {}, {"person": "a", "role": "b"}):
        with pytest.raises(InvalidInput):
            assign(made, actor=CLERK, **wrong)


DEEDS: list[tuple[Operation, dict[str, Any]]] = [
    (done, {}),
    (cancel, {}),
    (delete, {}),
    (assign, {"role": "editor"}),
    (snooze, {"until": timedelta(days=3)}),
    (postpone, {"until": timedelta(days=3)}),
    (skip, {}),
]


@pytest.mark.parametrize(("deed", "inputs"), DEEDS, ids=[deed.name for deed, _ in DEEDS])
@pytest.mark.parametrize("is_series", [False, True], ids=["once", "series"])
def test_what_a_person_did_can_be_taken_back(
    house: Flask, deed: Operation, inputs: dict[str, Any], is_series: bool
) -> None:
    if deed in (postpone, skip) and is_series is (deed is postpone):
        pytest.skip("does not apply")
    admin = factories.user(roles=["administrator"])
    changes: dict[str, Any] = {"local_at": wall("2020-01-06T09:00"), "rule": "FREQ=WEEKLY"} if is_series else {}
    made = factories.reminder(recipient=admin, time_zone="UTC", **changes)
    db.session.commit()
    number, before = made.id, [getattr(made, name) for name in FIELDS]
    values = {name: clock.now() + value if isinstance(value, timedelta) else value for name, value in inputs.items()}
    with acting(actor=admin) as deed_of, unit_of_work():
        deed(made, actor=admin, **values)
    with acting(actor=admin, request_id="TAKENBACK001"), unit_of_work():
        outcome = undoing.undo(deed_of.request_id, actor=admin)
    assert (outcome.skipped, len(outcome.done)) == ([], 1)
    back = db.session.get_one(Reminder, number, populate_existing=True)
    assert [getattr(back, name) for name in FIELDS] == before


def test_the_trail_tells_what_was_decided_and_nothing_that_follows(house: Flask) -> None:
    made = factories.reminder(time_zone="UTC")
    snooze(made, actor=CLERK, until=clock.now() + timedelta(days=3))
    entries = select(AuditEntry).where(AuditEntry.target_type == "reminder").order_by(AuditEntry.id.desc())
    (entry,) = db.session.scalars(entries.limit(1))
    assert (entry.action, list(entry.changes)) == ("reminder.snooze", ["snoozed_until"])


def test_moments_follow_when_a_country_changes_its_clocks(house: Flask) -> None:
    person = factories.user(roles=["editor"], time_zone="Europe/Berlin")
    single = factories.reminder(owner=person, local_at=wall("2030-07-01T09:00"), time_zone="Europe/Berlin")
    series = factories.reminder(
        owner=person, local_at=wall("2030-07-01T09:00"), time_zone="Europe/Berlin", rule="FREQ=YEARLY"
    )
    db.session.commit()
    ids = (single.id, series.id)
    # As they were worked out while summer time was to be given up.
    wrong = moment("2030-07-01T08:00").strftime("%Y-%m-%d %H:%M:%S.%f")
    db.session.connection().exec_driver_sql(f"UPDATE reminders SET due_at = '{wrong}', alarm_at = '{wrong}'")
    db.session.commit()
    assert (zones.follow(), zones.follow()) == (2, 0)
    for number in ids:
        found = db.session.get_one(Reminder, number, populate_existing=True)
        assert found.due_at == found.alarm_at == moment("2030-07-01T07:00")
        assert found.version == 1
