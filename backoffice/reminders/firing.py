"""Telling what is due: mail promised and the reminder moved on in one transaction, in batches.

Whoever dies in between has told nothing, and another one does it. What is due is claimed by the rows themselves: on
PostgreSQL each process takes rows that no other holds, on SQLite one writes at a time; and a telling has a key in the
outbox, so that none comes twice. Moments that move on here are written beside version and trail: nobody decided them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import ColumnElement, and_, bindparam, func, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import joinedload

from backoffice.foundation import clock
from backoffice.foundation.database import db, unit_of_work
from backoffice.records import outbox, policies
from backoffice.records.outbox import MailStatus, OutboxMail, Promise
from backoffice.reminders import telling
from backoffice.reminders.models import Reminder, ReminderStatus
from backoffice.reminders.rules import Rule

AT_ONCE = 100
#: A transaction promises about so many mails; a role may have many people.
_MOST_MAILS = 1000
#: Where a person has mailed as much outside as is let out in a day, the next try is after so long.
_PUT_OFF = timedelta(hours=1)
#: Mail is given up after two days at most; somebody may send it again some days later.
_GIVEN_UP_AFTER = timedelta(days=14)
_TABLE: Any = Reminder.__table__
#: Statements go past the trail here, see above; they also leave `updated_at`, which says when a person changed it.
_UNTOLD = {"synchronize_session": False, "unaudited_because": "time moves it on, nobody decided that"}
_MOVED = ("status", "due_at", "alarm_at", "open_at", "waits_at", "told_at", "told_until")


@dataclass
class Step:
    """What becomes of one reminder."""

    reminder: Reminder
    values: dict[str, Any]
    promises: list[Promise] = field(default_factory=list)


def is_due() -> bool:
    """Whether any alarm is due, or any telling waits for its outcome; reads only."""
    now = clock.now()
    due = select(Reminder.id).where(_is_due(now)).limit(1)
    sending = select(Reminder.id).where(_is_sending()).limit(1)
    return db.session.scalar(due) is not None or db.session.scalar(sending) is not None


def fire_due(now: datetime | None = None, is_stopping: Callable[[], bool] = lambda: False) -> int:
    """Tell of everything whose alarm is due at `now` (the present, unless it is given); how many reminders these were.

    A reminder that cannot be told is logged and marked, and the others have their turn. What the database refuses is
    raised.
    """
    fired = 0
    while not is_stopping():
        ids = _due_ids(now or clock.now())
        if not ids:
            break
        try:
            done = _fire(ids, now)
        except SQLAlchemyError:
            raise
        except Exception:
            current_app.logger.exception("a batch of reminders failed; each is tried alone")
            done = sum(_fire_alone(id, now) for id in ids)
        finally:
            db.session.expunge_all()
        fired += done
        if not done and len(ids) < AT_ONCE:
            break  # another process has them
    return fired


def settle() -> int:
    """Write down how tellings ended: sent as soon as one reader has it, failed when no mail is left to try."""
    settled, last = 0, 0
    query = select(Reminder.id, Reminder.alarm_at, Reminder.told_at).where(_is_sending()).order_by(Reminder.id)
    while rows := list(db.session.execute(query.where(Reminder.id > last).limit(AT_ONCE))):
        last = rows[-1].id
        ended = _ended(rows)
        db.session.rollback()
        for status, ids in ended.items():
            settled += _set_status(ids, ReminderStatus.SENDING, status)
    # What somebody sent again from the outbox after it had failed.
    since = clock.now() - _GIVEN_UP_AFTER
    mail = select(OutboxMail.id).where(
        OutboxMail.origin_kind == telling.ORIGIN,
        OutboxMail.origin_id == Reminder.id,
        OutboxMail.status == MailStatus.SENT,
        OutboxMail.sent_at >= Reminder.told_at,
    )
    failed = select(Reminder.id).where(
        Reminder.status == ReminderStatus.FAILED, Reminder.due_at >= since, Reminder.alarm_at.is_(None), mail.exists()
    )
    arrived = list(db.session.scalars(failed.order_by(Reminder.due_at).limit(AT_ONCE)))
    db.session.rollback()
    return settled + _set_status(arrived, ReminderStatus.FAILED, ReminderStatus.SENT)


def _ended(rows: Sequence[Any]) -> dict[ReminderStatus, list[int]]:
    """What became of tellings (id, alarm_at, told_at) that are not going on any more, by their new status."""
    if not rows:
        return {}
    mail = select(OutboxMail.origin_id, OutboxMail.status, func.max(OutboxMail.sent_at)).where(
        OutboxMail.origin_kind == telling.ORIGIN, OutboxMail.origin_id.in_([row.id for row in rows])
    )
    found: dict[int, dict[MailStatus, datetime | None]] = {}
    for id, status, sent_at in db.session.execute(mail.group_by(OutboxMail.origin_id, OutboxMail.status)):
        found.setdefault(id or 0, {})[status] = sent_at
    ended: dict[ReminderStatus, list[int]] = {}
    for id, alarm_at, told_at in rows:
        mails = found.get(id, {})
        sent_at = mails.get(MailStatus.SENT)
        if alarm_at is not None:
            # Somebody gave it another moment while it was being told.
            ended.setdefault(ReminderStatus.SCHEDULED, []).append(id)
        elif sent_at is not None and (told_at is None or sent_at >= told_at):
            ended.setdefault(ReminderStatus.SENT, []).append(id)
        elif MailStatus.WAITING not in mails and MailStatus.SENDING not in mails:
            ended.setdefault(ReminderStatus.FAILED, []).append(id)
    return ended


def _set_status(ids: list[int], before: ReminderStatus, after: ReminderStatus) -> int:
    if not ids:
        return 0
    statement = update(Reminder).where(Reminder.id.in_(ids), Reminder.status == before)
    if after is not ReminderStatus.SCHEDULED:
        statement = statement.where(Reminder.alarm_at.is_(None))
    with unit_of_work():
        result: Any = db.session.execute(
            statement.values(status=after, updated_at=Reminder.updated_at).execution_options(**_UNTOLD)
        )
    return int(result.rowcount)


def _is_due(now: datetime) -> ColumnElement[bool]:
    return and_(Reminder.alarm_at.is_not(None), Reminder.alarm_at <= now)


def _is_sending() -> ColumnElement[bool]:
    # In the words of the index, which a bound value would hide from the planner.
    return Reminder.status == bindparam("sending", ReminderStatus.SENDING, literal_execute=True)


def _due_ids(now: datetime) -> list[int]:
    query = select(Reminder.id).where(_is_due(now)).order_by(Reminder.alarm_at, Reminder.id).limit(AT_ONCE)
    found = list(db.session.scalars(query.with_for_update(skip_locked=True, read=False)))
    # Only to see which nobody holds; they are taken in the transaction that tells.
    db.session.rollback()
    return found


def _fire(ids: Sequence[int], now: datetime | None) -> int:
    moment = now or clock.now()
    with unit_of_work():
        # On SQLite this takes hold of the whole; see `database._on_savepoint`.
        with db.session.begin_nested():
            query = (
                select(Reminder)
                .where(Reminder.id.in_(ids), _is_due(moment))
                .order_by(Reminder.alarm_at, Reminder.id)
                .options(joinedload(Reminder.owner, innerjoin=True).lazyload("*"), joinedload(Reminder.role))
                .with_for_update(of=Reminder, skip_locked=True)
                .execution_options(populate_existing=True)
            )
            reminders = list(db.session.scalars(query))
        steps = _steps(reminders, moment)
        _promise([each for step in steps for each in step.promises])
        _move_on(steps)
    return len(steps)


def _fire_alone(id: int, now: datetime | None) -> int:
    try:
        return _fire([id], now)
    except SQLAlchemyError:
        raise
    except Exception:
        current_app.logger.exception("reminder %s cannot be told", id)
        db.session.rollback()
        _give_up(id, now or clock.now())
        return 1


def _give_up(id: int, now: datetime) -> None:
    """It stands on the first page, and the list says that nobody was told."""
    with unit_of_work():
        statement = update(Reminder).where(Reminder.id == id, _is_due(now))
        values = {"status": ReminderStatus.FAILED, "alarm_at": None, "told_at": now, "updated_at": Reminder.updated_at}
        db.session.execute(statement.values(values).execution_options(**_UNTOLD))


def _steps(reminders: Sequence[Reminder], now: datetime) -> list[Step]:
    people = telling.People(reminders)
    limit = policies.value_of(policies.REMINDER_OUTSIDE_MAILS)
    mailed: Counter[int] = Counter()
    for owner_id in {each.owner_id for each in reminders if each.address}:
        mailed[owner_id] = telling.mailed_outside(owner_id, now - timedelta(days=1))
    steps: list[Step] = []
    mails = 0
    for reminder in reminders:
        if mails >= _MOST_MAILS:
            break  # the others are still due when this is done
        if reminder.address and mailed[reminder.owner_id] >= limit:
            steps.append(Step(reminder, {**_present(reminder), "alarm_at": now + _PUT_OFF}))
            continue
        step = _series_step(reminder, people, now) if reminder.is_recurring else _single_step(reminder, people, now)
        if reminder.address:
            mailed[reminder.owner_id] += len(step.promises)
        mails += len(step.promises)
        steps.append(step)
    return steps


def _single_step(reminder: Reminder, people: telling.People, now: datetime) -> Step:
    assert reminder.alarm_at is not None
    promises = telling.promises(reminder, people, reminder.due_at, reminder.alarm_at)
    told = ReminderStatus.SENDING if promises else _without_mail(reminder, people)
    return Step(reminder, {**_present(reminder), "status": told, "alarm_at": None, "told_at": now}, promises)


def _series_step(reminder: Reminder, people: telling.People, now: datetime) -> Step:
    """Tell of the latest occurrence, however many were missed; one that was put off is told of once more."""
    assert reminder.alarm_at is not None
    values = _present(reminder) | {"told_at": now}
    if reminder.open_at is not None and reminder.due_at > now:
        values["alarm_at"] = reminder.due_at if reminder.due_at > (reminder.told_until or reminder.open_at) else None
        return Step(reminder, values, telling.promises(reminder, people, reminder.open_at, reminder.alarm_at))
    rule = Rule.parse(reminder.rule)
    latest = rule.latest(reminder.local_at, reminder.time_zone, now) if reminder.due_at <= now else None
    occurrence = max(latest or reminder.due_at, reminder.due_at)
    following = rule.after(reminder.local_at, reminder.time_zone, occurrence)
    values |= {
        "told_until": occurrence,
        "open_at": occurrence,
        "waits_at": occurrence,
        "due_at": following or occurrence,
        "alarm_at": following,
    }
    return Step(reminder, values, telling.promises(reminder, people, occurrence, occurrence))


def _without_mail(reminder: Reminder, people: telling.People) -> ReminderStatus:
    """Who wants no mail finds it on her first page; where nobody is left to find it, it failed."""
    return ReminderStatus.SENT if people.of(reminder) else ReminderStatus.FAILED


def _present(reminder: Reminder) -> dict[str, Any]:
    return {name: getattr(reminder, name) for name in _MOVED}


def _promise(promises: list[Promise]) -> None:
    if len(promises) and outbox.promise_many(telling.TEMPLATE, promises) < len(promises):
        _wake_dropped([each.key for each in promises if each.key])


def _wake_dropped(keys: list[str]) -> None:
    """A telling that was dropped before it went, and is wanted after all, goes now."""
    now = clock.now()
    for start in range(0, len(keys), 500):
        statement = (
            update(OutboxMail)
            .where(OutboxMail.key.in_(keys[start : start + 500]), OutboxMail.status == MailStatus.CANCELLED)
            .values(status=MailStatus.WAITING, next_at=now, set_at=now, cancelled_by=None, last_error="")
        )
        db.session.execute(statement.execution_options(synchronize_session=False))
    outbox.wake()


def _move_on(steps: Sequence[Step]) -> None:
    """Write what became of them. Nobody has changed them since they were read, as this transaction holds them."""
    if not steps:
        return
    statement = (
        update(_TABLE)
        .where(_TABLE.c.id == bindparam("number"), _TABLE.c.alarm_at.is_not(None))
        .values({**{name: bindparam(f"new_{name}") for name in _MOVED}, "updated_at": _TABLE.c.updated_at})
    )
    rows = [
        {
            "number": step.reminder.id,
            **{f"new_{name}": value for name, value in step.values.items()},
        }
        for step in steps
    ]
    db.session.connection().execute(statement, rows)
