"""Loading very many rows at once: past the session, in the transaction that is open, by what each database does best.

Where more rows come than are there, the indexes of the table and its index of words are taken away first and made again
at the end, which is many times faster than keeping them true row by row. All of it is in one transaction: after a crash
everything is as it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Table, func, select, text

from backoffice.foundation.database import db

#: With fewer rows than this, nothing is gained by taking indexes away.
_WORTH_IT = 5_000


@contextmanager
def roomy(connection: Connection) -> Iterator[None]:
    """Let the transaction take the time and memory it needs, and keep others from writing in the meantime."""
    if connection.dialect.name == "postgresql":
        for name, value in (
            ("statement_timeout", "0"),
            ("idle_in_transaction_session_timeout", "0"),
            ("maintenance_work_mem", "'256MB'"),
        ):
            connection.exec_driver_sql(f"SET LOCAL {name} = {value}")
        yield
        return
    raw = _raw(connection)
    (before,) = raw.execute("PRAGMA cache_size").fetchone()
    raw.execute("PRAGMA cache_size=-128000")
    if not raw.in_transaction:
        raw.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        raw.execute(f"PRAGMA cache_size={int(before)}")


def next_id(connection: Connection, table: Table) -> int:
    """The first number that is free; on PostgreSQL the table is kept from others until the end of the transaction."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"LOCK TABLE {table.name} IN SHARE ROW EXCLUSIVE MODE")
        used = connection.scalar(text("SELECT nextval(pg_get_serial_sequence(:name, 'id'))"), {"name": table.name}) or 0
        return max(int(used), (connection.scalar(select(func.max(table.c.id))) or 0) + 1)
    return (connection.scalar(select(func.max(table.c.id))) or 0) + 1


def insert_rows(connection: Connection, table: Table, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
    """Add rows whose values the driver takes as they are; moments as `YYYY-MM-DD HH:MM:SS.ffffff` in UTC."""
    listed = ", ".join(columns)
    if connection.dialect.name == "postgresql":
        with _raw(connection).cursor() as cursor:
            with cursor.copy(f"COPY {table.name} ({listed}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        last = select(func.max(table.c.id)).scalar_subquery()
        connection.execute(select(func.setval(func.pg_get_serial_sequence(table.name, "id"), last)))
        return
    marks = ", ".join("?" * len(columns))
    _raw(connection).executemany(f"INSERT INTO {table.name} ({listed}) VALUES ({marks})", rows)  # noqa: S608  names of ours


@contextmanager
def without_indexes(connection: Connection, table: Table, coming: int) -> Iterator[None]:
    """Take the secondary indexes and the triggers away while the block adds `coming` rows, if that is faster."""
    present = connection.scalar(select(func.count()).select_from(select(table.c.id).limit(coming + 1).subquery())) or 0
    if coming < _WORTH_IT or coming < present:
        yield
        return
    if connection.dialect.name == "postgresql":
        names, again = _postgresql_indexes(connection, table)
    else:
        names, again = _sqlite_parts(connection, table)
    for name in names:
        connection.exec_driver_sql(f"DROP {name}")
    yield
    for statement in again:
        connection.exec_driver_sql(statement)


def settle(connection: Connection, table: Table) -> None:
    """Tell the planner what has come."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"ANALYZE {table.name}")


def after_loading() -> None:
    """Give the space of the write-ahead log back, which has grown with all that was loaded; for `after_commit`."""
    if db.engine.dialect.name == "sqlite":
        with db.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")


def _sqlite_parts(connection: Connection, table: Table) -> tuple[list[str], list[str]]:
    found = connection.exec_driver_sql(
        "SELECT type, name, sql FROM sqlite_master"
        " WHERE tbl_name = ? AND type IN ('index', 'trigger') AND sql NOT NULL",
        (table.name,),
    ).all()
    again = [sql for _kind, _name, sql in found]
    search = f"{table.name}_search"
    if connection.exec_driver_sql("SELECT 1 FROM sqlite_master WHERE name = ?", (search,)).first():
        again.append(f"INSERT INTO {search}({search}) VALUES ('rebuild')")  # noqa: S608 - a name of ours
    return [f"{kind} {name}" for kind, name, _sql in found], again


def _postgresql_indexes(connection: Connection, table: Table) -> tuple[list[str], list[str]]:
    found = connection.execute(
        text(
            "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index"
            " WHERE indrelid = CAST(:name AS regclass) AND NOT indisunique"
        ),
        {"name": table.name},
    ).all()
    return [f"INDEX {name}" for name, _definition in found], [definition for _name, definition in found]


def _raw(connection: Connection) -> Any:
    return connection.connection.dbapi_connection
