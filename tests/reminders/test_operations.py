"""What people do with reminders."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from backoffice.foundation import clock
from backoffice.foundation.database import db
from backoffice.foundation.errors import InvalidInput, NotAllowed, NotApplicable
from backoffice.foundation.permissions import Can, System
from backoffice.reminders import queries
from backoffice.reminders.models import Reminder, ReminderStatus
from backoffice.reminders.operations import cancel, delete, done, postpone, snooze
from tests import factories

pytestmark = pytest.mark.both_databases
CLERK = System("clerk", Can.REMINDER_EDIT, Can.REMINDER_DELETE)
OPEN = tuple(status for status in ReminderStatus if status not in (ReminderStatus.DONE, ReminderStatus.CANCELLED))


@pytest.mark.parametrize("status", list(ReminderStatus), ids=str)
def test_only_what_is_open_is_done_put_off_or_called_off(app: Flask, status: ReminderStatus) -> None:
    later = clock.now() + timedelta(days=2)
    with app.app_context():
        for verb, after, inputs in (
            (done, ReminderStatus.DONE, {}),
            (cancel, ReminderStatus.CANCELLED, {}),
            (snooze, ReminderStatus.SCHEDULED, {"until": later}),
        ):
            reminder = factories.reminder(status=status)
            if status in OPEN:
                verb(reminder, actor=CLERK, **inputs)
                assert reminder.status is after
            else:
                with pytest.raises(NotApplicable):
                    verb(reminder, actor=CLERK, **inputs)
                assert reminder.status is status


def test_a_reminder_is_put_off_to_a_moment_to_come(app: Flask) -> None:
    with app.app_context():
        reminder = factories.reminder()
        for moment in (clock.now(), clock.now() - timedelta(hours=1), datetime(2001, 1, 1, tzinfo=UTC)):
            with pytest.raises(InvalidInput) as refusal:
                snooze(reminder, actor=CLERK, until=moment)
            assert refusal.value.field == "until"
        later = clock.now() + timedelta(days=2)
        due = reminder.due_at
        snooze(reminder, actor=CLERK, until=later)
        assert (reminder.due_at, reminder.alarm_at) == (due, later)
        postpone(reminder, actor=CLERK, until=later)
        assert (reminder.due_at, reminder.alarm_at) == (later, later)


def test_what_is_due_for_a_person_comes_most_urgent_first(app: Flask) -> None:
    now = clock.now()
    with app.app_context():
        person = factories.user(roles=["editor"])
        later, sooner = (factories.reminder(owner=person, due_at=now - timedelta(hours=hours)).id for hours in (1, 2))
        factories.reminder(owner=person, due_at=now + timedelta(hours=1))
        factories.reminder(owner=person, due_at=now - timedelta(hours=1), status=ReminderStatus.DONE)
        factories.reminder(due_at=now - timedelta(hours=1))
        from_a_colleague = factories.reminder(
            owner=factories.user(roles=["editor"]), recipient=person, due_at=now - timedelta(hours=3)
        ).id
        found = [one.id for one in db.session.scalars(queries.due_for(person.id, now))]
        assert found == [from_a_colleague, sooner, later]


def test_it_belongs_to_who_made_it_and_to_whom_it_is_for(app: Flask) -> None:
    with app.app_context():
        maker, recipient, stranger = (factories.user(roles=["editor"]) for _ in range(3))
        for person in (maker, recipient):
            done(factories.reminder(owner=maker, recipient=recipient), actor=person)
        with pytest.raises(NotAllowed):
            done(factories.reminder(owner=maker, recipient=recipient), actor=stranger)


def test_a_reminder_can_be_deleted_in_any_state(app: Flask) -> None:
    with app.app_context():
        for status in ReminderStatus:
            delete(factories.reminder(status=status), actor=CLERK)
        assert db.session.scalars(select(Reminder)).all() == []


@pytest.mark.parametrize("subject", ["", "  ", "\x00"])
def test_a_reminder_says_what_it_is_about(app: Flask, subject: str) -> None:
    with app.app_context(), pytest.raises(InvalidInput) as refusal:
        factories.reminder(subject=subject)
    assert refusal.value.field == "subject"
