"""The audit trail: one entry per change, written by the database session in the transaction of the change.

The *fact* is recorded by the session, so no surface can forget it; the *name* comes from the operation in force.
Bulk statements past the session are refused on audited models.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Connection, Index, Integer, LargeBinary, String, event, insert, inspect
from sqlalchemy.orm import (
    Mapped,
    ORMExecuteState,
    PassiveFlag,
    RelationshipDirection,
    Session,
    SessionTransaction,
    UOWTransaction,
    attributes,
    object_session,
)

from backoffice.foundation import clock, owned
from backoffice.foundation.acting import present
from backoffice.foundation.database import Audited, Model, UTCDateTime, db, labelled
from backoffice.foundation.i18n import _l
from backoffice.records import shapes
from backoffice.records.digests import WrittenJSON, house_key, sealed, written
from backoffice.records.values import plain

#: Long values are cut in the trail; the record itself keeps them.
LONGEST_VALUE = 20_000
#: What an entry tells of: a record that came, changed or went, or something else.
CREATED, CHANGED, DELETED, NOTED = "create", "edit", "delete", "note"
#: Columns whose change says nothing that `at` and `version` do not say.
UNTOLD = {"id", "version", "created_at", "updated_at"}


class AuditEntry(Model):
    """Who changed what, when, through which surface."""

    __tablename__ = "audit_entries"
    resource = "audit"
    singular = _l("Entry")
    plural = _l("Audit trail")

    id: Mapped[int] = labelled(
        _l("Number"),
        BigInteger().with_variant(Integer, "sqlite"),
        primary_key=True,
        autoincrement=True,
    )
    at: Mapped[datetime] = labelled(_l("When"), UTCDateTime, default=clock.now)
    # No foreign key: an entry stands whatever becomes of the person, and nothing ever changes it.
    actor_id: Mapped[int | None] = labelled(_l("Person"))
    actor_name: Mapped[str] = labelled(_l("Who"), String(120))
    surface: Mapped[str] = labelled(_l("Through"), String(40))
    request_id: Mapped[str] = labelled(_l("Request"), String(20))
    action: Mapped[str] = labelled(_l("What"), String(80))
    target_type: Mapped[str] = labelled(_l("Kind"), String(40))
    target_id: Mapped[int | None] = labelled(_l("Number of the record"), BigInteger)
    target_title: Mapped[str] = labelled(_l("Record"), String(200), default="")
    changes: Mapped[dict[str, Any]] = labelled(_l("Change"), WrittenJSON, default=dict)
    effect: Mapped[str] = labelled(_l("Effect"), String(10), default=NOTED)
    # The version the record had after the change: what a form opened with an older one does not know.
    target_version: Mapped[int | None] = labelled(_l("Version"), info={"derived": True})
    # Before and after, exactly, where `changes` tells less: long texts, and collections by their numbers.
    exact: Mapped[dict[str, Any] | None] = labelled(_l("Exact values"), WrittenJSON, info={"derived": True})
    shape_id: Mapped[int | None] = labelled(_l("Fields"), BigInteger, info={"derived": True})
    # See `records.digests`; entries from before it have none.
    salt: Mapped[bytes | None] = labelled(_l("Salt"), LargeBinary, secret=True)
    digest: Mapped[bytes | None] = labelled(_l("Digest"), LargeBinary, secret=True)
    mac: Mapped[bytes | None] = labelled(_l("Signature"), LargeBinary, secret=True)
    values_digest: Mapped[bytes | None] = labelled(_l("Digest of the values"), LargeBinary, secret=True)
    erased_by: Mapped[int | None] = labelled(_l("Values erased by entry"), BigInteger)

    __table_args__ = (
        Index("ix_audit_entries_shape_id", "shape_id", "at", "id"),
        Index("ix_audit_entries_target_type", "target_type", "at", "id"),
        Index("ix_audit_entries_at_id", "at", "id"),
        Index("ix_audit_entries_target", "target_type", "target_id", "id"),
        Index("ix_audit_entries_actor_id", "actor_id", "at", "id"),
        Index("ix_audit_entries_action", "action", "at", "id"),
        Index("ix_audit_entries_actor_name", "actor_name", "at", "id"),
        Index("ix_audit_entries_request_id", "request_id", "id"),
    )


#: Where a database session remembers which kinds of records its transaction wrote entries about.
TOLD_OF = "told_of"
#: Where it remembers that it changed a record, as long as nothing was rolled back.
_CHANGED_SOMETHING = "changed_something"
#: From so many entries on PostgreSQL takes them as a stream.
MANY = 100
_TABLE: Any = AuditEntry.__table__
_INSERT = insert(_TABLE)


class BulkChangeRefused(RuntimeError):
    """A statement would change audited rows past the trail; say `unaudited_because` or change the records."""


def note(action: str, target: Any = None, title: str = "", **facts: Any) -> None:
    """Write an entry for what is not a change of a row: a sign-in, an export, a file."""
    entry = AuditEntry(**who_and_when(action, target.resource if target is not None else action.split(".", 1)[0]))
    if target is not None:
        entry.target_id, entry.target_title = target.id, target.title_text[:200]
    elif title:
        entry.target_title = title[:200]
    entry.changes = {name: [None, told(value)] for name, value in facts.items()}
    db.session.add(entry)


def tell_of(kind: str) -> None:
    """Let those who listen know at the end of the transaction that side data changed, of which no entry tells."""
    db.session().info.setdefault(TOLD_OF, set()).add(kind)


def has_changed_something(session: Session) -> bool:
    """Whether this transaction surely changed, added or removed a record; False where that would have to be asked."""
    return bool(session.info.get(_CHANGED_SOMETHING))


def install() -> None:
    """Listen to every session; a second call changes nothing."""
    if not event.contains(Session, "before_flush", _before_flush):
        event.listen(Session, "before_flush", _before_flush)
        event.listen(Session, "after_flush", _after_flush)
        event.listen(Session, "do_orm_execute", _refuse_bulk)
        event.listen(AuditEntry, "before_insert", _seal)
        event.listen(Session, "after_transaction_end", _after_transaction_end)
        event.listen(Session, "after_soft_rollback", _after_rollback)
        shapes.install()


def _after_transaction_end(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        session.info.pop(TOLD_OF, None)
        session.info.pop(_CHANGED_SOMETHING, None)


def _after_rollback(session: Session, _previous: SessionTransaction) -> None:
    session.info.pop(_CHANGED_SOMETHING, None)


def _before_flush(session: Session, _context: UOWTransaction, _instances: Any) -> None:
    # A list of its own for each flush: what one that failed had noted did not happen.
    waiting = session.info["audit"] = []
    for record in session.new:
        if isinstance(record, Audited):
            waiting.append((CREATED, record, dict(_first_values(record)), {}))
    for record in owned.touched(session):
        if isinstance(record, Audited) and (changes := dict(_changed_values(record))):
            waiting.append((CHANGED, record, changes, _exact(record, changes)))
    for record in session.deleted:
        if isinstance(record, Audited):
            waiting.append((DELETED, record, dict(_last_values(record)), {}))


def _after_flush(session: Session, _context: UOWTransaction) -> None:
    waiting = session.info.pop("audit", None)
    if not waiting:
        return
    rows = []
    for verb, record, changes, exact in waiting:
        named = present().action
        resource = record.resource
        action = named if named and named.split(".", 1)[0] == resource else f"{resource}.{verb}"
        rows.append(
            {
                **who_and_when(action, resource),
                "target_id": record.id,
                "target_title": record.title_text[:200],
                "changes": {name: [_number_of(value) for value in pair] for name, pair in changes.items()},
                "effect": verb,
                "target_version": getattr(record, "version", None),
                "exact": {name: _by_number(values) for name, values in exact.items()} or None,
            }
        )
    write(session, rows)


def write(session: Session, rows: list[dict[str, Any]]) -> None:
    """Insert entries that were made by `who_and_when` or `entries_of_bulk`, with shape, salt and digest."""
    store(session, rows, ready(rows))


def ready(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The entries as they are stored; the database is not asked for anything. Gives the rows their shapes."""
    key = house_key()
    for row in rows:
        row["shape_id"] = shapes.shape_of(row["target_type"], row["changes"])
    return [sealed({**row, "changes": written(row["changes"]), "exact": written(row["exact"])}, key) for row in rows]


