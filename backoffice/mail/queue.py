"""The queue as a whole: while the server is away or refuses the house, all mail waits, and nothing of it is used up.

Whoever finds out writes it down for all processes. Now and then one of them sends one mail, to see whether it works
again; as soon as it does, everything that only waited for the server is due.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import Select, and_, delete, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from backoffice.foundation import clock
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.errors import NotAllowed, NotApplicable
from backoffice.foundation.i18n import _l
from backoffice.foundation.permissions import Can, is_allowed
from backoffice.mail.models import MailPause, Trouble
from backoffice.records import audit
from backoffice.records.outbox import LONGEST_ERROR, MailStatus, OutboxMail, wake

#: How often somebody looks whether the server is back, and whether the settings were put right.
LOOKS = {Trouble.AWAY: timedelta(seconds=8), Trouble.SETTINGS: timedelta(minutes=3)}
#: Clocks of two machines may differ by so much; what was written further ahead was written by a wrong one.
SKEW = timedelta(minutes=1)
#: So long a process that is not heard of is believed to be at it.
LEASE = timedelta(seconds=25)
_THE_ONE = 1


def pause() -> MailPause | None:
    """Why everything waits, if it does; reads only."""
    return db.session.get(MailPause, _THE_ONE, populate_existing=True)


def halt(why: Trouble, words: str) -> None:
    """Let everything wait, and look again a little later. Commits."""
    now = clock.now()
    told = {"why": why, "words": words[:LONGEST_ERROR], "next_at": now + LOOKS[why], "set_at": now}
    table: Any = MailPause.__table__
    with unit_of_work():
        changed = update(table).where(table.c.id == _THE_ONE).values(tries=table.c.tries + 1, **told)
        if not _count(changed):
            insert = _insert(table).values(id=_THE_ONE, since=now, tries=1, **told)
            db.session.execute(insert.on_conflict_do_nothing(index_elements=["id"]))


def may_look(found: MailPause) -> bool:
    """Whether this process, and no other, is to find out now whether it works again. Commits."""
    now = clock.now()
    table: Any = MailPause.__table__
    mine = (
        update(table)
        .where(table.c.id == _THE_ONE, or_(table.c.next_at <= now, table.c.set_at > now + SKEW))
        .values(next_at=now + LOOKS[found.why], set_at=now)
    )
    with unit_of_work():
        return bool(_count(mine))


def go_on() -> bool:
    """It works again: what waited for the server is due. Whether it was waiting. Commits."""
    with unit_of_work():
        if not _count(delete(MailPause)):
            return False
        now = clock.now()
        _count(
            update(OutboxMail)
            .where(OutboxMail.status == MailStatus.WAITING, OutboxMail.for_server)
            .values(next_at=now, set_at=now, for_server=False)
        )
        wake()
    return True


def try_now(*, actor: Any) -> None:
    """Look at once whether it works again. Never commits. Raises NotApplicable where nothing waits for that."""
    if not is_allowed(actor, Can.MAIL_RETRY):
        raise NotAllowed
    now = clock.now()
    found = pause()
    if found is None:
        raise NotApplicable(_l("The outbox is not paused."))
    found.next_at, found.set_at = now, now
    audit.note("mail.try", title=found.words)
    wake()


def waiting_since() -> Select[Any]:
    """The moment since which the oldest mail waits that is due, or null."""
    due = (OutboxMail.status == MailStatus.WAITING, OutboxMail.next_at <= clock.now())
    return select(func.min(OutboxMail.next_at)).where(*due)


def is_due() -> bool:
    """Whether there is anything to deliver now, or to find out; reads only."""
    now = clock.now()
    found = pause()
    if found is not None:
        return found.next_at <= now or found.set_at > now + SKEW
    some: tuple[Callable[[Any], Any], ...] = (is_ready, is_lost, is_misdated)
    return any(db.session.scalar(select(OutboxMail.id).where(each(now)).limit(1)) for each in some)


def is_ready(now: Any) -> Any:
    """The criterion for mail that is due."""
    return and_(OutboxMail.status == MailStatus.WAITING, OutboxMail.next_at <= now)


def is_lost(now: Any) -> Any:
    """The criterion for mail whose process has not been heard of."""
    far = now + LEASE + SKEW
    late = or_(OutboxMail.lease_until <= now, OutboxMail.lease_until > far)
    return and_(OutboxMail.status == MailStatus.SENDING, late)


def is_misdated(now: Any) -> Any:
    """The criterion for mail whose next attempt was set while the clock was ahead."""
    return and_(OutboxMail.status == MailStatus.WAITING, OutboxMail.next_at > now, OutboxMail.set_at > now + SKEW)


def _insert(table: Any) -> Any:
    return {"sqlite": sqlite.insert, "postgresql": postgresql.insert}[db.engine.dialect.name](table)


def _count(statement: Any) -> int:
    result: Any = db.session.execute(statement.execution_options(synchronize_session=False))
    return int(result.rowcount)
