"""How Alembic reaches the database and what it compares."""

from __future__ import annotations

from typing import Any

from alembic import context
from flask import current_app
from sqlalchemy import event

from backoffice import registry  # noqa: F401  the models of every feature are known once it is imported
from backoffice.foundation.database import EnumText, Model, UTCDateTime

engine = current_app.extensions["migrate"].db.engine


def include_object(item: Any, name: str | None, kind: str, reflected: bool, compared: Any) -> bool:
    """Leave out what full-text search keeps for itself: its tables, its column and its index."""
    name = name or ""
    if kind == "table":
        return not (reflected and "_search" in name)
    if kind in ("column", "index"):
        return "search_vector" not in name
    return True


def render_item(kind: str, item: Any, autogen_context: Any) -> Any:
    """Write the types of the house as what they are in the database, so that migrations import no module of ours."""
    if kind == "type" and isinstance(item, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, EnumText):
        return f"sa.String(length={item.impl.length})"
    return False


def run() -> None:
    """Run each migration in a transaction of its own."""
    with engine.connect() as connection:
        is_sqlite = engine.dialect.name == "sqlite"
        raw = connection.connection.dbapi_connection
        before = getattr(raw, "isolation_level", None)
        if is_sqlite:
            # Left to itself the sqlite3 module changes tables outside any transaction, and half a migration would stay.
            raw.isolation_level = None
            raw.execute("PRAGMA foreign_keys=OFF")
            event.listen(connection, "begin", lambda opened: opened.exec_driver_sql("BEGIN"))
        context.configure(
            connection=connection,
            target_metadata=Model.metadata,
            include_object=include_object,
            render_item=render_item,
            render_as_batch=is_sqlite,
            compare_type=True,
            transactional_ddl=True,
            transaction_per_migration=True,
        )
        try:
            with context.begin_transaction():
                context.run_migrations()
        finally:
            if is_sqlite:
                raw.rollback()
                raw.execute("PRAGMA foreign_keys=ON")
                raw.isolation_level = before


run()
