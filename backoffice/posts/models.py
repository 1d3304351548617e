"""Posts and tags."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Column, ForeignKey, Index, String, Table, Text
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
from backoffice.foundation.html import plain_text, sanitised
from backoffice.foundation.i18n import _l
from backoffice.foundation.search import Searchable
from backoffice.foundation.text import (
    clean_line,
    clean_text,
    is_slug,
    shortened,
    slug_of,
)


class PostStatus(LabelledEnum):
    """Where a post stands."""

    DRAFT = "draft", _l("Draft")
    SCHEDULED = "scheduled", _l("Scheduled")
    PUBLISHED = "published", _l("Published")
    WITHDRAWN = "withdrawn", _l("Withdrawn")


post_tags = Table(
    "post_tags",
    Model.metadata,
    Column("post_id", ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True),
    Column(
        "tag_id",
        ForeignKey("tags.id", ondelete="CASCADE"),
        primary_key=True,
        index=True,
    ),
)


class Tag(Timestamped, Versioned, Audited, Model):
    """A word posts are found by."""

    __tablename__ = "tags"
    singular = _l("Tag")
    plural = _l("Tags")
    named_by = ("name", "slug")

    id: Mapped[int] = labelled(_l("Number"), primary_key=True)
    name: Mapped[str] = labelled(_l("Name"), String(80))
    slug: Mapped[str] = labelled(
        _l("Address"), String(80), unique=True, default="", hint=_l("made from the name if empty")
    )
    posts: Mapped[list[Post]] = relationship(secondary=post_tags, back_populates="tags", viewonly=True)

    __table_args__ = (
        Index("ix_tags_name_id", "name", "id"),
        Index("ix_tags_created_at_id", "created_at", "id"),
    )

    @validates("name")
    def _check_name(self, _key: str, name: str) -> str:
        name = clean_line(name)
        if not name:
            raise InvalidInput(_l("Give the tag a name."), field="name")
        if not self.slug:
            self.slug = slug_of(name)
        return name

    @validates("slug")
    def _check_slug(self, _key: str, slug: str) -> str:
        return checked_slug(slug, otherwise=self.name)


class Post(Searchable, Timestamped, Versioned, Audited, Model):
    """An article. Its status changes by operation only; its text is sanitised here, whatever the surface."""

    __tablename__ = "posts"
    singular = _l("Post")
    plural = _l("Posts")
    named_by = ("title", "slug")
    searched = ("title", "summary", "body_text")

    id: Mapped[int] = labelled(_l("Number"), primary_key=True)
    title: Mapped[str] = labelled(_l("Title"), String(200))
    slug: Mapped[str] = labelled(
        _l("Address"), String(200), unique=True, default="", hint=_l("made from the title if empty")
    )
    summary: Mapped[str] = labelled(_l("Summary"), String(500), default="")
    body: Mapped[str] = labelled(_l("Text"), Text, default="")
    # The words of the text without its markup: for searching and excerpts.
    body_text: Mapped[str] = labelled(_l("Words of the text"), Text, default="", info={"derived": True})
    status: Mapped[PostStatus] = labelled(_l("Status"), EnumText(PostStatus), default=PostStatus.DRAFT)
    published_at: Mapped[datetime | None] = labelled(_l("Published"), UTCDateTime)
    author_id: Mapped[int] = labelled(_l("Author"), ForeignKey("users.id", ondelete="RESTRICT"))
    author: Mapped[User] = relationship(lazy="joined", innerjoin=True, info={"label": _l("Author")})
    tags: Mapped[list[Tag]] = relationship(
        secondary=post_tags,
        back_populates="posts",
        order_by="Tag.name",
        info={"label": _l("Tags")},
    )

    __table_args__ = (
        Index("ix_posts_title_id", "title", "id"),
        Index("ix_posts_updated_at_id", "updated_at", "id"),
        Index("ix_posts_created_at_id", "created_at", "id"),
        Index("ix_posts_published_at_id", "published_at", "id"),
        Index("ix_posts_status_updated_at_id", "status", "updated_at", "id"),
        Index("ix_posts_status_published_at_id", "status", "published_at", "id"),
        Index("ix_posts_author_id_updated_at_id", "author_id", "updated_at", "id"),
    )

    @classmethod
    def owned_by(cls, user_id: int) -> Any:
        """A post belongs to its author."""
        return cls.author_id == user_id

    def is_owned_by(self, user_id: int) -> bool:
        """A post belongs to its author."""
        return self.author_id == user_id

    @property
    def teaser(self) -> str:
        """The summary, or the beginning of the text."""
        return self.summary or shortened(self.body_text, 200)

    @validates("title")
    def _check_title(self, _key: str, title: str) -> str:
        title = clean_line(title)
        if not title:
            raise InvalidInput(_l("Give the post a title."), field="title")
        if not self.slug:
            self.slug = slug_of(title)
        return title

    @validates("slug")
    def _check_slug(self, _key: str, slug: str) -> str:
        return checked_slug(slug, otherwise=self.title)

    @validates("summary")
    def _clean_summary(self, _key: str, summary: str | None) -> str:
        return clean_text(summary)

    @validates("body")
    def _sanitise_body(self, _key: str, body: str | None) -> str:
        clean = sanitised(body or "")
        self.body_text = plain_text(clean)
        return clean


def checked_slug(slug: str | None, otherwise: str | None) -> str:
    """The slug as it may stand in an address; made from `otherwise` if empty. Raises InvalidInput."""
    slug = clean_line(slug).lower()
    if not slug:
        return slug_of(otherwise or "")
    if not is_slug(slug):
        raise InvalidInput(
            _l("Use letters, digits and hyphens, for example ferry-timetable."),
            field="slug",
        )
    return slug
