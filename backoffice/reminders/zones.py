"""Keeping local times when a country changes by which rules its clocks go: moments to come are worked out anew."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, update

from backoffice.foundation import clock
from backoffice.foundation.database import db, unit_of_work
from backoffice.reminders.models import Reminder
from backoffice.reminders.moments import shows, to_utc
from backoffice.reminders.planning import next_of_series

_AT_ONCE = 1000


def follow() -> int:
    """Move the coming moments that no longer show their local time; how many were moved.

    Nothing of it stands in the trail, as nobody decided it; the local time that people chose stays as it is.
    """
    moved, last = 0, 0
    query = select(Reminder).where(Reminder.alarm_at.is_not(None), Reminder.due_at > clock.now()).order_by(Reminder.id)
    query = query.execution_options(populate_existing=True)
    while found := list(db.session.scalars(query.where(Reminder.id > last).limit(_AT_ONCE))):
        last = found[-1].id
        changes = [(each, each.due_at, due) for each in found if (due := _due(each)) != each.due_at]
        # First let go of, as what a rollback expires could not be read any more.
        db.session.expunge_all()
        db.session.rollback()
        for reminder, before, due in changes:
            with unit_of_work():
                moved += _move(reminder, before, due)
    return moved


def _due(reminder: Reminder) -> Any:
    if reminder.is_recurring:
        return next_of_series(reminder) or reminder.due_at
    if shows(reminder.due_at, reminder.local_at, reminder.time_zone):
        return reminder.due_at
    return to_utc(reminder.local_at, reminder.time_zone)


def _move(reminder: Reminder, before: Any, due: Any) -> int:
    values: dict[str, Any] = {"due_at": due, "updated_at": Reminder.updated_at}
    if reminder.alarm_at == before:
        values["alarm_at"] = due
    if reminder.waits_at == before:
        values["waits_at"] = due
    result: Any = db.session.execute(
        update(Reminder)
        .where(Reminder.id == reminder.id, Reminder.due_at == before, Reminder.alarm_at == reminder.alarm_at)
        .values(values)
        .execution_options(synchronize_session=False, unaudited_because="clocks go by other rules, nobody decided that")
    )
    return int(result.rowcount)
