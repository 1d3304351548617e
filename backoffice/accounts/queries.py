"""Named questions about people and roles; most return a `Select` that can be narrowed further."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import Select, exists, func, select

from backoffice.accounts import terms
from backoffice.accounts.models import Role, RoleGrant, User, user_roles
from backoffice.foundation.database import db
from backoffice.foundation.errors import NotFound
from backoffice.foundation.i18n import _
from backoffice.foundation.permissions import EVERYTHING
from backoffice.foundation.text import clean_line


def active_users() -> Select[User]:
    """People who can sign in."""
    return select(User).where(User.is_active).order_by(User.username)


def all_roles() -> Select[Role]:
    """Every role, built-in ones first."""
    return select(Role).order_by(Role.is_built_in.desc(), Role.id)


def by_name(name: str) -> Select[User]:
    """The person with this user name or e-mail address."""
    name = name.strip().lower()
    return select(User).where((User.username == name) | (User.email == name))


def active_called(name: str) -> User:
    """The active person with this user name or e-mail address; raises NotFound where there is none."""
    user = db.session.scalar(by_name(name).where(User.is_active))
    if user is None:
        raise NotFound(_("There is no active account %(name)s.", name=clean_line(name)[:80]))
    return user


def people_by_role() -> Counter[int]:
    """How many active people hold each role now, by its number."""
    counted = (
        select(user_roles.c.role_id, func.count())
        .join(User, User.id == user_roles.c.user_id)
        .where(User.is_active, terms.counts())
        .group_by(user_roles.c.role_id)
    )
    found: dict[int, int] = dict(db.session.execute(counted).all())
    return Counter(found)


def roles_with_everything() -> Select[Role]:
    """The roles that grant every permission, in an order that lets several lock them."""
    grants = select(RoleGrant.role_id).where(RoleGrant.permission == EVERYTHING)
    return select(Role).where(Role.id.in_(grants)).order_by(Role.id)


def holders_of_everything() -> Select[User]:
    """Active people who hold every permission, and for whom that does not end."""
    grants = (
        select(user_roles.c.user_id)
        .join(RoleGrant, RoleGrant.role_id == user_roles.c.role_id)
        .where(RoleGrant.permission == EVERYTHING, user_roles.c.user_id == User.id, terms.is_endless())
    )
    return select(User).where(User.is_active, exists(grants))
