"""Digests: what waits for a person, in one mail at her hour, and nothing where nothing waits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, func, literal, select

from backoffice.accounts import notices
from backoffice.accounts.models import User
from backoffice.comments.models import Comment
from backoffice.foundation import clock
from backoffice.foundation.database import db
from backoffice.foundation.errors import InvalidInput, NotFound
from backoffice.foundation.i18n import Text, _l
from backoffice.foundation.text import is_time_zone, shortened
from backoffice.moderation import queues
from backoffice.moderation.queues import REPORTED, Wanted
from backoffice.notices.models import DigestChoice, Rhythm, Weekday
from backoffice.notices.waiting import Backlog, backlog_of
from backoffice.records import outbox, stopping
from backoffice.reminders import queries as reminders

#: The purpose of digests, for links that stop them; the number is that of the person.
PURPOSE = "digest"
#: Comments and reminders that a digest shows, and characters of each.
MOST_SHOWN, LONGEST_SHOWN = 5, 120
_WEEKDAYS = list(Weekday)


@dataclass(frozen=True)
class Line:
    """One of what waits: who or what it is, what it says, and since or until when."""

    number: int
    title: str
    text: str
    at: datetime


@dataclass(frozen=True)
class Digest:
    """What waits for a person at one moment."""

    waiting: Backlog | None = None
    first: Sequence[Line] = ()
    reported: Backlog | None = None
    reminders: int = 0
    first_reminders: Sequence[Line] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to say."""
        return self.waiting is None and self.reported is None and not self.reminders

    @property
    def count(self) -> int:
        """How many things it is about, as far as they are counted."""
        return sum(each.counted for each in (self.waiting, self.reported) if each) + self.reminders


def build(user: User, now: datetime) -> Digest:
    """What waits for this person within her reach; asks the database and changes nothing."""
    waiting = backlog_of(user)
    mine = reminders.due_for(user.id, end_of_day(now, zone_of(user)))
    return Digest(
        waiting=waiting,
        first=_comments(user) if waiting else (),
        reported=backlog_of(user, REPORTED),
        reminders=_count(mine),
        first_reminders=[
            Line(each.id, shortened(each.subject, LONGEST_SHOWN), "", each.due_at)
            for each in db.session.scalars(mine.limit(MOST_SHOWN))
        ],
    )


def choice_of(user: User) -> DigestChoice:
    """What the person chose; a new one, in no session, where she never chose."""
    return db.session.get(DigestChoice, user.id) or DigestChoice(
        id=user.id, rhythm=Rhythm.NONE, hour=8, weekday=Weekday.MONDAY
    )


def choose(user: User, *, rhythm: str, hour: str | int, weekday: str, now: datetime | None = None) -> DigestChoice:
    """Let the person have digests so often, at this hour of her day. Never commits. Raises InvalidInput.

    The first one comes at the next such hour, not for one that is over.
    """
    typed = str(hour).strip()
    if not (typed.isascii() and typed.isdecimal() and len(typed) < 3 and int(typed) < 24):
        raise InvalidInput(_l("Choose an hour from the list."), field="hour")
    if rhythm not in {each.value for each in Rhythm} or weekday not in {each.value for each in Weekday}:
        raise InvalidInput(_l("Choose one of the list."), field="rhythm")
    choice = choice_of(user)
    chosen = (Rhythm.of(rhythm), int(typed), Weekday.of(weekday))
    if (choice.rhythm, choice.hour, choice.weekday) != chosen:
        choice.rhythm, choice.hour, choice.weekday = chosen
        choice.done_on = latest(choice, zone_of(user), now or clock.now())
    db.session.add(choice)
    return choice


def due(now: datetime) -> list[int]:
    """The numbers of the people whose hour has come; reads only."""
    query = select(DigestChoice, User).join(User, User.id == DigestChoice.id)
    query = query.where(DigestChoice.rhythm != Rhythm.NONE, User.is_active).order_by(User.id)
    return [user.id for choice, user in db.session.execute(query) if _day_due(choice, zone_of(user), now) is not None]


def send(user: User, now: datetime) -> bool:
    """Promise the person her digest if her hour has come and something waits; whether it did. Never commits.

    It is looked once for each of her days, whatever happens to clocks and machines.
    """
    choice = db.session.get(DigestChoice, user.id)
    day = _day_due(choice, zone_of(user), now) if choice is not None else None
    if choice is None or day is None:
        return False
    choice.done_on = day
    to = notices.address_of(user)
    digest = build(user, now) if to is not None else Digest()
    if to is None or digest.is_empty:
        return False
    outbox.promise(
        "digest",
        to,
        key=f"digest:{user.id}:{day:%Y-%m-%d}",
        user=user,
        stop=(PURPOSE, user.id),
        digest=digest,
        day=day,
    )
    return True


def latest(choice: DigestChoice, zone: tzinfo, now: datetime) -> date:
    """The day whose hour came last, of a weekly one the last of its weekday.

    An hour that a clock leaves out comes when it would have been; of one that comes twice the first counts.
    """
    today = now.astimezone(zone).date()
    for back in range(9):
        day = today - timedelta(days=back)
        is_its_day = choice.rhythm is not Rhythm.WEEKLY or _WEEKDAYS[day.weekday()] is choice.weekday
        if is_its_day and datetime.combine(day, time(choice.hour), zone) <= now:
            return day
    raise AssertionError("nine days hold every weekday twice or once")


def zone_of(user: User) -> ZoneInfo:
    """The person's zone."""
    return ZoneInfo(user.time_zone if is_time_zone(user.time_zone) else "UTC")


def end_of_day(now: datetime, zone: tzinfo) -> datetime:
    """The last moment of her today."""
    tomorrow = now.astimezone(zone).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time.min, zone).astimezone(now.tzinfo) - timedelta(microseconds=1)


def _day_due(choice: DigestChoice, zone: tzinfo, now: datetime) -> date | None:
    """Her day to look at now: today, or of a weekly one the day it was for, also when that is some days ago."""
    if choice.rhythm is Rhythm.NONE:
        return None
    day, today = latest(choice, zone, now), now.astimezone(zone).date()
    if choice.rhythm is Rhythm.DAILY and day != today:
        return None
    # A day that lies further ahead than any zone was written under a wrong clock.
    is_done = choice.done_on is not None and day <= choice.done_on <= today + timedelta(days=1)
    return None if is_done else day


def _comments(user: User) -> list[Line]:
    query = queues.within(Wanted(), user).order_by(Comment.created_at, Comment.id).limit(MOST_SHOWN)
    columns = (Comment.id, Comment.author_name, Comment.text, Comment.created_at)
    rows = db.session.execute(query.with_only_columns(*columns))
    return [Line(id, author, shortened(text, LONGEST_SHOWN), at) for id, author, text, at in rows]


def _count(query: Select[Any]) -> int:
    some = query.with_only_columns(literal(1), maintain_column_froms=True).order_by(None).limit(1_000).subquery()
    return db.session.scalar(select(func.count()).select_from(some)) or 0


def _describe(id: int) -> Text:
    _person(id)
    return _l("Digest of what waits for you")


def _stop(id: int) -> None:
    choice = db.session.get(DigestChoice, _person(id).id)
    if choice is not None:
        choice.rhythm = Rhythm.NONE


def _person(id: int) -> User:
    user = db.session.get(User, id)
    if user is None or user.is_erased:
        raise NotFound(_l("This link does not work any more."))
    return user


stopping.stops(PURPOSE, _describe, _stop)
