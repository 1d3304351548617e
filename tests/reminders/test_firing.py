"""Telling what is due: everybody once, at the right moment, whatever happens meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, inspect, select, update

from backoffice.accounts import notices
from backoffice.accounts.models import User
from backoffice.foundation import clock
from backoffice.foundation.acting import acting
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.permissions import Can, System
from backoffice.mail.delivering import deliver_due
from backoffice.mail.operations import redirect
from backoffice.records import outbox, stopping
from backoffice.records.outbox import Anew, Drop, MailStatus, OutboxMail
from backoffice.records.policies import REMINDER_OUTSIDE_MAILS, Setting
from backoffice.reminders import firing, queries, telling
from backoffice.reminders.models import Reminder, ReminderStatus
from backoffice.reminders.moments import to_utc
from backoffice.reminders.operations import assign, cancel, done, send_now, skip, snooze
from tests import factories

pytestmark = pytest.mark.both_databases
CLERK = System("clerk", Can.REMINDER_EDIT, Can.REMINDER_DELETE)
Clock = Callable[[datetime], None]


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Sets the clock."""
    return lambda moment: monkeypatch.setattr(clock, "now", lambda: moment)


@pytest.fixture
def house(app: Flask) -> Iterator[Flask]:
    """The application, in its context."""
    with app.app_context():
        yield app


def kept(**changes: Any) -> Reminder:
    """A reminder that is committed."""
    made = factories.reminder(**changes)
    db.session.commit()
    return made


def again(reminder: Reminder) -> Reminder:
    """As it is in the database now."""
    db.session.rollback()
    return db.session.get_one(Reminder, number(reminder), populate_existing=True)


def number(reminder: Reminder) -> int:
    """Its number, also where the session has let go of it."""
    identity = inspect(reminder).identity
    assert identity is not None
    return int(identity[0])


def mails(reminder: Reminder | None = None) -> list[OutboxMail]:
    """What was promised, oldest first."""
    query = select(OutboxMail).where(OutboxMail.origin_kind == "reminder").order_by(OutboxMail.id)
    if reminder is not None:
        query = query.where(OutboxMail.origin_id == number(reminder))
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def moment(day: str) -> datetime:
    """A moment in UTC."""
    return datetime.fromisoformat(day).replace(tzinfo=UTC)


def wall(text: str) -> datetime:
    """What a clock on the wall shows."""
    return datetime.fromisoformat(text)


def end(*sent: OutboxMail, as_: MailStatus = MailStatus.SENT) -> None:
    """Let the mail arrive, or not."""
    for mail in sent:
        db.session.execute(update(OutboxMail).where(OutboxMail.id == mail.id).values(status=as_, sent_at=clock.now()))
    db.session.commit()


def test_a_reminder_is_told_once_when_its_moment_comes(house: Flask, at: Clock) -> None:
    reminder = kept(due_at=moment("2026-12-01T09:00"))
    at(moment("2026-12-01T08:59"))
    assert (firing.is_due(), firing.fire_due()) == (False, 0)
    at(moment("2026-12-01T09:00"))
    assert firing.is_due()
    assert (firing.fire_due(), firing.fire_due()) == (1, 0)
    (mail,) = mails()
    assert (mail.origin_id, mail.recipient) == (reminder.id, reminder.owner.email)
    assert reminder.subject in mail.subject
    told = again(reminder)
    assert (told.status, told.alarm_at, told.told_at) == (ReminderStatus.SENDING, None, moment("2026-12-01T09:00"))


def test_telling_leaves_version_trail_and_last_change_alone(house: Flask, at: Clock) -> None:
    reminder = kept(due_at=moment("2026-12-01T09:00"))
    before = (reminder.version, reminder.updated_at)
    at(moment("2026-12-01T10:00"))
    firing.fire_due()
    told = again(reminder)
    assert (told.version, told.updated_at) == before


