"""Seeing the back office as another: as a person, or with the rights of one role."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from backoffice.accounts.guards import covers
from backoffice.accounts.models import Role, User
from backoffice.foundation.database import db
from backoffice.foundation.errors import NotAllowed, NotApplicable
from backoffice.foundation.i18n import _l
from backoffice.foundation.permissions import Can, is_allowed

#: Where the session of a browser remembers it: `["role", 3]` or `["person", 5]`.
SESSION_KEY = "view_as"


class InRole:
    """Whoever looks, with the rights of one role and no others; what is her own stays her own."""

    def __init__(self, person: User, role: Role) -> None:
        self._person = person
        self.in_role = role.id
        self.granted = dict(role.granted)
        self.roles = self.present_roles = [role]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._person, name)


@dataclass(frozen=True)
class Viewing:
    """As whom somebody sees the back office: whose rights hold, and what it is called."""

    actor: Any
    title: str
    is_role: bool


def as_role(person: User, role: Role) -> Viewing:
    """See it with the rights of the role. Raises NotAllowed or NotApplicable."""
    _refuse(person, role.name, role.granted)
    return Viewing(InRole(person, role), role.name, True)


def as_person(person: User, other: User) -> Viewing:
    """See it as the other does. Raises NotAllowed or NotApplicable."""
    if other.id == person.id:
        raise NotApplicable(_l("You see the back office as yourself already."))
    if not other.is_active:
        raise NotApplicable(_l("%(name)s is deactivated and sees nothing.", name=other.title_text))
    _refuse(person, other.title_text, other.granted)
    return Viewing(other, other.title_text, False)


def found(person: User, kind: str, number: int) -> Viewing | None:
    """The viewing that was begun, as long as it may go on; None once it may not."""
    target: Any = db.session.get(Role if kind == "role" else User, number)
    try:
        if isinstance(target, Role):
            return as_role(person, target)
        return as_person(person, target) if isinstance(target, User) else None
    except (NotAllowed, NotApplicable):
        return None


def _refuse(person: User, title: str, granted: Any) -> None:
    """Nobody sees more through the eyes of another than he may see himself."""
    if not is_allowed(person, Can.USER_VIEW_AS):
        raise NotAllowed(permission=Can.USER_VIEW_AS.value)
    if not granted:
        raise NotApplicable(_l("%(name)s may open nothing of the back office.", name=title))
    for permission, reach in granted.items():
        if not covers(person.granted, permission, reach):
            raise NotAllowed(_l("%(name)s may do more than you (%(permission)s).", name=title, permission=permission))
