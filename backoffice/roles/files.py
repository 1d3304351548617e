"""Roles as a file: what a person can read, keep under version control, and bring into another house."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from backoffice.accounts.models import Role
from backoffice.foundation.acting import acting
from backoffice.foundation.database import db
from backoffice.foundation.errors import DomainError, InvalidInput, NotAllowed, TooLarge
from backoffice.foundation.i18n import _l
from backoffice.foundation.permissions import EVERYTHING, Can, is_allowed
from backoffice.foundation.text import clean_line
from backoffice.roles.operations import LONGEST_NAME, change_grants, check_grants, check_new, make
from backoffice.roles.reaches import is_possible, joined

FORMAT = "backoffice roles"
VERSION = 1
#: A file of a hundred roles is a tenth of that.
MOST_BYTES = 1_000_000
MOST_ROLES = 500
_LONGEST_DESCRIPTION = 200


@dataclass(frozen=True)
class Kept:
    """One role of a file."""

    name: str
    description: str
    grants: Mapping[str, str]


def dump(roles: Iterable[Role]) -> str:
    """The text of a file with these roles; the one that holds everything is the same everywhere and left out."""
    told = [
        {"name": role.name, "description": role.description, "grants": dict(sorted(role.granted.items()))}
        for role in roles
        if not role.holds_everything
    ]
    return json.dumps({"format": FORMAT, "version": VERSION, "roles": told}, ensure_ascii=False, indent=2) + "\n"


def load(content: bytes) -> list[Kept]:
    """The roles of a file. Raises TooLarge, or InvalidInput that names the first thing that is wrong."""
    if len(content) > MOST_BYTES:
        raise TooLarge(_l("A file of roles has at most 1 MB."))
    try:
        told = json.loads(content.decode("utf-8-sig"), object_pairs_hook=_without_doubles)
    except (ValueError, RecursionError) as error:
        raise _wrong(_l("This is no file of roles: it is not written in JSON.")) from error
    if not isinstance(told, dict) or told.get("format") != FORMAT or told.get("version") != VERSION:
        raise _wrong(_l("This is no file of roles of this version."))
    roles = told.get("roles")
    if not isinstance(roles, list) or len(roles) > MOST_ROLES:
        raise _wrong(_l("The file lists no roles, or more than %(num)s.", num=MOST_ROLES))
    kept: dict[str, Kept] = {}
    for number, each in enumerate(roles, 1):
        role = _role(number, each)
        if role.name in kept:
            raise _wrong(_l("The role %(name)s stands in the file twice.", name=role.name))
        kept[role.name] = role
    return list(kept.values())


def check(kept: Iterable[Kept], *, actor: Any) -> None:
    """Raise what `bring_in` would raise, and change nothing."""
    present = _present()
    for each in kept:
        role = present.get(each.name)
        try:
            if role is None:
                check_new(each.name, each.grants, actor=actor)
            elif role.holds_everything:
                raise _wrong(_l("The role that holds every permission cannot be changed."))
            else:
                _check_description(role, each, actor)
                check_grants({role: each.grants}, actor=actor)
        except DomainError as error:
            error.message = _l("%(name)s: %(reason)s", name=each.name, reason=error.message)
            raise


def bring_in(kept: Iterable[Kept], *, actor: Any) -> list[Role]:
    """Make the roles of the file that are missing, and let the others grant what the file says; all or nothing.

    Roles that the file does not have stay as they are. Returns those that are new or changed.
    """
    kept = list(kept)
    check(kept, actor=actor)
    present, changed = _present(), []
    wanted = {present[each.name]: each.grants for each in kept if each.name in present}
    with acting(actor=actor, action="role.import"):
        for each in kept:
            role = present.get(each.name)
            if role is None:
                changed.append(make(each.name, each.description, each.grants, actor=actor))
            elif each.description != role.description:
                role.description = each.description
                changed.append(role)
        db.session.flush()
    return list(dict.fromkeys([*changed, *change_grants(wanted, actor=actor)]))


def _present() -> dict[str, Role]:
    return {role.name: role for role in db.session.scalars(select(Role))}


def _check_description(role: Role, each: Kept, actor: Any) -> None:
    if each.description != role.description and not is_allowed(actor, Can.ROLE_EDIT, role):
        raise NotAllowed(permission=Can.ROLE_EDIT.value)


def _role(number: int, told: Any) -> Kept:
    if not isinstance(told, dict) or not isinstance(told.get("name"), str):
        raise _wrong(_l("Role %(num)s of the file has no name.", num=number))
    name = clean_line(told["name"])
    if not name or len(name) > LONGEST_NAME:
        raise _wrong(
            _l("The name of role %(num)s has to have 1 to %(most)s characters.", num=number, most=LONGEST_NAME)
        )
    if unknown := sorted({*told} - {"name", "description", "grants"}):
        raise _wrong(_l("%(name)s: nobody knows what %(word)s means.", name=name, word=clean_line(unknown[0])[:40]))
    description, grants = told.get("description", ""), told.get("grants")
    if not isinstance(description, str) or len(clean_line(description)) > _LONGEST_DESCRIPTION:
        raise _wrong(_l("%(name)s: a description has at most %(most)s characters.", name=name, most=200))
    if not isinstance(grants, dict):
        raise _wrong(_l("%(name)s: the file does not say what it grants.", name=name))
    return Kept(name, clean_line(description), dict(_grant(name, *grant) for grant in grants.items()))


def _grant(role: str, name: str, reach: Any) -> tuple[str, str]:
    if name == EVERYTHING:
        raise _wrong(_l("%(name)s: only the role administrator holds every permission.", name=role))
    if name not in set(Can):
        raise _wrong(_l("%(name)s: there is no permission %(word)s.", name=role, word=clean_line(name)[:60]))
    if not isinstance(reach, str) or not is_possible(Can(name), reach):
        told = clean_line(str(reach))[:60]
        raise _wrong(_l("%(name)s: %(word)s cannot reach %(reach)s.", name=role, word=name, reach=told))
    return name, joined([reach])


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A name twice in one object would let the later silently win."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def _wrong(sentence: Any) -> InvalidInput:
    return InvalidInput(sentence, field="file")
