"""What the desk keeps besides the comments: claims, snoozes, the stamp of the last change, saved views, finished days.

Claims, snoozes, the stamp and finished days are side data: no change of them is anybody's change of a comment, so they
are neither versioned nor audited. A saved view is a person's own work, and is both.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, UniqueConstraint, and_, exists, or_, select
from sqlalchemy.orm import Mapped, relationship, validates

from backoffice.accounts import terms
from backoffice.accounts.models import Role, User, user_roles
from backoffice.foundation.database import Audited, Model, Timestamped, UTCDateTime, Versioned, labelled
from backoffice.foundation.errors import InvalidInput
from backoffice.foundation.i18n import _l
from backoffice.foundation.text import clean_line

LONGEST_NAME = 60
LONGEST_QUERY = 600


class Claim(Model):
    """That somebody looks at a comment, or has taken it, until a moment that her page keeps moving on."""

    __tablename__ = "claims"

    id: Mapped[int] = labelled(
        _l("Comment"),
        "comment_id",
        ForeignKey("comments.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    )
    user_id: Mapped[int] = labelled(_l("Person"), ForeignKey("users.id", ondelete="CASCADE"), index=True)
    who: Mapped[str] = labelled(_l("Name"), String(80))
    # Taken on purpose: others cannot decide meanwhile. Otherwise she only looks at it.
    is_firm: Mapped[bool] = labelled(_l("Taken"), default=False)
    taken_at: Mapped[datetime] = labelled(_l("Since"), UTCDateTime)
    expires_at: Mapped[datetime] = labelled(_l("Until"), UTCDateTime, index=True)


class Snooze(Model):
    """That a comment waits but shall not be shown before a moment."""

    __tablename__ = "snoozes"

    id: Mapped[int] = labelled(
        _l("Comment"),
        "comment_id",
        ForeignKey("comments.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    )
    user_id: Mapped[int | None] = labelled(_l("Person"), ForeignKey("users.id", ondelete="SET NULL"), index=True)
    who: Mapped[str] = labelled(_l("Name"), String(80))
    until: Mapped[datetime] = labelled(_l("Until"), UTCDateTime, index=True)
    set_at: Mapped[datetime] = labelled(_l("Since"), UTCDateTime)


class DeskStamp(Model):
    """One row: how often anything that desks show has changed, and when time alone will change it next."""

    __tablename__ = "desk_stamps"

    id: Mapped[int] = labelled(_l("Number"), primary_key=True, autoincrement=False)
    moved: Mapped[int] = labelled(_l("Changes"), BigInteger, default=0)
    wakes_at: Mapped[datetime | None] = labelled(_l("Next"), UTCDateTime)


class SavedView(Timestamped, Versioned, Audited, Model):
    """A queue under a name: what is asked for and in which order, for its owner or for everybody with a role."""

    __tablename__ = "saved_views"
    resource = "view"
    singular = _l("Saved view")
    plural = _l("Saved views")
    named_by = ("name",)
    __table_args__ = (Index("ix_saved_views_owner_id_position", "owner_id", "position"),)

    id: Mapped[int] = labelled(_l("Number"), primary_key=True)
    name: Mapped[str] = labelled(_l("Name"), String(LONGEST_NAME))
    owner_id: Mapped[int] = labelled(_l("Owner"), ForeignKey("users.id", ondelete="RESTRICT"))
    role_id: Mapped[int | None] = labelled(
        _l("Shared with role"), ForeignKey("roles.id", ondelete="SET NULL"), index=True
    )
    #: The part of the address after the question mark, in its one form.
    query: Mapped[str] = labelled(_l("Filter"), String(LONGEST_QUERY), default="")
    is_default: Mapped[bool] = labelled(_l("Opens first"), default=False)
    position: Mapped[int] = labelled(_l("Position"), default=0)

    owner: Mapped[User] = relationship(info={"label": _l("Owner")})
    role: Mapped[Role | None] = relationship(info={"label": _l("Shared with role")})

    @classmethod
    def owned_by(cls, user_id: int) -> Any:
        """A view belongs to whoever saved it."""
        return cls.owner_id == user_id

    def is_owned_by(self, user_id: int) -> bool:
        """A view belongs to whoever saved it."""
        return self.owner_id == user_id

    @classmethod
    def offered_to(cls, actor: Any) -> Any:
        """The criterion for views that somebody finds at the desk: her own, and those of her roles.

        Whoever looks in one role (`roles.viewing`) finds those of that role.
        """
        if (role_id := getattr(actor, "in_role", None)) is not None:
            return or_(cls.owner_id == actor.id, cls.role_id == role_id)
        has = and_(user_roles.c.user_id == actor.id, user_roles.c.role_id == cls.role_id, terms.counts())
        held = exists(select(1).where(has))
        return or_(cls.owner_id == actor.id, held)

    @validates("name")
    def _check_name(self, _key: str, name: str) -> str:
        name = clean_line(name)
        if not name:
            raise InvalidInput(_l("Give a name."), field="name")
        if len(name) > LONGEST_NAME:
            raise InvalidInput(_l("Use at most %(num)s characters.", num=LONGEST_NAME), field="name")
        return name


class HiddenView(Model):
    """That a person does not want to see a view at her desk."""

    __tablename__ = "hidden_views"
    __table_args__ = (UniqueConstraint("user_id", "view_id"),)

    id: Mapped[int] = labelled(_l("Number"), primary_key=True)
    user_id: Mapped[int] = labelled(_l("Person"), ForeignKey("users.id", ondelete="CASCADE"))
    view_id: Mapped[int] = labelled(_l("Saved view"), ForeignKey("saved_views.id", ondelete="CASCADE"), index=True)


class ModerationDay(Model):
    """What one person decided on one finished day in UTC. The row of number 0 is for rules and programs.

    That row is there for each day that was worked out, and tells of everybody what scores and rules had said.
    """

    __tablename__ = "moderation_days"
    __table_args__ = (UniqueConstraint("day", "person_id"),)

    id: Mapped[int] = labelled(_l("Number"), primary_key=True)
    day: Mapped[date] = labelled(_l("Day"))
    # No key: 0 is nobody's number, and accounts are never deleted.
    person_id: Mapped[int] = labelled(_l("Person"), default=0)
    approved: Mapped[int] = labelled(_l("Approved"), default=0)
    rejected: Mapped[int] = labelled(_l("Rejected"), default=0)
    spam: Mapped[int] = labelled(_l("Spam"), default=0)
    #: Of this person's decisions, of whatever day, those that somebody changed on this one.
    overturned: Mapped[int] = labelled(_l("Overturned"), default=0)
    #: How many first decisions came within each step of `history.STEPS`, and how many later.
    waits: Mapped[list[int]] = labelled(_l("Waits"), JSON, default=list)
    #: For each band of the spam score how many were decided, and how many of those refused.
    scores: Mapped[list[list[int]]] = labelled(_l("Spam score"), JSON, default=list)
    #: For each rule: number, name, how many it fitted, how many of those were approved, refused, and called wrong.
    rules: Mapped[list[list[Any]]] = labelled(_l("Rules"), JSON, default=list)
