"""Shapes of audit entries: which columns of which kind of record an entry tells of.

There are few, so an entry carries the number of its shape and an index over it finds "comments whose status changed"
among ten million entries. The number is a digest of the words, so that nobody has to look it up before writing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import lru_cache
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import BigInteger, String, Text, event, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session

from backoffice.foundation.database import Model, db, labelled
from backoffice.foundation.i18n import _l


class AuditShape(Model):
    """A kind of record and the columns that entries tell of together."""

    __tablename__ = "audit_shapes"

    id: Mapped[int] = labelled(_l("Number"), BigInteger, primary_key=True, autoincrement=False)
    kind: Mapped[str] = labelled(_l("Kind"), String(40))
    names: Mapped[str] = labelled(_l("Fields"), Text)


_known: WeakKeyDictionary[Any, set[int]] = WeakKeyDictionary()


def install() -> None:
    """Listen to every session; a second call changes nothing."""
    if not event.contains(Session, "after_commit", _learn):
        event.listen(Session, "after_commit", _learn)
        event.listen(Session, "after_soft_rollback", _forget)


def shape_of(kind: str, names: Iterable[str]) -> int:
    """The number of a shape."""
    return number_of(kind, ",".join(sorted(names)))


@lru_cache(maxsize=4096)
def number_of(kind: str, names: str) -> int:
    """The number of the shape with these names, in order and separated by commas."""
    return int.from_bytes(hashlib.sha256(f"{kind}:{names}".encode()).digest()[:8]) >> 1


def note_shapes(session: Session, rows: Iterable[dict[str, Any]]) -> None:
    """Write down the shapes of these entries that are new, in the transaction of the entries."""
    connection = session.connection()
    _engine, fresh = session.info.setdefault("shapes", (connection.engine, set()))
    known: set[int] = _known.get(connection.engine, set())
    for row in rows:
        number = row["shape_id"]
        if number in known or number in fresh:
            continue
        dialect: Any = sqlite if connection.dialect.name == "sqlite" else postgresql
        values = {"id": number, "kind": row["target_type"], "names": ",".join(sorted(row["changes"]))}
        connection.execute(dialect.insert(AuditShape).values(values).on_conflict_do_nothing())
        fresh.add(number)


def shapes_with(kind: str | None = None, name: str | None = None) -> list[int]:
    """The numbers of the shapes of a kind, or those that tell of a column."""
    query = select(AuditShape.id, AuditShape.names)
    found = db.session.execute(query if kind is None else query.where(AuditShape.kind == kind))
    return [id for id, names in found if name is None or name in names.split(",")]


def kinds_and_names() -> list[tuple[str, str]]:
    """Every kind with every column an entry ever told of, in order."""
    rows = db.session.execute(select(AuditShape.kind, AuditShape.names))
    return sorted({(kind, name) for kind, names in rows for name in names.split(",") if name})


def _learn(session: Session) -> None:
    if noted := session.info.pop("shapes", None):
        engine, fresh = noted
        _known.setdefault(engine, set()).update(fresh)


def _forget(session: Session, _previous: Any) -> None:
    session.info.pop("shapes", None)
