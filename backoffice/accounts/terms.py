"""Roles that end: which count at a moment, as criteria for queries over `user_roles`."""

from __future__ import annotations

from sqlalchemy import ColumnElement, bindparam, exists, select

from backoffice.accounts.models import RoleTerm, user_roles
from backoffice.foundation import clock
from backoffice.foundation.database import UTCDateTime


def _term() -> ColumnElement[bool]:
    return (RoleTerm.user_id == user_roles.c.user_id) & (RoleTerm.role_id == user_roles.c.role_id)


def counts() -> ColumnElement[bool]:
    """The role in this row of `user_roles` has not ended at the moment in which the query is asked."""
    # The moment is looked up when a query is asked, as some are put together once and asked on every page.
    now = bindparam("role_terms_now", callable_=lambda: clock.now(), type_=UTCDateTime())
    over = select(RoleTerm.id).where(_term(), RoleTerm.until <= now).correlate(user_roles)
    return ~exists(over)


def is_endless() -> ColumnElement[bool]:
    """The role in this row of `user_roles` does not end."""
    return ~exists(select(RoleTerm.id).where(_term()).correlate(user_roles))
