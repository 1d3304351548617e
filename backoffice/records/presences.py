"""Who has a form open: a row for each person and record, kept alive by the page and forgotten a minute later.

It locks nothing and changes no record. It is no activity of anybody either, so it is neither audited nor versioned.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ForeignKey, Select, String, UniqueConstraint, and_, case, delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped
from sqlalchemy.sql import ColumnElement

from backoffice.foundation import clock
from backoffice.foundation.database import Model, UTCDateTime, db, labelled
from backoffice.foundation.i18n import _l

#: Whoever was not heard of for so long has left.
EXPIRES = timedelta(seconds=60)
#: How often a page says that it is still open.
EVERY = timedelta(seconds=20)


class Presence(Model):
    """That a person has the form of a record open."""

    __tablename__ = "presences"
    __table_args__ = (UniqueConstraint("resource", "record_id", "user_id"),)

    id: Mapped[int] = labelled(_l("Number"), primary_key=True)
    kind: Mapped[str] = labelled(_l("Kind"), "resource", String(40))
    # The number of the record as text, or the digest of a path.
    record_id: Mapped[str] = labelled(_l("Record"), String(64))
    user_id: Mapped[int] = labelled(_l("Person"), ForeignKey("users.id", ondelete="CASCADE"), index=True)
    who: Mapped[str] = labelled(_l("Name"), String(80))
    # Of several pages of one person, the one last heard of; only that one can say that she has left.
    page: Mapped[str] = labelled(_l("Page"), String(16))
    opened_at: Mapped[datetime] = labelled(_l("Since"), UTCDateTime, default=clock.now)
    seen_at: Mapped[datetime] = labelled(_l("Last seen"), UTCDateTime, default=clock.now, index=True)


@dataclass(frozen=True)
class Other:
    """Somebody else who has the same form open, and since when."""

    user_id: int
    who: str
    since: datetime


def new_page() -> str:
    """A key for a page that is about to be shown."""
    return secrets.token_urlsafe(12)


def arrive(kind: str, record_id: Any, page: str, *, actor: Any) -> None:
    """Write down that the actor has this form open, now. Never commits."""
    now = clock.now()
    back = Presence.seen_at < now - EXPIRES
    values = {"who": actor.title_text[:80], "page": page[:16], "seen_at": now}
    change = (
        update(Presence)
        .where(*_of(kind, record_id), Presence.user_id == actor.id)
        .values(opened_at=case((back, now), else_=Presence.opened_at), **values)
        .execution_options(synchronize_session=False)
    )
    found: Any = db.session.execute(change)
    if found.rowcount:
        return
    db.session.execute(delete(Presence).where(Presence.seen_at < now - EXPIRES))
    try:
        with db.session.begin_nested():
            db.session.add(Presence(kind=kind, record_id=str(record_id), user_id=actor.id, opened_at=now, **values))
    except IntegrityError:
        db.session.execute(change)


def leave(kind: str, record_id: Any, page: str | None = None, *, actor: Any) -> None:
    """Forget that the actor has this form open; with `page` only if that page was heard of last. Never commits."""
    mine = (*_of(kind, record_id), Presence.user_id == actor.id, *((Presence.page == page[:16],) if page else ()))
    db.session.execute(delete(Presence).where(*mine).execution_options(synchronize_session=False))


def others(kind: str, record_id: Any, *, actor: Any) -> list[Other]:
    """Who else has this form open, the first to open it first."""
    query = select(Presence.user_id, Presence.who, Presence.opened_at).where(*_others(kind, record_id, actor))
    return [Other(*row) for row in db.session.execute(query.order_by(Presence.opened_at, Presence.id))]


def with_others(query: Select[Any], kind: str, record_id: Any, *, actor: Any) -> Select[Any]:
    """A query of one record with who else has its form open as the last three columns: a row for each, at least one."""
    joined = query.outerjoin(Presence, and_(*_others(kind, record_id, actor)))
    columns = (Presence.user_id, Presence.who, Presence.opened_at)
    return joined.add_columns(*columns).order_by(Presence.opened_at, Presence.id)


def _of(kind: str, record_id: Any) -> Sequence[ColumnElement[bool]]:
    return (Presence.kind == kind, Presence.record_id == str(record_id))


def _others(kind: str, record_id: Any, actor: Any) -> Sequence[ColumnElement[bool]]:
    alive = Presence.seen_at > clock.now() - EXPIRES
    return (*_of(kind, record_id), Presence.user_id != actor.id, alive)
