"""Taking back what one click did: fields get their values back, what was deleted returns, what was added goes.

The entries of a request are one batch. Each is taken back on its own: where somebody changed the same since, it stays
and is named. Taking back is done through the session like any change, so it has entries of its own and can be taken
back itself, which is how redo works.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, String, func, inspect, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped
from sqlalchemy.orm.exc import StaleDataError

from backoffice.foundation import clock
from backoffice.foundation.acting import acting, present
from backoffice.foundation.database import Model, Timestamped, UTCDateTime, db, forget_promises, labelled, promise_count
from backoffice.foundation.deleting import remove
from backoffice.foundation.errors import DomainError, NotAllowed, NotApplicable
from backoffice.foundation.i18n import _, _l
from backoffice.foundation.operations import operation_called
from backoffice.foundation.permissions import Can, is_allowed
from backoffice.records import outbox
from backoffice.records.audit import CHANGED, CREATED, DELETED, NOTED, AuditEntry
from backoffice.records.tasks import Task, TaskState
from backoffice.records.trash import Trashed, model_of, restore
from backoffice.records.values import plain, typed

#: So many changes are taken back while somebody waits.
MOST_AT_ONCE = 1000
#: Takes `record`, the value or the members before, those after, and `actor`.
Undoer = Callable[..., None]
#: Takes the entry, `actor`, and `too_late`: a function to be told the reason if what the undoer promised for after the
#: commit could not be done then. May return in words what of it has to stay.
NotedUndoer = Callable[..., str | None]


class TakenBack(Model):
    """That what one request did was taken back by another."""

    __tablename__ = "taken_back"

    id: Mapped[int] = labelled(_l("Number"), primary_key=True)
    request_id: Mapped[str] = labelled(_l("Request"), String(20), index=True)
    by_request_id: Mapped[str] = labelled(_l("Taken back by"), String(20))
    at: Mapped[datetime] = labelled(_l("When"), UTCDateTime, default=clock.now)


@dataclass
class Outcome:
    """What was taken back, by title, and what was not, with the reason."""

    done: list[str] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)
    #: Permissions that were missing, by the number of the entry that was not taken back for want of it.
    lacking: dict[int, str] = field(default_factory=dict)


_undoers: dict[tuple[str, str], Undoer] = {}
_guards: dict[str, Callable[[Any, Any], None]] = {}
_noted: dict[str, NotedUndoer] = {}


def undo_by(model: Any, name: str, undoer: Undoer) -> None:
    """Take changes of this column or collection back by a function that knows its rules, not by writing the value.

    With the name `CREATED` that is how a new record is taken back, instead of deleting it.
    """
    _undoers[model.resource, name] = undoer


def guard_undo(model: Any, refuse: Callable[[Any, Any], None]) -> None:
    """Call this with the actor and the record first; it raises NotAllowed where the record is not his to change."""
    _guards[model.resource] = refuse


def undo_noted(action: str, undoer: NotedUndoer) -> None:
    """Take entries of this action back, which tell of no row of the database, such as a file that was renamed.

    The undoer refuses with a DomainError, writes what it will do in the transaction, and promises the rest for after
    the commit.
    """
    _noted[action] = undoer


def has_undoer(resource: str, name: str) -> bool:
    """Whether changes of this column are taken back by a function."""
    return (resource, name) in _undoers


def is_undoable() -> ColumnElement[bool]:
    """The criterion for entries that somebody knows how to take back."""
    return or_(AuditEntry.effect != NOTED, AuditEntry.action.in_(list(_noted)))


def knows(entry: AuditEntry) -> bool:
    """The same question about an entry that is loaded."""
    return entry.effect != NOTED or entry.action in _noted


def entries_of(request_id: str, most: int = MOST_AT_ONCE + 1) -> list[AuditEntry]:
    """The changes of one request that can be taken back, newest first, `most` of them."""
    query = (
        select(AuditEntry)
        .where(AuditEntry.request_id == request_id, is_undoable())
        .order_by(AuditEntry.id.desc())
        .limit(most)
    )
    return list(db.session.scalars(query))


def count_of(request_id: str, most: int | None = None) -> int:
    """How many changes of a request can be taken back, counted no further than `most`."""
    found = select(AuditEntry.id).where(AuditEntry.request_id == request_id, is_undoable()).limit(most)
    return db.session.scalar(select(func.count()).select_from(found.subquery())) or 0


def is_taken_back(request_id: str) -> bool:
    """Whether what the request did was taken back, and that was not taken back in its turn."""
    undone = False
    seen = {request_id}
    while latest := _latest(request_id):
        undone = not undone
        request_id = latest.by_request_id
        if request_id in seen:
            break
        seen.add(request_id)
    return undone


def _latest(request_id: str) -> TakenBack | None:
    query = select(TakenBack).where(TakenBack.request_id == request_id).order_by(TakenBack.id.desc()).limit(1)
    return db.session.scalars(query).first()


def hold(request_id: str) -> None:
    """Wait for whoever takes the same back at this moment; others wait from now on. Never commits."""
    first = select(AuditEntry.id).where(AuditEntry.request_id == request_id).order_by(AuditEntry.id).limit(1)
    # SQLite knows no locks of rows; the savepoint takes hold of the whole of it.
    with db.session.begin_nested():
        db.session.execute(first.with_for_update(key_share=True))


def refuse_what_goes_on(request_id: str) -> None:
    """Raise NotApplicable for the batch of a task that has not come to its end: the rest of it would stay."""
    going_on = (Task.request_id == request_id, Task.state.in_((TaskState.WAITING, TaskState.RUNNING)))
    if db.session.scalar(select(Task.id).where(*going_on).limit(1)) is not None:
        raise NotApplicable(_l("This is still going on. Stop it first, or wait until it is done."))


def undo(request_id: str, *, actor: Any) -> Outcome:
    """Take back what one request did, as far as the actor may and nobody changed the same since. Never commits.

    Raises NotApplicable where there is nothing to take back, it was taken back already, or it is too much at once.
    """
    hold(request_id)
    refuse_what_goes_on(request_id)
    entries = entries_of(request_id)
    if not entries:
        raise NotApplicable(_l("There is nothing in this that could be taken back."))
    if is_taken_back(request_id):
        raise NotApplicable(_l("This was taken back already."))
    if len(entries) > MOST_AT_ONCE:
        raise NotApplicable(_l("These are more than %(num)s changes, too many at once.", num=MOST_AT_ONCE))
    outcome = Outcome()
    outcome.skipped += [(entry.target_title, reason) for entry, reason in attempt(entries, actor, outcome)]
    if outcome.done:
        db.session.add(TakenBack(request_id=request_id, by_request_id=present().request_id[:20]))
        outcome.skipped += outbox.call_back(request_id)
        db.session.flush()
    return outcome


def attempt(entries: list[AuditEntry], actor: Any, outcome: Outcome) -> list[tuple[AuditEntry, str]]:
    """Take back what can be; what could not, with the reason."""
    refused = [(entry, "") for entry in entries]
    while refused:
        # What stands on another record may have been written in any order; it is tried again once that is done.
        waiting, refused = refused, []
        for entry, _reason in waiting:
            if reason := _attempt(entry, actor, outcome):
                refused.append((entry, reason))
        if len(refused) == len(waiting):
            break
    return refused


def _attempt(entry: AuditEntry, actor: Any, outcome: Outcome) -> str:
    """Take one entry back and note it; returns the reason if nothing of it could be."""
    promises = promise_count()
    try:
        with db.session.begin_nested(), acting(action=f"{entry.target_type}.undo", actor=actor):
            if undoer := _noted.get(entry.action) if entry.effect == NOTED else None:
                left = undoer(entry, actor=actor, too_late=lambda reason: _take_off(entry, reason, outcome)) or ""
            else:
                left = _take_back(entry, actor)
            db.session.flush()
    except DomainError as refusal:
        forget_promises(promises)
        if permission := getattr(refusal, "permission", None):
            outcome.lacking[entry.id] = permission
        return str(refusal.message)
    except (IntegrityError, StaleDataError):
        forget_promises(promises)
        return _("Something else has its place now.")
    outcome.lacking.pop(entry.id, None)
    outcome.done.append(entry.target_title)
    if left:
        outcome.skipped.append((entry.target_title, left))
    return ""


def _take_off(entry: AuditEntry, reason: str, outcome: Outcome) -> None:
    """Say that what seemed done was not."""
    if entry.target_title in outcome.done:
        outcome.done.remove(entry.target_title)
    outcome.skipped.append((entry.target_title, reason))


def nothing_came_of(request_id: str) -> None:
    """Forget that this request took anything back, where nothing of what it began was done. Never commits."""
    done = select(AuditEntry.id).where(AuditEntry.request_id == request_id, is_undoable())
    if db.session.scalars(done.limit(1)).first() is None:
        for taken in db.session.scalars(select(TakenBack).where(TakenBack.by_request_id == request_id)):
            db.session.delete(taken)


def _take_back(entry: AuditEntry, actor: Any) -> str:
    """Take one entry back; returns in words what of it had to stay. Raises DomainError if nothing can be done."""
    model = model_of(entry.target_type)
    if model is None:
        raise NotApplicable(_l("This kind of record is not known any more."))
    if entry.erased_by is not None:
        raise NotApplicable(_l("Its values were erased."))
    if entry.effect == DELETED:
        _bring_back(entry, actor)
        return ""
    record = db.session.get(model, entry.target_id, populate_existing=True)
    if record is None or is_another(entry, record):
        raise NotApplicable(_l("It is not there any more."))
    if entry.effect == CREATED:
        _take_away(entry, record, actor)
        return ""
    allow(entry, record, actor)
    return _reset(entry, record, actor)


def is_another(entry: Any, record: Any) -> bool:
    """Whether the record is younger than the entry, as SQLite gives the number of a deleted record to the next one."""
    return isinstance(record, Timestamped) and record.created_at > entry.at


def _bring_back(entry: AuditEntry, actor: Any) -> None:
    query = select(Trashed).where(
        Trashed.target_type == entry.target_type,
        Trashed.target_id == entry.target_id,
        Trashed.request_id == entry.request_id,
    )
    item = db.session.scalars(query.order_by(Trashed.id.desc()).limit(1)).first()
    if item is None:
        raise NotApplicable(_l("It is not in the trash any more."))
    allow(entry, restore(item), actor)


def _take_away(entry: AuditEntry, record: Any, actor: Any) -> None:
    later = select(AuditEntry.id).where(
        AuditEntry.target_type == entry.target_type,
        AuditEntry.target_id == entry.target_id,
        AuditEntry.id > entry.id,
        AuditEntry.effect == CHANGED,
        # What this very undo has put back already is no change that somebody made.
        AuditEntry.request_id.not_in((entry.request_id, present().request_id[:20])),
    )
    if db.session.scalars(later.limit(1)).first() is not None:
        raise NotApplicable(_l("It was changed since, so it stays."))
    if undoer := _undoers.get((entry.target_type, CREATED)):
        undoer(record, None, None, actor=actor)
        return
    deletion = operation_called(f"{entry.target_type}.delete")
    if deletion is not None:
        deletion(record, actor=actor)
        return
    _may(_permission(f"{entry.target_type}.delete"), record, actor)
    remove(record)


def _reset(entry: AuditEntry, record: Any, actor: Any) -> str:
    mapper, left, changed = inspect(type(record)), [], 0
    pairs = {name: (entry.exact or {}).get(name) or told for name, told in entry.changes.items()}
    moved = {name for name, pair in pairs.items() if _has_moved(mapper, record, name, pair[1])}
    for name, (before, after) in pairs.items():
        undoer = _undoers.get((entry.target_type, name))
        prop = mapper.attrs.get(name)
        column = prop.columns[0] if prop is not None and name in mapper.column_attrs else None
        if undoer is not None:
            undoer(record, before, after, actor=actor)
        elif prop is None or (column is not None and column.info.get("secret")):
            continue
        elif column is None:
            _put_back(record, prop, before or [], after or [])
        elif name in moved or column.info.get("part_of") in moved:
            left.append(str(column.info.get("label") or name))
            continue
        else:
            setattr(record, name, typed(column.type, before))
        changed += 1
    if not changed:
        if left:
            raise NotApplicable(_l("It was changed again since: %(fields)s.", fields=", ".join(left)))
        raise NotApplicable(_l("What was changed is secret and is not kept."))
    return _("Changed again since, so it stays: %(fields)s.", fields=", ".join(left)) if left else ""


def _has_moved(mapper: Any, record: Any, name: str, after: Any) -> bool:
    return name in mapper.column_attrs and plain(getattr(record, name)) != after


def _put_back(record: Any, prop: Any, removed: list[int], added: list[int]) -> None:
    """Members that came go, members that went come back if they still exist."""
    members = getattr(record, prop.key)
    for member in [each for each in members if each.id in added]:
        members.remove(member)
    present_ids = {each.id for each in members}
    wanted = [id for id in removed if isinstance(id, int) and id not in present_ids]
    for member in db.session.scalars(select(prop.mapper.class_).where(prop.mapper.class_.id.in_(wanted))):
        members.append(member)


def allow(entry: AuditEntry, record: Any, actor: Any) -> None:
    """The permission of the operation that is taken back, else the one for the same by hand."""
    operation = operation_called(entry.action)
    verb = {CHANGED: "edit", DELETED: "delete"}[entry.effect]
    _may(operation.needs if operation else _permission(f"{entry.target_type}.{verb}"), record, actor)
    if refuse := _guards.get(entry.target_type):
        refuse(actor, record)


def _may(can: Can | None, record: Any, actor: Any) -> None:
    if can is None or not is_allowed(actor, can, record):
        raise NotAllowed(permission=can.value if can else None)


def _permission(name: str) -> Can | None:
    return Can(name) if name in set(Can) else None
