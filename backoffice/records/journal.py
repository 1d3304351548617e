"""What is done outside the database: written down as begun before it is touched, and as done or not done afterwards.

Each of the two is a transaction of its own with an entry in the trail; between them a row says what is open. Whatever
stops the process in between, a look at what is there tells later how it ended. An entry is never changed: the end is an
entry of its own, which carries the number of the beginning.

A `Witness` knows the things outside, such as files on a disk; this module knows none.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from flask import current_app
from sqlalchemy import JSON, BigInteger, ForeignKey, Integer, String, Text, delete, select, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped

from backoffice.foundation import clock
from backoffice.foundation.acting import acting, present
from backoffice.foundation.database import Model, UTCDateTime, db, labelled, unit_of_work
from backoffice.foundation.errors import DomainError, NotApplicable
from backoffice.foundation.i18n import _l
from backoffice.records import audit, undoing
from backoffice.records.audit import AuditEntry

#: What is open so long, nobody is doing any more.
LONGEST = timedelta(minutes=1)
#: The trail cuts what it calls a thing here; a longer name stands among the facts.
LONGEST_TITLE = 200

Facts = dict[str, Any]


class OpenAction(Model):
    """Something that was begun and of which nobody has written down yet how it ended."""

    __tablename__ = "open_actions"

    id: Mapped[int] = labelled(
        _l("Number"), BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    #: The entry that says it was begun.
    entry_id: Mapped[int] = labelled(_l("Entry"), BigInteger)
    action: Mapped[str] = labelled(_l("What"), String(80))
    title: Mapped[str] = labelled(_l("Record"), Text)
    facts: Mapped[Facts] = labelled(_l("Change"), JSON().with_variant(JSONB, "postgresql"), default=dict)
    actor_id: Mapped[int | None] = labelled(_l("Person"), ForeignKey("users.id", ondelete="SET NULL"))
    actor_name: Mapped[str] = labelled(_l("Who"), String(120))
    surface: Mapped[str] = labelled(_l("Through"), String(40))
    request_id: Mapped[str] = labelled(_l("Request"), String(20), index=True)
    process: Mapped[str] = labelled(_l("Process"), String(160))
    at: Mapped[datetime] = labelled(_l("When"), UTCDateTime, default=clock.now)


@dataclass(frozen=True)
class Opened:
    """An open action, past its row: what whoever carries it out needs to know."""

    id: int
    entry_id: int
    action: str
    title: str
    facts: Facts
    actor_id: int | None
    actor_name: str
    surface: str
    request_id: str


@dataclass(frozen=True)
class Ending:
    """How something ended: `reason` says why it was not done, `facts` add to what the trail tells of it."""

    is_done: bool
    reason: str = ""
    facts: Facts = field(default_factory=dict)


class Witness(Protocol):
    """Knows what things of one kind are like outside the database."""

    def alone(self) -> AbstractContextManager[None]:
        """Inside, nobody else changes anything there."""

    def found(self, opened: Opened) -> Ending:
        """Look whether it happened, and complete or clear away what was cut off in the middle."""

    def told(self, facts: Facts) -> Facts:
        """What of the facts people should read in the trail."""

    def follow(self, opened: Opened, ending: Ending) -> None:
        """Change rows that depend on how it ended, in the transaction that writes it down."""


@dataclass(frozen=True)
class _Someone:
    """Who began it, as the row remembers her."""

    id: int | None
    actor_name: str


_witnesses: dict[str, Callable[[], Witness]] = {}
_LATE = "refused_late"


def witnessed_by(resource: str, make: Callable[[], Witness]) -> None:
    """Ask this witness how actions of the resource ended, when whoever began them is gone."""
    _witnesses[resource] = make


def begin(witness: Witness, action: str, title: str, facts: Facts) -> Opened:
    """Write down that it is begun. Never commits; nothing outside may be touched before that is committed."""
    resource = action.split(".", 1)[0]
    db.session.flush()
    audit.note(f"{resource}.begun", title=title, doing=action, **_long(title), **witness.told(facts))
    entry = next(each for each in db.session.new if isinstance(each, AuditEntry))
    db.session.flush()
    now = present()
    row = OpenAction(
        entry_id=entry.id,
        action=action,
        title=title,
        facts=facts,
        actor_id=getattr(now.actor, "id", None),
        actor_name=(getattr(now.actor, "actor_name", None) or "nobody")[:120],
        surface=now.surface[:40],
        request_id=now.request_id[:20],
        process=process_name(),
    )
    db.session.add(row)
    db.session.flush()
    return _opened(row)


@contextmanager
def written_down(witness: Witness, action: str, title: str, facts: Facts) -> Iterator[None]:
    """Inside, it is done; before, it is written down as begun, afterwards as done or not done. Commits both.

    Enter it alone (see `Witness`) and with nothing in the database waiting to be committed. What a process that died
    had open in the same place is settled first.
    """
    settle_left(action.split(".", 1)[0], older_than=None, witness=witness)
    with unit_of_work():
        opened = begin(witness, action, title, facts)
    with _closing(witness, opened):
        yield


@contextmanager
def continued(witness: Witness, opened: Opened, facts: Facts) -> Iterator[None]:
    """The same for what was begun in an earlier transaction. Raises NotApplicable if it was given up meanwhile."""
    with unit_of_work():
        changed: Any = db.session.execute(update(OpenAction).where(OpenAction.id == opened.id).values(facts=facts))
    if not changed.rowcount:
        raise NotApplicable(_l("This took too long and was given up. Do it again."))
    with _closing(witness, Opened(**{**vars(opened), "facts": facts})):
        yield


def give_up(witness: Witness, opened: Opened, reason: str) -> None:
    """Write down that it was not done, where that is not written down yet: nothing outside was touched."""
    with unit_of_work():
        _close(witness, opened, Ending(False, reason))


def refuse_late(title: str, reason: str) -> None:
    """Remember that something promised for after the commit could not be done, for whoever reports what was done."""
    db.session().info.setdefault(_LATE, []).append((title, reason))


def late_refusals() -> list[tuple[str, str]]:
    """Titles and reasons of what could not be done after the commit; asked once."""
    found: list[tuple[str, str]] = db.session().info.pop(_LATE, [])
    return found


def settle_left(resource: str = "", older_than: timedelta | None = LONGEST, witness: Witness | None = None) -> int:
    """Write down how actions ended whose process is gone, or that are open longer than that; returns how many.

    Without a witness each kind asks its own and waits until nobody else changes anything there.
    """
    query = select(OpenAction).order_by(OpenAction.id)
    if resource:
        query = query.where(OpenAction.action.startswith(f"{resource}."))
    horizon = clock.now() - older_than if older_than is not None else None
    rows = db.session.scalars(query).all()
    left = [_opened(row) for row in rows if is_gone(row.process) or (horizon is not None and row.at < horizon)]
    if left:
        db.session.rollback()
    return sum(_settle(opened, witness) for opened in left)


def _settle(opened: Opened, witness: Witness | None) -> bool:
    if witness is not None:
        return _settle_alone(opened, witness)
    make = _witnesses.get(opened.action.split(".", 1)[0])
    if make is None:
        return False
    own = make()
    with own.alone():
        return _settle_alone(opened, own)


def _settle_alone(opened: Opened, witness: Witness) -> bool:
    try:
        with unit_of_work():
            row = db.session.get(OpenAction, opened.id, populate_existing=True)
            now = _opened(row) if row is not None else None
        return now is not None and _end(witness, now, settled=True)
    except Exception:
        # One that cannot be settled must not stand in the way of the others, nor of what people do next.
        db.session.rollback()
        current_app.logger.exception("what %s left cannot be settled", opened.action)
        return False


@contextmanager
def _closing(witness: Witness, opened: Opened) -> Iterator[None]:
    try:
        yield
    except BaseException as error:
        db.session.rollback()
        _end_quietly(witness, opened, reason=_reason(error))
        raise
    _end_quietly(witness, opened)


def _end_quietly(witness: Witness, opened: Opened, reason: str = "") -> None:
    """What happened outside has happened: if the database does not take it now, it is settled later."""
    try:
        _end(witness, opened, reason)
    except Exception:
        db.session.rollback()
        current_app.logger.exception("how %s ended is not written down yet", opened.action)


def _end(witness: Witness, opened: Opened, reason: str = "", settled: bool = False) -> bool:
    ending = witness.found(opened)
    if not ending.is_done and reason:
        ending = Ending(False, reason, ending.facts)
    if settled:
        ending = Ending(ending.is_done, ending.reason, {**ending.facts, "settled": True})
    with unit_of_work():
        return _close(witness, opened, ending)


def _close(witness: Witness, opened: Opened, ending: Ending) -> bool:
    """Write down the end unless somebody has; says whether it did."""
    gone: Any = db.session.execute(
        delete(OpenAction).where(OpenAction.id == opened.id), execution_options={"synchronize_session": False}
    )
    if not gone.rowcount:
        return False
    resource = opened.action.split(".", 1)[0]
    facts = {**_long(opened.title), **witness.told(opened.facts), **ending.facts, "begun": opened.entry_id}
    someone = _Someone(opened.actor_id, opened.actor_name)
    with acting(actor=someone, surface=opened.surface, request_id=opened.request_id, action=None):
        if ending.is_done:
            audit.note(opened.action, title=opened.title, **facts)
        else:
            audit.note(f"{resource}.not_done", title=opened.title, doing=opened.action, reason=ending.reason, **facts)
        db.session.flush()
        witness.follow(opened, ending)
    if not ending.is_done:
        others = select(OpenAction.id).where(OpenAction.request_id == opened.request_id).limit(1)
        if db.session.scalar(others) is None:
            undoing.nothing_came_of(opened.request_id)
    return True


def process_name() -> str:
    """The machine and process this runs in, told apart from a later one of the same number."""
    return f"{socket.gethostname()[:100]}/{os.getpid()}/{_started(os.getpid())}"


def is_gone(process: str) -> bool:
    """Whether a process of this machine has ended; of other machines nothing is known."""
    host, number, started = process.rsplit("/", 2)
    if host != socket.gethostname()[:100]:
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return _started(int(number)) != started


def _started(number: int) -> str:
    """When a process started, in the units of the system; empty where the system does not tell."""
    try:
        told = Path(f"/proc/{number}/stat").read_text()
    except OSError:
        return ""
    return told.rpartition(")")[2].split()[19]


def _opened(row: OpenAction) -> Opened:
    return Opened(**{name: getattr(row, name) for name in Opened.__dataclass_fields__})


def _long(title: str) -> Facts:
    return {"path": title} if len(title) > LONGEST_TITLE else {}


def _reason(error: BaseException) -> str:
    if isinstance(error, DomainError):
        return str(error.message)
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    return type(error).__name__
