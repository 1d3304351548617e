"""The sessions of people: which there are, and how they end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Select, delete, select

from backoffice.accounts import guards
from backoffice.accounts.entering import SignIn
from backoffice.accounts.models import Role, User
from backoffice.foundation.database import db
from backoffice.foundation.permissions import EVERYTHING

#: Areas in which a right lets its owner change what others may do or see what is private: its loss ends sessions.
WEIGHTY = ("role.", "user.", "setting.", "audit.", "session.", "trash.purge")
WEIGHTY_RIGHTS = (EVERYTHING, "comment.view_contact")


def of(user: User) -> Sequence[SignIn]:
    """The sessions of the person, the one used last first."""
    return db.session.scalars(
        select(SignIn).where(SignIn.user_id == user.id).order_by(SignIn.seen_at.desc(), SignIn.id.desc())
    ).all()


def end(user: User, *, except_id: int | None = None) -> int:
    """End the sessions of the person, but for one; how many there were."""
    doomed = delete(SignIn).where(SignIn.user_id == user.id)
    if except_id is not None:
        doomed = doomed.where(SignIn.id != except_id)
    done: Any = db.session.execute(doomed)
    return int(done.rowcount)


def end_where_rights_went(before: Iterable[tuple[User, Mapping[str, str]]]) -> None:
    """End the sessions of the people who lost a weighty right; `before` is what each was granted until now.

    Whoever may still read what a page of such a right showed signs in anew, without it.
    """
    for user, granted in before:
        now = user.granted
        if any(is_weighty(name) and not guards.covers(now, name, reach) for name, reach in granted.items()):
            end(user)


def held_by(role: Role, before: Mapping[str, str], after: Mapping[str, str]) -> Sequence[User]:
    """Who has the role and is signed in, where the change from these grants to those takes a weighty right away."""
    if not any(is_weighty(name) and after.get(name) != reach for name, reach in before.items()):
        return []
    return db.session.scalars(select(User).where(User.roles.any(Role.id == role.id), User.id.in_(_signed_in()))).all()


def is_weighty(permission: str) -> bool:
    """Whether losing this permission ends sessions."""
    return permission in WEIGHTY_RIGHTS or permission.startswith(WEIGHTY)


def _signed_in() -> Select[int]:
    return select(SignIn.user_id)
