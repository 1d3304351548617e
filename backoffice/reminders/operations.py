"""What people do with reminders."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select

from backoffice.accounts.models import Role
from backoffice.accounts.queries import active_called
from backoffice.foundation import clock
from backoffice.foundation.database import db
from backoffice.foundation.deleting import deletion_of
from backoffice.foundation.errors import InvalidInput, NotApplicable, NotFound
from backoffice.foundation.i18n import _l
from backoffice.foundation.operations import operation
from backoffice.foundation.permissions import Can
from backoffice.foundation.text import clean_line
from backoffice.reminders.forms import AssignForm, PostponeForm, SnoozeForm
from backoffice.reminders.models import Reminder, ReminderStatus
from backoffice.reminders.planning import next_of_series

ALARM, DUE = "alarm", "due"


def _is_live(reminder: Reminder) -> bool:
    return not reminder.is_over


def _is_live_series(reminder: Reminder) -> bool:
    return reminder.is_recurring and not reminder.is_over


def _is_live_and_single(reminder: Reminder) -> bool:
    return not reminder.is_recurring and not reminder.is_over


@operation(
    Reminder,
    needs=Can.REMINDER_EDIT,
    label=_l("Done"),
    done=_l("Done"),
    icon="check",
    tone="approved",
    when=_is_live,
)
def done(reminder: Reminder, *, actor: Any) -> None:
    """Say that it is dealt with; of a recurring one, that this occurrence is."""
    if not reminder.is_recurring:
        reminder.status = ReminderStatus.DONE
        return
    reminder.done_until = reminder.open_at or reminder.due_at
    reminder.snoozed_until = None
    if next_of_series(reminder) is None:
        reminder.status = ReminderStatus.DONE


@operation(
    Reminder,
    needs=Can.REMINDER_EDIT,
    label=_l("Snooze the alarm"),
    done=_l("Alarm snoozed, still due as before"),
    icon="snooze",
    tone="scheduled",
    takes=SnoozeForm,
    when=_is_live,
)
def snooze(reminder: Reminder, *, actor: Any, until: datetime, moves: str = ALARM) -> None:
    """Tell of it again at a later moment; when it is due stays as it is."""
    if moves not in (ALARM, DUE):
        raise InvalidInput(_l("Choose one of the list."), field="moves")
    _refuse_past(until)
    if moves == DUE:
        _move_due(reminder, until)
        return
    reminder.snoozed_until = until
    if not reminder.is_recurring:
        reminder.status = ReminderStatus.SCHEDULED


@operation(
    Reminder,
    needs=Can.REMINDER_EDIT,
    label=_l("Move the due date"),
    done=_l("Due date moved, and the alarm with it"),
    icon="calendar",
    takes=PostponeForm,
    when=_is_live_and_single,
    as_button=False,
)
def postpone(reminder: Reminder, *, actor: Any, until: datetime) -> None:
    """Let it be due at a later moment; the alarm comes then."""
    _refuse_past(until)
    _move_due(reminder, until)


@operation(
    Reminder,
    needs=Can.REMINDER_EDIT,
    label=_l("Skip the next time"),
    done=_l("Skipped the next time"),
    icon="next",
    when=_is_live_series,
    as_button=False,
)
def skip(reminder: Reminder, *, actor: Any) -> None:
    """Leave the next occurrence out; those after it come as before."""
    before = reminder.skipped_until
    reminder.skipped_until = reminder.due_at
    if next_of_series(reminder) is None:
        reminder.skipped_until = before
        raise NotApplicable(_l("This was the last time. Cancel it instead."))
    if not reminder.open_at:
        reminder.snoozed_until = None


@operation(
    Reminder,
    needs=Can.REMINDER_EDIT,
    label=_l("Send now"),
    done=_l("Being sent"),
    icon="sent",
    when=_is_live,
    as_button=False,
)
def send_now(reminder: Reminder, *, actor: Any) -> None:
    """Tell of it at once, whenever it is due."""
    reminder.snoozed_until = clock.now()
    if not reminder.is_recurring:
        reminder.status = ReminderStatus.SCHEDULED


@operation(
    Reminder,
    needs=Can.REMINDER_EDIT,
    label=_l("Assign"),
    done=_l("Assigned"),
    icon="user",
    takes=AssignForm,
    when=_is_live,
    as_button=False,
)
def assign(reminder: Reminder, *, actor: Any, person: str = "", role: str = "") -> None:
    """Give it to another person, or to everybody in a role."""
    person, role = clean_line(person), clean_line(role)
    if bool(person) == bool(role):
        raise InvalidInput(_l("Choose a person or a role."), field="person")
    if person:
        try:
            reminder.recipient, reminder.role = active_called(person), None
        except NotFound as error:
            raise InvalidInput(error.message, field="person") from error
    else:
        found = db.session.scalar(select(Role).where(Role.name == role))
        if found is None:
            raise InvalidInput(_l("There is no role of this name."), field="role")
        reminder.recipient, reminder.role = None, found
    reminder.address = None


@operation(
    Reminder,
    needs=Can.REMINDER_EDIT,
    label=_l("Cancel"),
    done=_l("Cancelled"),
    icon="x",
    tone="cancelled",
    when=_is_live,
)
def cancel(reminder: Reminder, *, actor: Any) -> None:
    """Call it off, all times to come with it; it stays in the list."""
    reminder.status = ReminderStatus.CANCELLED


delete = deletion_of(Reminder)

#: In the order of menus.
ALL = (done, snooze, postpone, skip, send_now, assign, cancel, delete)


def _refuse_past(until: datetime) -> None:
    if until <= clock.now():
        raise InvalidInput(_l("Choose a moment to come."), field="until")


def _move_due(reminder: Reminder, until: datetime) -> None:
    if reminder.is_recurring:
        raise NotApplicable(
            _l("A recurring one is due when its rule says. Snooze the alarm, skip the next time or change the rule.")
        )
    reminder.due_at, reminder.snoozed_until = until, None
    reminder.status = ReminderStatus.SCHEDULED
