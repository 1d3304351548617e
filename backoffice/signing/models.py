"""What proves a person besides her password: an authenticator and codes for when it is lost."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, relationship

from backoffice.accounts.models import User
from backoffice.foundation import clock
from backoffice.foundation.database import Model, UTCDateTime, labelled
from backoffice.foundation.i18n import _l


class SecondFactor(Model):
    """The authenticator of a person. What it shares with the house is derived from `salt` and the secret key, so that
    the database alone opens nothing."""

    __tablename__ = "second_factors"

    id: Mapped[int] = labelled(_l("Person"), ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    salt: Mapped[str] = labelled(_l("Salt"), String(64), secret=True)
    #: The step of time of the last code that was accepted; no code of this step or an earlier one is taken again.
    last_step: Mapped[int] = labelled(_l("Last step"), default=0)
    #: Wrong codes in a row, and when the last of them came.
    misses: Mapped[int] = labelled(_l("Wrong codes"), default=0)
    missed_at: Mapped[datetime | None] = labelled(_l("Last wrong code"), UTCDateTime)
    created_at: Mapped[datetime] = labelled(_l("Created"), UTCDateTime, default=clock.now)
    user: Mapped[User] = relationship()


class RecoveryCode(Model):
    """One of the codes that stand in for a lost authenticator, once each. Only a digest is stored."""

    __tablename__ = "recovery_codes"

    id: Mapped[int] = labelled(_l("Number"), primary_key=True)
    user_id: Mapped[int] = labelled(_l("Person"), ForeignKey("users.id", ondelete="CASCADE"), index=True)
    digest: Mapped[str] = labelled(_l("Digest"), String(64), unique=True, secret=True)
    used_at: Mapped[datetime | None] = labelled(_l("Used"), UTCDateTime)
