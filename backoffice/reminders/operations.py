"""What people do with reminders."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from backoffice.foundation import clock
from backoffice.foundation.deleting import deletion_of
from backoffice.foundation.errors import InvalidInput
from backoffice.foundation.i18n import _l
from backoffice.foundation.operations import operation
from backoffice.foundation.permissions import Can
from backoffice.reminders.forms import SnoozeForm
from backoffice.reminders.models import Reminder, ReminderStatus


def _is_open(reminder: Reminder) -> bool:
    return reminder.status in (ReminderStatus.SCHEDULED, ReminderStatus.FAILED)


@operation(
    Reminder,
    needs=Can.REMINDER_EDIT,
    label=_l("Done"),
    done=_l("Done"),
    icon="check",
    tone="approved",
    when=_is_open,
)
def done(reminder: Reminder, *, actor: Any) -> None:
    """Say that it is dealt with."""
    reminder.status = ReminderStatus.DONE


@operation(
    Reminder,
    needs=Can.REMINDER_EDIT,
    label=_l("Snooze"),
    done=_l("Snoozed"),
    icon="snooze",
    tone="scheduled",
    takes=SnoozeForm,
    when=_is_open,
)
def snooze(reminder: Reminder, *, actor: Any, until: datetime) -> None:
    """Move the due moment to a later one."""
    if until <= clock.now():
        raise InvalidInput(_l("Choose a moment to come."), field="until")
    reminder.due_at, reminder.status = until, ReminderStatus.SCHEDULED


@operation(
    Reminder,
    needs=Can.REMINDER_EDIT,
    label=_l("Cancel"),
    done=_l("Cancelled"),
    icon="x",
    tone="cancelled",
    when=_is_open,
)
def cancel(reminder: Reminder, *, actor: Any) -> None:
    """Call it off; it stays in the list."""
    reminder.status = ReminderStatus.CANCELLED


delete = deletion_of(Reminder)