def test_a_telling_ends_as_its_mail_does(house: Flask, at: Clock) -> None:
    fine, lost = (kept(due_at=moment("2026-12-01T09:00")) for _ in range(2))
    at(moment("2026-12-01T09:00"))
    firing.fire_due()
    firing.settle()
    assert again(fine).status is ReminderStatus.SENDING
    end(*mails(fine))
    end(*mails(lost), as_=MailStatus.FAILED)
    firing.settle()
    assert (again(fine).status, again(lost).status) == (ReminderStatus.SENT, ReminderStatus.FAILED)
    end(*mails(lost))
    firing.settle()
    assert again(lost).status is ReminderStatus.SENT
    assert not firing.is_due()


def test_what_is_sent_again_is_found_behind_many_that_failed(
    house: Flask, at: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(firing, "AT_ONCE", 2)
    failed = [kept(due_at=moment(f"2026-12-01T09:0{n}")) for n in range(5)]
    at(moment("2026-12-01T10:00"))
    firing.fire_due()
    end(*mails(), as_=MailStatus.FAILED)
    firing.settle()
    assert {again(each).status for each in failed} == {ReminderStatus.FAILED}
    end(*mails(failed[-1]))
    firing.settle()
    assert [again(each).status for each in failed] == [ReminderStatus.FAILED] * 4 + [ReminderStatus.SENT]


def test_fifty_in_three_zones_around_a_clock_change_come_to_the_right_forty(house: Flask, at: Clock) -> None:
    zones = ("Europe/Berlin", "America/New_York", "Australia/Sydney")
    people = [factories.user(roles=["editor"], time_zone=zone) for zone in zones]
    made: list[Reminder] = []
    for n in range(50):
        person = people[n % 3]
        # In New York on 1 November, elsewhere on 25 October or 4 October clocks change.
        day = (wall("2026-10-25T00:00"), wall("2026-11-01T00:00"), wall("2026-10-04T00:00"))[n % 3]
        local = day + timedelta(hours=n % 12, minutes=n)
        made.append(factories.reminder(owner=person, local_at=local, time_zone=person.time_zone))
    db.session.commit()
    for reminder in made[:10]:
        cancel(reminder, actor=CLERK)
    for reminder in made[10:15]:
        reminder.local_at = reminder.local_at + timedelta(minutes=7)
        reminder.subject = f"Edited {reminder.id}"
    db.session.commit()
    expected = {each.id: to_utc(each.local_at, each.time_zone) for each in made[10:]}
    assert {each.id: each.due_at for each in made[10:]} == expected
    told: dict[int, datetime] = {}
    for minute in range(0, 60 * 24 * 31, 30):
        now = moment("2026-10-03T00:00") + timedelta(minutes=minute)
        at(now)
        if firing.is_due():
            firing.fire_due()
            for mail in mails():
                told.setdefault(mail.origin_id or 0, now)
    assert set(told) == set(expected)
    assert all(timedelta() <= told[id] - expected[id] < timedelta(minutes=30) for id in expected)
    assert len(mails()) == 40
    edited = [mail.subject for mail in mails() if "Edited" in mail.subject]
    assert len(edited) == 5


def test_nine_stays_nine_on_both_days_clocks_change(house: Flask, at: Clock) -> None:
    at(moment("2026-10-20T12:00"))
    person = factories.user(roles=["editor"], time_zone="Europe/Berlin")
    daily = kept(owner=person, local_at=wall("2026-10-01T09:00"), time_zone="Europe/Berlin", rule="FREQ=DAILY")
    hours = []
    for day in range(20, 31):
        for hour in range(24):
            at(datetime(2026, 10, day, hour, 0, 5, tzinfo=UTC))
            if firing.fire_due():
                hours.append((day, hour))
    assert hours == [(day, 7 if day < 25 else 8) for day in range(21, 31)]
    assert len(mails(daily)) == 10
    at(moment("2027-03-27T12:00"))
    firing.fire_due()
    assert again(daily).due_at == moment("2027-03-28T07:00")


def test_after_three_days_without_a_worker_one_mail_tells_of_the_latest(house: Flask, at: Clock) -> None:
    at(moment("2026-12-01T00:00"))
    hourly = kept(local_at=wall("2026-12-01T01:30"), time_zone="UTC", rule="FREQ=HOURLY")
    daily = kept(local_at=wall("2026-12-01T09:00"), time_zone="UTC", rule="FREQ=DAILY")
    at(moment("2026-12-04T10:00"))
    assert firing.fire_due() == 2
    assert (len(mails(hourly)), len(mails(daily))) == (1, 1)
    assert again(hourly).open_at == moment("2026-12-04T09:30")
    assert again(hourly).alarm_at == moment("2026-12-04T10:30")
    assert (again(daily).open_at, again(daily).due_at) == (moment("2026-12-04T09:00"), moment("2026-12-05T09:00"))
    assert again(daily).status is ReminderStatus.SCHEDULED


def test_a_clock_that_was_set_back_sends_nothing_twice(house: Flask, at: Clock) -> None:
    at(moment("2026-12-01T06:00"))
    single = kept(due_at=moment("2026-12-01T09:00"))
    daily = kept(local_at=wall("2026-12-01T09:00"), time_zone="UTC", rule="FREQ=DAILY")
    for hour in (9, 7, 8, 9, 10):
        at(moment(f"2026-12-01T{hour:02}:00"))
        firing.fire_due()
        firing.settle()
    assert (len(mails(single)), len(mails(daily))) == (1, 1)
    at(moment("2026-12-02T09:00"))
    firing.fire_due()
    assert (len(mails(single)), len(mails(daily))) == (1, 2)


def test_a_series_ends_with_its_last_time_and_is_over_once_that_is_done(house: Flask, at: Clock) -> None:
    at(moment("2026-12-01T06:00"))
    twice = kept(local_at=wall("2026-12-01T09:00"), time_zone="UTC", rule="FREQ=DAILY;COUNT=2")
    for day in (1, 2, 3):
        at(moment(f"2026-12-0{day}T09:00"))
        firing.fire_due()
    assert len(mails(twice)) == 2
    last = again(twice)
    assert (last.alarm_at, last.open_at, last.status) == (None, moment("2026-12-02T09:00"), ReminderStatus.SCHEDULED)
    done(last, actor=CLERK)
    assert last.status is ReminderStatus.DONE
    assert last.waits_at is None


def test_done_means_this_time_of_a_series(house: Flask, at: Clock) -> None:
    at(moment("2026-12-01T06:00"))
    daily = kept(local_at=wall("2026-12-01T09:00"), time_zone="UTC", rule="FREQ=DAILY")
    at(moment("2026-12-01T09:05"))
    firing.fire_due()
    told = again(daily)
    done(told, actor=CLERK)
    db.session.commit()
    assert (told.open_at, told.waits_at) == (None, moment("2026-12-02T09:00"))
    assert told.due_at == told.alarm_at == moment("2026-12-02T09:00")
    # Done before it is due: the next day needs no mail any more.
    done(told, actor=CLERK)
    assert told.alarm_at == moment("2026-12-03T09:00")


def test_a_time_is_skipped_and_the_others_stay(house: Flask, at: Clock) -> None:
    at(moment("2026-12-01T06:00"))
    daily = kept(local_at=wall("2026-12-01T09:00"), time_zone="UTC", rule="FREQ=DAILY")
    skip(daily, actor=CLERK)
    db.session.commit()
    at(moment("2026-12-01T12:00"))
    assert firing.fire_due() == 0
    at(moment("2026-12-02T09:00"))
    assert firing.fire_due() == 1


def test_a_snoozed_alarm_tells_once_more_and_leaves_the_due_date(house: Flask, at: Clock) -> None:
    at(moment("2026-12-01T06:00"))
    single = kept(due_at=moment("2026-12-01T09:00"))
    daily = kept(local_at=wall("2026-12-01T09:00"), time_zone="UTC", rule="FREQ=DAILY")
    at(moment("2026-12-01T09:00"))
    firing.fire_due()
    for reminder in (single, daily):
        snooze(again(reminder), actor=CLERK, until=moment("2026-12-01T11:00"))
        db.session.commit()
    at(moment("2026-12-01T10:59"))
    assert firing.fire_due() == 0
    at(moment("2026-12-01T11:00"))
    assert firing.fire_due() == 2
    assert (len(mails(single)), len(mails(daily))) == (2, 2)
    assert again(single).due_at == moment("2026-12-01T09:00")
    after = again(daily)
    assert (after.open_at, after.alarm_at) == (moment("2026-12-01T09:00"), moment("2026-12-02T09:00"))
    done(after, actor=CLERK)
    db.session.commit()
    assert after.alarm_at == moment("2026-12-02T09:00")


def test_send_now_tells_at_once(house: Flask, at: Clock) -> None:
    at(moment("2026-12-01T06:00"))
    reminder = kept(due_at=moment("2026-12-05T09:00"))
    send_now(reminder, actor=CLERK)
    db.session.commit()
    assert firing.fire_due() == 1
    at(moment("2026-12-05T09:00"))
    assert firing.fire_due() == 0
    assert len(mails(reminder)) == 1


def test_everybody_in_a_role_is_told_who_is_there_at_that_moment(house: Flask, at: Clock) -> None:
    role = factories.role(permissions={"reminder.view": "own"})
    inside, gone, ended, late = (factories.user() for _ in range(4))
    for person in (inside, gone, ended):
        person.roles.append(role)
    gone.is_active = False
    reminder = kept(owner=inside, role=role, due_at=moment("2026-12-01T09:00"))
    late.roles.append(role)
    ended.roles.remove(role)
    db.session.commit()
    at(moment("2026-12-01T09:00"))
    firing.fire_due()
    assert sorted(mail.user_id or 0 for mail in mails(reminder)) == sorted((inside.id, late.id))


def test_who_wants_no_mail_finds_it_on_her_first_page_only(house: Flask, at: Clock) -> None:
    person = factories.user(roles=["editor"])
    notices.choose(person, [])
    reminder = kept(owner=person, due_at=moment("2026-12-01T09:00"))
    at(moment("2026-12-01T09:00"))
    firing.fire_due()
    assert mails() == []
    assert again(reminder).status is ReminderStatus.SENT
    assert [each.id for each in db.session.scalars(queries.open_for(person))] == [reminder.id]


def test_a_reminder_for_who_left_tells_nobody_and_says_so(house: Flask, at: Clock) -> None:
    person = factories.user(roles=["editor"])
    reminder = kept(owner=factories.user(), recipient=person, due_at=moment("2026-12-01T09:00"))
    person.is_active = False
    db.session.commit()
    at(moment("2026-12-01T09:00"))
    firing.fire_due()
    assert mails() == []
    assert again(reminder).status is ReminderStatus.FAILED


def test_an_outside_address_is_mailed_until_it_says_stop(house: Flask, at: Clock) -> None:
    at(moment("2026-12-01T06:00"))
    reminder = kept(
        address="rita@example.org",
        local_at=wall("2026-12-01T09:00"),
        time_zone="UTC",
        rule="FREQ=DAILY",
        body="Bring it.",
    )
    at(moment("2026-12-01T09:00"))
    firing.fire_due()
    (mail,) = mails(reminder)
    assert mail.recipient == "rita@example.org"
    assert "/admin/" not in mail.text + (mail.html or "")
    assert mail.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    with unit_of_work():
        stopping.stop_address("rita@example.org", telling.OUTSIDE)
    at(moment("2026-12-02T09:00"))
    firing.fire_due()
    (same,) = mails(reminder)
    check = outbox.check_of("reminder")
    assert check is not None
    assert isinstance(check(same), Drop)


def test_a_mail_outside_goes_to_the_address_somebody_corrected_it_to(house: Flask, at: Clock) -> None:
    reminder = kept(address="rita@exmaple.org", due_at=moment("2026-12-01T09:00"))
    at(moment("2026-12-01T09:00"))
    firing.fire_due()
    (mail,) = mails(reminder)
    end(mail, as_=MailStatus.FAILED)
    with unit_of_work():
        redirect(
            again_mail := mails(reminder)[0], actor=factories.user(roles=["administrator"]), email="rita@example.org"
        )
    check = outbox.check_of("reminder")
    assert check is not None
    assert (again_mail.recipient, check(again_mail)) == ("rita@example.org", None)
    with unit_of_work():
        again(reminder).address = "mo@example.org"
    assert isinstance(check(mails(reminder)[0]), Drop), "it is for somebody else now"


def test_one_person_mails_outside_only_so_much_a_day_and_the_rest_later(house: Flask, at: Clock) -> None:
    db.session.add(Setting(name=REMINDER_OUTSIDE_MAILS.name, value=2))
    person = factories.user(roles=["editor"])
    for n in range(3):
        factories.reminder(owner=person, address=f"r{n}@example.org", due_at=moment("2026-12-01T09:00"))
    db.session.commit()
    now = clock.now()
    at(now + timedelta(days=30))
    firing.fire_due()
    assert len(mails()) == 2
    waiting = db.session.scalars(select(Reminder).where(Reminder.alarm_at.is_not(None))).one()
    assert waiting.alarm_at == now + timedelta(days=30, hours=1)
    at(now + timedelta(days=32))
    firing.fire_due()
    assert len(mails()) == 3


@pytest.mark.parametrize("word", ["cancelled", "done", "deleted", "assigned", "snoozed", "left the role"])
def test_what_does_not_hold_any_more_is_dropped_before_it_goes(house: Flask, at: Clock, word: str) -> None:
    role = factories.role(permissions={"reminder.view": "own"})
    person = factories.user(roles=["editor"])
    person.roles.append(role)
    whom: dict[str, Any] = {"role": role} if word == "left the role" else {"recipient": person}
    reminder = kept(owner=person, due_at=moment("2026-12-01T09:00"), **whom)
    at(moment("2026-12-01T09:00"))
    firing.fire_due()
    (mail,) = mails(reminder)
    check = outbox.check_of("reminder")
    assert check is not None
    assert check(mail) is None
    here = again(reminder)
    match word:
        case "cancelled":
            cancel(here, actor=CLERK)
        case "done":
            done(here, actor=CLERK)
        case "deleted":
            db.session.delete(here)
        case "assigned":
            assign(here, actor=CLERK, person=factories.user(roles=["editor"]).username)
        case "snoozed":
            snooze(here, actor=CLERK, until=moment("2026-12-01T12:00"))
        case _:
            member = db.session.get_one(User, person.id)
            member.roles = [mine for mine in member.roles if mine.id != role.id]
    db.session.commit()
    assert isinstance(check(mail), Drop)


def test_an_edited_text_is_mailed_as_it_is_now(house: Flask, at: Clock) -> None:
    reminder = kept(due_at=moment("2026-12-01T09:00"), subject="Before")
    at(moment("2026-12-01T09:00"))
    firing.fire_due()
    (mail,) = mails(reminder)
    here = again(reminder)
    here.subject = "After"
    db.session.commit()
    check = outbox.check_of("reminder")
    assert check is not None
    answer = check(mail)
    assert isinstance(answer, Anew)
    assert answer.context["subject"] == "After"


def test_what_was_called_off_and_is_wanted_again_is_mailed_after_all(house: Flask, at: Clock) -> None:
    reminder = kept(due_at=moment("2026-12-01T09:00"))
    at(moment("2026-12-01T09:00"))
    firing.fire_due()
    cancel(again(reminder), actor=CLERK)
    db.session.commit()
    end(*mails(reminder), as_=MailStatus.CANCELLED)
    back = again(reminder)
    back.status = ReminderStatus.SCHEDULED
    db.session.commit()
    firing.fire_due()
    (mail,) = mails(reminder)
    assert mail.status is MailStatus.WAITING


def test_two_at_once_tell_everything_once(app: Flask) -> None:
    with app.app_context():
        person = factories.user(roles=["editor"])
        now = clock.now()
        for n in range(600):
            factories.reminder(owner=person, due_at=now - timedelta(minutes=n % 50), body="")
        db.session.commit()
    barrier, counts = Barrier(3), []

    def work() -> None:
        with app.app_context():
            barrier.wait()
            fired = 0
            while firing.is_due() and (found := firing.fire_due()):
                fired += found
            counts.append(fired)

    threads = [Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with app.app_context():
        assert sum(counts) == 600
        assert db.session.scalar(select(func.count()).select_from(OutboxMail)) == 600


def test_a_reminder_that_cannot_be_told_leaves_the_others_their_turn(
    house: Flask, at: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = (kept(due_at=moment("2026-12-01T09:00")) for _ in range(2))
    # What a wrong migration or another program might have left there.
    db.session.connection().exec_driver_sql(
        f"UPDATE reminders SET time_zone = 'No/Where', rule = 'FREQ=DAILY' WHERE id = {bad.id}"
    )
    db.session.commit()
    at(moment("2026-12-01T09:00"))
    firing.fire_due()
    assert again(bad).status is ReminderStatus.FAILED
    assert len(mails(good)) == 1


def test_a_mail_names_the_moment_in_its_readers_zone_and_no_record_she_may_not_see(house: Flask, at: Clock) -> None:
    admin = factories.user(roles=["administrator"])
    reader = factories.user(roles=["translator"], locale="en", time_zone="America/New_York")
    post = factories.post(title="Secret plans")
    for person in (admin, reader):
        with acting(actor=admin):
            factories.reminder(
                owner=admin,
                recipient=person,
                due_at=moment("2026-12-01T14:00"),
                about_resource="post",
                about_id=post.id,
                subject="Look\r\nBcc: everybody@example.org",
            )
    db.session.commit()
    at(moment("2026-12-01T14:00"))
    firing.fire_due()
    for mail in mails():
        assert ("Secret plans" in mail.text) is (mail.user_id == admin.id)
        assert "\n" not in mail.subject
    hers = next(mail for mail in mails() if mail.user_id == reader.id)
    assert "9:00" in hers.text
    assert "Eastern" in hers.text


def test_told_reminders_are_delivered_and_what_was_called_off_meanwhile_is_not(app: Flask) -> None:
    with app.app_context():
        person = factories.user(roles=["editor"])
        past = clock.now() - timedelta(minutes=1)
        ids = [factories.reminder(owner=person, due_at=past, subject=f"Number {n}").id for n in range(3)]
        db.session.commit()
        firing.fire_due()
        cancel(db.session.get_one(Reminder, ids[0]), actor=CLERK)
        db.session.get_one(Reminder, ids[1]).subject = "Edited"
        db.session.commit()
        db.session.remove()
    deliver_due(app)
    with app.app_context():
        firing.settle()
        found = [db.session.get_one(Reminder, id).status for id in ids]
        assert found == [ReminderStatus.CANCELLED, ReminderStatus.SENT, ReminderStatus.SENT]
        told = {mail.origin_id: (mail.status, mail.subject) for mail in mails()}
        assert told[ids[0]][0] is MailStatus.CANCELLED
        assert told[ids[1]] == (MailStatus.SENT, "Reminder: Edited")
        assert told[ids[2]] == (MailStatus.SENT, "Reminder: Number 2")


def test_who_calls_off_while_it_is_told_has_the_last_word(app: Flask) -> None:
    with app.app_context():
        person = factories.user(roles=["administrator"])
        past = clock.now() - timedelta(minutes=1)
        ids = [factories.reminder(owner=person, due_at=past).id for _ in range(40)]
        db.session.commit()
        person_id = person.id
    barrier, refused = Barrier(2), []

    def tell() -> None:
        with app.app_context():
            barrier.wait()
            firing.fire_due()

    def call_off() -> None:
        with app.app_context():
            actor = db.session.get_one(User, person_id)
            barrier.wait()
            for id in reversed(ids):
                try:
                    with unit_of_work():
                        cancel(db.session.get_one(Reminder, id), actor=actor)
                except Exception as error:
                    refused.append(error)

    threads = [Thread(target=tell), Thread(target=call_off)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with app.app_context():
        assert refused == []
        ended = list(db.session.execute(select(Reminder.status, Reminder.alarm_at, Reminder.waits_at)))
        assert set(ended) == {(ReminderStatus.CANCELLED, None, None)}
        db.session.remove()
    deliver_due(app)
    with app.app_context():
        assert {mail.status for mail in mails()} <= {MailStatus.CANCELLED}
