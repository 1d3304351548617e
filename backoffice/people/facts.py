"""What is worth knowing of a person before something is done to her account."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select

from backoffice.accounts import leaving
from backoffice.accounts.entering import LastSeen
from backoffice.accounts.models import User
from backoffice.comments.models import Comment
from backoffice.foundation.database import db
from backoffice.posts.models import Post


class Facts(NamedTuple):
    """When she was here last, and how much there is of hers."""

    seen_at: datetime | None
    signed_in_at: datetime | None
    posts: int
    drafts: int
    comments: int


def facts_about(user: User) -> Facts:
    """The facts about a person."""
    seen = db.session.get(LastSeen, user.id)
    posts = db.session.scalar(select(func.count(Post.id)).where(Post.author_id == user.id))
    comments = db.session.scalar(select(func.count(Comment.id)).where(Comment.author_id == user.id))
    return Facts(
        seen.seen_at if seen else None,
        seen.signed_in_at if seen else None,
        posts or 0,
        leaving.count_of(user),
        comments or 0,
    )
