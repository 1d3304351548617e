"""Why a person may do something, or may not: one chain of reasons for the pages and the command line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from backoffice.accounts import queries
from backoffice.accounts.guards import covers
from backoffice.accounts.models import Role, User
from backoffice.catalogs.places import Place
from backoffice.foundation import clock
from backoffice.foundation.database import db
from backoffice.foundation.errors import InvalidInput, NotFound
from backoffice.foundation.i18n import _
from backoffice.foundation.operations import operations_needing
from backoffice.foundation.permissions import ALL, OWN, Can, is_allowed, reach_of
from backoffice.records.trash import model_of
from backoffice.roles.reaches import is_part

#: Changes of a person that nobody makes who may do less than she.
_OF_PEOPLE = {
    Can.USER_EDIT,
    Can.USER_INVITE,
    Can.USER_DEACTIVATE,
    Can.ROLE_GRANT,
}


@dataclass(frozen=True)
class Reason:
    """One link of the chain; `holds` says whether it speaks for it, None where it only adds to that."""

    text: str
    holds: bool | None


@dataclass(frozen=True)
class Explanation:
    """Yes or no, in one sentence, and why."""

    may: bool
    sentence: str
    reasons: tuple[Reason, ...]


def explain(user: User, can: Can, record: Any = None, *, names_roles: bool = True) -> Explanation:
    """Whether the person may do this, at all or to the record, as every guard of the house would decide.

    `names_roles`: whether roles that she does not have are named. Raises InvalidInput where the permission is for
    other kinds of records.
    """
    if record is not None and can not in actions_on(record):
        raise InvalidInput(_("%(can)s is nothing that is done to this kind of record.", can=can), field="permission")
    grants = list(_of_roles(user, can))
    reach = reach_of(user, can)
    reasons = grants
    hindered = False
    if reach is None and names_roles:
        roles = db.session.scalars(queries.all_roles()).all()
        names = [role.name for role in roles if role.holds_everything or can.value in role.granted]
        reasons = [*reasons, Reason(_("Roles that grant it: %(names)s.", names=", ".join(names) or _("none")), None)]
    if reach is not None and record is not None:
        more = [*_of_reach(user, can, reach, record), *_of_guards(user, can, record)]
        hindered = any(reason.holds is False for reason in more)
        reasons = [*reasons, *more, *_of_state(can, record)]
    may = user.is_active and is_allowed(user, can, record) and not hindered
    return Explanation(may, _sentence(user, can, reach, record, may), tuple(reasons))


def reach_words(reach: str | None) -> str:
    """How far a grant goes, in words."""
    if reach == ALL:
        return _("all records")
    if reach == OWN:
        return _("own records")
    return _("the languages %(list)s", list=", ".join((reach or "").split(",")))


def record_called(name: str) -> Any:
    """The record that `post:12` means, or the catalogs of `translation:de`. Raises NotFound where there is none."""
    kind, _colon, number = name.strip().partition(":")
    if kind == Place.resource and is_part(number):
        return Place(*number.split(":"))
    model = model_of(kind) if kind else None
    found = None
    if model is not None and number.isascii() and number.isdecimal() and len(number) < 10:
        found = db.session.get(model, int(number))
    if found is None:
        raise NotFound(_("There is no record %(name)s. Write kind and number, for example post:12.", name=name[:60]))
    return found


def actions_on(record: Any) -> list[Can]:
    """The permissions that decide about this record."""
    return [can for can in Can if can.resource == record.resource or operations_needing(can, type(record))]


def all_rights(user: User) -> list[tuple[Can, str, list[Role]]]:
    """Everything the person may do: each permission with its reach and the roles that grant any of it."""
    found = []
    for can in Can:
        if (reach := reach_of(user, can)) is not None:
            roles = [role for role in user.present_roles if role.holds_everything or can.value in role.granted]
            found.append((can, reach, roles))
    return found


def _sentence(user: User, can: Can, reach: str | None, record: Any, may: bool) -> str:
    if not user.is_active:
        return _("No: %(name)s is deactivated and cannot sign in.", name=user.username)
    if record is not None:
        values = {"name": user.username, "can": can, "kind": record.singular, "title": record.title_text}
        if may:
            return _("Yes: %(name)s may do %(can)s on this: %(kind)s, %(title)s.", **values)
        return _("No: %(name)s may not do %(can)s on this: %(kind)s, %(title)s.", **values)
    if may:
        return _("Yes: %(name)s may do %(can)s on %(reach)s.", name=user.username, can=can, reach=reach_words(reach))
    return _("No: %(name)s may not do %(can)s.", name=user.username, can=can)


def _of_roles(user: User, can: Can) -> Iterator[Reason]:
    """A line for each role of the person: what it grants of this, and whether it counts still."""
    present = set(user.present_roles)
    for role in user.roles:
        if role not in present:
            yield Reason(_("%(role)s has ended and counts no longer.", role=role.name), False)
            continue
        if role.holds_everything:
            text = _("%(role)s grants * on all records, which is every permission.", role=role.name)
        elif can.value in role.granted:
            reach = reach_words(role.granted[can.value])
            text = _("%(role)s grants %(can)s on %(reach)s.", role=role.name, can=can, reach=reach)
        else:
            yield Reason(_("%(role)s does not grant it.", role=role.name), False)
            continue
        end = user.end_of(role)
        if end is not None and end > clock.now():
            text = f"{text} {_('It ends on %(moment)s.', moment=f'{end:%Y-%m-%d %H:%M} UTC')}"
        yield Reason(text, True)
    if not user.roles:
        yield Reason(_("The account has no role."), False)


def _of_reach(user: User, can: Can, reach: str, record: Any) -> Iterator[Reason]:
    if reach == ALL:
        yield Reason(_("All records include this one."), True)
    elif reach == OWN and record.is_owned_by(user.id):
        yield Reason(_("This one belongs to %(name)s.", name=user.username), True)
    elif reach == OWN:
        yield Reason(_("This one does not belong to %(name)s.", name=user.username), False)
    elif not hasattr(record, "is_within"):
        yield Reason(_("What reaches some languages does not reach records of this kind."), False)
    elif record.is_within(reach):
        yield Reason(_("The languages %(list)s include this one.", list=", ".join(reach.split(","))), True)
    else:
        yield Reason(_("The languages %(list)s do not include this one.", list=", ".join(reach.split(","))), False)


def _of_guards(user: User, can: Can, record: Any) -> Iterator[Reason]:
    """The rules over people and roles, which no permission overrides."""
    if isinstance(record, User) and can in _OF_PEOPLE:
        if can is Can.USER_DEACTIVATE and record.id == user.id:
            yield Reason(_("Nobody deactivates himself."), False)
        more = [name for name, reach in record.granted.items() if not covers(user.granted, name, reach)]
        if more:
            values = {"other": record.username, "name": user.username, "permission": sorted(more)[0]}
            yield Reason(_("%(other)s may do more than %(name)s (%(permission)s).", **values), False)
    if isinstance(record, Role) and can in (Can.ROLE_EDIT, Can.ROLE_DELETE):
        if record.holds_everything:
            yield Reason(_("The role that holds every permission cannot be changed."), False)
        elif can is Can.ROLE_DELETE and record.is_built_in:
            yield Reason(_("A built-in role stays."), False)
        lacking = [name for name, reach in record.granted.items() if not covers(user.granted, name, reach)]
        if lacking:
            values = {"name": user.username, "permission": sorted(lacking)[0]}
            text = _("%(name)s does not hold %(permission)s, and so cannot give or take it.", **values)
            yield Reason(text, False if can is Can.ROLE_DELETE else None)


def _of_state(can: Can, record: Any) -> Iterator[Reason]:
    """Which verbs of this permission fit the record as it is now."""
    for each in operations_needing(can, type(record)):
        if each.fits(record):
            yield Reason(_("%(verb)s applies to it now.", verb=each.label), None)
        else:
            yield Reason(_("%(verb)s does not apply to it as it is now.", verb=each.label), None)


def active_people() -> list[User]:
    """Those one may ask about first, by name; the field takes any other as well."""
    return list(db.session.scalars(select(User).where(User.is_active).order_by(User.name, User.id).limit(200)))
