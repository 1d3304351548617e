"""Carrying tasks on: claimed with a lease, one step after the other, each committed with its progress."""

from __future__ import annotations

import errno
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from functools import partial
from typing import Any

from flask import Flask, current_app, g
from sqlalchemy import or_, select, update
from sqlalchemy.exc import SQLAlchemyError

from backoffice.foundation import clock
from backoffice.foundation.acting import acting, new_request_id
from backoffice.foundation.database import after_commit, db, unit_of_work
from backoffice.foundation.errors import DomainError, NotAllowed
from backoffice.foundation.i18n import _, speaking
from backoffice.jobs.due import SKEW
from backoffice.records.refusals import note_refusal
from backoffice.records.tasks import Task, TaskState, kind_of

#: A process that says nothing for so long is taken for dead, and another carries its task on.
LEASE = timedelta(seconds=20)
#: The same for work that cannot be cut into steps, which may be silent while it closes a large file.
WHOLE_LEASE = timedelta(minutes=3)
#: A step that fails is tried again so often, for a database that is restarted comes back.
MOST_FAILURES = 5
#: Between two steps others get their turn, for this part of the time the step took. SQLite has one writer at a time;
#: PostgreSQL lets others write while a step goes on.
BREATH = {"sqlite": 0.1, "postgresql": 0.02}
LONGEST_BREATH = 0.25


def work(app: Flask, is_stopping: Callable[[], bool] = lambda: False) -> None:
    """Carry on every task that waits or was left behind, until there is none or it is time to stop."""
    while not is_stopping():
        with app.app_context():
            claimed = claim()
            if claimed is None:
                return
            carry_on(*claimed, is_stopping)


def claim() -> tuple[int, str] | None:
    """Reserve the oldest task nobody is at; its number and the token of the lease, None if there is none."""
    now = clock.now()
    free = (
        Task.state.in_((TaskState.WAITING, TaskState.RUNNING)),
        # A lease that runs for longer than any was written before the clock was set back.
        or_(Task.lease_until.is_(None), Task.lease_until <= now, Task.lease_until > now + WHOLE_LEASE + SKEW),
    )
    waiting = db.session.scalars(select(Task.id).where(*free).order_by(Task.id).limit(20)).all()
    db.session.rollback()
    for id in waiting:
        token = new_request_id()
        with unit_of_work():
            result: Any = db.session.execute(
                update(Task)
                .where(Task.id == id, *free)
                .values(state=TaskState.RUNNING, lease_until=now + LEASE, lease_token=token)
                .execution_options(synchronize_session=False)
            )
        if result.rowcount:
            return id, token
    return None


def carry_on(id: int, token: str, is_stopping: Callable[[], bool] = lambda: False) -> None:
    """Do one step after the other until the task is over, the lease is lost, or it is time to stop."""
    failures = 0
    while not is_stopping():
        began = time.monotonic()
        try:
            if not _go_on(id, token):
                return
            failures = 0
        except Exception as failure:
            failures += 1
            db.session.rollback()
            if not isinstance(failure, DomainError):
                current_app.logger.exception("a step of task %s failed", id)
            is_passing = isinstance(failure, SQLAlchemyError) and failures < MOST_FAILURES
            if not is_passing:
                _give_up(id, token, failure)
                return
            time.sleep(min(2**failures * 0.1, 5))
        finally:
            db.session.expunge_all()
        time.sleep(min((time.monotonic() - began) * BREATH[db.engine.dialect.name], LONGEST_BREATH))
    _release(id, token)


def _go_on(id: int, token: str) -> bool:
    """One step, or the whole where it cannot be cut into steps; False if there is no further one to do."""
    with unit_of_work():
        if not _hold(id, token):
            return False
        task = db.session.get_one(Task, id, populate_existing=True)
        kind = kind_of(task)
        task.started_at = task.started_at or clock.now()
        if kind is None or kind.whole is None or task.is_cancelled:
            is_whole = False
        else:
            is_whole = bool(task.actor.is_active)
    if not is_whole:
        return _step(id, token)
    assert kind is not None and kind.whole is not None
    person = task.actor
    with _as(person, task):
        outcome = kind.whole(task, lambda done, total: _report(id, token, done, total))
    db.session.rollback()
    with unit_of_work():
        if _hold(id, token):
            task = db.session.get_one(Task, id, populate_existing=True)
            task.outcome = outcome or {}
            _end(task, TaskState.CANCELLED if outcome is None or task.is_cancelled else TaskState.DONE)
    return False


