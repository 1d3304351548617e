"""The trash: a record that is deleted leaves a copy of itself and of what tied it to others, until it is purged.

The session keeps the copy in the transaction of the deletion, so no surface can forget it. Lists, searches and keys
know nothing of the trash: what is in it is not there. Secret columns are never copied.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    event,
    insert,
    inspect,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, Session, UOWTransaction
from sqlalchemy.orm.exc import StaleDataError

from backoffice.foundation import clock
from backoffice.foundation.acting import present
from backoffice.foundation.database import Audited, Model, UTCDateTime, db, labelled
from backoffice.foundation.errors import Asked, AsksFor, DomainError, InvalidInput, NotApplicable
from backoffice.foundation.i18n import _l
from backoffice.foundation.text import clean_line
from backoffice.records.values import plain, typed

#: The input of restoring that has new values for those that others took.
INSTEAD = "instead"
_models: dict[str, Any] = {}


class Trashed(Model):
    """A record that was deleted and can be brought back."""

    __tablename__ = "trash"
    resource = "trash"
    singular = _l("Deleted record")
    plural = _l("Trash")
    named_by = ("title",)

    id: Mapped[int] = labelled(
        _l("Number"), BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    target_type: Mapped[str] = labelled(_l("Kind"), String(40))
    target_id: Mapped[int] = labelled(_l("Number of the record"), BigInteger)
    title: Mapped[str] = labelled(_l("Record"), String(200), default="")
    at: Mapped[datetime] = labelled(_l("Deleted"), UTCDateTime, default=clock.now)
    actor_id: Mapped[int | None] = labelled(_l("Person"), ForeignKey("users.id", ondelete="SET NULL"))
    actor_name: Mapped[str] = labelled(_l("Who"), String(120))
    request_id: Mapped[str] = labelled(_l("Request"), String(20))
    kept: Mapped[dict[str, Any]] = labelled(
        _l("What is kept"), JSON().with_variant(JSONB, "postgresql"), default=dict, info={"derived": True}
    )

    @classmethod
    def owned_by(cls, user_id: int) -> Any:
        """Whoever deleted it."""
        return cls.actor_id == user_id

    def is_owned_by(self, user_id: int) -> bool:
        """Whoever deleted it."""
        return self.actor_id == user_id

    __table_args__ = (
        Index("ix_trash_at_id", "at", "id"),
        Index("ix_trash_target", "target_type", "target_id"),
        Index("ix_trash_request_id", "request_id"),
    )


def install() -> None:
    """Listen to every session; a second call changes nothing."""
    if not event.contains(Session, "before_flush", _before_flush):
        event.listen(Session, "before_flush", _before_flush)
        event.listen(Session, "after_flush", _after_flush)


def _before_flush(session: Session, _context: UOWTransaction, _instances: Any) -> None:
    session.info["trash"] = [_row(session, record) for record in session.deleted if isinstance(record, Audited)]


def _after_flush(session: Session, _context: UOWTransaction) -> None:
    if rows := session.info.pop("trash", None):
        session.connection().execute(insert(Trashed), rows)


def _row(session: Session, record: Any) -> dict[str, Any]:
    now = present()
    return {
        "target_type": record.resource,
        "target_id": record.id,
        "title": record.title_text[:200],
        "at": clock.now(),
        "actor_id": getattr(now.actor, "id", None),
        "actor_name": (getattr(now.actor, "actor_name", None) or "nobody")[:120],
        "request_id": now.request_id[:20],
        "kept": _copy(session, record),
    }


def _copy(session: Session, record: Any) -> dict[str, Any]:
    """The row as the database holds it, its parts, its pairs with others, and who points at it."""
    connection, mapper = session.connection(), inspect(type(record))
    table: Any = mapper.local_table
    row = connection.execute(select(table).where(table.c.id == record.id)).mappings().one_or_none()
    if row is None:
        raise StaleDataError("somebody deleted it at the same moment")
    secret = {column.name for column in table.columns if column.info.get("secret")}
    kept: dict[str, Any] = {"row": {name: plain(value) for name, value in row.items() if name not in secret}}
    pairs = {}
    for other, column in _pointing(table):
        found = connection.execute(select(other).where(column == record.id)).mappings().all()
        if not found:
            continue
        if _is_pair(other) or _is_part(mapper, other):
            pairs[f"{other.name}.{column.name}"] = [
                {name: plain(value) for name, value in each.items()} for each in found
            ]
        elif _is_let_go(column):
            kept.setdefault("pointed", {})[f"{other.name}.{column.name}"] = [each["id"] for each in found]
    if pairs:
        kept["with"] = pairs
    return kept


def restore(item: Trashed, instead: Mapping[str, str] | None = None) -> Any:
    """Bring the record back with what tied it to others; what is gone meanwhile stays away.

    It gets its number again, or a new one where SQLite has given that to a later record. Returns the record. Raises
    NotApplicable if it stood on something that is gone, and AsksFor if other records have values of it that only one
    may have; `instead` has new ones for those by column, and counts for no other column.
    """
    model = model_of(item.target_type)
    if model is None:
        raise NotApplicable(_l("This kind of record is not known any more."))
    mapper, table = inspect(model), inspect(model).local_table
    row = dict(item.kept["row"])
    if _exists(table, item.target_id):
        del row["id"]
    for column in table.columns:
        for key in column.foreign_keys:
            if row.get(column.name) is not None and not _exists(key.column.table, row[column.name]):
                raise NotApplicable(_l("What it belonged to is not here any more. Bring that back first."))
    row.update(_values_instead(model, row, instead or {}))
    record = model()
    with db.session.no_autoflush:
        for prop in mapper.column_attrs:
            column = prop.columns[0]
            if column.name in row and column is not mapper.version_id_col and not column.info.get("derived"):
                setattr(record, prop.key, typed(column.type, row[column.name]))
        db.session.add(record)
    db.session.flush()
    tables = Model.metadata.tables
    for name, rows in item.kept.get("with", {}).items():
        other = tables.get(name.split(".", 1)[0])
        if other is not None:
            column_name = name.split(".", 1)[1]
            _insert_pairs(other, [{**each, column_name: record.id} for each in rows])
    for name, ids in item.kept.get("pointed", {}).items():
        other = tables.get(name.split(".", 1)[0])
        if other is not None:
            column = other.c[name.split(".", 1)[1]]
            db.session.connection().execute(
                update(other).where(other.c.id.in_(ids), column.is_(None)).values({column.name: record.id})
            )
    db.session.delete(item)
    db.session.flush()
    db.session.expire(record)
    return record


def _values_instead(model: Any, row: Mapping[str, Any], instead: Mapping[str, str]) -> dict[str, str]:
    """Values for the columns of the row whose own are another record's now. Raises AsksFor, or NotApplicable where
    none can be asked for."""
    columns = [column for column in inspect(model).local_table.columns if column.unique and column.name in row]
    taken = [column for column in columns if row[column.name] is not None and _is_taken(column, row[column.name])]
    fresh: dict[str, str] = {}
    asked = []
    for column in taken:
        name, label = column.name, column.info.get("label") or column.name
        complaint: Any = ""
        try:
            fresh[name] = _checked(model, column, instead[name]) if name in instead else row[name]
        except DomainError as refusal:
            complaint = refusal.message
        if not complaint and _is_taken(column, fresh[name]):
            complaint = _l("Another record has this already. Choose something else.")
        asked.append(Asked(name, label, str(instead.get(name, row[name])), complaint))
    if not any(each.complaint for each in asked):
        return fresh
    first = next(column for column in taken)
    message = _l(
        "Another record has its %(field)s now: %(value)s. Change that one first.",
        field=first.info.get("label") or first.name,
        value=row[first.name],
    )
    if not all(isinstance(column.type, String) for column in taken):
        raise NotApplicable(message)
    raise AsksFor(message, field=INSTEAD, asked=asked)


def _checked(model: Any, column: Any, typed_: str) -> str:
    """The value as the model would keep it. Raises InvalidInput, in words."""
    value = clean_line(typed_)
    if not value:
        raise InvalidInput(_l("Give another one."))
    if column.type.length and len(value) > column.type.length:
        raise InvalidInput(_l("Use at most %(num)s characters.", num=column.type.length))
    found = inspect(model).validators.get(column.name)
    return str(found[0](model(), column.name, value)) if found else value


def _insert_pairs(table: Table, rows: list[dict[str, Any]]) -> None:
    keys = [(column.name, key.column.table) for column in table.columns for key in column.foreign_keys]
    good = [row for row in rows if all(row[name] is None or _exists(target, row[name]) for name, target in keys)]
    if good:
        # A part may have a number of its own, which may be somebody else's by now.
        values = [{name: typed(table.c[name].type, row[name]) for name in row if name != "id"} for row in good]
        db.session.connection().execute(insert(table), values)


def _exists(table: Any, id: Any) -> bool:
    return db.session.connection().execute(select(table.c.id).where(table.c.id == id)).first() is not None


def _is_taken(column: Any, value: Any) -> bool:
    query = select(column.table.c.id).where(column == typed(column.type, value))
    return db.session.connection().execute(query).first() is not None


def model_of(resource: str) -> Any:
    """The audited model of this name, or None."""
    if resource not in _models:
        _models.update({model.resource: model for model in _audited_models() if getattr(model, "resource", None)})
    return _models.get(resource)


def audited_kinds() -> list[str]:
    """The names of all audited models."""
    return [model.resource for model in _audited_models()]


def _audited_models() -> list[Any]:
    return [mapper.class_ for mapper in Model.registry.mappers if issubclass(mapper.class_, Audited)]


def _pointing(target: Any) -> Iterator[tuple[Any, Any]]:
    """Every table with a foreign key to the target, and that column."""
    for table in Model.metadata.sorted_tables:
        for column in table.columns:
            if table is not target and any(key.column.table is target for key in column.foreign_keys):
                yield table, column


def _is_pair(table: Any) -> bool:
    """Whether the table only says which records belong together."""
    return all(column.foreign_keys for column in table.primary_key.columns) and len(table.primary_key.columns) > 1


def _is_part(mapper: Any, table: Any) -> bool:
    """Whether its rows live and die with the record."""
    return any(prop.cascade.delete_orphan and prop.mapper.local_table is table for prop in mapper.relationships)


def _is_let_go(column: Any) -> bool:
    return any(key.ondelete == "SET NULL" for key in column.foreign_keys) and "id" in column.table.columns
