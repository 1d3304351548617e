"""Named questions about posts and tags; each returns a `Select` that can be narrowed further."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import defaultload, defer, selectinload
from sqlalchemy.sql import ColumnElement

from backoffice.accounts.models import User
from backoffice.posts.models import Post, PostStatus, Tag, post_tags

#: Sections are the tags that occur most among this many of the newest posts.
RECENT = 200


def is_public(now: datetime) -> ColumnElement[bool]:
    """The criterion for what visitors may read: published, and its moment has come."""
    return and_(Post.status == PostStatus.PUBLISHED, Post.published_at <= now)


def published(now: datetime) -> Select[Post]:
    """What visitors may read, newest first, with tags and without the rights of the author."""
    return _public(now).options(selectinload(Post.tags))


def stories(now: datetime) -> Select[Post]:
    """The same for lists, without tags and text."""
    return _public(now).options(defer(Post.body))


def tagged(stories: Select[Post], tag: Tag) -> Select[Post]:
    """Those of the posts that carry the tag."""
    return stories.join(post_tags, post_tags.c.post_id == Post.id).where(post_tags.c.tag_id == tag.id)


def sections(now: datetime, most: int) -> Select[str, str]:
    """Name and slug of the tags used most of late, the most used first."""
    recent = select(Post.id).where(is_public(now)).order_by(Post.published_at.desc(), Post.id.desc()).limit(RECENT)
    return (
        select(Tag.name, Tag.slug)
        .join(post_tags, post_tags.c.tag_id == Tag.id)
        .where(post_tags.c.post_id.in_(recent.subquery().select()))
        .group_by(Tag.id, Tag.name, Tag.slug)
        .order_by(func.count().desc(), Tag.name)
        .limit(most)
    )


def _public(now: datetime) -> Select[Post]:
    return (
        select(Post)
        .where(is_public(now))
        .order_by(Post.published_at.desc(), Post.id.desc())
        .options(defaultload(Post.author).lazyload(User.roles))
    )


def due(now: datetime) -> Select[Post]:
    """Scheduled posts whose moment has come."""
    return select(Post).where(Post.status == PostStatus.SCHEDULED, Post.published_at <= now).order_by(Post.published_at)


def drafts_of(user_id: int) -> Select[Post]:
    """What this person has begun, last touched first."""
    return (
        select(Post)
        .where(Post.author_id == user_id, Post.status == PostStatus.DRAFT)
        .order_by(Post.updated_at.desc(), Post.id.desc())
    )


def tags() -> Select[Tag]:
    """All tags by name."""
    return select(Tag).order_by(Tag.name, Tag.id)