def _report(id: int, token: str, done: int, total: int) -> bool:
    """Write down how far the whole is, past the session, which may be reading; False if it is to be dropped."""
    table: Any = Task.__table__
    mine = (table.c.id == id, table.c.lease_token == token, table.c.state == TaskState.RUNNING)
    values = {"done": done, "total": total, "lease_until": clock.now() + WHOLE_LEASE}
    with db.engine.begin() as connection:
        result = connection.execute(update(table).where(*mine, table.c.is_cancelled.is_(False)).values(**values))
    return bool(result.rowcount)


@contextmanager
def _as(person: Any, task: Task) -> Iterator[None]:
    """In the person's name and language, as if she did it herself."""
    g._login_user = person
    surface = task.given.get("surface", "job")
    try:
        with (
            speaking(person.locale or "en", person.time_zone),
            acting(actor=person, surface=surface, action=None, request_id=task.request_id),
        ):
            yield
    finally:
        g.pop("_login_user", None)


def _step(id: int, token: str) -> bool:
    """One step in one transaction, its promises kept as the person; False if there is no further one to do."""
    with ExitStack() as until_promises_are_kept, unit_of_work():
        # First of all, so that on SQLite the step begins with the right to write, and on PostgreSQL with its row.
        if not _hold(id, token):
            return False
        task = db.session.get_one(Task, id, populate_existing=True)
        task.started_at = task.started_at or clock.now()
        kind = kind_of(task)
        if kind is None or not task.actor.is_active:
            raise NotAllowed
        is_over = task.is_cancelled
        if not is_over:
            assert kind.step is not None
            until_promises_are_kept.enter_context(_as(task.actor, task))
            is_over = kind.step(task)
        if is_over:
            _end(task, TaskState.CANCELLED if task.is_cancelled else TaskState.DONE)
        return not is_over


def _hold(id: int, token: str) -> bool:
    result: Any = db.session.execute(
        update(Task)
        .where(Task.id == id, Task.lease_token == token, Task.state == TaskState.RUNNING)
        .values(lease_until=clock.now() + LEASE)
        .execution_options(synchronize_session=False)
    )
    return bool(result.rowcount)


def _end(task: Task, state: TaskState) -> None:
    task.state = state
    task.finished_at, task.lease_until, task.lease_token = clock.now(), None, ""
    # What failed may go on later, and needs what it has until then.
    if state is not TaskState.FAILED and (kind := kind_of(task)) is not None:
        kind.tidy(task)


def _give_up(id: int, token: str, failure: Exception) -> None:
    with unit_of_work():
        if _hold(id, token):
            task = db.session.get_one(Task, id, populate_existing=True)
            with speaking(task.actor.locale or "en"):
                task.error = _in_words(task, failure)[:500]
            _end(task, TaskState.FAILED)
            if isinstance(failure, NotAllowed) and failure.permission:
                after_commit(partial(_note_refusal, task, failure.permission))


def _in_words(task: Task, failure: Exception) -> str:
    """What went wrong, without what the machine said about it: that is in the log."""
    if isinstance(failure, DomainError):
        return str(failure.message)
    if isinstance(failure, OSError) and failure.errno in (errno.ENOSPC, errno.EDQUOT):
        return _("There is no room left on the disk. Make some, then go on.")
    return _("Something broke on our side. It was written down under task %(id)s; tell an administrator.", id=task.id)


def _note_refusal(task: Task, permission: str) -> None:
    with _as(task.actor, task):
        note_refusal(permission, task.actor)


def _release(id: int, token: str) -> None:
    """Let another process, or the next start, carry the task on at once."""
    with unit_of_work():
        db.session.execute(
            update(Task)
            .where(Task.id == id, Task.lease_token == token)
            .values(lease_until=None)
            .execution_options(synchronize_session=False)
        )
