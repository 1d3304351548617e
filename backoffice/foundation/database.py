"""The database: the base of all models, moments in UTC, units of work, and what SQLite and PostgreSQL need to agree."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, ClassVar

from flask import current_app
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import DateTime, Dialect, MetaData, String, event, false, true
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, declared_attr, mapped_column
from sqlalchemy.sql import ColumnElement
from sqlalchemy.types import TypeDecorator

from backoffice.foundation import clock, owned
from backoffice.foundation.acting import present
from backoffice.foundation.i18n import Text, _l

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class UTCDateTime(TypeDecorator[datetime]):
    """A moment: goes in aware, comes out aware and in UTC on every database; a naive value is refused.

    Raises ValueError for a naive moment or one outside the storable years.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To the database: in UTC, without the zone where the column keeps none."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a zone cannot be stored")
        value = value.astimezone(UTC)
        if not clock.is_storable(value):
            raise ValueError("a moment outside 1970 to 2100 cannot be stored")
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """From the database: aware, in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class EnumText(TypeDecorator[StrEnum]):
    """A `StrEnum` stored by value in a plain text column, so that a new member needs no migration of the type."""

    impl = String(20)
    cache_ok = True

    def __init__(self, enum: type[StrEnum]) -> None:
        super().__init__()
        self.enum = enum

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """To the database: the value of the member. Raises ValueError for anything else."""
        return None if value is None else self.enum(value).value

    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:
        """From the database: the member."""
        return None if value is None else self.enum(value)

    @property
    def python_type(self) -> type[StrEnum]:
        """The enumeration."""
        return self.enum


class Model(DeclarativeBase):
    """The base of every table."""

    metadata = MetaData(naming_convention=NAMING)

    #: The word for one record in permissions, addresses and audit actions; the lower-case class name unless set.
    resource: ClassVar[str]
    #: What one record, and several, are called on the screen.
    singular: ClassVar[Text | str]
    plural: ClassVar[Text | str]
    #: Columns (names) that name a record to a person who types: the first that is unique is its handle.
    named_by: ClassVar[tuple[str, ...]] = ()

    #: Columns that `title_text` reads, where they are others than `named_by`.
    titled_by: ClassVar[tuple[str, ...]] = ()

    id: Mapped[int]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "resource" not in cls.__dict__:
            cls.resource = cls.__name__.lower()
        for word, default in (
            ("singular", cls.__name__),
            ("plural", f"{cls.__name__}s"),
        ):
            if not hasattr(cls, word):
                setattr(cls, word, default)

    @property
    def title_text(self) -> str:
        """The words by which a person knows this record: the first of `named_by`, else its number."""
        for name in self.named_by:
            if value := getattr(self, name):
                return str(value)
        return f"#{self.id}"

    @classmethod
    def owned_by(cls, user_id: int) -> ColumnElement[bool]:
        """The criterion for records that belong to this person; nobody owns anything unless the model says so."""
        return false()

    def is_owned_by(self, user_id: int) -> bool:
        """The same question about a record that is loaded."""
        return False


#: Only its session, engines and life cycle are used; models inherit from `Model`.
db: SQLAlchemy = SQLAlchemy(session_options={"expire_on_commit": False})


def labelled(
    label: Text,
    *args: Any,
    info: dict[str, Any] | None = None,
    secret: bool = False,
    hint: Text | None = None,
    **kwargs: Any,
) -> Any:
    """A mapped column with its label beside it; list heads, form labels, filters, exports and audit read it there.

    A `hint` stands beside the label in forms.
    A `secret` column appears in no list, form, export or lookup, and in the audit trail only as "changed".
    """
    return mapped_column(*args, info={**(info or {}), "label": label, "secret": secret, "hint": hint}, **kwargs)


class Timestamped:
    """Adds `created_at` and `updated_at`."""

    created_at: Mapped[datetime] = labelled(_l("Created"), UTCDateTime, default=clock.now, sort_order=90)
    updated_at: Mapped[datetime] = labelled(
        _l("Last change"),
        UTCDateTime,
        default=clock.now,
        onupdate=clock.now,
        sort_order=91,
    )


class Versioned:
    """Adds `version`: every change counts it up, and a change of a row somebody else changed raises StaleDataError.

    What belongs to the record (its tags, roles, permissions) counts as well, though another table keeps it.
    """

    version: Mapped[int] = labelled(_l("Version"), default=1, sort_order=99)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:
        return {"version_id_col": cls.version}


class Audited:
    """Marks a model whose every change is written to the audit trail by the session."""


@contextmanager
def unit_of_work() -> Iterator[None]:
    """One transaction: committed at the end, rolled back on any error, then the promises of `after_commit` are kept.

    While somebody only looks (`acting(keeps=False)`) it is rolled back in any case, and no promise is kept.
    """
    session = db.session()
    try:
        yield
        if not present().keeps:
            session.rollback()
            session.info.pop("promises", None)
            return
        session.commit()
    except BaseException:
        session.rollback()
        session.info.pop("promises", None)
        raise
    for promise in session.info.pop("promises", []):
        try:
            promise()
        except Exception:
            current_app.logger.exception("a promise after a commit failed")


def after_commit(promise: Callable[[], Any]) -> None:
    """Call `promise` once the unit of work is committed, never if it is rolled back; its failure is only logged."""
    db.session().info.setdefault("promises", []).append(promise)


def promise_count() -> int:
    """How many promises are open; with `forget_promises` it lets a refused step take back its own."""
    return len(db.session().info.get("promises", []))


def forget_promises(since: int) -> None:
    """Drop the promises made after `promise_count()` returned `since`."""
    del db.session().info.get("promises", [])[since:]


def everything() -> ColumnElement[bool]:
    """The criterion that holds for every record."""
    return true()


def _count_up(session: Session, _context: Any, _instances: Any) -> None:
    """Change the row of a record of which only collections changed, so that its version counts up."""
    for record in owned.touched(session):
        if isinstance(record, Versioned) and isinstance(record, Timestamped) and any(owned.changes(record)):
            record.updated_at = clock.now()


def _on_connect(dbapi_connection: Any, _record: Any) -> None:
    """Give each new connection the settings both databases need to behave alike."""
    if type(dbapi_connection).__module__.startswith("sqlite3"):
        cursor = dbapi_connection.cursor()
        for pragma in (
            "foreign_keys=ON",
            "journal_mode=WAL",
            "busy_timeout=10000",
            "synchronous=NORMAL",
            "cache_size=-32000",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()


def _on_savepoint(connection: Any, _name: str) -> None:
    """Open a real transaction before a first savepoint.

    The sqlite3 module begins one only at the first change; a savepoint outside would commit on release.
    """
    raw = connection.connection.dbapi_connection
    if type(raw).__module__.startswith("sqlite3") and not raw.in_transaction:
        raw.execute("BEGIN IMMEDIATE")


def install(app: Any) -> None:
    """Bind the database to the application and prepare its connections."""
    db.init_app(app)
    with app.app_context():
        engine = db.engine
        event.listen(engine, "connect", _on_connect)
        event.listen(engine, "savepoint", _on_savepoint)
    if not event.contains(Session, "before_flush", _count_up):
        event.listen(Session, "before_flush", _count_up)


def engine_options(url: str) -> dict[str, Any]:
    """Options for the engine behind `url`: stale connections are noticed, and no statement runs for ever."""
    if url.startswith("sqlite"):
        return {"connect_args": {"timeout": 10}}
    options = "-c timezone=UTC -c statement_timeout=30000 -c lock_timeout=10000"
    return {
        "pool_recycle": 1800,
        "connect_args": {"options": f"{options} -c idle_in_transaction_session_timeout=60000"},
    }
