"""Drafts of somebody who leaves: the posts of hers that nobody has seen."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select

from backoffice.accounts.leaving import can_be_unfinished
from backoffice.accounts.models import User
from backoffice.foundation.acting import acting
from backoffice.foundation.database import db
from backoffice.foundation.errors import InvalidInput, NotAllowed
from backoffice.foundation.i18n import _l
from backoffice.foundation.permissions import Can, is_allowed
from backoffice.posts.models import Post, PostStatus
from backoffice.posts.operations import delete


class DraftPosts:
    """Posts with the status draft; see `accounts.leaving.Unfinished`."""

    def count(self, user: User) -> int:
        """How many there are."""
        mine = (Post.author_id == user.id, Post.status == PostStatus.DRAFT)
        return db.session.scalar(select(func.count(Post.id)).where(*mine)) or 0

    def give(self, user: User, to: User, *, actor: Any) -> None:
        """Make the other person their author; the actor may change them, and she may too."""
        if not is_allowed(to, Can.POST_EDIT):
            raise InvalidInput(_l("%(name)s may not change posts. Choose another.", name=to.title_text), field="to")
        for post in self._all(user):
            if not is_allowed(actor, Can.POST_EDIT, post):
                raise NotAllowed(permission=Can.POST_EDIT.value)
            with acting(actor=actor, action="post.hand_over"):
                # By its number, which the trail looks at; the record behind it is read anew.
                post.author_id = to.id
                db.session.flush()
                db.session.expire(post, ["author"])

    def trash(self, user: User, *, actor: Any) -> None:
        """Delete them as anybody would."""
        for post in self._all(user):
            delete(post, actor=actor)

    def _all(self, user: User) -> list[Post]:
        mine = (Post.author_id == user.id, Post.status == PostStatus.DRAFT)
        return list(db.session.scalars(select(Post).where(*mine).order_by(Post.id)))


def install() -> None:
    """Let deactivating ask about drafts; a second call changes nothing."""
    can_be_unfinished("post", DraftPosts())
