"""Named questions about reminders; each returns a `Select` that can be narrowed further."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Select, select

from backoffice.foundation import clock
from backoffice.reminders.models import Reminder, ReminderStatus


def due_for(user_id: int, until: datetime) -> Select[Reminder]:
    """What this person should know about by `until`, most urgent first."""
    return (
        select(Reminder)
        .where(
            Reminder.recipient_id == user_id,
            Reminder.status == ReminderStatus.SCHEDULED,
            Reminder.due_at <= until,
        )
        .order_by(Reminder.due_at, Reminder.id)
    )


def waiting_for(person: Any) -> Select[Reminder]:
    """What is due for this person now."""
    return due_for(person.id, clock.now())
