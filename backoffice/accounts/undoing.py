"""How changes of people and roles are taken back: by the operations that know who may give what to whom."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from backoffice.accounts import giving, guards
from backoffice.accounts.leaving import Drafts
from backoffice.accounts.models import Role, User
from backoffice.accounts.operations import deactivate, reactivate, set_permissions, set_roles
from backoffice.foundation import clock
from backoffice.foundation.database import db
from backoffice.foundation.errors import NotApplicable
from backoffice.foundation.i18n import _l
from backoffice.records.audit import CHANGED, AuditEntry
from backoffice.records.undoing import guard_undo, undo_by


def install() -> None:
    """Tell the undoing how."""
    guard_undo(User, guards.refuse_above)
    guard_undo(Role, lambda actor, role: guards.refuse_what_the_actor_lacks(actor, role.granted))
    undo_by(User, "roles", _roles)
    undo_by(User, "terms", _terms)
    undo_by(User, "is_active", _is_active)
    undo_by(Role, "grants", _grants)


def _roles(user: User, before: list[int], after: list[int], *, actor: Any) -> None:
    held = [role for role in user.roles if role.id not in (after or ())]
    back = db.session.scalars(select(Role).where(Role.id.in_(before or ()))).all()
    set_roles(user, actor=actor, roles=[*held, *(role for role in back if role not in held)])


def _terms(user: User, before: list[str] | None, after: list[str] | None, *, actor: Any) -> None:
    """Put the ends of roles back that were there before; see `RoleTerm.title_text`."""
    held = _by_every_name(user.roles)
    ends = {name: until for name, until in map(_ended, before or ()) if name in held}
    for until in ends.values():
        if until <= clock.now():
            raise NotApplicable(_l("That time is over. Give the role with another end instead."))
    for name in {name for name, _until in map(_ended, after or ()) if name in held} | set(ends):
        role = held[name]
        if user.end_of(role) != ends.get(name):
            giving.give_role(user, actor=actor, role=role.name, until=ends.get(name))


def _by_every_name(roles: Iterable[Role]) -> dict[str, Role]:
    """The roles by their names and by those they had before, as the trail tells them; a present name goes first."""
    present = {role.name: role for role in roles}
    by_id = {role.id: role for role in present.values()}
    entries = select(AuditEntry).where(
        AuditEntry.target_type == Role.resource, AuditEntry.target_id.in_(by_id), AuditEntry.effect == CHANGED
    )
    earlier = {}
    for entry in db.session.scalars(entries.order_by(AuditEntry.id)):
        if "name" in entry.changes:
            earlier[str(entry.changes["name"][0])] = by_id[entry.target_id or 0]
    return {**earlier, **present}


def _ended(title: str) -> tuple[str, datetime]:
    """Name of the role and end, of an end as the trail tells it."""
    name, _until, moment = title.rpartition(" until ")
    return name, datetime.strptime(moment, "%Y-%m-%d %H:%M:%S UTC").replace(tzinfo=UTC)


def _is_active(user: User, before: bool, _after: bool, *, actor: Any) -> None:
    if user.is_active == before:
        return
    if before:
        reactivate(user, actor=actor)
    else:
        deactivate(user, actor=actor, drafts=Drafts.LEAVE.value)


def _grants(role: Role, before: list[str], after: list[str], *, actor: Any) -> None:
    granted = dict(role.granted)
    for title in after or ():
        granted.pop(_parted(title)[0], None)
    set_permissions(role, actor=actor, permissions={**granted, **dict(map(_parted, before or ()))})


def _parted(title: str) -> tuple[str, str]:
    """Permission and reach of a grant as the trail tells it: `post.edit` or `post.edit (own)`."""
    permission, _space, reach = title.partition(" ")
    return permission, reach.strip("()") or "all"
