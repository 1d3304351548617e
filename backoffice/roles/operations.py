"""What people do with roles beyond one form: change several at once, copy one, and give a default role back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from backoffice.accounts import guards
from backoffice.accounts.default_roles import DEFAULT_ROLES, DefaultRole
from backoffice.accounts.models import Role
from backoffice.accounts.operations import change_permissions, grant_exactly, set_permissions
from backoffice.foundation.acting import acting
from backoffice.foundation.database import db
from backoffice.foundation.errors import InvalidInput, NotAllowed, NotApplicable
from backoffice.foundation.i18n import _l, message_of
from backoffice.foundation.operations import operation
from backoffice.foundation.permissions import EVERYTHING, Can, is_allowed
from backoffice.foundation.text import clean_line
from backoffice.roles.differences import changes_between

LONGEST_NAME = 40
DEFAULTS: Mapping[str, DefaultRole] = {role.name: role for role in DEFAULT_ROLES}


@operation(
    Role,
    needs=Can.ROLE_EDIT,
    label=_l("Restore default"),
    done=_l("Default restored"),
    icon="undo",
    in_lists=False,
    as_button=False,
    when=lambda role: is_restorable(role),
)
def restore_default(role: Role, *, actor: Any) -> None:
    """Let the role grant what it grants in a new installation, and say so."""
    default = DEFAULTS[str(role.began_as)]
    with db.session.no_autoflush:  # one change, and one entry
        role.description = message_of(default.description)
        change_permissions(role, actor=actor, permissions=default.grants)


def is_restorable(role: Role) -> bool:
    """Whether a new installation has this role, and it can be changed at all."""
    default = DEFAULTS.get(role.began_as or "")
    return default is not None and EVERYTHING not in default.grants


def clone(role: Role, *, actor: Any, name: str) -> Role:
    """Make a new role that grants the same. Nobody copies what he does not hold; raises as `make` does."""
    with acting(actor=actor, action="role.clone"):
        return make(name, role.description, role.granted, actor=actor)


def make(name: str, description: str, permissions: Mapping[str, str], *, actor: Any) -> Role:
    """A new role; raises as `check_new` does."""
    name = check_new(name, permissions, actor=actor)
    role = Role(name=name, description=clean_line(description))
    grant_exactly(role, permissions)
    db.session.add(role)
    db.session.flush()
    return role


def check_new(name: str, permissions: Mapping[str, str], *, actor: Any) -> str:
    """The name as it will be kept. Raises NotAllowed, NotApplicable, or InvalidInput where it is none or taken."""
    if not is_allowed(actor, Can.ROLE_CREATE):
        raise NotAllowed(permission=Can.ROLE_CREATE.value)
    if EVERYTHING in permissions:
        raise NotApplicable(_l("Only the role administrator holds every permission."))
    name = clean_line(name)
    if not name:
        raise InvalidInput(_l("Give the role a name."), field="name")
    if len(name) > LONGEST_NAME:
        raise InvalidInput(_l("A name has at most %(num)s characters.", num=LONGEST_NAME), field="name")
    if db.session.scalar(select(Role.id).where(Role.name == name)) is not None:
        raise InvalidInput(_l("There is a role %(name)s already.", name=name), field="name")
    guards.refuse_what_the_actor_lacks(actor, permissions)
    return name


def change_grants(wanted: Mapping[Role, Mapping[str, str]], *, actor: Any) -> list[Role]:
    """Let each role grant exactly this; those that do already are left alone. Returns those that changed."""
    changed = [role for role, permissions in wanted.items() if changes_between(role.granted, permissions)]
    for role in sorted(changed, key=lambda role: role.id):  # in one order, so that two who do it wait for each other
        set_permissions(role, actor=actor, permissions=wanted[role])
    return changed


def check_grants(wanted: Mapping[Role, Mapping[str, str]], *, actor: Any) -> None:
    """Raise what `change_grants` would raise, and change nothing."""
    for role, permissions in wanted.items():
        if not changes_between(role.granted, permissions):
            continue
        if not set_permissions.is_allowed(actor, role):
            raise NotAllowed(permission=set_permissions.needs.value)
        guards.refuse_other_permissions(actor, role, permissions)
