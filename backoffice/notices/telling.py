"""Telling people of comments on their posts and of replies: one mail, however many there are, and then some peace."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import and_, delete, func, or_, select, update
from sqlalchemy.orm import joinedload, lazyload, load_only

from backoffice.accounts import notices
from backoffice.accounts.models import User
from backoffice.accounts.notices import Notice
from backoffice.comments.models import Comment
from backoffice.foundation import clock
from backoffice.foundation.database import db
from backoffice.foundation.i18n import _l
from backoffice.foundation.text import shortened
from backoffice.notices.finding import visible
from backoffice.notices.models import CommentNews
from backoffice.posts.models import Post
from backoffice.readers import confirming
from backoffice.readers.models import ConfirmedAddress
from backoffice.records import outbox

#: Who was told hears no more of the same kind for so long; what comes meanwhile is gathered for the next mail.
PEACE = timedelta(minutes=10)
#: Comments that a mail shows, and characters of each: one alone is shown at length.
MOST_SHOWN, LONGEST_OF_ONE, LONGEST_OF_MANY = 10, 600, 160
#: News is remembered for so long, so that what is decided again is no news again.
KEPT = timedelta(days=90)
_TEMPLATES = {Notice.COMMENTS.value: "comment_on_post", Notice.REPLIES.value: "comment_reply"}


@dataclass(frozen=True)
class Whose:
    """For whom news of one kind waits: a person of the house or a reader."""

    kind: str
    user_id: int | None
    address_id: int | None

    @property
    def rows(self) -> Any:
        """The criterion for her rows."""
        mine = CommentNews.user_id == self.user_id if self.user_id else CommentNews.address_id == self.address_id
        return and_(CommentNews.kind == self.kind, mine)


@dataclass(frozen=True)
class Shown:
    """A comment as mail shows it."""

    id: int
    author: str
    text: str
    title: str
    post_id: int
    slug: str


def is_anybody_untold() -> bool:
    """Whether news waits for anybody; reads only."""
    return db.session.scalar(select(CommentNews.id).where(CommentNews.told_at.is_(None)).limit(1)) is not None


def untold(most: int = 5_000) -> Iterator[Whose]:
    """For whom news waits, without those who have peace."""
    now = clock.now()
    since = now - PEACE
    query = select(CommentNews.kind, CommentNews.user_id, CommentNews.address_id)
    query = query.where(CommentNews.told_at.is_(None)).distinct().limit(most)
    for row in db.session.execute(query).all():
        whose = Whose(*row)
        # What lies ahead was written under a wrong clock and holds nothing up.
        lately = select(CommentNews.id).where(whose.rows, CommentNews.told_at > since, CommentNews.told_at <= now)
        if db.session.scalar(lately.limit(1)) is None:
            yield whose


def tell(whose: Whose) -> bool:
    """Promise the mail about what is news to somebody and can be read by everybody now; whether there is one.

    What cannot is no news until it is shown again; what she does not want to hear is put aside. Never commits.
    """
    last = db.session.scalar(select(func.max(CommentNews.id)).where(whose.rows, CommentNews.told_at.is_(None)))
    if last is None:
        return False
    waits = (whose.rows, CommentNews.told_at.is_(None), CommentNews.id <= last)
    shown = select(Comment.id).join(Post, Post.id == Comment.post_id).where(visible(), _is_unlike_hers())
    hidden = ~shown.where(Comment.id == CommentNews.comment_id).correlate(CommentNews).exists()
    db.session.execute(delete(CommentNews).where(*waits, hidden).execution_options(synchronize_session=False))
    to = _recipient(whose)
    count = (db.session.scalar(select(func.count()).select_from(CommentNews).where(*waits)) or 0) if to else 0
    if to is not None and count:
        first = _shown(waits, alone=count == 1)
        outbox.promise(
            _TEMPLATES[whose.kind],
            key=f"{whose.kind} {whose.user_id or ''}/{whose.address_id or ''} {last}",
            origin=("comment", first[0].id) if count == 1 else None,
            **to,
            comments=first,
            count=count,
            more=count - len(first),
        )
    db.session.execute(
        update(CommentNews).where(*waits).values(told_at=clock.now()).execution_options(synchronize_session=False)
    )
    return bool(count)


def forget_old() -> None:
    """Remove news that is old. Never commits."""
    old = delete(CommentNews).where(CommentNews.found_at < clock.now() - KEPT)
    db.session.execute(old.execution_options(synchronize_session=False))


@outbox.checked_by("comment")
def still_shown(mail: outbox.OutboxMail) -> outbox.Drop | None:
    """Mail about one comment goes out only as long as everybody can read it."""
    query = select(Comment.id).join(Post, Post.id == Comment.post_id).where(Comment.id == mail.origin_id, visible())
    if db.session.scalar(query) is None:
        return outbox.Drop(_l("This comment is not shown any more."))
    return None


def _recipient(whose: Whose) -> dict[str, Any] | None:
    """What `outbox.promise` has to know of her; None if she cannot be written to, or does not want it."""
    if whose.user_id is not None:
        user = db.session.get(User, whose.user_id)
        kind = Notice.of(whose.kind)
        to = notices.address_of(user, kind) if user is not None else None
        return {"to": to, "user": user, "stop": notices.stop_of(user, kind)} if user is not None and to else None
    row = db.session.get(ConfirmedAddress, whose.address_id)
    if row is None or row.replies_at is None:
        return None
    return {"to": row.email, "locale": row.locale, "stop": (confirming.REPLIES, row.id)}


def _is_unlike_hers() -> Any:
    """That she did not decide about it herself since, and so has seen it."""
    return or_(
        CommentNews.user_id.is_(None), Comment.decided_by_id.is_(None), Comment.decided_by_id != CommentNews.user_id
    )


def _shown(waits: Sequence[Any], *, alone: bool) -> list[Shown]:
    columns = load_only(Comment.author_name, Comment.text, Comment.post_id)
    post = joinedload(Comment.post).options(load_only(Post.title, Post.slug), lazyload(Post.author))
    query = select(Comment).join(CommentNews, CommentNews.comment_id == Comment.id).where(*waits).options(columns, post)
    found = db.session.scalars(query.order_by(CommentNews.id).limit(MOST_SHOWN)).unique().all()
    longest = LONGEST_OF_ONE if alone else LONGEST_OF_MANY
    return [
        Shown(
            comment.id,
            comment.author_name,
            shortened(comment.text, longest),
            comment.post.title,
            comment.post_id,
            comment.post.slug,
        )
        for comment in found
    ]
