"""How a person signs in, for those who look after her account."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select

from backoffice.accounts.entering import LastSeen, SignIn
from backoffice.accounts.models import User
from backoffice.foundation.database import db
from backoffice.signing import resetting, second_factor


class Signing(NamedTuple):
    """What the house knows about it."""

    signed_in_at: datetime | None
    #: Attempts with her name that were refused since then, or ever if she never signed in.
    refusals: int
    sessions: int
    factor_since: datetime | None


def about(user: User) -> Signing:
    """How the person signs in."""
    last = db.session.scalar(select(LastSeen.signed_in_at).where(LastSeen.id == user.id))
    count = db.session.scalar(select(func.count()).where(SignIn.user_id == user.id)) or 0
    factor = second_factor.of(user)
    return Signing(
        last, resetting.refusals_since(user, last or user.created_at), count, factor.created_at if factor else None
    )
