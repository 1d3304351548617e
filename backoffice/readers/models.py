"""What the house keeps about the people who comment."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Float, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, relationship, validates

from backoffice.accounts.models import User
from backoffice.foundation import clock
from backoffice.foundation.database import Audited, EnumText, Model, Timestamped, UTCDateTime, Versioned, labelled
from backoffice.foundation.enums import LabelledEnum
from backoffice.foundation.errors import InvalidInput
from backoffice.foundation.i18n import _l
from backoffice.foundation.text import clean_line, clean_text
from backoffice.readers.subjects import Subject

LONGEST_REASON, LONGEST_NOTE = 500, 2_000
#: As long as the longest e-mail address, and the word before it.
LONGEST_KEY = 280
_NEEDS_CONTACT = {"needs": "comment.view_contact"}


class Measure(LabelledEnum):
    """What holds for somebody."""

    BAN = "ban", _l("Banned")
    WARN = "warn", _l("Warned")
    HOLD = "hold", _l("Always held")


class Restriction(Timestamped, Versioned, Audited, Model):
    """What holds for whoever comments by an account, an e-mail, a domain or a network, until a moment or for good."""

    __tablename__ = "restrictions"
    singular = _l("Restriction")
    plural = _l("Restrictions")

    id: Mapped[int] = labelled(_l("Number"), primary_key=True)
    measure: Mapped[Measure] = labelled(_l("Measure"), EnumText(Measure), default=Measure.BAN)
    known_by: Mapped[Subject] = labelled(_l("By"), EnumText(Subject))
    value: Mapped[str] = labelled(
        _l("Whom"),
        String(254),
        info=_NEEDS_CONTACT,
        hint=_l("a user name, an e-mail, a domain, an address or a network"),
    )
    # What `value` names by the user name, which may change.
    account_id: Mapped[int | None] = labelled(_l("Account"), ForeignKey("users.id", ondelete="RESTRICT"), index=True)
    reason: Mapped[str] = labelled(_l("Reason"), String(LONGEST_REASON), hint=_l("the reader sees this"))
    until: Mapped[datetime | None] = labelled(_l("Until"), UTCDateTime, hint=_l("empty: for good"))
    # When whoever was warned said that she had read it.
    acknowledged_at: Mapped[datetime | None] = labelled(_l("Read by the reader"), UTCDateTime)
    made_by_id: Mapped[int | None] = labelled(_l("Made by"), ForeignKey("users.id", ondelete="RESTRICT"), index=True)

    account: Mapped[User | None] = relationship(foreign_keys=[account_id], info={"label": _l("Account")})
    made_by: Mapped[User | None] = relationship(foreign_keys=[made_by_id], info={"label": _l("Made by")})

    __table_args__ = (
        Index("ix_restrictions_known_by_value", "known_by", "value", "id"),
        Index("ix_restrictions_created_at_id", "created_at", "id"),
        Index("ix_restrictions_measure_created_at_id", "measure", "created_at", "id"),
        Index("ix_restrictions_until_id", "until", "id"),
        Index("ix_restrictions_value_id", "value", "id"),
    )

    @property
    def title_text(self) -> str:
        """Its number, and no contact data, as titles are shown to everybody who may see the trail."""
        return f"#{self.id}" if self.known_by is not Subject.ACCOUNT else self.value

    def holds(self, now: datetime | None = None) -> bool:
        """Whether it has an effect: it has not ended, and a warning has not been read."""
        if self.until is not None and self.until <= (now or clock.now()):
            return False
        return self.measure is not Measure.WARN or self.acknowledged_at is None

    @validates("value")
    def _clean_value(self, _key: str, value: str | None) -> str:
        return clean_line(value).lower()

    @validates("reason")
    def _check_reason(self, _key: str, reason: str | None) -> str:
        return clean_line(reason)[:LONGEST_REASON]


class Note(Timestamped, Versioned, Audited, Model):
    """What a moderator wants colleagues to know about an author; readers never see it."""

    __tablename__ = "reader_notes"
    resource = "note"
    singular = _l("Note")
    plural = _l("Notes")

    id: Mapped[int] = labelled(_l("Number"), primary_key=True)
    # It may hold an e-mail, so the trail does not tell it; the trash does.
    author_key: Mapped[str] = labelled(_l("Author"), String(LONGEST_KEY), info={**_NEEDS_CONTACT, "untold": True})
    #: The comment it was written at.
    comment_id: Mapped[int | None] = labelled(_l("Comment"), ForeignKey("comments.id", ondelete="SET NULL"), index=True)
    text: Mapped[str] = labelled(_l("Note"), String(LONGEST_NOTE))
    by_id: Mapped[int | None] = labelled(_l("Written by"), ForeignKey("users.id", ondelete="RESTRICT"), index=True)
    by: Mapped[User | None] = relationship(info={"label": _l("Written by")})

    __table_args__ = (Index("ix_reader_notes_author_key_id", "author_key", "id"),)

    @classmethod
    def owned_by(cls, user_id: int) -> Any:
        """Whoever wrote it."""
        return cls.by_id == user_id

    def is_owned_by(self, user_id: int) -> bool:
        """Whoever wrote it."""
        return self.by_id == user_id

    @validates("text")
    def _check_text(self, _key: str, text: str | None) -> str:
        text = clean_text(text)
        if not text:
            raise InvalidInput(_l("Write something first."), field="text")
        if len(text) > LONGEST_NOTE:
            raise InvalidInput(_l("Use at most %(num)s characters.", num=LONGEST_NOTE), field="text")
        return text


class CannedReason(Timestamped, Versioned, Audited, Model):
    """A reason for rejecting that is chosen instead of typed."""

    __tablename__ = "reasons"
    resource = "reason"
    singular = _l("Reason")
    plural = _l("Reasons")
    named_by = ("label",)

    id: Mapped[int] = labelled(_l("Number"), primary_key=True)
    label: Mapped[str] = labelled(_l("Name"), String(80), unique=True)
    text: Mapped[str] = labelled(
        _l("Text to the author"), String(LONGEST_REASON), hint=_l("this is what is mailed, if anything is")
    )
    #: Between those of its neighbours, so that moving one changes no other.
    position: Mapped[float] = labelled(_l("Place"), Float, default=0.0)
    is_active: Mapped[bool] = labelled(_l("Offered"), default=True)

    __table_args__ = (
        Index("ix_reasons_position_id", "position", "id"),
        Index("ix_reasons_is_active_position_id", "is_active", "position", "id"),
    )

    @validates("label")
    def _check_label(self, _key: str, label: str | None) -> str:
        label = clean_line(label)
        if not label:
            raise InvalidInput(_l("Give a name."), field="label")
        return label

    @validates("text")
    def _check_text(self, _key: str, text: str | None) -> str:
        text = clean_line(text)
        if not text:
            raise InvalidInput(_l("Write something first."), field="text")
        return text


class FlagReason(LabelledEnum):
    """Why a reader reports a comment."""

    INSULT = "insult", _l("It insults somebody")
    SPAM = "spam", _l("It is advertising")
    PRIVATE = "private", _l("It gives away personal data")
    UNLAWFUL = "unlawful", _l("It is against the law")
    OTHER = "other", _l("Something else")


class Flag(Model):
    """That a visitor reported a comment, once. Side data: it moves nothing of the comment."""

    __tablename__ = "comment_flags"

    id: Mapped[int] = labelled(_l("Number"), primary_key=True)
    comment_id: Mapped[int] = labelled(_l("Comment"), ForeignKey("comments.id", ondelete="CASCADE"))
    #: A digest of the visitor's account or network, of no use for anything but telling visitors apart.
    visitor: Mapped[str] = labelled(_l("Visitor"), String(64), secret=True)
    reason: Mapped[FlagReason] = labelled(_l("Reason"), EnumText(FlagReason), default=FlagReason.OTHER)
    at: Mapped[datetime] = labelled(_l("When"), UTCDateTime, default=clock.now)
    #: When a moderator put it aside without deciding anew.
    seen_at: Mapped[datetime | None] = labelled(_l("Seen"), UTCDateTime)

    __table_args__ = (
        UniqueConstraint("comment_id", "visitor"),
        Index("ix_comment_flags_visitor_at", "visitor", "at"),
    )


class ConfirmedAddress(Model):
    """An address that asked to be told what moderators decide, and whether its reader confirmed that. Side data."""

    __tablename__ = "confirmed_addresses"

    id: Mapped[int] = labelled(_l("Number"), primary_key=True)
    email: Mapped[str] = labelled(_l("E-mail"), String(254), unique=True)
    locale: Mapped[str] = labelled(_l("Language"), String(20), default="")
    #: A digest of the network it was last asked from.
    asked_by: Mapped[str] = labelled(_l("Visitor"), String(64), default="", secret=True)
    asked_at: Mapped[datetime] = labelled(_l("Asked"), UTCDateTime, default=clock.now)
    confirmed_at: Mapped[datetime | None] = labelled(_l("Confirmed"), UTCDateTime)
    withdrawn_at: Mapped[datetime | None] = labelled(_l("Withdrawn"), UTCDateTime)
    #: What the last mail asked for, by the words of `confirming.Wish`, and since when she gets replies, if she does.
    asked_for: Mapped[str] = labelled(_l("Asked for"), String(40), default="decisions", server_default="decisions")
    replies_at: Mapped[datetime | None] = labelled(_l("Replies since"), UTCDateTime)
    replies_stopped_at: Mapped[datetime | None] = labelled(_l("Replies stopped"), UTCDateTime)

    __table_args__ = (Index("ix_confirmed_addresses_asked_by_asked_at", "asked_by", "asked_at"),)
