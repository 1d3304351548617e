"""The stamp: one row that moves with everything a desk shows, so that fifty open desks cost next to nothing.

Whatever changes a comment leaves an entry in the trail, and the trail tells here; claims, snoozes, flags and findings
tell by `touch`. The row is changed as the last thing before the end of a transaction, so nobody waits for it long.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, delete, event, func, or_, select, update
from sqlalchemy.orm import Session, SessionTransaction

from backoffice.foundation import clock
from backoffice.foundation.database import db, unit_of_work
from backoffice.moderation.models import Claim, DeskStamp, Snooze
from backoffice.records import audit

#: Kinds of records whose changes desks show.
SHOWN = frozenset({"comment", "restriction", "note", "view", "rule", "flag"})
_MARK = "desk_touched"
_WAKE = "desk_wakes_at"
ONLY = 1
#: Asked by every poll, so it is put together once, and of the table, which costs less than of its model.
_TABLE: Any = DeskStamp.__table__
_ROW: Any = select(_TABLE.c.moved, _TABLE.c.wakes_at).where(_TABLE.c.id == ONLY)
#: The same for whoever asks something else at the same time.
COLUMNS: dict[str, Any] = {
    "moved": select(_TABLE.c.moved).where(_TABLE.c.id == ONLY).scalar_subquery(),
    "wakes_at": select(_TABLE.c.wakes_at).where(_TABLE.c.id == ONLY).scalar_subquery(),
}


@dataclass(frozen=True)
class Seen:
    """What a poll learns from the one row: the stamp, and until when the card it holds is claimed."""

    moved: int
    held_until: datetime | None


def touch(wakes_at: datetime | None = None) -> None:
    """Move the stamp at the end of the transaction; `wakes_at` is when time alone will change something."""
    info = db.session().info
    info[_MARK] = True
    if wakes_at is not None:
        info[_WAKE] = min(wakes_at, info.get(_WAKE) or wakes_at)


def present(
    held: Sequence[int] = (),
    user_id: int | None = None,
    *,
    is_alone: bool = False,
    known: Mapping[str, Any] | None = None,
) -> Seen:
    """The stamp as it is now, in one query, or in none where `COLUMNS` are `known` from another a moment ago.

    What has run out in the meantime is cleared away first.

    With cards that a person holds, the first moment at which one of her claims on them ends. `is_alone` says that the
    question stands outside a transaction, see `foundation.connections`.
    """
    query = _ROW
    if held:
        mine = (Claim.id.in_(held), Claim.user_id == user_id)
        query = query.add_columns(select(func.min(Claim.expires_at)).where(*mine).scalar_subquery())
    found: Any = (known["moved"], known["wakes_at"]) if known and not held else db.session.execute(query).first()
    if found is None or found[0] is None:
        return Seen(0, None)
    moved, wakes_at, held_until = (*found, None)[:3]
    now = clock.now()
    if wakes_at is not None and wakes_at <= now:
        if is_alone:
            db.session.rollback()
        moved = _wake(now, wakes_at)
    return Seen(moved, held_until)


def _wake(now: datetime, expected: datetime) -> int:
    """Drop claims that ran out, note that snoozes have ended, and set the next moment. Of several pages one does it."""
    with unit_of_work():
        claims = select(func.min(Claim.expires_at)).where(Claim.expires_at > now).scalar_subquery()
        snoozes = select(func.min(Snooze.until)).where(Snooze.until > now).scalar_subquery()
        first, second = db.session.execute(select(claims, snoozes)).one()
        following = min((each for each in (first, second) if each is not None), default=None)
        mine: Any = db.session.execute(
            update(DeskStamp)
            .where(DeskStamp.id == ONLY, DeskStamp.wakes_at == expected)
            .values(wakes_at=following)
            .execution_options(synchronize_session=False)
        )
        if mine.rowcount:
            gone: Any = db.session.execute(delete(Claim).where(Claim.expires_at <= now))
            woken = select(Snooze.id).where(and_(Snooze.until >= expected, Snooze.until <= now))
            if gone.rowcount or db.session.scalar(woken.limit(1)) is not None:
                touch()
    return db.session.scalar(select(DeskStamp.moved).where(DeskStamp.id == ONLY)) or 0


def install() -> None:
    """Listen to every session; a second call changes nothing."""
    if not event.contains(Session, "before_commit", _before_commit):
        event.listen(Session, "before_commit", _before_commit)
        event.listen(Session, "after_transaction_end", _after_transaction_end)


def _before_commit(session: Session) -> None:
    if session.in_nested_transaction():
        return
    if session.new or session.dirty or session.deleted:
        session.flush()
    if not (session.info.get(_MARK) or SHOWN & session.info.get(audit.TOLD_OF, frozenset())):
        return
    values: dict[Any, Any] = {DeskStamp.moved: DeskStamp.moved + 1}
    wakes_at = session.info.get(_WAKE)
    statement = update(DeskStamp).where(DeskStamp.id == ONLY).execution_options(synchronize_session=False)
    session.execute(statement.values(values))
    if wakes_at is not None:
        later = or_(DeskStamp.wakes_at.is_(None), DeskStamp.wakes_at > wakes_at)
        session.execute(statement.where(later).values(wakes_at=wakes_at))


def _after_transaction_end(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        for name in (_MARK, _WAKE):
            session.info.pop(name, None)
