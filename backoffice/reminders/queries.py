"""Named questions about reminders; those that return a `Select` can be narrowed further."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal, or_, select, union_all

from backoffice.accounts import terms
from backoffice.accounts.models import user_roles
from backoffice.foundation import clock
from backoffice.foundation.database import db
from backoffice.foundation.permissions import Can, reachable_by
from backoffice.reminders.models import ENDED, Reminder
from backoffice.reminders.moments import to_utc
from backoffice.reminders.rules import Rule

#: A month shows no more occurrences than this, and looks at no more recurring reminders.
MOST_IN_MONTH = 2000
MOST_RECURRING = 500
#: What is counted for the top bar.
MOST_COUNTED = 100


@dataclass(frozen=True)
class Occurrence:
    """One time at which a reminder is, was or will be due, in UTC."""

    reminder: Reminder
    at: datetime

    @property
    def is_told(self) -> bool:
        """Whether it lies behind what was told already."""
        told = self.reminder.told_until if self.reminder.is_recurring else self.reminder.told_at
        return told is not None and self.at <= told

    @property
    def is_overdue(self) -> bool:
        """Whether its moment has come and nobody dealt with it."""
        if self.reminder.is_over or self.at > clock.now():
            return False
        if not self.reminder.is_recurring:
            return True
        return self.at == self.reminder.open_at


def due_for(user_id: int, until: datetime) -> Select[Reminder]:
    """What this person should know about by `until`, by name or by a role, most urgent first."""
    return (
        select(Reminder)
        .where(Reminder.is_for(user_id), Reminder.waits_at.is_not(None), Reminder.waits_at <= until)
        .order_by(Reminder.waits_at, Reminder.id)
    )


def open_for(person: Any) -> Select[Reminder]:
    """What is due for this person and nobody dealt with, the oldest first."""
    return due_for(person.id, clock.now())


def waiting_for(person: Any) -> Select[Reminder]:
    """What is due for this person now."""
    return open_for(person)


def open_count(person: Any, most: int = MOST_COUNTED) -> int:
    """How many are open for this person, counted no further than `most`: two walks along an index, in one query."""
    now = clock.now()
    mine = select(user_roles.c.role_id).where(user_roles.c.user_id == person.id, terms.counts())
    waits = (Reminder.waits_at.is_not(None), Reminder.waits_at <= now)
    by_name = select(literal(1).label("one")).where(Reminder.recipient_id == person.id, *waits).limit(most)
    by_role = (
        select(literal(1).label("one"))
        .where(Reminder.role_id.is_not(None), Reminder.role_id.in_(mine), *waits)
        .limit(most)
    )
    found = union_all(select(by_name.subquery()), select(by_role.subquery())).subquery()
    return min(db.session.scalar(select(func.count()).select_from(found)) or 0, most)


def overdue_for(person: Any, before: datetime) -> Select[Reminder]:
    """What has been waiting for this person since before this moment."""
    return due_for(person.id, before)


def about(resource: str, id: int, actor: Any) -> Select[Reminder]:
    """The reminders about a record that the actor may see, those that are not over first, then by their moment."""
    return (
        select(Reminder)
        .where(
            Reminder.about_id.is_not(None),
            Reminder.about_resource == resource,
            Reminder.about_id == id,
            reachable_by(actor, Can.REMINDER_VIEW, Reminder),
        )
        .order_by(Reminder.status.in_(ENDED), Reminder.due_at, Reminder.id)
    )


def in_month(actor: Any, year: int, month: int, zone: str) -> list[Occurrence]:
    """What concerns the actor (made by her, or for her) in a month of this zone, in order; recurring ones expanded.

    No more than `MOST_IN_MONTH` occurrences. Raises ValueError for what is no month.
    """
    first = date(year, month, 1)
    following = date(year + month // 12, month % 12 + 1, 1)
    start, end = (to_utc(datetime.combine(day, time()), zone) for day in (first, following))
    return within(actor, start, end)


def within(actor: Any, start: datetime, end: datetime, most: int = MOST_IN_MONTH) -> list[Occurrence]:
    """What concerns the actor from `start` up to, but not at, `end`, in order; recurring ones expanded."""
    mine = Reminder.owned_by(actor.id)
    once = (
        select(Reminder)
        .where(Reminder.rule == "", Reminder.due_at >= start, Reminder.due_at < end, mine)
        .order_by(Reminder.due_at, Reminder.id)
        .limit(most)
    )
    found = [Occurrence(reminder, reminder.due_at) for reminder in db.session.scalars(once)]
    for reminder in db.session.scalars(recurring(mine)):
        found += occurrences(reminder, start, end, most)
    found.sort(key=lambda each: (each.at, each.reminder.id))
    return found[:most]


def recurring(criterion: ColumnElement[bool]) -> Select[Reminder]:
    """The recurring reminders that meet this, no more than `MOST_RECURRING`, those that go on first."""
    return (
        select(Reminder)
        .where(Reminder.rule != "", criterion)
        .order_by(Reminder.status.in_(ENDED), Reminder.id.desc())
        .limit(MOST_RECURRING)
    )


def occurrences(reminder: Reminder, start: datetime, end: datetime, most: int = MOST_IN_MONTH) -> Iterable[Occurrence]:
    """When a recurring reminder comes in this time: without what was left out, and after its end nothing."""
    if reminder.is_over:
        end = min(end, reminder.updated_at)
    moments = Rule.parse(reminder.rule).between(reminder.local_at, reminder.time_zone, start, end, most)
    return [Occurrence(reminder, each) for each in moments if not _is_left_out(reminder, each)]


def next_moments(rule: str, local_at: datetime, zone: str, count: int = 5) -> list[datetime]:
    """The next moments of a rule that somebody builds, in UTC. Raises InvalidInput for what is no rule."""
    return Rule.parse(rule).first(local_at, zone, count, since=clock.now())


def coming(reminder: Reminder, count: int = 5) -> list[datetime]:
    """When a recurring reminder comes next, in UTC: without what was skipped, or dealt with before its time."""
    passed = [each for each in (reminder.skipped_until, reminder.done_until) if each is not None]
    since = max([clock.now(), *(each + timedelta(seconds=1) for each in passed)])
    return Rule.parse(reminder.rule).first(reminder.local_at, reminder.time_zone, count, since=since)


def made_by(person: Any) -> ColumnElement[bool]:
    """The criterion for what the person made."""
    return Reminder.owner_id == person.id


def of_person(person_id: int) -> ColumnElement[bool]:
    """The criterion for everything that concerns a person."""
    return or_(Reminder.owner_id == person_id, Reminder.is_for(person_id))


def _is_left_out(reminder: Reminder, at: datetime) -> bool:
    """Whether somebody passed over the occurrence: it is skipped, and was not told before that."""
    skipped = reminder.skipped_until
    if skipped is None or at > skipped:
        return False
    told = [each for each in (reminder.told_until, reminder.done_until) if each is not None]
    return at > max(told, default=datetime.min.replace(tzinfo=UTC))