def store(session: Session, rows: list[dict[str, Any]], made: list[dict[str, Any]]) -> None:
    """Insert what `ready` made of the rows."""
    shapes.note_shapes(session, rows)
    session.info.setdefault(TOLD_OF, set()).update(row["target_type"] for row in rows)
    if any(row["effect"] != NOTED for row in rows):
        session.info[_CHANGED_SOMETHING] = True
    connection = session.connection()
    if connection.dialect.name == "postgresql" and len(made) >= MANY:
        _copy(connection, made)
    else:
        connection.execute(_INSERT, made)


def _copy(connection: Connection, rows: list[dict[str, Any]]) -> None:
    """The same by PostgreSQL's own way for many rows, which takes a third of the time."""
    names = list(rows[0])
    raw: Any = connection.connection
    with raw.cursor() as cursor:
        statement = f"COPY {_TABLE.name} ({', '.join(names)}) FROM STDIN"
        with cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(list(row.values()))


def entries_of_bulk(action: str, changed: list[tuple[Any, dict[str, Any]]]) -> list[dict[str, Any]]:
    """The entries for what a set-based statement changes in records of one kind.

    `changed` are the records as they were before, with the changes as `told`, before and after.
    """
    common = {**who_and_when(action, changed[0][0].resource), "effect": CHANGED, "exact": None}
    return [
        {
            **common,
            "target_id": record.id,
            "target_title": record.title_text[:200],
            "changes": changes,
            "target_version": record.version + 1,
        }
        for record, changes in changed
    ]


