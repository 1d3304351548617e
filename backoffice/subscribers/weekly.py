"""The weekly mail: the posts since the last one, to every subscriber in her language, and none without posts.

An issue belongs to a day of the site's zone and is made once. It is sent part by part; who goes on after a crash begins
where the last part ended, and the key of each mail keeps anybody from getting two.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from backoffice.foundation import clock
from backoffice.foundation.database import db
from backoffice.foundation.i18n import _l
from backoffice.posts import queries as posts
from backoffice.posts.models import Post
from backoffice.records import outbox
from backoffice.records.policies import SITE_TIME_ZONE, WEEKLY_MAIL_DAY, WEEKLY_MAIL_HOUR, value_of
from backoffice.subscribers.models import Issue, Subscriber
from backoffice.subscribers.subscribing import PURPOSE, is_open

#: Posts that the mail shows, and subscribers thought of in one transaction.
MOST_SHOWN, AT_ONCE = 20, 200
WEEK = timedelta(days=7)
#: The first issue, and one after a long time, goes no further back.
LONGEST = timedelta(days=14)
#: An issue that could not be sent on its day is sent later, but no later than this.
LATEST = timedelta(days=3)
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True)
class Told:
    """A post as the mail shows it."""

    id: int
    slug: str
    title: str
    teaser: str
    author: str
    at: datetime


def is_due() -> bool:
    """Whether an issue is to be made or gone on with; reads only."""
    if not is_open():
        return False
    unfinished = db.session.scalar(select(Issue.id).where(Issue.finished_at.is_(None)).limit(1))
    return unfinished is not None or _day_due(clock.now()) is not None


def begin() -> Issue | None:
    """The issue to be sent now, made if its day has come; None where there is none. Never commits."""
    now = clock.now()
    unfinished = db.session.scalar(select(Issue).where(Issue.finished_at.is_(None)).order_by(Issue.id).limit(1))
    if unfinished is not None:
        return unfinished
    day = _day_due(now) if is_open() else None
    if day is None:
        return None
    before = db.session.scalar(select(func.max(Issue.until)).where(Issue.until <= now))
    issue = Issue(day=day, since=max(before or now - WEEK, now - LONGEST), until=now)
    try:
        with db.session.begin_nested():
            db.session.add(issue)
    except IntegrityError:
        return None  # another process made it
    if not posts_of(issue):
        issue.finished_at = now
    return issue


def send_part(issue: Issue) -> bool:
    """Promise the mail to the next subscribers; whether there may be more. Never commits."""
    if issue.finished_at is not None:
        return False
    found = posts_of(issue)
    query = select(Subscriber).where(
        Subscriber.id > issue.reached_id,
        Subscriber.confirmed_at.is_not(None),
        # Who subscribed since gets the next one.
        Subscriber.confirmed_at <= issue.until,
        Subscriber.stopped_at.is_(None),
    )
    some = db.session.scalars(query.order_by(Subscriber.id).limit(AT_ONCE)).all()
    if some and found:
        context = {"posts": found[:MOST_SHOWN], "count": len(found), "more": max(len(found) - MOST_SHOWN, 0)}
        outbox.promise_many("weekly", [_to(each, issue, context) for each in some])
        issue.reached_id = some[-1].id
    if len(some) < AT_ONCE or not found:
        issue.finished_at = clock.now()
    return issue.finished_at is None


def posts_of(issue: Issue) -> Sequence[Told]:
    """What came out in the time of the issue and can be read now, newest first."""
    query = posts.stories(clock.now()).where(Post.published_at > issue.since, Post.published_at <= issue.until)
    return [
        Told(post.id, post.slug, post.title, post.teaser, post.author.title_text, post.published_at or issue.until)
        for post in db.session.scalars(query.limit(10 * MOST_SHOWN))
    ]


@outbox.checked_by("subscriber")
def still_subscribed(mail: outbox.OutboxMail) -> outbox.Drop | None:
    """The weekly mail goes only to who is subscribed at that moment."""
    row = db.session.get(Subscriber, mail.origin_id)
    return None if row is not None and row.gets_mail else outbox.Drop(_l("The reader ended it."))


def _to(each: Subscriber, issue: Issue, context: dict[str, object]) -> outbox.Promise:
    return outbox.Promise(
        to=each.email,
        key=f"weekly:{each.id}:{issue.day:%Y-%m-%d}",
        locale=each.locale,
        origin=("subscriber", each.id),
        stop=(PURPOSE, each.id),
        context=context,
    )


def _day_due(now: datetime) -> date | None:
    """The day of the issue that is to be made: of this week, if its hour has come and none was made."""
    day = latest(now)
    if now.astimezone(ZoneInfo(value_of(SITE_TIME_ZONE))).date() - day > LATEST:
        return None
    made = db.session.scalar(select(Issue.id).where(Issue.day > day - WEEK, Issue.day <= day + WEEK).limit(1))
    return day if made is None else None


def latest(now: datetime) -> date:
    """The day of the site's zone whose hour for the weekly mail came last."""
    zone, hour = ZoneInfo(value_of(SITE_TIME_ZONE)), value_of(WEEKLY_MAIL_HOUR)
    today = now.astimezone(zone).date()
    back = (today.weekday() - _DAYS.index(value_of(WEEKLY_MAIL_DAY))) % 7
    day = today - timedelta(days=back)
    return day if datetime.combine(day, time(hour), zone) <= now else day - WEEK
