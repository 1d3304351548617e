"""Rules over several people: who stands above whom, and that somebody always holds the keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from backoffice.accounts import queries
from backoffice.accounts.models import Role, User
from backoffice.foundation.database import db
from backoffice.foundation.errors import NotAllowed, NotApplicable
from backoffice.foundation.i18n import _l
from backoffice.foundation.permissions import ALL, EVERYTHING, OWN


def covers(granted: Mapping[str, str], permission: str, reach: str) -> bool:
    """Whether grants include this permission with at least this reach."""
    if EVERYTHING in granted:
        return True
    held = granted.get(permission)
    if held is None or permission == EVERYTHING:
        return False
    if held in (ALL, reach):
        return True
    return OWN not in (held, reach) and reach != ALL and set(reach.split(",")) <= set(held.split(","))


def refuse_what_the_actor_lacks(actor: Any, granted: Mapping[str, str]) -> None:
    """Nobody gives or takes what he does not hold himself."""
    for permission, reach in granted.items():
        if not covers(actor.granted, permission, reach):
            raise NotAllowed(
                _l(
                    "You do not hold %(permission)s yourself, so you cannot give or take it.",
                    permission=permission,
                )
            )


def refuse_above(actor: Any, user: User) -> None:
    """Nobody changes a person who may do more than he."""
    for permission, reach in user.granted.items():
        if not covers(actor.granted, permission, reach):
            raise NotAllowed(
                _l(
                    "%(name)s may do more than you (%(permission)s).",
                    name=user.title_text,
                    permission=permission,
                )
            )


def refuse_the_whole_key(actor: Any, role: Role) -> None:
    """The role that holds every permission stays as it is."""
    if role.holds_everything:
        raise NotApplicable(_l("The role that holds every permission cannot be changed."))


def refuse_without_administrator() -> None:
    """At least one active person holds every permission after the change that was just made.

    Two who make such a change at the same moment wait for each other here, so that each sees what the other did.
    """
    db.session.flush()
    # Without a lock PostgreSQL shows each of them the database as it was before the other.
    db.session.scalars(queries.roles_with_everything().with_for_update(key_share=True)).all()
    if db.session.scalars(queries.holders_of_everything().limit(1)).first() is None:
        raise NotApplicable(_l("Somebody has to hold every permission. Give another person that role first."))
