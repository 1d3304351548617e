"""One role given to people or taken from them, with or without an end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from wtforms import SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from backoffice.accounts import guards, notices, queries, sessions
from backoffice.accounts.models import Role, RoleTerm, User
from backoffice.foundation import clock
from backoffice.foundation.confirming import ask_again
from backoffice.foundation.database import db
from backoffice.foundation.errors import InvalidInput, NotApplicable
from backoffice.foundation.fields import MomentField, options
from backoffice.foundation.forms import InputForm
from backoffice.foundation.i18n import _l
from backoffice.foundation.operations import operation
from backoffice.foundation.permissions import Can
from backoffice.foundation.text import clean_line
from backoffice.records import outbox


class RoleForm(InputForm):
    """Which role."""

    role = SelectField(
        _l("Role"), [InputRequired(_l("Choose a role."))], choices=lambda: _choices(_all_roles()), validate_choice=False
    )

    def about(self, records: Sequence[User], actor: Any, count: int) -> None:
        """Leave out the roles that the actor may not give."""
        self.role.choices = _choices(_may_be_given(actor))


class GiveRoleForm(RoleForm):
    """Which role, and until when."""

    until = MomentField(_l("Until"), description=_l("empty: without an end"))


class TakeRoleForm(RoleForm):
    """Which of the roles that the people have."""

    def about(self, records: Sequence[User], actor: Any, count: int) -> None:
        """Leave out the roles that the actor may not take, and those that none of the people has."""
        held = {role.id for user in records for role in user.roles}
        is_all = count > len(records)
        self.role.choices = _choices(
            [role for role in _may_be_given(actor) if is_all or role.id in held],
        )


@operation(
    User,
    needs=Can.ROLE_GRANT,
    label=_l("Give a role"),
    done=_l("Role given"),
    icon="key",
    takes=GiveRoleForm,
    as_button=False,
)
def give_role(user: User, *, actor: Any, role: str, until: datetime | None = None) -> None:
    """Give the person a role until a moment or without an end; a role that she has gets that end.

    Raises NotAllowed for what the actor does not hold himself, or not for so long.
    """
    given = role_called(role)
    until = until.replace(microsecond=0) if until is not None else None
    if until is not None and until <= clock.now():
        raise InvalidInput(_l("Choose a moment to come."), field="until")
    guards.refuse_above(actor, user)
    guards.refuse_giving(actor, given.granted, until)
    if given in user.roles and user.end_of(given) == until:
        raise NotApplicable(_l("%(name)s has this role already.", name=user.title_text))
    ask_again()
    is_new = given not in user.roles
    if is_new:
        user.roles = sorted([*user.roles, given], key=lambda one: one.name)
    end(user, given, until)
    guards.refuse_without_administrator()
    if is_new:
        tell(user, [given], until=until, actor=actor)


@operation(
    User,
    needs=Can.ROLE_GRANT,
    label=_l("Take a role"),
    done=_l("Role taken"),
    icon="x",
    takes=TakeRoleForm,
    as_button=False,
)
def take_role(user: User, *, actor: Any, role: str) -> None:
    """Take a role from the person."""
    taken = role_called(role)
    guards.refuse_above(actor, user)
    guards.refuse_what_the_actor_lacks(actor, taken.granted)
    if taken not in user.roles:
        raise NotApplicable(_l("%(name)s does not have this role.", name=user.title_text))
    ask_again()
    granted = dict(user.granted)
    drop(user, taken)
    guards.refuse_without_administrator()
    sessions.end_where_rights_went([(user, granted)])


def end(user: User, role: Role, until: datetime | None) -> None:
    """Let the role of the person end at this moment, or never. Asks nobody."""
    term = next((term for term in user.terms if term.role_id == role.id), None)
    if until is None:
        if term is not None:
            user.terms.remove(term)
    elif term is None:
        user.terms.append(RoleTerm(role_id=role.id, role=role, until=until))
    elif term.until != until:
        term.until, term.reminded_at = until, None


def drop(user: User, role: Role) -> None:
    """Take the role and its end from the person. Asks nobody."""
    user.roles = [one for one in user.roles if one is not role]
    end(user, role, None)


def tell(user: User, given: Sequence[Role], *, actor: Any, until: datetime | None = None) -> None:
    """Promise the person a mail about roles she was given, in one. Never commits.

    Not to herself, nor to who cannot come in yet and hears of her roles with the invitation.
    """
    to = notices.address_of(user, notices.Notice.ROLES)
    if not given or to is None or user.password_hash is None or getattr(actor, "id", None) == user.id:
        return
    outbox.promise(
        "role_granted",
        to,
        user=user,
        stop=notices.stop_of(user, notices.Notice.ROLES),
        roles=[role.name for role in given],
        until=until,
        by=getattr(actor, "name", None) or "",
    )


def role_called(name: str) -> Role:
    """The role of this name. Raises InvalidInput."""
    found = db.session.scalar(select(Role).where(Role.name == clean_line(name)))
    if found is None:
        raise InvalidInput(_l("There is no role %(name)s.", name=clean_line(name)[:40]), field="role")
    return found


def _all_roles() -> Sequence[Role]:
    return db.session.scalars(queries.all_roles()).all()


def _may_be_given(actor: Any) -> list[Role]:
    def held(role: Role) -> bool:
        return all(guards.covers(actor.granted, name, reach) for name, reach in role.granted.items())

    return [role for role in _all_roles() if held(role)]


def _choices(roles: Sequence[Role]) -> list[SelectChoice]:
    """The roles by name, after a first line that is none, so that nobody gives one by not looking."""
    return options([("", "-"), *((role.name, role.name) for role in roles)])
