"""Taking back what one request did to more records than somebody should wait for: in the background, in chunks.

It comes to the same as `undoing.undo`. Changes of plain columns of models that are changed by statements anyway are
taken back by statements; everything else one after the other.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import timedelta
from functools import cache, partial
from typing import Any, cast

from sqlalchemy import func, inspect, select

from backoffice.foundation.database import Versioned, after_commit, db, unit_of_work
from backoffice.foundation.errors import DomainError, NotApplicable
from backoffice.foundation.i18n import _l
from backoffice.foundation.operations import changes_in_bulk
from backoffice.records import bulk, outbox, undoing
from backoffice.records.audit import CHANGED, AuditEntry
from backoffice.records.refusals import note_refusal
from backoffice.records.tasks import Task, TaskState, begin, task_kind
from backoffice.records.trash import model_of
from backoffice.records.undoing import Outcome, TakenBack
from backoffice.records.values import plain, typed

#: Entries in one step; fewer where they go one by one.
MANY, FEW = 1000, 100
#: After so many it is looked whether the step has taken long enough.
A_FEW = 10
LONGEST_STEP = timedelta(seconds=1)
#: What stands on other records is tried again at the end, up to this number.
MOST_TRIED_AGAIN = 1000
_READ = (
    AuditEntry.id,
    AuditEntry.at,
    AuditEntry.effect,
    AuditEntry.erased_by,
    AuditEntry.action,
    AuditEntry.target_type,
    AuditEntry.target_id,
    AuditEntry.changes,
    AuditEntry.exact,
)


def _tidy(task: Task) -> None:
    """Where nothing was taken back, nobody is told that it was."""
    if not task.done:
        undoing.nothing_came_of(task.request_id)


@task_kind("undo", _l("Taking back"), tidy=_tidy)
def take_back(task: Task) -> bool:
    """Take the next entries back, newest first. Raises NotApplicable where it was taken back already."""
    batch: str = task.given["batch"]
    if not task.place:
        undoing.hold(batch)
        if undoing.is_taken_back(batch):
            raise NotApplicable(_l("This was taken back already."))
        db.session.add(TakenBack(request_id=batch, by_request_id=task.request_id))
        task.place = 2**62
    # Plain rows: a thousand records of the trail would cost as much as what is taken back.
    query = select(*_READ).where(AuditEntry.request_id == batch, undoing.is_undoable(), AuditEntry.id < task.place)
    entries = list(db.session.execute(query.order_by(AuditEntry.id.desc()).limit(MANY)))
    if not entries:
        is_over = _again(task)
        if is_over:
            _call_mail_back(task, batch)
        return is_over
    until = time.monotonic() + LONGEST_STEP.total_seconds()
    quick = _quick_ones(entries)
    slow = [entry.id for entry in entries if entry.id not in quick][:FEW]
    is_all = len(slow) + len(quick) == len(entries)
    for at in range(0, len(slow), A_FEW):
        _one_by_one(task, _loaded(slow[at : at + A_FEW]))
        if time.monotonic() >= until and at + A_FEW < len(slow):
            slow, is_all = slow[: at + A_FEW], False
            break
    task.place = entries[-1].id if is_all else slow[-1]
    quickly = [entry for entry in entries if entry.id in quick and entry.id >= task.place]
    handled = _at_once(task, quickly)
    _one_by_one(task, _loaded([entry.id for entry in quickly if entry.id not in handled]))
    return False


def begin_taking_back(batch: str, title: str, *, actor: Any) -> Task:
    """Ask for it; what the actor asked for a moment ago and goes on still is not asked for twice. Never commits.

    Raises NotApplicable where there is nothing, or it was taken back already.
    """
    undoing.hold(batch)
    undoing.refuse_what_goes_on(batch)
    is_open = (Task.kind == take_back.name, Task.state.in_((TaskState.WAITING, TaskState.RUNNING)))
    for task in db.session.scalars(select(Task).where(*is_open, Task.actor_id == actor.id)):
        if task.given["batch"] == batch:
            return task
    found = select(func.count(AuditEntry.id)).where(AuditEntry.request_id == batch, undoing.is_undoable())
    total = db.session.scalar(found) or 0
    if not total:
        raise NotApplicable(_l("There is nothing in this that could be taken back."))
    if undoing.is_taken_back(batch):
        raise NotApplicable(_l("This was taken back already."))
    return begin(take_back, title, actor=actor, total=total, batch=batch)


def _again(task: Task) -> bool:
    """Try a few of those again that stood on others; whether there is nothing left to try.

    All of them are tried in turn, as long as any of them can be taken back.
    """
    again: dict[str, Any] = {"now": task.given.get("again", []), "left": [], "moved": False} | task.given.get(
        "round", {}
    )
    until = time.monotonic() + LONGEST_STEP.total_seconds()
    while again["now"]:
        some, again["now"] = again["now"][:A_FEW], again["now"][A_FEW:]
        outcome = Outcome()
        refused = undoing.attempt(_loaded(some), task.actor, outcome)
        _count(task, outcome)
        again["left"] = [*again["left"], *([entry.id, entry.target_title, reason] for entry, reason in refused)]
        again["moved"] = again["moved"] or len(refused) < len(some)
        if time.monotonic() >= until:
            break
    if not again["now"]:
        if not again["moved"]:
            for _id, title, reason in again["left"]:
                task.leave_out(title, reason)
            return True
        again = {"now": [id for id, _title, _reason in again["left"]], "left": [], "moved": False}
    task.given = {**task.given, "round": again}
    return False


def _call_mail_back(task: Task, batch: str) -> None:
    for title, reason in outbox.call_back(batch):
        task.name(title, reason)


def _one_by_one(task: Task, entries: list[AuditEntry]) -> None:
    if not entries:
        return
    outcome = Outcome()
    refused = undoing.attempt(entries, task.actor, outcome)
    _count(task, outcome)
    again: list[int] = list(task.given.get("again", []))
    for entry, reason in refused:
        if len(again) < MOST_TRIED_AGAIN:
            again.append(entry.id)
        else:
            task.leave_out(entry.target_title, reason)
    if refused:
        task.given = {**task.given, "again": again}


def _count(task: Task, outcome: Outcome) -> None:
    for permission in dict.fromkeys(outcome.lacking.values()):
        after_commit(partial(note_refusal, permission, task.actor))
    task.done += len(outcome.done)
    for title, reason in outcome.skipped:
        task.name(title, reason)
    # Promised last, and so kept after whatever may still go wrong outside the database.
    after_commit(partial(_tell_what_came_too_late, task.id, outcome, len(outcome.done), len(outcome.skipped)))


def _tell_what_came_too_late(id: int, outcome: Outcome, done: int, skipped: int) -> None:
    if len(outcome.skipped) > skipped:
        with unit_of_work():
            task = db.session.get_one(Task, id, populate_existing=True)
            task.done -= done - len(outcome.done)
            for title, reason in outcome.skipped[skipped:]:
                task.leave_out(title, reason)
            _tidy(task)


def _loaded(ids: list[int]) -> list[AuditEntry]:
    """The entries of these numbers, newest first."""
    return list(db.session.scalars(select(AuditEntry).where(AuditEntry.id.in_(ids)).order_by(AuditEntry.id.desc())))


def _quick_ones(entries: Sequence[Any]) -> set[int]:
    """Those that may be taken back by statements: the only change of a record whose model is changed by statements."""
    times = Counter((entry.target_type, entry.target_id) for entry in entries)
    models = {kind: model_of(kind) for kind in {kind for kind, _id in times}}
    fitting = {
        kind
        for kind, model in models.items()
        if model is not None and changes_in_bulk(model) and issubclass(model, Versioned)
    }
    return {
        entry.id
        for entry in entries
        if entry.target_type in fitting
        and entry.effect == CHANGED
        and entry.erased_by is None
        and times[entry.target_type, entry.target_id] == 1
    }


def _at_once(task: Task, entries: Sequence[Any]) -> set[int]:
    """Take these back by statements as far as can be; the numbers of those that were."""
    handled: set[int] = set()
    kinds: dict[str, list[Any]] = defaultdict(list)
    for entry in entries:
        kinds[entry.target_type].append(entry)
    for kind, some in kinds.items():
        model = model_of(kind)
        ids = [entry.target_id for entry in some]
        found = db.session.scalars(bulk.locked(select(model).where(bulk.among(model.id, ids)).order_by(model.id)))
        records = {record.id: record for record in found}
        pairs = []
        for entry in some:
            record = records.get(entry.target_id)
            is_there = record is not None and not undoing.is_another(entry, record)
            values = _values_before(entry, record) if is_there else None
            if values and _may(entry, record, task.actor):
                pairs.append((record, values))
                handled.add(entry.id)
        bulk.change(f"{kind}.undo", pairs)
        task.done += len(pairs)
    return handled


def _values_before(entry: Any, record: Any) -> dict[str, Any] | None:
    """What the columns held before; None where that is not all there is to it."""
    values, model = {}, cast(Any, type(record))
    for name, told in entry.changes.items():
        before, after = (entry.exact or {}).get(name) or told
        column = _plain_column(model, name)
        if column is None or plain(getattr(record, name)) != after:
            return None
        try:
            values[name] = typed(column.type, before)
        except ValueError:
            return None
    return values


@cache
def _plain_column(model: Any, name: str) -> Any:
    """The column of this name where nothing else has to be done, or looked at, when its value changes; else None."""
    mapper = inspect(model)
    if name not in mapper.column_attrs or undoing.has_undoer(model.resource, name):
        return None
    column = mapper.attrs[name].columns[0]
    return None if column.info.get("secret") or column.unique or column.foreign_keys else column


def _may(entry: Any, record: Any, actor: Any) -> bool:
    """Whether the person may take it back; if not, it goes the slow way, which says why."""
    try:
        undoing.allow(entry, record, actor)
    except DomainError:
        return False
    return True
