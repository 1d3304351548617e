"""An operation done to very many records in the background, a chunk at a time."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from backoffice.foundation.database import Timestamped, db, forget_promises, promise_count
from backoffice.foundation.errors import DomainError, NotAllowed, NotFound
from backoffice.foundation.i18n import _, _l
from backoffice.foundation.operations import Operation, operation_called
from backoffice.foundation.permissions import reachable_by
from backoffice.records import bulk
from backoffice.records.tasks import Task, TaskItem, forget_items, task_kind

#: Records in one step: by statements, and one after the other.
MANY, FEW = 1000, 100
#: A step of records done one by one ends after this time at the latest, so that others get their turn at the database.
LONGEST_STEP = timedelta(seconds=1)


@task_kind("operation", _l("Operation"), tidy=forget_items)
def operate(task: Task) -> bool:
    """Do the operation to the next records of the task. Raises NotAllowed where the person lost the permission."""
    operation = operation_called(task.given["action"])
    if operation is None:
        raise NotFound
    if not operation.is_allowed(task.actor):
        raise NotAllowed(permission=operation.needs.value)
    is_bulk = operation.in_bulk is not None
    size = MANY if is_bulk else FEW
    following = select(TaskItem.id, TaskItem.version).where(TaskItem.task_id == task.id, TaskItem.id > task.place)
    items = dict(db.session.execute(following.order_by(TaskItem.id).limit(size)).all())
    if not items:
        return True
    inputs = operation.takes.checked(task.given["inputs"]) if operation.takes and task.given["inputs"] else {}
    records = _records(operation, task.actor, list(items))
    if not is_bulk:
        return _one_by_one(task, operation, {record.id: record for record in records}, items, inputs) and (
            len(items) < size
        )
    _leave_out_missing(task, set(items) - {record.id for record in records})
    _at_once(task, operation, _as_seen(task, records), items, inputs)
    task.place = max(items)
    return len(items) < size


def _one_by_one(
    task: Task, operation: Operation, records: dict[int, Any], items: dict[int, int | None], inputs: dict[str, Any]
) -> bool:
    """Do as many as there is time for; whether that were all of them."""
    until = time.monotonic() + LONGEST_STEP.total_seconds()
    for id, version in items.items():
        if (record := records.get(id)) is None:
            _leave_out_missing(task, {id})
        elif _as_seen(task, [record]):
            _alone(task, operation, record, version, inputs)
        task.place = id
        if time.monotonic() >= until:
            return id == max(items)
    return True


def _records(operation: Operation, actor: Any, ids: list[int]) -> list[Any]:
    model = operation.model
    within = (bulk.among(model.id, ids), reachable_by(actor, operation.needs, model))
    return list(db.session.scalars(bulk.locked(select(model).where(*within).order_by(model.id))))


def _as_seen(task: Task, records: list[Any]) -> list[Any]:
    """Without those that somebody changed after the person had looked at how many there are."""
    seen = task.given.get("seen")
    if not seen or not records or not isinstance(records[0], Timestamped):
        return records
    moment, left = datetime.fromtimestamp(float(seen), UTC), []
    for record in records:
        if record.updated_at > moment:
            task.leave_out(record.title_text, _("somebody changed it meanwhile"))
        else:
            left.append(record)
    return left


def _leave_out_missing(task: Task, missing: set[int]) -> None:
    for id in sorted(missing):
        task.leave_out(f"#{id}", _("it is not here, or you may not see it"))


def _at_once(
    task: Task, operation: Operation, records: list[Any], items: dict[int, int | None], inputs: dict[str, Any]
) -> None:
    assert operation.in_bulk is not None
    values = operation.in_bulk(actor=task.actor, **inputs)
    fitting = []
    for record in records:
        if items[record.id] not in (None, record.version):
            task.leave_out(record.title_text, _("somebody changed it meanwhile"))
        elif not operation.fits(record):
            task.leave_out(record.title_text, _("%(verb)s does not apply to this any more.", verb=operation.label))
        else:
            fitting.append((record, values))
    bulk.change(operation.action, fitting)
    task.done += len(fitting)


def _alone(task: Task, operation: Operation, record: Any, version: int | None, inputs: dict[str, Any]) -> None:
    title, promises = record.title_text, promise_count()
    try:
        with db.session.begin_nested():
            operation(record, actor=task.actor, expected_version=version, **inputs)
        task.done += 1
        return
    except DomainError as refusal:
        reason = str(refusal.message)
    except (IntegrityError, StaleDataError):
        reason = _("other records stand on it, or somebody was faster")
    forget_promises(promises)
    task.leave_out(title, reason)
