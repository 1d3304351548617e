"""Changing many records by few statements, with everything a change through the session has: version, entry, moment.

For the background only, where a record at a time would take minutes. The caller has locked the rows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from typing import Any

from sqlalchemy import ARRAY, BigInteger, ColumnElement, Connection, any_, bindparam, inspect, literal, update

from backoffice.foundation import clock
from backoffice.foundation.database import Timestamped, db
from backoffice.records import audit


def locked(query: Any) -> Any:
    """The query, taking hold of the rows it finds until the transaction ends, and reading them as they are then."""
    model = query.column_descriptions[0]["entity"]
    # To read anew takes longer for each row, also for those that the session does not know yet.
    is_known = any(isinstance(record, model) for record in db.session.identity_map.values())
    return query.with_for_update(key_share=True).execution_options(populate_existing=is_known)


def among(column: Any, numbers: list[int]) -> ColumnElement[bool]:
    """The criterion for rows of these numbers; on PostgreSQL with one parameter, for to write a thousand takes long."""
    if db.engine.dialect.name == "postgresql":
        return column == any_(literal(numbers, ARRAY(BigInteger)))
    return column.in_(numbers)


def change(action: str, pairs: Sequence[tuple[Any, Mapping[str, Any]]]) -> None:
    """Give records of one model new values of plain columns; those that have them already are not touched.

    `pairs` are records, each once, and values by column. Never commits. The records in the session are out of date
    afterwards, and whoever needs one again reads it anew. Nothing is validated: the values are the house's own.
    """
    changed = []
    for record, values in pairs:
        new = {name: value for name, value in values.items() if getattr(record, name) != value}
        if new:
            changed.append((record, new))
    if not changed:
        return
    connection = db.session.connection()
    with _beside(connection, lambda: _update_all(connection, changed)):
        told = [
            (record, {name: [audit.told(getattr(record, name)), audit.told(value)] for name, value in new.items()})
            for record, new in changed
        ]
        rows = audit.entries_of_bulk(action, told)
        made = audit.ready(rows)
    audit.store(db.session(), rows, made)


@contextmanager
def _beside(connection: Connection, work: Callable[[], None]) -> Iterator[None]:
    """Let PostgreSQL work while the block goes on, which must not ask the database for anything; on SQLite before it.

    Raises what the work raises.
    """
    if connection.dialect.name != "postgresql":
        work()
        yield
        return
    with ThreadPoolExecutor(1) as other:
        working = other.submit(copy_context().run, work)
        yield
        working.result()


def _update_all(connection: Connection, changed: list[tuple[Any, dict[str, Any]]]) -> None:
    model = type(changed[0][0])
    for names, some in _by_names(changed).items():
        _update(connection, model, names, some)


def _by_names(changed: list[tuple[Any, dict[str, Any]]]) -> dict[tuple[str, ...], list[tuple[Any, dict[str, Any]]]]:
    found: dict[tuple[str, ...], list[tuple[Any, dict[str, Any]]]] = defaultdict(list)
    for record, new in changed:
        found[tuple(new)].append((record, new))
    return found


def _update(connection: Connection, model: Any, names: tuple[str, ...], some: list[tuple[Any, dict[str, Any]]]) -> None:
    table = inspect(model).local_table
    columns = {name: inspect(model).attrs[name].columns[0] for name in names}
    always: dict[Any, Any] = {table.c.version: table.c.version + 1}
    if issubclass(model, Timestamped):
        always[table.c.updated_at] = clock.now()
    first = some[0][1]
    if all(new == first for _record, new in some):
        given = {columns[name]: value for name, value in first.items()}
        statement = update(table).where(among(table.c.id, [record.id for record, _new in some]))
        connection.execute(statement.values({**always, **given}))
        return
    statement = update(table).where(table.c.id == bindparam("of_record"))
    statement = statement.values({**always, **{columns[name]: bindparam(f"new_{name}") for name in names}})
    connection.execute(
        statement, [{"of_record": record.id, **{f"new_{name}": new[name] for name in names}} for record, new in some]
    )
