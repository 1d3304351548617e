"""Putting a comment off: it waits, out of sight, until a moment. Nothing about the comment itself changes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from backoffice.foundation import clock
from backoffice.foundation.database import db
from backoffice.foundation.errors import InvalidInput
from backoffice.foundation.i18n import Text, _l
from backoffice.moderation import stamps
from backoffice.moderation.models import Snooze

#: Nobody puts a comment off for longer.
LONGEST = timedelta(days=60)
#: What may be chosen, and what each is called. The first is what one key does.
CHOICES: dict[str, Text] = {
    "2h": _l("2 hours"),
    "4h": _l("4 hours"),
    "morning": _l("Tomorrow at 9:00"),
    "monday": _l("Monday at 9:00"),
}
_MORNING = 9


def moment_of(choice: str, zone: ZoneInfo) -> datetime:
    """When a choice ends, in the zone of whoever chose. Raises InvalidInput for what is none."""
    now = clock.now()
    if choice in ("2h", "4h"):
        return now + timedelta(hours=int(choice[0]))
    local = now.astimezone(zone).replace(hour=_MORNING, minute=0, second=0, microsecond=0)
    if choice == "morning":
        return local + timedelta(days=1)
    if choice == "monday":
        return local + timedelta(days=7 - local.weekday())
    raise InvalidInput(_l("Choose one of the list."), field="until")


def put_off(comment_id: int, until: datetime, *, actor: Any) -> Snooze:
    """Keep a comment out of sight until then. Never commits. Raises InvalidInput for a moment past or far off."""
    now = clock.now()
    if not now < until <= now + LONGEST:
        raise InvalidInput(_l("Choose a time within the next 60 days."), field="until")
    given = {"user_id": actor.id, "who": who(actor)[:80], "until": until, "set_at": now}
    snooze = db.session.get(Snooze, comment_id)
    if snooze is None:
        snooze = Snooze(id=comment_id, **given)
        try:
            with db.session.begin_nested():
                db.session.add(snooze)
        except IntegrityError:
            snooze = db.session.get_one(Snooze, comment_id, populate_existing=True)
    for name, value in given.items():
        setattr(snooze, name, value)
    stamps.touch(until)
    return snooze


def wake(comment_id: int) -> bool:
    """Let a comment wait in sight again; whether it was out of it. Never commits."""
    here = (Snooze.id == comment_id, Snooze.until > clock.now())
    found: Any = db.session.execute(delete(Snooze).where(*here))
    stamps.touch()
    return bool(found.rowcount)


def who(actor: Any) -> str:
    """What colleagues call the actor."""
    return str(getattr(actor, "title_text", None) or actor.actor_name)


def among(ids: Iterable[int]) -> dict[int, Snooze]:
    """What of these is put off at the moment, or was."""
    return {each.id: each for each in db.session.scalars(select(Snooze).where(Snooze.id.in_(list(ids))))}
