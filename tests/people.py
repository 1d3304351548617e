"""The cast: who the people of the tests are, and what each may do.

`sign_in("mo")` makes the person on first use and returns a client in her session. Passwords are `PASSWORD` for all.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select

from backoffice.accounts.models import User
from backoffice.foundation.database import db
from backoffice.foundation.permissions import ALL, Can
from tests import factories

PASSWORD = "harbour lantern tide"

#: User name, full name and role. `nobody` may sign in and nothing else; `rita` may read everything and change nothing.
CAST: Mapping[str, tuple[str, str]] = {
    "ana": ("Ana Kestrin", "administrator"),
    "ed": ("Ed Marlow", "editor"),
    "aut": ("Auta Reyl", "author"),
    "mo": ("Mo Hallvik", "moderator"),
    "tra": ("Tra Pelladin", "translator"),
    "nobody": ("Nobody Quillon", "default"),
    "rita": ("Rita Tolvane", "readers"),
}
#: The people who hold one of the roles that every installation begins with.
STAFF = ("ana", "ed", "aut", "mo", "tra", "nobody")
#: What the custom role of rita grants: to see, nothing else, and no reader's address.
READS: dict[str, str] = {can.value: ALL for can in Can if can.verb == "view"}


def person(username: str) -> User:
    """The person of the cast with this name, made if she is not there yet; inside an application context."""
    found = db.session.scalar(select(User).where(User.username == username))
    if found is not None:
        return found
    name, role = CAST[username]
    if role == "readers" and factories.find_role(role) is None:
        factories.role(name=role, permissions=READS)
    return factories.user(username=username, name=name, roles=[role])