def _refuse_bulk(state: ORMExecuteState) -> None:
    if not (state.is_update or state.is_delete):
        return
    mapper = state.bind_mapper
    told = state.execution_options.get("unaudited_because")
    if mapper is not None and issubclass(mapper.class_, Audited) and not told:
        raise BulkChangeRefused(f"a bulk statement on {mapper.class_.__name__} would leave no entry in the trail")


def _seal(_mapper: Any, _connection: Any, entry: AuditEntry) -> None:
    """What `write` does, for an entry that the session itself inserts."""
    names = [prop.key for prop in inspect(AuditEntry).column_attrs if prop.key != "id"]
    row = {name: getattr(entry, name) for name in names}
    row["at"], row["effect"] = row["at"] or clock.now(), row["effect"] or NOTED
    row["target_title"], row["changes"] = row["target_title"] or "", row["changes"] or {}
    row["shape_id"] = shapes.shape_of(row["target_type"], row["changes"])
    session = object_session(entry)
    if session is not None:
        shapes.note_shapes(session, [row])
        session.info.setdefault(TOLD_OF, set()).add(row["target_type"])
    for name, value in sealed(row, house_key()).items():
        setattr(entry, name, value)


def who_and_when(action: str, resource: str) -> dict[str, Any]:
    """The columns of an entry that say when, who and how; `resource` is the kind of thing it is about."""
    now = present()
    return {
        "at": clock.now(),
        "actor_id": getattr(now.actor, "id", None),
        "actor_name": (getattr(now.actor, "actor_name", None) or "nobody")[:120],
        "surface": now.surface[:40],
        "request_id": now.request_id[:20],
        "action": action[:80],
        "target_type": resource[:40],
    }


