"""The weekly mail: the new posts, on the day of the policy, in the language of each reader, once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import select

from backoffice.foundation import clock
from backoffice.foundation.database import db, unit_of_work
from backoffice.posts.models import PostStatus
from backoffice.records.outbox import OutboxMail
from backoffice.records.policies import SITE_TIME_ZONE, Setting
from backoffice.subscribers import weekly
from backoffice.subscribers.jobs import send_weekly_mail
from backoffice.subscribers.models import Issue, Subscriber
from tests import factories

pytestmark = pytest.mark.both_databases
SetClock = Callable[[datetime], None]
#: A Thursday; the policy says Friday at 8.
THURSDAY = datetime(2026, 11, 19, 12, tzinfo=UTC)
FRIDAY = datetime(2026, 11, 20, 8, 1, tzinfo=UTC)


def subscriber(email: str, **changes: object) -> Subscriber:
    row = Subscriber(**{"email": email, "locale": "en", "confirmed_at": clock.now(), **changes})
    db.session.add(row)
    return row


def appears(title: str, **changes: Any) -> None:
    factories.post(
        title=title, summary=f"About {title}.", status=PostStatus.PUBLISHED, published_at=clock.now(), **changes
    )


def run(set_clock: SetClock, *moments: datetime) -> None:
    for moment in moments:
        set_clock(moment)
        send_weekly_mail.function(send_weekly_mail.actor)


def mails() -> list[OutboxMail]:
    return list(db.session.scalars(select(OutboxMail).order_by(OutboxMail.id)))


@pytest.fixture
def house(app: Flask, set_clock: SetClock) -> Flask:
    """The application on a Thursday, with the issue of the week before."""
    with app.app_context():
        run(set_clock, THURSDAY - timedelta(days=6))
        set_clock(THURSDAY)
    return app


def test_every_subscriber_gets_the_posts_of_the_week_in_her_language_once(house: Flask, set_clock: SetClock) -> None:
    with house.app_context():
        with unit_of_work():
            subscriber("one@example.net")
            subscriber("two@example.net", locale="de")
            subscriber("three@example.net", confirmed_at=None)
            subscriber("four@example.net", stopped_at=clock.now())
            appears("New cranes")
            appears("Lost and found")
            factories.post(title="A draft")
        run(set_clock, FRIDAY - timedelta(minutes=5))
        assert mails() == []
        run(set_clock, FRIDAY, FRIDAY + timedelta(minutes=5), FRIDAY + timedelta(days=2))
        one, two = mails()
        assert (one.recipient, two.recipient, two.locale) == ("one@example.net", "two@example.net", "de")
        assert "2 new posts" in one.subject and "About New cranes." in one.text and "/blog/post/" in one.text
        assert "A draft" not in one.text
        assert one.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_without_new_posts_there_is_no_mail_and_nothing_is_told_twice(house: Flask, set_clock: SetClock) -> None:
    with house.app_context():
        with unit_of_work():
            subscriber("one@example.net")
            appears("New cranes")
        run(set_clock, FRIDAY, FRIDAY + timedelta(days=7))
        assert len(mails()) == 1
        set_clock(FRIDAY + timedelta(days=8))
        with unit_of_work():
            appears("Later")
        run(set_clock, FRIDAY + timedelta(days=14))
        assert "Later" in mails()[1].subject and "New cranes" not in mails()[1].text


def test_a_post_that_was_withdrawn_by_then_is_not_in_it(house: Flask, set_clock: SetClock) -> None:
    with house.app_context():
        with unit_of_work():
            subscriber("one@example.net")
            appears("Stays")
            factories.post(title="Went", status=PostStatus.WITHDRAWN, published_at=clock.now())
        run(set_clock, FRIDAY)
        assert "Stays" in mails()[0].subject and "Went" not in mails()[0].text


def test_who_goes_on_after_a_crash_sends_to_the_others_and_to_nobody_twice(
    house: Flask, set_clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(weekly, "AT_ONCE", 2)
    with house.app_context():
        with unit_of_work():
            appears("New cranes")
            for number in range(5):
                subscriber(f"r{number}@example.net")
        set_clock(FRIDAY)
        with unit_of_work():
            issue = weekly.begin()
            assert issue is not None and weekly.send_part(issue)
        # Here it died, and what had been reached was not written down.
        with unit_of_work():
            db.session.scalars(select(Issue).where(Issue.finished_at.is_(None))).one().reached_id = 0
        run(set_clock, FRIDAY + timedelta(minutes=5))
        assert sorted(mail.recipient for mail in mails()) == [f"r{number}@example.net" for number in range(5)]


def test_the_hour_is_that_of_the_zone_of_the_site(house: Flask, set_clock: SetClock) -> None:
    with house.app_context():
        with unit_of_work():
            db.session.add(Setting(name=SITE_TIME_ZONE.name, value="America/New_York"))
            subscriber("one@example.net")
            appears("New cranes")
        run(set_clock, datetime(2026, 11, 20, 7, 59, tzinfo=ZoneInfo("America/New_York")).astimezone(UTC))
        assert mails() == []
        run(set_clock, datetime(2026, 11, 20, 8, 1, tzinfo=ZoneInfo("America/New_York")).astimezone(UTC))
        assert len(mails()) == 1


def test_a_machine_that_was_down_on_friday_sends_it_on_sunday(house: Flask, set_clock: SetClock) -> None:
    with house.app_context():
        with unit_of_work():
            subscriber("one@example.net")
            appears("New cranes")
        run(set_clock, FRIDAY + timedelta(days=2))
        assert len(mails()) == 1


def test_who_stopped_a_second_before_gets_none(house: Flask, set_clock: SetClock) -> None:
    with house.app_context():
        with unit_of_work():
            subscriber("one@example.net")
            appears("New cranes")
        run(set_clock, FRIDAY)
        (mail,) = mails()
        assert weekly.still_subscribed(mail) is None
        with unit_of_work():
            db.session.scalars(select(Subscriber)).one().stopped_at = clock.now()
        assert weekly.still_subscribed(mail) is not None


def test_who_subscribes_after_an_issue_waits_for_the_next(house: Flask, set_clock: SetClock) -> None:
    with house.app_context():
        with unit_of_work():
            appears("New cranes")
        run(set_clock, FRIDAY)
        with unit_of_work():
            set_clock(FRIDAY + timedelta(hours=1))
            subscriber("late@example.net")
        run(set_clock, FRIDAY + timedelta(hours=2))
        assert mails() == []
