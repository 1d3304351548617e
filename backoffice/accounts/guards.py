"""Rules over several people: who stands above whom, and that somebody always holds the keys."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from backoffice.accounts import queries
from backoffice.accounts.models import Role, User, widest
from backoffice.foundation import clock
from backoffice.foundation.database import db
from backoffice.foundation.errors import NotAllowed, NotApplicable
from backoffice.foundation.i18n import _l
from backoffice.foundation.permissions import ALL, EVERYTHING, OWN, has_part


def covers(granted: Mapping[str, str], permission: str, reach: str) -> bool:
    """Whether grants include this permission with at least this reach."""
    if EVERYTHING in granted:
        return True
    held = granted.get(permission)
    if held is None or permission == EVERYTHING:
        return False
    if held in (ALL, reach):
        return True
    return OWN not in (held, reach) and reach != ALL and all(has_part(held, part) for part in reach.split(","))


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


def refuse_giving(actor: Any, granted: Mapping[str, str], until: datetime | None = None) -> None:
    """Nobody gives what he does not hold himself, nor for longer than he holds it; without `until` it is for ever."""
    refuse_what_the_actor_lacks(actor, granted)
    for permission, reach in granted.items():
        end = held_until(actor, permission, reach)
        if end is not None and (until is None or until > end):
            raise NotAllowed(
                _l(
                    "You hold %(permission)s until %(moment)s only, so you cannot give it for longer.",
                    permission=permission,
                    moment=f"{end:%Y-%m-%d %H:%M} UTC",
                )
            )


def held_until(actor: Any, permission: str, reach: str) -> datetime | None:
    """The moment from which on the actor's roles do not cover this grant any more; None where there is none.

    For what he does not hold at all that is now.
    """
    roles = getattr(actor, "present_roles", None)
    if roles is None:
        return None
    ends = {role: actor.end_of(role) for role in roles}
    for end in (None, *sorted({end for end in ends.values() if end is not None}, reverse=True)):
        lasting = [role for role in roles if ends[role] is None or (end is not None and ends[role] >= end)]
        if covers(widest(grant for role in lasting for grant in role.granted.items()), permission, reach):
            return end
    return clock.now()


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


def refuse_other_permissions(actor: Any, role: Role, permissions: Mapping[str, str]) -> None:
    """What a role grants is changed only where the actor holds all that is given and all that is taken."""
    refuse_the_whole_key(actor, role)
    if EVERYTHING in permissions:
        raise NotApplicable(_l("Only the role administrator holds every permission."))
    before = role.granted
    changed = {
        name: reach for name, reach in {**before, **permissions}.items() if before.get(name) != permissions.get(name)
    }
    refuse_giving(actor, {name: reach for name, reach in changed.items() if name in permissions})
    refuse_what_the_actor_lacks(actor, {name: before[name] for name in changed if name in before})


def refuse_without_administrator() -> None:
    """At least one active person holds every permission, without an end, after the change that was just made.

    Two who make such a change at the same moment wait for each other here, so that each sees what the other did.
    """
    db.session.flush()
    # Without a lock PostgreSQL shows each of them the database as it was before the other.
    db.session.scalars(queries.roles_with_everything().with_for_update(key_share=True)).all()
    if db.session.scalars(queries.holders_of_everything().limit(1)).first() is None:
        raise NotApplicable(
            _l("Somebody has to hold every permission without an end. Give another person that role first.")
        )