def _columns(record: Any) -> Iterator[tuple[str, bool]]:
    for prop in inspect(type(record)).column_attrs:
        info = prop.columns[0].info
        # What is worked out says nothing; what is `untold` nobody may read there, though the trash keeps it.
        if prop.key not in UNTOLD and not info.get("derived") and not info.get("untold"):
            yield prop.key, bool(info.get("secret"))


def _first_values(record: Any) -> Iterator[tuple[str, list[Any]]]:
    for name, secret in _columns(record):
        value = getattr(record, name)
        if value not in (None, ""):
            yield name, [None, "(secret)" if secret else told(value)]
    for name, titles in owned.contents(record):
        yield name, [None, titles]


def _last_values(record: Any) -> Iterator[tuple[str, list[Any]]]:
    loaded = inspect(record).dict
    for name, secret in _columns(record):
        if loaded.get(name) not in (None, ""):
            yield name, ["(secret)" if secret else told(loaded[name]), None]
    for name, titles in owned.contents(record):
        yield name, [titles, None]


def _changed_values(record: Any) -> Iterator[tuple[str, list[Any]]]:
    state = inspect(record)
    pointed = dict(_pointed_elsewhere(record))
    for name, secret in _columns(record):
        if name in pointed:
            yield name, pointed[name]
            continue
        history = state.attrs[name].load_history() if name in state.committed_state else None
        if history is None or not history.has_changes():
            continue
        before, after = (history.deleted or [None])[0], (history.added or [None])[0]
        if before != after:
            yield (
                name,
                ["(secret)", "(changed)"] if secret else [told(before), told(after)],
            )
    for name, removed, added in owned.changes(record):
        yield name, [removed or None, added or None]


def _pointed_elsewhere(record: Any) -> Iterator[tuple[str, list[Any]]]:
    """Keys that the flush will set, as the record was given another one to point at: the number before, the record."""
    state = inspect(record)
    for prop in state.mapper.relationships:
        if prop.direction is not RelationshipDirection.MANYTOONE or prop.key not in state.committed_state:
            continue
        history = attributes.get_history(record, prop.key, passive=PassiveFlag.PASSIVE_NO_INITIALIZE)
        (local, _remote), *further = prop.local_remote_pairs
        name = state.mapper.get_property_by_column(local).key
        if not history.added or further or name in state.committed_state:
            continue
        before = state.dict.get(name)
        after = history.added[0]
        if getattr(after, "id", None) != before or (after is not None and before is None):
            yield name, [before, after]


def _number_of(value: Any) -> Any:
    """A record by its number, which a new one has only after the flush; anything else as it is."""
    return value.id if isinstance(value, Model) else value


def _exact(record: Any, changes: dict[str, Any]) -> dict[str, Any]:
    """What the readable changes leave out: texts that were cut, and which records came and went, as records."""
    state, found = inspect(record), {}
    for name, secret in _columns(record):
        if name in changes and not secret and _is_cut(changes[name]):
            history = state.attrs[name].load_history()
            found[name] = [plain((history.deleted or [None])[0]), plain((history.added or [None])[0])]
    for prop in owned.collections(type(record)):
        if prop.key in changes and prop.secondary is not None:
            history = attributes.get_history(record, prop.key, passive=PassiveFlag.PASSIVE_NO_INITIALIZE)
            found[prop.key] = [list(history.deleted or ()), list(history.added or ())]
    return found


def _is_cut(values: list[Any]) -> bool:
    return any(isinstance(value, str) and len(value) > LONGEST_VALUE for value in values)


def _by_number(values: list[Any]) -> list[Any]:
    """Records by their numbers, which new ones have only after the flush."""
    return [[item.id for item in value] if isinstance(value, list) else value for value in values]


def told(value: Any) -> Any:
    """A value as entries tell it: plain, and cut where it is very long."""
    value = plain(value)
    return value[:LONGEST_VALUE] + "…" if isinstance(value, str) and len(value) > LONGEST_VALUE else value
