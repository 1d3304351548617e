"""Reminders."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, or_
from sqlalchemy.orm import Mapped, relationship, validates

from backoffice.accounts.models import User
from backoffice.foundation.database import (
    Audited,
    EnumText,
    Model,
    Timestamped,
    UTCDateTime,
    Versioned,
    labelled,
)
from backoffice.foundation.enums import LabelledEnum
from backoffice.foundation.errors import InvalidInput
from backoffice.foundation.i18n import _l
from backoffice.foundation.text import clean_line, clean_text


class ReminderStatus(LabelledEnum):
    """Where a reminder stands."""

    SCHEDULED = "scheduled", _l("Scheduled")
    SENDING = "sending", _l("Sending")
    SENT = "sent", _l("Sent")
    DONE = "done", _l("Done")
    FAILED = "failed", _l("Failed")
    CANCELLED = "cancelled", _l("Cancelled")


class Reminder(Timestamped, Versioned, Audited, Model):
    """What to tell whom, and when."""

    __tablename__ = "reminders"
    singular = _l("Reminder")
    plural = _l("Reminders")
    named_by = ("subject",)

    id: Mapped[int] = labelled(_l("Number"), primary_key=True)
    subject: Mapped[str] = labelled(_l("Subject"), String(200))
    body: Mapped[str] = labelled(_l("Note"), Text, default="")
    owner_id: Mapped[int] = labelled(_l("Made by"), ForeignKey("users.id", ondelete="RESTRICT"))
    recipient_id: Mapped[int] = labelled(_l("For"), ForeignKey("users.id", ondelete="RESTRICT"))
    due_at: Mapped[datetime] = labelled(_l("Due"), UTCDateTime)
    status: Mapped[ReminderStatus] = labelled(_l("Status"), EnumText(ReminderStatus), default=ReminderStatus.SCHEDULED)
    owner: Mapped[User] = relationship(foreign_keys=[owner_id], info={"label": _l("Made by")})
    recipient: Mapped[User] = relationship(foreign_keys=[recipient_id], info={"label": _l("For")})

    __table_args__ = (
        Index("ix_reminders_due_at_id", "due_at", "id"),
        Index("ix_reminders_created_at_id", "created_at", "id"),
        Index("ix_reminders_subject_id", "subject", "id"),
        Index("ix_reminders_status_due_at_id", "status", "due_at", "id"),
        Index("ix_reminders_recipient_id_due_at_id", "recipient_id", "due_at", "id"),
        Index("ix_reminders_owner_id", "owner_id"),
    )

    @classmethod
    def owned_by(cls, user_id: int) -> Any:
        """A reminder belongs to who made it and to whom it is for."""
        return or_(cls.owner_id == user_id, cls.recipient_id == user_id)

    def is_owned_by(self, user_id: int) -> bool:
        """A reminder belongs to who made it and to whom it is for."""
        return user_id in (self.owner_id, self.recipient_id)

    @validates("subject")
    def _check_subject(self, _key: str, subject: str) -> str:
        subject = clean_line(subject)
        if not subject:
            raise InvalidInput(_l("Say what it is about."), field="subject")
        return subject

    @validates("body")
    def _clean_body(self, _key: str, body: str | None) -> str:
        return clean_text(body)
