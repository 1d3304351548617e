"""Reminders in the back office: the list and the form."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from flask_babel import get_locale, get_timezone
from sqlalchemy import Select
from werkzeug.datastructures import MultiDict

from backoffice.accounts.queries import active_users, all_roles
from backoffice.admin.addresses import address_of
from backoffice.admin.columns import Cell
from backoffice.admin.converter import HouseForm
from backoffice.admin.fields import TimeZoneField
from backoffice.admin.filters import Filter
from backoffice.admin.view import ManagedView
from backoffice.foundation import clock
from backoffice.foundation.i18n import _, _l
from backoffice.foundation.text import clean_line
from backoffice.reminders import month, queries
from backoffice.reminders import operations as deeds
from backoffice.reminders.fields import LONGEST_WORDS, AboutField, LocalMomentField, RepeatField, rhythm
from backoffice.reminders.models import Reminder
from backoffice.reminders.presets import MORNING
from backoffice.site.requests import present_actor

PERSON, ROLE, OUTSIDE = "person", "role", "outside"
#: The field that says for whom, by what was chosen.
_FIELDS = {PERSON: "recipient", ROLE: "role", OUTSIDE: "address"}


class ReminderForm(HouseForm):
    """The form of a reminder: of the three ways to say for whom, the chosen one counts."""

    whom = PERSON

    def process(self, formdata: Any = None, obj: Any = None, data: Any = None, **kwargs: Any) -> None:
        """Read the fields, and which way was chosen; where none was, the one that is filled in."""
        super().process(formdata, obj, data, **kwargs)
        chosen = formdata.get("whom") if formdata is not None else None
        filled = [whom for whom in (OUTSIDE, ROLE) if (field := self._of(whom)) is not None and _is_filled(field)]
        self.whom = chosen if chosen in _FIELDS else filled[0] if filled else PERSON
        if formdata is None or chosen not in _FIELDS:
            return
        for whom in _FIELDS:
            # What was typed into another way before this one was chosen is nobody's wish any more.
            if whom != chosen and (field := self._of(whom)) is not None:
                field.data, field.raw_data = None if whom != OUTSIDE else "", None

    def validate(self, extra_validators: Any = None) -> bool:
        """Somebody has to be named."""
        is_valid = super().validate(extra_validators)
        field = self._of(self.whom)
        if field is not None and not _is_filled(field) and not field.errors:
            field.errors = [_("Say for whom it is.")]
            return False
        return is_valid

    def _of(self, whom: str) -> Any:
        return self._fields.get(_FIELDS[whom])


def _is_filled(field: Any) -> bool:
    return bool(field.data or getattr(field, "typed", None))


def begins(args: Mapping[str, str], actor: Any) -> dict[str, Any]:
    """A new reminder is for oneself, in one's own zone; the address may name a day, a subject, a record."""
    begun: dict[str, Any] = {"recipient": actor, "time_zone": str(get_timezone())}
    begun["about"] = clean_line(args.get("about"))[:LONGEST_WORDS]
    begun["subject"] = clean_line(args.get("subject"))[:LONGEST_WORDS]
    day = _day(args.get("day"))
    if day is not None:
        begun["local_at"] = datetime.combine(day, MORNING)
    return begun


def _day(text: str | None) -> date | None:
    try:
        found = date.fromisoformat(text or "")
    except ValueError:
        return None
    return found if 1970 <= found.year <= 2100 else None


class Which(Filter):
    """What people mostly ask a list of reminders for."""

    name, template, is_status, label = "flt_which", "choice", True, _l("Which")
    LABELS: Mapping[str, Any] = {
        "mine": _l("For me"),
        "overdue": _l("Overdue"),
        "week": _l("This week"),
        "made": _l("Made by me"),
    }

    def __init__(self, model: Any) -> None:
        self.model = model

    def choices(self) -> list[tuple[str, Any]]:
        """The saved views of everybody."""
        return list(self.LABELS.items())

    def value(self, args: MultiDict[str, str]) -> str | None:
        """The chosen one, if it is one of them."""
        chosen = args.get(self.name)
        return chosen if chosen in self.LABELS else None

    def applied(self, query: Select[Any], args: MultiDict[str, str]) -> Select[Any]:
        """Narrowed to what the person means by it."""
        person, chosen = present_actor(), self.value(args)
        if chosen == "mine":
            return query.where(Reminder.is_for(person.id), Reminder.waits_at.is_not(None))
        if chosen == "overdue":
            return query.where(Reminder.waits_at <= clock.now())
        if chosen == "week":
            since, until = month.week(clock.now(), month.first_weekday(str(get_locale())), str(get_timezone()))
            return query.where(Reminder.waits_at.is_not(None), Reminder.due_at >= since, Reminder.due_at < until)
        return query.where(queries.made_by(person)) if chosen == "made" else query

    def pills(self, args: MultiDict[str, str]) -> list[tuple[str, str]]:
        """Its name."""
        chosen = self.value(args)
        return [(self.name, str(self.LABELS[chosen]))] if chosen else []


def subject(reminder: Reminder) -> Cell:
    """What it is about, and how often it comes."""
    return Cell("name", reminder.subject, aside=rhythm(reminder.rule))


def for_whom(reminder: Reminder) -> Cell:
    """A person, everybody with a role, or an address."""
    if reminder.role is not None:
        return Cell("record", reminder.role.title_text, link=address_of(reminder.role))
    if reminder.recipient is not None:
        return Cell("record", reminder.recipient.title_text, link=address_of(reminder.recipient))
    return Cell("text", reminder.address or "")


def how_often(reminder: Reminder) -> Cell:
    """The rule in words."""
    return Cell("text", rhythm(reminder.rule)) if reminder.rule else Cell("none")


def by_clock(reminder: Reminder) -> Cell:
    """The zone as it is written in the form."""
    return Cell("text", reminder.time_zone.replace("_", " "))


class ReminderView(ManagedView):
    """What to tell whom, and when."""

    model = Reminder
    go = "r"
    icon = "bell"
    adding = _l("New reminder")
    leads_to = ("reminder_calendar", "reminder_due", "reminder_quick")
    waiting = queries.waiting_for
    empty = _l("Nothing to remember. Make a reminder, and it appears on the first page when it is due.")
    operations = deeds.ALL
    choosing = {"recipient": active_users, "role": all_roles}
    owner = ("owner",)
    further_filters = (Which,)
    list_template = "admin/house/reminders.html"
    form_template = "admin/house/reminder_form.html"
    details_template = "admin/house/reminder.html"
    column_list = ("subject", "recipient", "status", "due_at")
    cells = {"subject": subject, "recipient": for_whom}
    reads = ("role",)
    column_filters = ("status", "recipient", "due_at")
    column_searchable_list = ("subject",)
    column_default_sort = ("due_at", False)
    column_details_list = (
        *("subject", "body", "recipient", "owner", "due_at", "rule", "time_zone"),
        *("status", "told_at", "created_at"),
    )
    in_words = {"recipient": for_whom, "rule": how_often, "time_zone": by_clock}
    begins = begins
    form_base_class = ReminderForm
    form_columns = ("subject", "body", "local_at", "time_zone", "rule", "recipient", "role", "address", "about")
    form_overrides = {"local_at": LocalMomentField, "time_zone": TimeZoneField, "rule": RepeatField}
    form_extra_fields = {"about": AboutField(_l("About"))}
    form_create_only = ("about",)
