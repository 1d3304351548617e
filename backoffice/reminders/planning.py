"""Working out when a reminder is due, alarms and waits, whenever a person decided something that says so.

It happens in the session, before the trail looks, so that no surface can forget it: saving, operations, taking back,
bringing back from the trash. What time itself changes is moved on by `firing`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import event, inspect, select
from sqlalchemy.orm import Session, UOWTransaction
from sqlalchemy.orm.attributes import set_committed_value

from backoffice.foundation import clock
from backoffice.foundation.errors import InvalidInput
from backoffice.foundation.i18n import _l
from backoffice.records.undoing import undo_by
from backoffice.reminders import addressing
from backoffice.reminders.models import ENDED, Reminder, ReminderStatus
from backoffice.reminders.moments import shows, to_local, to_utc
from backoffice.reminders.rules import Rule

_SERIES = ("local_at", "time_zone", "rule")
#: What `firing` writes beside the trail.
_MOVED_ON = ("status", "due_at", "alarm_at", "open_at", "waits_at", "told_at", "told_until")
_DECIDED = (*_SERIES, "status", "snoozed_until", "done_until", "skipped_until")


def install() -> None:
    """Listen to every session, before the trail does; a second call changes nothing."""
    if not event.contains(Session, "before_flush", _before_flush):
        event.listen(Session, "before_flush", _before_flush, insert=True)
        # It follows from what is taken back with it.
        undo_by(Reminder, "due_at", lambda record, before, after, *, actor: None)


def _before_flush(session: Session, _context: UOWTransaction, _instances: Any) -> None:
    for record in session.new:
        if isinstance(record, Reminder):
            addressing.check(record, is_new=True)
            _begin(record)
    for record in session.dirty:
        if isinstance(record, Reminder) and record not in session.deleted:
            addressing.check(record, is_new=False)
            _follow(session, record)


def _begin(reminder: Reminder) -> None:
    """Plan a new one: from its local time, or from the moment it was given instead."""
    now = clock.now()
    if reminder.status is None:
        reminder.status = ReminderStatus.SCHEDULED
    if not reminder.time_zone:
        reminder.time_zone = _zone_of(reminder)
    if reminder.local_at is None:
        _take_moment(reminder)
    elif not reminder.is_recurring:
        reminder.due_at = _moment(reminder)
    if reminder.is_recurring:
        # What comes back from the trash has been made before; there it may have come to its end meanwhile.
        _begin_series(reminder, now, may_be_over=reminder.is_over or reminder.created_at is not None)
    plan(reminder)


def _follow(session: Session, reminder: Reminder) -> None:
    """Plan anew where something was changed that says when."""
    changed = {name for name in (*_DECIDED, "due_at") if _is_changed(reminder, name)}
    if not changed:
        return
    _learn_what_was_told(session, reminder, changed)
    now = clock.now()
    if "due_at" in changed and not changed & set(_SERIES):
        _take_moment(reminder)
        changed |= {"local_at"}
    elif changed & set(_SERIES) and not reminder.is_recurring:
        if "rule" in changed and "local_at" not in changed:
            # No more a series: what is left of it is the present or next time.
            reminder.local_at = to_local(reminder.shown_at, reminder.time_zone)
        reminder.due_at = _moment(reminder)
    if changed & set(_SERIES):
        for name in ("snoozed_until", "done_until", "skipped_until"):
            if name not in changed:
                setattr(reminder, name, None)
        if reminder.is_recurring:
            _begin_series(reminder, now, may_be_over=reminder.is_over)
        if "status" not in changed and not reminder.is_over:
            # Told of an earlier moment, it is to be told of this one as well.
            reminder.status = ReminderStatus.SCHEDULED
        reminder.told_at = None
    elif "status" in changed and reminder.is_recurring and _before(reminder, "status") in ENDED:
        reminder.told_until = max(reminder.told_until or now, now)
    plan(reminder)


def _learn_what_was_told(session: Session, reminder: Reminder, changed: set[str]) -> None:
    """Take over what was told since the reminder was read, and hold back whoever would tell of it at this moment."""
    names = [name for name in _MOVED_ON if name not in changed]
    columns = [getattr(Reminder, name) for name in names]
    query = select(*columns).where(Reminder.id == reminder.id).with_for_update()
    if (row := session.connection().execute(query).one_or_none()) is not None:
        for name, value in zip(names, row, strict=True):
            set_committed_value(reminder, name, value)


def plan(reminder: Reminder) -> None:
    """Work out due, alarm and waiting of a reminder from what was decided, and how far was told."""
    if reminder.is_recurring:
        _plan_series(reminder)
    snoozed = _awaited_snooze(reminder)
    if reminder.is_over:
        reminder.alarm_at = reminder.waits_at = reminder.open_at = None
    elif reminder.is_recurring:
        reminder.waits_at = reminder.open_at or reminder.due_at
    else:
        reminder.open_at, reminder.waits_at = None, reminder.due_at
        awaits = reminder.status in (ReminderStatus.SCHEDULED, ReminderStatus.SENDING)
        reminder.alarm_at = (snoozed or reminder.due_at) if awaits else None


def next_of_series(reminder: Reminder) -> datetime | None:
    """The first occurrence that was neither told, nor dealt with, nor left out; None after the last."""
    passed = [each for each in (reminder.told_until, reminder.done_until, reminder.skipped_until) if each]
    since = max(passed) if passed else clock.EARLIEST
    return Rule.parse(reminder.rule).after(reminder.local_at, reminder.time_zone, since)


def _plan_series(reminder: Reminder) -> None:
    rule = Rule.parse(reminder.rule)
    following = next_of_series(reminder)
    told = None
    if reminder.told_at is not None and reminder.told_until is not None:
        told = rule.latest(reminder.local_at, reminder.time_zone, reminder.told_until)
    is_dealt_with = told is None or (reminder.done_until is not None and told <= reminder.done_until)
    reminder.open_at = None if is_dealt_with else told
    if following is not None:
        reminder.due_at = following
    elif told is not None:
        reminder.due_at = told
    snoozed = _awaited_snooze(reminder)
    comes = [each for each in (snoozed if reminder.open_at else None, following) if each]
    # Put off is the alarm of the occurrence at hand: the told one, else the next.
    if snoozed and not reminder.open_at and following:
        comes = [snoozed]
    reminder.alarm_at = min(comes) if comes else None


def _awaited_snooze(reminder: Reminder) -> datetime | None:
    """The moment the alarm was put off to, unless it was told since."""
    snoozed, told = reminder.snoozed_until, reminder.told_at
    return None if snoozed is None or (told is not None and told >= snoozed) else snoozed


def _begin_series(reminder: Reminder, now: datetime, *, may_be_over: bool) -> None:
    """What came before is not told any more, and nothing of the former series stays."""
    reminder.told_until, reminder.told_at, reminder.open_at = now, None, None
    if next_of_series(reminder) is not None:
        return
    latest = Rule.parse(reminder.rule).latest(reminder.local_at, reminder.time_zone, now)
    reminder.due_at = latest or to_utc(reminder.local_at, reminder.time_zone)
    if not may_be_over:
        raise InvalidInput(
            _l("This rule never comes again from that day on. Change the day or the rule."), field="rule"
        )


def _take_moment(reminder: Reminder) -> None:
    """Take a moment that was set for the local time and back, exactly, also in an hour that comes twice."""
    if reminder.due_at is None:
        raise InvalidInput(_l("Say when."), field="local_at")
    if not clock.is_storable(reminder.due_at):
        raise InvalidInput(_l("Choose a day between 1970 and 2100."), field="due_at")
    reminder.local_at = to_local(reminder.due_at, reminder.time_zone)


def _moment(reminder: Reminder) -> datetime:
    before = reminder.due_at
    if before is not None and shows(before, reminder.local_at, reminder.time_zone):
        return before
    return to_utc(reminder.local_at, reminder.time_zone)


def _zone_of(reminder: Reminder) -> str:
    """The zone of whom it is for, else of who made it."""
    for person in (reminder.recipient, reminder.owner):
        if person is not None and person.time_zone:
            return str(person.time_zone)
    return "UTC"


def _is_changed(reminder: Reminder, name: str) -> bool:
    history = inspect(reminder).attrs[name].history
    return bool(history.has_changes()) and list(history.deleted or ()) != list(history.added or ())


def _before(reminder: Reminder, name: str) -> Any:
    history = inspect(reminder).attrs[name].history
    return (history.deleted or [None])[0]
