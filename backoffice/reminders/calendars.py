"""One person's reminders as a calendar (RFC 5545), for programs that read it under her secret address."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from icalendar import Alarm, Calendar, Event, Timezone, vRecur
from sqlalchemy import ColumnElement, or_, select

from backoffice.foundation import clock
from backoffice.foundation.acting import acting
from backoffice.foundation.database import db
from backoffice.foundation.i18n import SOURCE_LOCALE, _, known_locale, speaking
from backoffice.records.outbox import mail_host
from backoffice.reminders import subjects
from backoffice.reminders.models import ENDED, Reminder, ReminderStatus
from backoffice.reminders.moments import to_local
from backoffice.reminders.rules import Rule

#: What is over stays in the calendar so long, and no calendar holds more.
KEPT = timedelta(days=90)
MOST = 1000
_LENGTH = timedelta(minutes=15)
_INSTANT = timedelta(microseconds=1)
#: Zones are described from the year of the earliest event on, for so many years at least.
_YEARS = 6


def calendar_of(user: Any, now: datetime) -> bytes:
    """What is for this person, by name or by a role, as an .ics file; the same bytes as long as nothing changes."""
    calendar = Calendar()
    calendar.add("prodid", "-//backoffice//reminders//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    with speaking(known_locale(user.locale) or SOURCE_LOCALE, user.time_zone), acting(actor=user, surface="feed"):
        calendar.add("x-wr-calname", _("Reminders"))
        found = list(
            db.session.scalars(select(Reminder).where(*_of(user, now)).order_by(Reminder.id.desc()).limit(MOST))
        )
        events = [_event(reminder, user) for reminder in reversed(found)]
    for zone, first in _zones(found).items():
        calendar.add_component(_zone(zone, first, now))
    for event in events:
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def _of(user: Any, now: datetime) -> tuple[ColumnElement[bool], ...]:
    alive = Reminder.status.not_in(ENDED)
    recent = (Reminder.status == ReminderStatus.DONE) & (Reminder.due_at > now - KEPT)
    return Reminder.is_for(user.id), or_(alive, recent)


def _event(reminder: Reminder, user: Any) -> Event:
    event = Event()
    event.add("uid", f"reminder-{reminder.id}@{mail_host()}")
    event.add("dtstamp", reminder.updated_at.astimezone(UTC).replace(microsecond=0))
    event.add("last-modified", reminder.updated_at.astimezone(UTC).replace(microsecond=0))
    event.add("created", reminder.created_at.astimezone(UTC).replace(microsecond=0))
    event.add("sequence", max(reminder.version - 1, 0))
    event.add("summary", reminder.subject)
    about = subjects.title_for(reminder, user)
    lines = [reminder.body, _("About: %(title)s", title=about) if about else ""]
    if any(lines):
        event.add("description", "\n\n".join(line for line in lines if line))
    event.add("transp", "TRANSPARENT")
    start = _start(reminder)
    event.add("dtstart", start)
    event.add("duration", _LENGTH)
    if reminder.is_recurring:
        rule = Rule.parse(reminder.rule)
        event.add("rrule", vRecur.from_ical(_rule_text(rule, reminder)))
        if left_out := _left_out(reminder, rule):
            event.add("exdate", left_out)
    if reminder.status is ReminderStatus.DONE:
        event.add("status", "CONFIRMED")
        event.add("x-backoffice-status", "DONE")
    else:
        event.add_component(_alarm(reminder))
    return event


def _start(reminder: Reminder) -> datetime:
    """In UTC where that is the zone, or where the local time comes twice; else local, with the zone beside it."""
    if not reminder.is_recurring:
        local = to_local(reminder.due_at, reminder.time_zone)
        aware = local.replace(tzinfo=ZoneInfo(reminder.time_zone))
        exact = reminder.due_at.astimezone(UTC)
        if reminder.time_zone == "UTC" or aware.astimezone(UTC) != exact:
            return exact.replace(microsecond=0)
        return aware.replace(microsecond=0)
    first = Rule.parse(reminder.rule).first(reminder.local_at, reminder.time_zone, 1)
    # A calendar counts the start as the first time, whether or not it fits the rule.
    local = to_local(first[0], reminder.time_zone) if first else reminder.local_at
    if reminder.time_zone == "UTC":
        return local.replace(tzinfo=UTC, microsecond=0)
    return local.replace(tzinfo=ZoneInfo(reminder.time_zone), microsecond=0)


def _rule_text(rule: Rule, reminder: Reminder) -> str:
    """The rule with its end in UTC, as RFC 5545 wants it beside a start with a zone."""
    if not rule.until:
        return str(rule)
    end = rule._end(reminder.local_at, reminder.time_zone).replace(tzinfo=ZoneInfo(reminder.time_zone))
    return str(rule).replace(f"UNTIL={rule.until}", f"UNTIL={end.astimezone(UTC):%Y%m%dT%H%M%SZ}")


def _left_out(reminder: Reminder, rule: Rule) -> list[datetime]:
    """What was skipped: several where one after the other was, before any of them came."""
    last = reminder.skipped_until
    if last is None:
        return []
    passed = max((each for each in (reminder.told_until, reminder.done_until) if each), default=clock.EARLIEST)
    moments = rule.between(reminder.local_at, reminder.time_zone, passed + _INSTANT, last)
    zone = UTC if reminder.time_zone == "UTC" else ZoneInfo(reminder.time_zone)
    return [to_local(each, reminder.time_zone).replace(tzinfo=zone) for each in (*moments, last)]


def _alarm(reminder: Reminder) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", reminder.subject)
    if reminder.snoozed_until is not None and reminder.alarm_at == reminder.snoozed_until and not reminder.is_recurring:
        alarm.add("trigger", reminder.snoozed_until.astimezone(UTC).replace(microsecond=0))
    else:
        alarm.add("trigger", timedelta(0))
    return alarm


def _zones(reminders: list[Reminder]) -> dict[str, date]:
    """The zones that are used, and from when on."""
    found: dict[str, date] = {}
    for each in reminders:
        if each.time_zone != "UTC":
            day = min(each.local_at, to_local(each.due_at, each.time_zone)).date()
            found[each.time_zone] = min(found.get(each.time_zone, day), day)
    return dict(sorted(found.items()))


def _zone(name: str, first: date, now: datetime) -> Timezone:
    last = max(now.year, first.year) + _YEARS
    return Timezone.from_tzid(name, first_date=date(first.year, 1, 1), last_date=date(min(last, 2037), 1, 1))
