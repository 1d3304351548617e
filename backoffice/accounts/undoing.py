"""How changes of people and roles are taken back: by the operations that know who may give what to whom."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from backoffice.accounts import guards
from backoffice.accounts.models import Role, User
from backoffice.accounts.operations import deactivate, reactivate, set_permissions, set_roles
from backoffice.foundation.database import db
from backoffice.records.undoing import guard_undo, undo_by


def install() -> None:
    """Tell the undoing how."""
    guard_undo(User, guards.refuse_above)
    guard_undo(Role, lambda actor, role: guards.refuse_what_the_actor_lacks(actor, role.granted))
    undo_by(User, "roles", _roles)
    undo_by(User, "is_active", _is_active)
    undo_by(Role, "grants", _grants)


def _roles(user: User, before: list[int], after: list[int], *, actor: Any) -> None:
    held = [role for role in user.roles if role.id not in (after or ())]
    back = db.session.scalars(select(Role).where(Role.id.in_(before or ()))).all()
    set_roles(user, actor=actor, roles=[*held, *(role for role in back if role not in held)])


def _is_active(user: User, before: bool, _after: bool, *, actor: Any) -> None:
    operation = reactivate if before else deactivate
    if user.is_active != before:
        operation(user, actor=actor)


def _grants(role: Role, before: list[str], after: list[str], *, actor: Any) -> None:
    granted = dict(role.granted)
    for title in after or ():
        granted.pop(_parted(title)[0], None)
    set_permissions(role, actor=actor, permissions={**granted, **dict(map(_parted, before or ()))})


def _parted(title: str) -> tuple[str, str]:
    """Permission and reach of a grant as the trail tells it: `post.edit` or `post.edit (own)`."""
    permission, _space, reach = title.partition(" ")
    return permission, reach.strip("()") or "all"
