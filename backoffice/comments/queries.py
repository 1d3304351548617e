"""Named questions about comments; each returns a `Select` that can be narrowed further."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, select

from backoffice.comments.models import Comment, CommentStatus
from backoffice.foundation.permissions import Can, reachable_by
from backoffice.posts.models import Post, PostStatus


def awaiting_moderation() -> Select[Comment]:
    """What waits, oldest first."""
    return select(Comment).where(Comment.status == CommentStatus.PENDING).order_by(Comment.created_at, Comment.id)


def waiting_for(person: Any) -> Select[Comment]:
    """What waits for this person: the comments she may decide about."""
    return awaiting_moderation().where(reachable_by(person, Can.COMMENT_MODERATE, Comment))


def commented_posts() -> Select[Post]:
    """Posts that readers could or can see, the last touched first: comments stand under these."""
    shown = (PostStatus.PUBLISHED, PostStatus.WITHDRAWN)
    return select(Post).where(Post.status.in_(shown)).order_by(Post.updated_at.desc(), Post.id.desc())
