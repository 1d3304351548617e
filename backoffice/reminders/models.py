"""Reminders, and the keys of calendars."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, DateTime, ForeignKey, Index, String, Text, literal_column, or_, select
from sqlalchemy.orm import Mapped, relationship, validates

from backoffice.accounts import terms
from backoffice.accounts.models import Role, User, user_roles
from backoffice.foundation import clock
from backoffice.foundation.database import (
    Audited,
    EnumText,
    Model,
    Timestamped,
    UTCDateTime,
    Versioned,
    db,
    labelled,
)
from backoffice.foundation.enums import LabelledEnum
from backoffice.foundation.errors import InvalidInput
from backoffice.foundation.i18n import _l
from backoffice.foundation.text import clean_line, clean_text, is_email, is_time_zone
from backoffice.reminders.rules import LONGEST_RULE, Rule

#: Worked out from what people decided and from what was told: no entry and no version says so.
_WORKED_OUT = {"derived": True}


def _where(name: str, condition: str, *columns: str) -> Index:
    """An index of few rows among many."""
    criterion: ColumnElement[bool] = literal_column(condition)
    return Index(name, *columns, sqlite_where=criterion, postgresql_where=criterion)


class ReminderStatus(LabelledEnum):
    """Where a reminder stands."""

    SCHEDULED = "scheduled", _l("Scheduled")
    SENDING = "sending", _l("Sending")
    SENT = "sent", _l("Sent")
    DONE = "done", _l("Done")
    FAILED = "failed", _l("Failed")
    CANCELLED = "cancelled", _l("Cancelled")


#: Nothing is told of a reminder that somebody brought to its end.
ENDED = (ReminderStatus.DONE, ReminderStatus.CANCELLED)


class Reminder(Timestamped, Versioned, Audited, Model):
    """What to tell whom, and when: once, or again and again by a rule.

    People decide what, for whom, `local_at`, `time_zone`, `rule`, `status` and how far occurrences are dealt with;
    `planning` works the other moments out whenever one of these changes, and `firing` moves them on.
    """

    __tablename__ = "reminders"
    singular = _l("Reminder")
    plural = _l("Reminders")
    named_by = ("subject",)

    id: Mapped[int] = labelled(_l("Number"), primary_key=True)
    subject: Mapped[str] = labelled(_l("Subject"), String(200))
    body: Mapped[str] = labelled(_l("Note"), Text, default="")
    owner_id: Mapped[int] = labelled(_l("Made by"), ForeignKey("users.id", ondelete="RESTRICT"))
    # Exactly one of the three says for whom it is.
    recipient_id: Mapped[int | None] = labelled(_l("For"), ForeignKey("users.id", ondelete="RESTRICT"))
    role_id: Mapped[int | None] = labelled(_l("For the role"), ForeignKey("roles.id", ondelete="RESTRICT"))
    address: Mapped[str | None] = labelled(_l("For the address"), String(254))
    # The record it is about, by kind and number; the record may be gone.
    about_resource: Mapped[str | None] = labelled(_l("About"), String(40))
    about_id: Mapped[int | None] = labelled(_l("Number of the record"))
    # What the clock on the wall shows when it is due, or when the first of many is.
    local_at: Mapped[datetime] = labelled(_l("Local time"), DateTime(timezone=False))
    time_zone: Mapped[str] = labelled(_l("Time zone"), String(60))
    rule: Mapped[str] = labelled(_l("Repeats"), String(LONGEST_RULE), default="")
    # The present or next occurrence.
    due_at: Mapped[datetime] = labelled(_l("Due"), UTCDateTime)
    status: Mapped[ReminderStatus] = labelled(_l("Status"), EnumText(ReminderStatus), default=ReminderStatus.SCHEDULED)
    # The alarm of the present occurrence comes then, instead of when it is due.
    snoozed_until: Mapped[datetime | None] = labelled(_l("Snoozed until"), UTCDateTime)
    # Occurrences of a recurring one up to these moments are dealt with, or were left out.
    done_until: Mapped[datetime | None] = labelled(_l("Done until"), UTCDateTime)
    skipped_until: Mapped[datetime | None] = labelled(_l("Skipped until"), UTCDateTime)
    # The next alarm; empty where none will come.
    alarm_at: Mapped[datetime | None] = labelled(_l("Alarm"), UTCDateTime, info=_WORKED_OUT)
    # A told occurrence of a recurring one that nobody dealt with.
    open_at: Mapped[datetime | None] = labelled(_l("Open since"), UTCDateTime, info=_WORKED_OUT)
    # Since when, or from when on, it waits for whom it is for; empty where it is over.
    waits_at: Mapped[datetime | None] = labelled(_l("Waits"), UTCDateTime, info=_WORKED_OUT)
    told_at: Mapped[datetime | None] = labelled(_l("Told"), UTCDateTime, info=_WORKED_OUT)
    # Occurrences up to this one were told, or came before the rule held.
    told_until: Mapped[datetime | None] = labelled(_l("Told until"), UTCDateTime, info=_WORKED_OUT)
    owner: Mapped[User] = relationship(foreign_keys=[owner_id], info={"label": _l("Made by")})
    recipient: Mapped[User | None] = relationship(foreign_keys=[recipient_id], info={"label": _l("For")})
    role: Mapped[Role | None] = relationship(foreign_keys=[role_id], info={"label": _l("For the role")})

    __table_args__ = (
        Index("ix_reminders_due_at_id", "due_at", "id"),
        Index("ix_reminders_created_at_id", "created_at", "id"),
        Index("ix_reminders_subject_id", "subject", "id"),
        Index("ix_reminders_status_due_at_id", "status", "due_at", "id"),
        Index("ix_reminders_recipient_id_due_at_id", "recipient_id", "due_at", "id"),
        Index("ix_reminders_owner_id", "owner_id"),
        # What is picked every few seconds, whatever else there is.
        _where("ix_reminders_alarm_at_id", "alarm_at IS NOT NULL", "alarm_at", "id"),
        _where("ix_reminders_sending", "status = 'sending'", "id"),
        # What every page counts.
        _where("ix_reminders_recipient_id_waits_at", "waits_at IS NOT NULL", "recipient_id", "waits_at", "id"),
        _where("ix_reminders_role_id_waits_at", "role_id IS NOT NULL", "role_id", "waits_at", "id"),
        _where("ix_reminders_recurring", "rule <> ''", "recipient_id", "id"),
        _where("ix_reminders_about", "about_id IS NOT NULL", "about_resource", "about_id", "id"),
    )

    @classmethod
    def owned_by(cls, user_id: int) -> Any:
        """A reminder belongs to who made it, to whom it is for, and to everybody in the role it is for."""
        return or_(cls.owner_id == user_id, cls.is_for(user_id))

    @classmethod
    def is_for(cls, user_id: int) -> ColumnElement[bool]:
        """The criterion for what is for this person: by name, or by a role she has at this moment."""
        mine = select(user_roles.c.role_id).where(user_roles.c.user_id == user_id, terms.counts())
        return or_(cls.recipient_id == user_id, cls.role_id.in_(mine))

    def is_owned_by(self, user_id: int) -> bool:
        """A reminder belongs to who made it, to whom it is for, and to everybody in the role it is for."""
        if user_id in (self.owner_id, self.recipient_id):
            return True
        if self.role_id is None:
            return False
        person = db.session.get(User, user_id)
        return person is not None and any(role.id == self.role_id for role in person.present_roles)

    @property
    def is_recurring(self) -> bool:
        """Whether it comes again and again."""
        return bool(self.rule)

    @property
    def is_over(self) -> bool:
        """Whether somebody brought it to its end."""
        return self.status in ENDED

    @property
    def is_open(self) -> bool:
        """Whether it is due, and nobody dealt with it."""
        return self.waits_at is not None and self.waits_at <= clock.now()

    @property
    def shown_at(self) -> datetime:
        """The moment to show: of the told occurrence nobody dealt with, else of the next."""
        return self.open_at or self.due_at

    @validates("subject")
    def _check_subject(self, _key: str, subject: str) -> str:
        subject = clean_line(subject)
        if not subject:
            raise InvalidInput(_l("Say what it is about."), field="subject")
        return subject

    @validates("body")
    def _clean_body(self, _key: str, body: str | None) -> str:
        return clean_text(body)

    @validates("address")
    def _check_address(self, _key: str, address: str | None) -> str | None:
        address = clean_line(address or "")
        if not address:
            return None
        if not is_email(address):
            raise InvalidInput(_l("Give a full address, for example ana@example.org."), field="address")
        return address

    @validates("time_zone")
    def _check_time_zone(self, _key: str, zone: str) -> str:
        if not is_time_zone(zone):
            raise InvalidInput(_l("Choose a time zone from the list, for example Europe/Lisbon."), field="time_zone")
        return zone

    @validates("local_at")
    def _check_local_at(self, _key: str, local: datetime) -> datetime:
        if not clock.EARLIEST.year <= local.year <= clock.LATEST.year:
            raise InvalidInput(_l("Choose a day between 1970 and 2100."), field="local_at")
        return local.replace(tzinfo=None, fold=0)

    @validates("rule")
    def _check_rule(self, _key: str, rule: str | None) -> str:
        return str(Rule.parse(rule)) if rule and rule.strip() else ""


class FeedKey(Model):
    """The secret address of one person's calendar: only its digest is kept. Side data; making and revoking is noted."""

    __tablename__ = "feed_keys"
    resource = "feed"
    singular = _l("Calendar address")
    plural = _l("Calendar addresses")

    id: Mapped[int] = labelled(_l("Number"), primary_key=True)
    user_id: Mapped[int] = labelled(_l("Person"), ForeignKey("users.id", ondelete="CASCADE"), unique=True)
    digest: Mapped[str] = labelled(_l("Digest"), String(64), unique=True, secret=True)
    created_at: Mapped[datetime] = labelled(_l("Created"), UTCDateTime, default=clock.now)
    last_used_at: Mapped[datetime | None] = labelled(_l("Last used"), UTCDateTime)
    user: Mapped[User] = relationship(info={"label": _l("Person")})
