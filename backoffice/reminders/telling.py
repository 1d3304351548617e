"""Whom a reminder is told to and what the mail says; and, right before it goes, whether it still holds."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time, get_timezone_name
from flask_babel import get_locale
from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from backoffice.accounts import notices, terms
from backoffice.accounts.models import User, user_roles
from backoffice.foundation import clock
from backoffice.foundation.acting import acting
from backoffice.foundation.database import db
from backoffice.foundation.i18n import Text, _l
from backoffice.records import outbox, stopping
from backoffice.records.outbox import Anew, Drop, OutboxMail, Promise
from backoffice.reminders import subjects
from backoffice.reminders.models import ENDED, Reminder
from backoffice.reminders.moments import to_local
from backoffice.reminders.rules import Rule, in_words

TEMPLATE, ORIGIN = "reminder", "reminder"
OUTSIDE = "reminder:outside"
#: The header that says which version of the reminder a mail was written from, whatever clocks say.
VERSION = "X-Reminder-Version"

stopping.stops_addresses(OUTSIDE, _l("reminders that somebody sends to this address"))


@dataclass(frozen=True)
class When:
    """A moment as clocks in a zone show it, in the language that is spoken when it is asked."""

    moment: datetime
    zone_id: str

    @property
    def day(self) -> str:
        """Weekday, day, month and year."""
        return _day(to_local(self.moment, self.zone_id).date(), str(get_locale()))

    @property
    def time(self) -> str:
        """Hours and minutes."""
        return _time(to_local(self.moment, self.zone_id).time(), str(get_locale()))

    @property
    def zone(self) -> str:
        """The name of the zone, as people say it."""
        return _zone(self.moment, self.zone_id, str(get_locale()))


@lru_cache(maxsize=256)
def _day(day: date, locale: str) -> str:
    return format_date(day, "full", locale=locale)


@lru_cache(maxsize=256)
def _time(at: time, locale: str) -> str:
    return format_time(at, "short", locale=locale)


@lru_cache(maxsize=256)
def _zone(moment: datetime, zone: str, locale: str) -> str:
    return get_timezone_name(moment.astimezone(ZoneInfo(zone)), "long", locale=locale)


class People:
    """The active people whom some reminders are for, found with two queries however many reminders these are."""

    def __init__(self, reminders: Sequence[Reminder]) -> None:
        persons = {each.recipient_id for each in reminders if each.recipient_id is not None}
        roles = {each.role_id for each in reminders if each.role_id is not None}
        self._by_id: dict[int, User] = {}
        self._by_role: dict[int, list[User]] = {}
        if roles:
            members = select(user_roles.c.role_id, user_roles.c.user_id).where(
                user_roles.c.role_id.in_(roles), terms.counts()
            )
            pairs = list(db.session.execute(members.order_by(user_roles.c.role_id, user_roles.c.user_id)))
            persons |= {row.user_id for row in pairs}
        self._load(persons)
        if roles:
            for role_id, user_id in pairs:
                if user_id in self._by_id:
                    self._by_role.setdefault(role_id, []).append(self._by_id[user_id])

    def of(self, reminder: Reminder) -> Sequence[User]:
        """Whom in the house it is for now."""
        if reminder.recipient_id is not None:
            person = self._by_id.get(reminder.recipient_id)
            return [person] if person else []
        return self._by_role.get(reminder.role_id or 0, [])

    def _load(self, ids: Iterable[int]) -> None:
        # The grants come along, as what a reader may see of the record it is about depends on them.
        query = select(User).where(User.is_active).options(selectinload(User.roles), selectinload(User.terms))
        wanted = sorted(ids)
        for start in range(0, len(wanted), 500):
            found = db.session.scalars(query.where(User.id.in_(wanted[start : start + 500])))
            self._by_id |= {person.id: person for person in found}


def promises(reminder: Reminder, people: People, occurrence: datetime, moment: datetime) -> list[Promise]:
    """The mails of one telling: to each reader who wants to be mailed, in a key with the moment told of.

    Nobody gets two for the same moment, whatever the clock or another process does.
    """
    if reminder.address:
        if stopping.is_stopped(reminder.address, OUTSIDE):
            return []
        number = stopping.number_of(reminder.address, OUTSIDE)
        locale = reminder.owner.locale
        context = context_of(reminder, None, occurrence)
        key = key_of(reminder.id, moment, reminder.address)
        stop = (OUTSIDE, number)
        origin = (ORIGIN, reminder.id)
        return [Promise(reminder.address, key, locale, None, False, _stamp(reminder), origin, stop, context)]
    made = []
    for person in people.of(reminder):
        address = notices.address_of(person, notices.Notice.REMINDERS)
        if address is None:
            continue
        made.append(
            Promise(
                address,
                key_of(reminder.id, moment, str(person.id)),
                user=person,
                headers=_stamp(reminder),
                origin=(ORIGIN, reminder.id),
                stop=notices.stop_of(person, notices.Notice.REMINDERS),
                context=context_of(reminder, person, occurrence),
            )
        )
    return made


def context_of(reminder: Reminder, reader: User | None, occurrence: datetime) -> dict[str, Any]:
    """What the template is told; of the record it is about only what this reader may see."""
    about = None
    if reader is not None and reminder.about_id is not None:
        with acting(actor=reader):
            about = subjects.title_for(reminder, reader)
    return {
        "reminder_id": reminder.id,
        "subject": reminder.subject,
        "note": reminder.body,
        "when": When(occurrence, reminder.time_zone if reader is None else reader.time_zone),
        "maker": "" if reader is not None and reader.id == reminder.owner_id else reminder.owner.title_text,
        "role": reminder.role.name if reminder.role_id is not None and reminder.role else "",
        "about": about,
        "is_outside": reader is None,
        "rhythm": Text(in_words, Rule.parse(reminder.rule)) if reminder.rule else "",
    }


def _stamp(reminder: Reminder) -> dict[str, str]:
    return {VERSION: str(reminder.version)}


def key_of(id: int, moment: datetime, reader: str) -> str:
    """The key of one telling of a reminder to one reader; an address stands in it as its digest."""
    return f"{ORIGIN}:{id}:{moment.isoformat()}:{_reader_in_key(reader)}"


def _reader_in_key(reader: str) -> str:
    return reader if reader.isdecimal() else "@" + hashlib.sha256(reader.encode()).hexdigest()[:32]


def moment_in(key: str | None) -> datetime | None:
    """The moment in such a key; None for any other."""
    if not key or not key.startswith(f"{ORIGIN}:"):
        return None
    try:
        return datetime.fromisoformat(key.split(":", 2)[2].rsplit(":", 1)[0])
    except (IndexError, ValueError):
        return None


def mailed_outside(owner_id: int, since: datetime) -> int:
    """How many mails went to outside addresses for this person since then."""
    query = (
        select(func.count())
        .select_from(OutboxMail)
        .join(Reminder, Reminder.id == OutboxMail.origin_id)
        .where(
            OutboxMail.origin_kind == ORIGIN,
            OutboxMail.user_id.is_(None),
            OutboxMail.created_at >= since,
            Reminder.owner_id == owner_id,
        )
    )
    return db.session.scalar(query) or 0


@outbox.gathered_by(ORIGIN)
def _reminders_of(mails: Sequence[OutboxMail]) -> list[Reminder]:
    return list(db.session.scalars(select(Reminder).where(Reminder.id.in_({mail.origin_id for mail in mails}))))


@outbox.checked_by(ORIGIN)
def _still_holds(mail: OutboxMail) -> Drop | Anew | None:
    """What was called off, done, put off or given to somebody else meanwhile is not mailed; what was edited is anew."""
    reminder = db.session.get(Reminder, mail.origin_id) if mail.origin_id else None
    if reminder is None:
        return Drop(_l("The reminder was deleted."))
    if reminder.status in ENDED:
        return Drop(_l("The reminder is done or was called off."))
    if not _is_for(reminder, mail):
        return Drop(_l("The reminder is for somebody else now."))
    moment = moment_in(mail.key)
    if moment is not None and (refusal := _is_past(reminder, moment)):
        return refusal
    if mail.headers.get(VERSION) != str(reminder.version):
        reader = db.session.get(User, mail.user_id) if mail.user_id is not None else None
        return Anew(TEMPLATE, context_of(reminder, reader, reminder.open_at or reminder.due_at))
    return None


def _is_for(reminder: Reminder, mail: OutboxMail) -> bool:
    if mail.user_id is None:
        # By the key: somebody may have corrected where the mail goes.
        address = reminder.address or ""
        return (
            bool(address) and _is_keyed(mail, address) and not _is_stopped(address) and not _is_stopped(mail.recipient)
        )
    if reminder.recipient_id is not None:
        return reminder.recipient_id == mail.user_id
    reader = db.session.get(User, mail.user_id)
    if reminder.role_id is None or reader is None:
        return False
    return any(role.id == reminder.role_id for role in reader.present_roles)


def _is_keyed(mail: OutboxMail, address: str) -> bool:
    return (mail.key or "").rsplit(":", 1)[-1] == _reader_in_key(address)


def _is_stopped(address: str) -> bool:
    return stopping.is_stopped(address, OUTSIDE)


def _is_past(reminder: Reminder, moment: datetime) -> Drop | None:
    if reminder.is_recurring:
        if reminder.done_until is not None and moment <= reminder.done_until:
            return Drop(_l("The reminder is done or was called off."))
        if reminder.open_at is None:
            return Drop(_l("The reminder was changed."))
        if reminder.snoozed_until is not None and reminder.snoozed_until > clock.now():
            return Drop(_l("The reminder was put off."))
        return None
    # It will be told at another moment, by a mail of its own.
    if reminder.alarm_at is not None and reminder.alarm_at != moment:
        return Drop(_l("The reminder was put off."))
    return None
