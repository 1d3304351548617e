"""What happens when a role of a person ends: it is taken from her, and she is told, once before and once then."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import Select, select

from backoffice.accounts import giving, notices, sessions
from backoffice.accounts.models import RoleTerm, User
from backoffice.foundation import clock
from backoffice.foundation.acting import acting
from backoffice.foundation.database import db
from backoffice.records import outbox
from backoffice.records.policies import ROLE_REMINDER_DAYS, value_of

#: What the trail calls it.
ENDED = "user.role_ended"


def over() -> Select[RoleTerm]:
    """Ends that have come: their roles count no longer, and wait to be taken."""
    return select(RoleTerm).where(RoleTerm.until <= clock.now()).order_by(RoleTerm.until, RoleTerm.id)


def near() -> Select[RoleTerm]:
    """Ends of which the person was not told yet, though the policy says that it is time."""
    now = clock.now()
    soon = now + timedelta(days=value_of(ROLE_REMINDER_DAYS))
    due = (RoleTerm.reminded_at.is_(None), RoleTerm.until > now, RoleTerm.until <= soon)
    return select(RoleTerm).where(*due).order_by(RoleTerm.until, RoleTerm.id)


def take_over(term: RoleTerm, *, actor: Any) -> None:
    """Take a role that has ended from its person, with an entry of its own, and tell her. Never commits."""
    user, role = term.user, term.role
    with acting(actor=actor, action=ENDED):
        giving.drop(user, role)
        db.session.flush()
        sessions.end_where_rights_went([(user, role.granted)])
    _tell(user, "role_ended", role=role.name, until=term.until)


def remind(term: RoleTerm) -> None:
    """Tell the person that a role of hers ends soon; once for each end. Never commits."""
    term.reminded_at = clock.now()
    _tell(term.user, "role_ends", role=term.role.name, until=term.until)


def _tell(user: User, template: str, **facts: Any) -> None:
    to = notices.address_of(user, notices.Notice.ROLES)
    if to is not None:
        outbox.promise(template, to, user=user, stop=notices.stop_of(user, notices.Notice.ROLES), **facts)
