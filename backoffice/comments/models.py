"""Comments: threaded, each under one post."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Float, ForeignKey, Index, String, Text, literal_column, select
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
from backoffice.foundation.search import Searchable
from backoffice.foundation.text import clean_line, clean_text, is_email
from backoffice.posts.models import Post

LONGEST_TEXT = 10_000
#: Taken back with the status, and only with it.
_OF_THE_DECISION = {"part_of": "status"}


def _where_filled(name: str, column: str, *further: str) -> Index:
    """An index of the rows that have a value there: each decision writes every index of its row anew on PostgreSQL."""
    filled: ColumnElement[bool] = literal_column(f"{column} IS NOT NULL")
    return Index(name, column, *further, sqlite_where=filled, postgresql_where=filled)


class CommentStatus(LabelledEnum):
    """What was decided."""

    PENDING = "pending", _l("Pending")
    APPROVED = "approved", _l("Approved")
    REJECTED = "rejected", _l("Rejected")
    SPAM = "spam", _l("Spam")


class Comment(Searchable, Timestamped, Versioned, Audited, Model):
    """What a reader, or one of the staff, wrote under a post. Its status changes by operation only."""

    __tablename__ = "comments"
    singular = _l("Comment")
    plural = _l("Comments")
    searched = ("text", "author_name")
    titled_by = ("author_name",)

    id: Mapped[int] = labelled(_l("Number"), primary_key=True)
    post_id: Mapped[int] = labelled(_l("Post"), ForeignKey("posts.id", ondelete="RESTRICT"))
    parent_id: Mapped[int | None] = labelled(_l("Reply to"), ForeignKey("comments.id", ondelete="RESTRICT"))
    author_id: Mapped[int | None] = labelled(_l("Account"), ForeignKey("users.id", ondelete="RESTRICT"))
    author_name: Mapped[str] = labelled(_l("Author"), String(80))
    author_email: Mapped[str | None] = labelled(_l("E-mail"), String(254), info={"needs": "comment.view_contact"})
    author_address: Mapped[str | None] = labelled(
        _l("Network address"), String(45), info={"needs": "comment.view_contact"}
    )
    text: Mapped[str] = labelled(_l("Comment"), Text)
    status: Mapped[CommentStatus] = labelled(_l("Status"), EnumText(CommentStatus), default=CommentStatus.PENDING)
    reason: Mapped[str] = labelled(_l("Reason"), String(500), default="", info=_OF_THE_DECISION)
    decided_at: Mapped[datetime | None] = labelled(_l("Decided"), UTCDateTime, info=_OF_THE_DECISION)
    # Empty for what a rule, a command or an import decided. Accounts are never deleted, so no key has to guard it.
    decided_by_id: Mapped[int | None] = labelled(_l("Decided by"), info=_OF_THE_DECISION)
    # How likely it is spam, from 0 to 1: worked out, not written by anybody, so no version and no entry tells of it.
    # 0 where nothing was worked out.
    score: Mapped[float] = labelled(
        _l("Spam score"), Float, default=0.0, server_default="0", nullable=False, info={"derived": True}
    )

    post: Mapped[Post] = relationship(info={"label": _l("Post")})
    parent: Mapped[Comment | None] = relationship(remote_side="Comment.id", info={"label": _l("Reply to")})
    author: Mapped[User | None] = relationship(info={"label": _l("Account")})
    decided_by: Mapped[User | None] = relationship(
        primaryjoin="foreign(Comment.decided_by_id) == User.id", viewonly=True, info={"label": _l("Decided by")}
    )

    __table_args__ = (
        Index("ix_comments_created_at_id", "created_at", "id"),
        Index("ix_comments_status_created_at_id", "status", "created_at", "id"),
        Index("ix_comments_post_id_created_at_id", "post_id", "created_at", "id"),
        # What stands under a post on the public site.
        Index("ix_comments_post_id_status_created_at_id", "post_id", "status", "created_at", "id"),
        _where_filled("ix_comments_author_id_created_at_id", "author_id", "created_at", "id"),
        Index("ix_comments_author_name_created_at_id", "author_name", "created_at", "id"),
        Index("ix_comments_author_email_created_at_id", "author_email", "created_at", "id"),
        _where_filled("ix_comments_parent_id", "parent_id"),
        _where_filled("ix_comments_author_address_created_at", "author_address", "created_at"),
        _where_filled("ix_comments_decided_by_id_decided_at", "decided_by_id", "decided_at"),
        # What waits, the likeliest spam first or last.
        Index(
            "ix_comments_waiting_score",
            "score",
            "id",
            sqlite_where=literal_column("status = 'pending'"),
            postgresql_where=literal_column("status = 'pending'"),
        ),
    )

    @property
    def title_text(self) -> str:
        """Who wrote it, and its number."""
        return f"{self.author_name} (#{self.id})" if self.id else self.author_name

    @classmethod
    def owned_by(cls, user_id: int) -> Any:
        """A comment belongs to the author of the post it stands under."""
        return cls.post_id.in_(select(Post.id).where(Post.author_id == user_id))

    def is_owned_by(self, user_id: int) -> bool:
        """A comment belongs to the author of the post it stands under."""
        return self.post is not None and self.post.author_id == user_id

    @validates("text")
    def _check_text(self, _key: str, text: str) -> str:
        text = clean_text(text)
        if not text:
            raise InvalidInput(_l("Write something first."), field="text")
        if len(text) > LONGEST_TEXT:
            raise InvalidInput(_l("Use at most %(num)s characters.", num=LONGEST_TEXT), field="text")
        return text

    @validates("score")
    def _check_score(self, _key: str, score: float | None) -> float:
        return min(max(score or 0.0, 0.0), 1.0)

    @validates("author_name")
    def _check_author_name(self, _key: str, name: str) -> str:
        name = clean_line(name)
        if not name:
            raise InvalidInput(_l("Give a name."), field="name")
        return name[:80]

    @validates("author_email")
    def _check_author_email(self, _key: str, email: str | None) -> str | None:
        email = clean_line(email or "").lower()
        if email and not is_email(email):
            raise InvalidInput(_l("Give a full address, for example ana@example.org."), field="email")
        return email or None
