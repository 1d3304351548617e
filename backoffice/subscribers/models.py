"""Readers who asked for the weekly mail, and the issues of it that went out."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Date, Index, String
from sqlalchemy.orm import Mapped, validates

from backoffice.foundation import clock
from backoffice.foundation.database import Audited, Model, Timestamped, UTCDateTime, Versioned, labelled
from backoffice.foundation.errors import InvalidInput
from backoffice.foundation.i18n import _l
from backoffice.foundation.text import clean_line, is_email


class Subscriber(Timestamped, Versioned, Audited, Model):
    """An address that asked for the weekly mail. It gets one only after its reader confirmed that by a button."""

    __tablename__ = "subscribers"
    resource = "subscriber"
    singular = _l("Subscriber")
    plural = _l("Subscribers")

    id: Mapped[int] = labelled(_l("Number"), primary_key=True)
    # The trail does not tell it, so that forgetting somebody needs no change there.
    email: Mapped[str] = labelled(
        _l("E-mail"), String(254), unique=True, info={"needs": "comment.view_contact", "untold": True}
    )
    locale: Mapped[str] = labelled(_l("Language"), String(20), default="")
    confirmed_at: Mapped[datetime | None] = labelled(_l("Confirmed"), UTCDateTime)
    stopped_at: Mapped[datetime | None] = labelled(_l("Ended"), UTCDateTime)
    #: When a mail last asked, and a digest of the network it was asked from.
    asked_at: Mapped[datetime] = labelled(_l("Asked"), UTCDateTime, default=clock.now, info={"untold": True})
    asked_by: Mapped[str] = labelled(_l("Visitor"), String(64), default="", secret=True, info={"derived": True})

    __table_args__ = (
        Index("ix_subscribers_created_at_id", "created_at", "id"),
        Index("ix_subscribers_confirmed_at_id", "confirmed_at", "id"),
        Index("ix_subscribers_asked_by_asked_at", "asked_by", "asked_at"),
    )

    @property
    def title_text(self) -> str:
        """Its number, as titles are shown to everybody who may see the trail."""
        return f"#{self.id}"

    @property
    def gets_mail(self) -> bool:
        """Whether the weekly mail goes to this address."""
        return self.confirmed_at is not None and self.stopped_at is None

    @validates("email")
    def _check_email(self, _key: str, email: str | None) -> str:
        email = clean_line(email).lower()
        if not is_email(email):
            raise InvalidInput(_l("Give a full address, for example ana@example.org."), field="email")
        return email


class Issue(Model):
    """One weekly mail: the day it belongs to, the time its posts are from, and when everybody had been thought of."""

    __tablename__ = "weekly_issues"

    id: Mapped[int] = labelled(_l("Number"), primary_key=True)
    day: Mapped[date] = labelled(_l("Day"), Date, unique=True)
    since: Mapped[datetime] = labelled(_l("From"), UTCDateTime)
    until: Mapped[datetime] = labelled(_l("Until"), UTCDateTime)
    #: The last subscriber who was thought of.
    reached_id: Mapped[int] = labelled(_l("Reached"), default=0)
    finished_at: Mapped[datetime | None] = labelled(_l("Finished"), UTCDateTime)
