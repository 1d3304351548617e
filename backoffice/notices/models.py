"""What the house remembers of telling people. Side data: without it somebody is told once more, or later."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, Date, ForeignKey, Index, String, UniqueConstraint, literal_column
from sqlalchemy.orm import Mapped

from backoffice.accounts.models import User  # noqa: F401  its table is pointed at
from backoffice.foundation import clock
from backoffice.foundation.database import EnumText, Model, UTCDateTime, labelled
from backoffice.foundation.enums import LabelledEnum
from backoffice.foundation.i18n import _l
from backoffice.readers.models import ConfirmedAddress  # noqa: F401  its table is pointed at


class Rhythm(LabelledEnum):
    """How often a person gets her digest."""

    NONE = "none", _l("Never")
    DAILY = "daily", _l("Every day")
    WEEKLY = "weekly", _l("Once a week")


class Weekday(LabelledEnum):
    """The days of the week by the names that HTML and people's settings use; their order is Python's."""

    MONDAY = "monday", _l("Monday")
    TUESDAY = "tuesday", _l("Tuesday")
    WEDNESDAY = "wednesday", _l("Wednesday")
    THURSDAY = "thursday", _l("Thursday")
    FRIDAY = "friday", _l("Friday")
    SATURDAY = "saturday", _l("Saturday")
    SUNDAY = "sunday", _l("Sunday")


class DigestChoice(Model):
    """When a person wants to hear what waits for her: an hour and, once a week, a day of her own zone."""

    __tablename__ = "digest_choices"

    id: Mapped[int] = labelled(_l("Person"), ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    rhythm: Mapped[Rhythm] = labelled(_l("How often"), EnumText(Rhythm), default=Rhythm.NONE)
    hour: Mapped[int] = labelled(_l("Hour"), default=8)
    weekday: Mapped[Weekday] = labelled(_l("Day"), EnumText(Weekday), default=Weekday.MONDAY)
    #: Her day for which it was last looked whether there is anything to say.
    done_on: Mapped[date | None] = labelled(_l("Last looked"), Date)


class LastNotice(Model):
    """When a person was last told of a kind of thing, so that there is peace for a while."""

    __tablename__ = "last_notices"

    id: Mapped[int] = labelled(_l("Number"), primary_key=True)
    user_id: Mapped[int] = labelled(_l("Person"), ForeignKey("users.id", ondelete="CASCADE"))
    kind: Mapped[str] = labelled(_l("Kind"), String(20))
    at: Mapped[datetime] = labelled(_l("When"), UTCDateTime, default=clock.now)

    __table_args__ = (UniqueConstraint("user_id", "kind"),)


class CommentNews(Model):
    """That a comment came to be shown which is news to somebody of the house, or to a reader by her address.

    A comment is news of each kind once. No key guards it: of what is gone nobody is told, and the row ages away.
    """

    __tablename__ = "comment_news"

    id: Mapped[int] = labelled(_l("Number"), primary_key=True)
    comment_id: Mapped[int] = labelled(_l("Comment"))
    kind: Mapped[str] = labelled(_l("Kind"), String(20))
    user_id: Mapped[int | None] = labelled(_l("Person"), ForeignKey("users.id", ondelete="CASCADE"))
    address_id: Mapped[int | None] = labelled(_l("Address"), ForeignKey("confirmed_addresses.id", ondelete="CASCADE"))
    found_at: Mapped[datetime] = labelled(_l("Found"), UTCDateTime, default=clock.now)
    #: When the person was told, or it was seen that there is nothing to tell; None while that is still to be done.
    told_at: Mapped[datetime | None] = labelled(_l("Told"), UTCDateTime)

    __table_args__ = (
        UniqueConstraint("comment_id", "kind"),
        Index("ix_comment_news_found_at", "found_at"),
        Index("ix_comment_news_user_id_kind", "user_id", "kind", "told_at"),
        Index("ix_comment_news_address_id_kind", "address_id", "kind", "told_at"),
        # Who is still to be told.
        Index(
            "ix_comment_news_untold",
            "kind",
            "user_id",
            "address_id",
            sqlite_where=literal_column("told_at IS NULL"),
            postgresql_where=literal_column("told_at IS NULL"),
        ),
    )


class Mark(Model):
    """How far something has been read: the number of the last seal that was looked at, by the name of the reader."""

    __tablename__ = "notice_marks"

    id: Mapped[int] = labelled(_l("Number"), primary_key=True)
    name: Mapped[str] = labelled(_l("Name"), String(40), unique=True)
    seal_id: Mapped[int] = labelled(_l("Last seal"), BigInteger, default=0)
