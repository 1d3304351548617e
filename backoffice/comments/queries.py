"""Named questions about comments; each returns a `Select` that can be narrowed further."""

from __future__ import annotations

from sqlalchemy import Select, select

from backoffice.comments.models import Comment, CommentStatus
from backoffice.posts.models import Post


def awaiting_moderation() -> Select[tuple[Comment]]:
    """What waits, oldest first."""
    return select(Comment).where(Comment.status == CommentStatus.PENDING).order_by(Comment.created_at, Comment.id)


def shown_under(post_id: int) -> Select[tuple[Comment]]:
    """What visitors read under a post, oldest first."""
    return (
        select(Comment)
        .where(Comment.post_id == post_id, Comment.status == CommentStatus.APPROVED)
        .order_by(Comment.created_at, Comment.id)
    )


def commented_posts() -> Select[tuple[Post]]:
    """Posts that comments can stand under, newest first."""
    return select(Post).order_by(Post.updated_at.desc(), Post.id.desc())
