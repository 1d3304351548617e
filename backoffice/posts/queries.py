"""Named questions about posts and tags; each returns a `Select` that can be narrowed further."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import selectinload

from backoffice.posts.models import Post, PostStatus, Tag


def published(now: datetime) -> Select[tuple[Post]]:
    """What visitors may read, newest first."""
    return (
        select(Post)
        .where(Post.status == PostStatus.PUBLISHED, Post.published_at <= now)
        .order_by(Post.published_at.desc(), Post.id.desc())
        .options(selectinload(Post.tags))
    )


def due(now: datetime) -> Select[tuple[Post]]:
    """Scheduled posts whose moment has come."""
    return (
        select(Post)
        .where(Post.status == PostStatus.SCHEDULED, Post.published_at <= now)
        .order_by(Post.published_at)
    )


def drafts_of(user_id: int) -> Select[tuple[Post]]:
    """What this person has begun, last touched first."""
    return (
        select(Post)
        .where(Post.author_id == user_id, Post.status == PostStatus.DRAFT)
        .order_by(Post.updated_at.desc(), Post.id.desc())
    )


def tags() -> Select[tuple[Tag]]:
    """All tags by name."""
    return select(Tag).order_by(Tag.name, Tag.id)
