"""What rules may ask about a comment, answered by the database: one bounded query for each question that is asked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache, cached_property
from typing import Any

from sqlalchemy import Select, and_, case, false, func, or_, select, union

from backoffice.comments.models import Comment, CommentStatus
from backoffice.foundation.database import db
from backoffice.posts.models import Post
from backoffice.readers import flags
from backoffice.rules.facts import MOST_EARLIER, Earlier, Facts
from backoffice.rules.models import TextPrint
from backoffice.rules.prints import print_of
from backoffice.spam.scoring import scored

#: Copies and comments in a short time are counted so far, which is more than any rule asks for.
MOST_COUNTED = 101
# Outcomes as the database tells them.
_OPEN, _APPROVED, _WAS_REFUSED, _OTHER = range(4)
_OUTCOMES = (Earlier(), Earlier(is_approved=True), Earlier(is_refused=True))
_REFUSED = (CommentStatus.REJECTED, CommentStatus.SPAM)


class CommentFacts(Facts):
    """A comment as it was at the moment `at`, whether it is stored or not: nothing that came later counts.

    What was decided later about earlier comments does not count either, as far as the moments of decisions tell.
    """

    def __init__(self, comment: Comment, at: datetime) -> None:
        super().__init__(text=comment.text, name=comment.author_name, email=comment.author_email)
        self.comment, self.at = comment, at
        self.history = cache(self.history)  # type: ignore[method-assign]  # asked by several rules

    @cached_property
    def print(self) -> int | None:
        """What the text is recognised by."""
        return print_of(self.text)

    def history(self) -> Sequence[Earlier]:
        """By account, else by e-mail, else by name."""
        whose, value = _identity(self.comment)
        was_decided = or_(Comment.decided_at.is_(None), Comment.decided_at <= self.at)
        outcome = case(
            (and_(was_decided, Comment.status == CommentStatus.APPROVED), _APPROVED),
            (and_(was_decided, Comment.status.in_(_REFUSED)), _WAS_REFUSED),
            else_=_OPEN,
        )
        # Those of the same name who have an account or an e-mail are others, left out of the newest afterwards.
        by_name = whose is Comment.author_name
        is_other = or_(Comment.author_id.is_not(None), Comment.author_email.is_not(None)) if by_name else false()
        newest: Any = (
            select(case((is_other, _OTHER), else_=outcome))
            .where(whose == value, self._is_earlier(Comment.created_at, Comment.id))
            .order_by(Comment.created_at.desc(), Comment.id.desc())
            .limit(MOST_EARLIER)
        )
        return [_OUTCOMES[number] for number in db.session.scalars(newest) if number != _OTHER]

    def copies(self, days: int) -> int:
        """By the prints of texts, which are written with each comment that is sent."""
        if self.print is None:
            return 0
        copies = select(TextPrint.id).where(
            TextPrint.digest == self.print,
            TextPrint.created_at > self.at - timedelta(days=days),
            self._is_earlier(TextPrint.created_at, TextPrint.comment_id),
        )
        return _count(copies.limit(MOST_COUNTED))

    def recent(self, minutes: int) -> int:
        """Each comment once, though it has both the e-mail and the address."""
        comment, since = self.comment, self.at - timedelta(minutes=minutes)
        whose, value = _identity(comment)
        wanted = [whose == value]
        if comment.author_address:
            wanted.append(Comment.author_address == comment.author_address)
        found = [
            select(
                select(Comment.id)
                .where(each, Comment.created_at > since, self._is_earlier(Comment.created_at, Comment.id))
                .order_by(Comment.created_at.desc())
                .limit(MOST_COUNTED)
                .subquery()
            )
            for each in wanted
        ]
        return _count(union(*found) if len(found) > 1 else found[0])

    def post_age(self) -> timedelta | None:
        """Since it was published."""
        comment = self.comment
        published = (
            comment.post.published_at
            if comment.post
            else db.session.scalar(select(Post.published_at).where(Post.id == comment.post_id))
        )
        return self.at - published if published is not None else None

    def flags(self) -> int:
        """Of a stored comment; those that a moderator has looked at count only when the past is looked at."""
        return len(flags.of([self.comment.id]).get(self.comment.id, ())) if self.comment.id else 0

    def score(self) -> float | None:
        """The one that is kept with the comment, else what the present model says."""
        if self.comment.score is not None:
            return self.comment.score
        made = scored(self.text, name=self.name)
        return made.value if made else None

    def _is_earlier(self, created_at: Any, id: Any) -> Any:
        """Whether a row came before this comment."""
        if self.comment.id is None:
            return created_at <= self.at
        return and_(created_at <= self.at, or_(created_at < self.at, id < self.comment.id))


class FlaggedFacts(CommentFacts):
    """The same when a reader has just reported it: what moderators have looked at does not count again."""

    def flags(self) -> int:
        """Those that nobody has looked at."""
        return flags.open_count(self.comment.id)


def _identity(comment: Comment) -> tuple[Any, Any]:
    """What the author is known by: account, else e-mail, else name."""
    if comment.author_id is not None:
        return Comment.author_id, comment.author_id
    if comment.author_email:
        return Comment.author_email, comment.author_email
    return Comment.author_name, comment.author_name


def _count(rows: Select[Any] | Any) -> int:
    return db.session.scalar(select(func.count()).select_from(rows.subquery())) or 0
