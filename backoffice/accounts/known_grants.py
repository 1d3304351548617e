"""What the person who is signed in may do, found by the query that finds her, and forgotten when a role changes."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ScalarSelect, event, func, select
from sqlalchemy.orm import Session

from backoffice.accounts import terms
from backoffice.accounts.models import KNOWN_GRANTS, Role, RoleGrant, RoleTerm, User, user_roles, widest

_BETWEEN, _WITHIN = ";", "="


def as_text() -> ScalarSelect[str | None]:
    """All grants of the roles that a `User` has at this moment in the same query, as one text."""
    each = RoleGrant.permission + _WITHIN + RoleGrant.reach
    return (
        select(func.aggregate_strings(each, _BETWEEN))
        .join(user_roles, user_roles.c.role_id == RoleGrant.role_id)
        .where(user_roles.c.user_id == User.id, terms.counts())
        .correlate(User)
        .scalar_subquery()
    )


def remember(user: User, text: str | None) -> None:
    """Let the person answer from what `as_text` found, as long as her roles stay as they are."""
    grants = text.split(_BETWEEN) if text else ()
    user.__dict__[KNOWN_GRANTS] = widest(
        (name, reach) for name, _, reach in (grant.partition(_WITHIN) for grant in grants)
    )


def _forget(user: User | None, *_anything: Any) -> None:
    if user is not None:  # what is expired may have been let go already
        user.__dict__.pop(KNOWN_GRANTS, None)


for _change in ("append", "remove", "bulk_replace"):
    event.listen(User.roles, _change, _forget)
    event.listen(User.terms, _change, _forget)
event.listen(User, "expire", _forget)


@event.listens_for(Session, "after_flush")
def _forget_all(session: Session, _context: Any) -> None:
    """A role was changed: nobody in this session knows any more what she may do."""
    if any(isinstance(item, Role | RoleGrant | RoleTerm) for item in (*session.new, *session.dirty, *session.deleted)):
        for item in session.identity_map.values():
            if isinstance(item, User):
                _forget(item)
