"""What every page may ask about reminders, and the feed that calendar programs read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from babel.dates import get_day_names
from flask import Blueprint, Response, abort, request
from flask_babel import get_locale, get_timezone

from backoffice.foundation import clock
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.errors import DomainError
from backoffice.foundation.permissions import Can, is_allowed
from backoffice.reminders import calendars, feeds, month, queries, subjects
from backoffice.reminders.fields import WEEKDAYS, hours, in_full, rhythm
from backoffice.reminders.models import Reminder
from backoffice.reminders.presets import Preset, presets
from backoffice.site.access import public
from backoffice.site.limits import limiter
from backoffice.site.requests import present_actor

reminders_pages = Blueprint("reminder_pages", __name__)
reminders_pages.add_app_template_global(in_full, "moment_in_words")
reminders_pages.add_app_template_global(rhythm, "rhythm")
reminders_pages.add_app_template_global(hours, "wall_clock")

MEDIA_TYPE = "text/calendar; charset=utf-8"
#: Coming moments that a form shows, and reminders that stand on the page of a record.
MOST_SHOWN = 5
#: What carries no reminder: it is one itself, is read only, or is nobody's work.
WITHOUT = frozenset({"reminder", "audit", "trash", "mail", "outbox", "session", "job"})


@reminders_pages.get("/reminders/<secret>.ics")
@limiter.limit("60 per hour")
@public
def feed(secret: str) -> Any:
    """The reminders of whoever made this address, for calendar programs; 404 once it is revoked."""
    owner = feeds.reader_of(secret)
    if owner is None:
        abort(404)
    made = calendars.calendar_of(owner, clock.now())
    with unit_of_work():
        feeds.note_use(owner)
    answer = Response(made, content_type=MEDIA_TYPE)
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["Content-Disposition"] = 'inline; filename="reminders.ics"'
    answer.add_etag()
    return answer.make_conditional(request)


@reminders_pages.app_template_global()
def resting() -> Sequence[Preset]:
    """How long a reminder may rest, in the reader's zone."""
    return presets(clock.now(), str(get_timezone()))


@reminders_pages.app_template_global()
def weekday_names() -> list[tuple[str, str, str]]:
    """For each weekday, beginning with the reader's first: its name in rules, its short name and its name."""
    locale, first = str(get_locale()), month.first_weekday(str(get_locale()))
    short, wide = (get_day_names(width, "stand-alone", locale) for width in ("abbreviated", "wide"))
    return [(WEEKDAYS[day % 7], short[day % 7], wide[day % 7]) for day in range(first, first + 7)]


@reminders_pages.app_template_global()
def coming_of(form: Any) -> list[str]:
    """When the rule that a form holds comes next, in words; nothing where it holds none, or none that can be."""
    local, rule, zone = form.local_at.data, form.rule.data, form.time_zone.data
    if not (isinstance(local, datetime) and rule and zone) or form.rule.errors or form.time_zone.errors:
        return []
    try:
        return [in_full(each, zone) for each in queries.next_moments(rule, local, zone, MOST_SHOWN)]
    except DomainError:
        return []


@reminders_pages.app_template_global()
def next_of(reminder: Reminder) -> list[str]:
    """When a recurring reminder comes next, in its own zone."""
    if not reminder.is_recurring or reminder.is_over:
        return []
    return [in_full(each, reminder.time_zone) for each in queries.coming(reminder, MOST_SHOWN)]


@reminders_pages.app_template_global()
def own_zone() -> str:
    """The zone that the reader's clock goes by."""
    return str(get_timezone())


@reminders_pages.app_template_global()
def record_about(text: str | None) -> Any:
    """The record that `post:12` names, for who may see it; None for others."""
    try:
        kind, number = subjects.parse(text) or (None, None)
    except DomainError:
        return None
    return subjects.record_of(kind, number, present_actor())


@reminders_pages.app_template_global()
def can_be_reminded_of(record: Any) -> bool:
    """Whether pages about the record offer to remind of it."""
    return record.resource not in WITHOUT and is_allowed(present_actor(), Can.REMINDER_VIEW)


@reminders_pages.app_template_global()
def reminders_about(record: Any) -> list[Reminder]:
    """The reminders about a record that the person may see, those to come first, a few of them."""
    return list(db.session.scalars(queries.about(record.resource, record.id, present_actor()).limit(MOST_SHOWN)))
