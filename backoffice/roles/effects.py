"""Who would gain and lose what if roles granted something else: told before it is done."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select

from backoffice.accounts.models import Role, RoleTerm, User, user_roles, widest
from backoffice.foundation import clock
from backoffice.foundation.database import db
from backoffice.roles.differences import Change, changes_between

#: So many people of one group are named.
MOST_NAMED = 12


@dataclass(frozen=True)
class Group:
    """People for whom the same changes: some of them by name, how many there are, and what changes."""

    people: Sequence[User]
    count: int
    changes: Sequence[Change]


@dataclass(frozen=True)
class Effects:
    """What becomes of the roles and of those who hold them."""

    #: By the name of the role, in the order given; a role that changes in nothing is not among them.
    roles: Mapping[str, Sequence[Change]]
    groups: Sequence[Group]
    #: People who hold one of the roles, and for whom all stays as it is, because another role grants the same.
    untouched: int


def effects_of(wanted: Mapping[str, Mapping[str, str]]) -> Effects:
    """What it would mean if the roles of these names granted this; a name that no role has is a new role."""
    present = {role.name: role for role in db.session.scalars(select(Role))}
    roles = {}
    for name, grants in wanted.items():
        if changes := changes_between(present[name].granted if name in present else {}, grants):
            roles[name] = changes
    moved = {present[name].id: wanted[name] for name in roles if name in present}
    groups, untouched = _people(moved, {role.id: role.granted for role in present.values()})
    return Effects(roles, groups, untouched)


def _people(
    moved: Mapping[int, Mapping[str, str]], granted: Mapping[int, Mapping[str, str]]
) -> tuple[list[Group], int]:
    if not moved:
        return [], 0
    holders = select(user_roles.c.user_id).where(user_roles.c.role_id.in_(moved))
    term = (RoleTerm.user_id == user_roles.c.user_id) & (RoleTerm.role_id == user_roles.c.role_id)
    pairs = (
        select(user_roles.c.user_id, user_roles.c.role_id)
        .join(User, User.id == user_roles.c.user_id)
        .outerjoin(RoleTerm, term)
        .where(User.is_active, User.id.in_(holders), or_(RoleTerm.id.is_(None), RoleTerm.until > clock.now()))
    )
    held: dict[int, set[int]] = defaultdict(set)
    for user_id, role_id in db.session.execute(pairs):
        held[user_id].add(role_id)
    alike: dict[frozenset[int], list[int]] = defaultdict(list)
    for user_id, role_ids in held.items():
        if not role_ids.isdisjoint(moved):
            alike[frozenset(role_ids)].append(user_id)
    groups, untouched = [], 0
    for held_ids, user_ids in alike.items():
        before = widest(grant for id in held_ids for grant in granted[id].items())
        after = widest(grant for id in held_ids for grant in moved.get(id, granted[id]).items())
        if changes := changes_between(before, after):
            groups.append(Group(_named(user_ids), len(user_ids), changes))
        else:
            untouched += len(user_ids)
    return sorted(groups, key=lambda group: -group.count), untouched


def _named(user_ids: list[int]) -> list[User]:
    # In parts, as no database takes any number of values.
    first = sorted(user_ids)[: 10 * MOST_NAMED]
    query = select(User).where(User.id.in_(first)).order_by(User.name, User.id).limit(MOST_NAMED)
    return list(db.session.scalars(query))
