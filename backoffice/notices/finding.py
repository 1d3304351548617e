"""Which comments came to be shown, found behind whoever decides, so that no decision takes longer for it.

What is read are the seals of the audit trail: each covers entries that were committed, once, however late. So nothing
is missed and nothing is counted by a clock. The first time all that is there is no news.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Integer, Select, and_, func, insert, literal, or_, select
from sqlalchemy.orm import aliased

from backoffice.accounts.models import User
from backoffice.accounts.notices import Notice
from backoffice.comments.models import Comment, CommentStatus
from backoffice.foundation import clock
from backoffice.foundation.database import UTCDateTime, db
from backoffice.notices.models import CommentNews, Mark
from backoffice.posts import queries as posts
from backoffice.posts.models import Post
from backoffice.readers.models import ConfirmedAddress
from backoffice.records import seals
from backoffice.records.audit import CHANGED, CREATED, AuditEntry
from backoffice.records.seals import AuditSeal

#: The name of the mark.
READER = "comments"
#: Seals read at once.
SEALS = 20
#: A change of a comment that has been shown for longer than this before it is no news, nor is one that was imported.
FRESH = timedelta(days=2)
_Parent: Any = aliased(Comment)


def is_behind() -> bool:
    """Whether there are seals that were not read; reads only."""
    newest = select(func.max(AuditSeal.id)).where(AuditSeal.is_checkpoint.is_(False)).scalar_subquery()
    read = select(Mark.seal_id).where(Mark.name == READER).scalar_subquery()
    return bool(db.session.scalar(select(func.coalesce(newest, 0) > func.coalesce(read, -1))))


def take_in() -> bool:
    """Write down whom the next seals have news for; whether there may be more. Never commits."""
    mark = db.session.scalar(select(Mark).where(Mark.name == READER))
    if mark is None:
        db.session.add(Mark(name=READER, seal_id=db.session.scalar(select(func.max(AuditSeal.id))) or 0))
        return False
    query = select(AuditSeal).where(AuditSeal.id > mark.seal_id, AuditSeal.is_checkpoint.is_(False))
    found = db.session.scalars(query.order_by(AuditSeal.id).limit(SEALS)).all()
    for seal in found:
        _note(seal)
        mark.seal_id = seal.id
    return len(found) == SEALS


def visible() -> Any:
    """The criterion for a comment, joined with its post, that everybody can read at this moment."""
    return and_(Comment.status == CommentStatus.APPROVED, posts.is_public(clock.now()))


def _note(seal: AuditSeal) -> None:
    ranges = seals.read(seal.covers)
    for start in range(0, len(ranges), seals.PLACES_AT_ONCE):
        _note_changed(ranges[start : start + seals.PLACES_AT_ONCE])


def _note_changed(ranges: Sequence[seals.Range]) -> None:
    # In these words, so that a database goes by the numbers and does not read all that was ever said of comments.
    is_comment = func.coalesce(AuditEntry.target_type, "") == Comment.resource
    told = (seals.within(ranges), is_comment, AuditEntry.effect.in_((CREATED, CHANGED)))
    first = db.session.scalar(select(func.min(AuditEntry.at)).where(*told))
    if first is None:
        return
    changed = Comment.id.in_(select(AuditEntry.target_id).where(*told))
    fresh = func.coalesce(Comment.decided_at, Comment.created_at) >= first - FRESH
    for query in (_replies_to_people(), _replies_to_readers(), _comments_on_posts()):
        names = ["comment_id", "kind", "user_id", "address_id", "found_at"]
        rows = query.where(changed, fresh, Comment.status == CommentStatus.APPROVED)
        db.session.execute(insert(CommentNews).from_select(names, rows))


def _news(kind: Notice, *, user: Any = None, address: Any = None) -> Select[Any]:
    """The columns of news, without those that are written down already."""
    nobody = literal(None, Integer)
    known = select(CommentNews.id).where(CommentNews.comment_id == Comment.id, CommentNews.kind == kind.value)
    return select(
        Comment.id,
        literal(kind.value),
        nobody if user is None else user,
        nobody if address is None else address,
        literal(clock.now(), UTCDateTime),
    ).where(~known.exists())


def _not_by(user: Any, user_id: Any) -> Any:
    """That a comment was neither written nor decided by the person."""
    return and_(
        or_(Comment.author_id.is_(None), Comment.author_id != user_id),
        or_(Comment.decided_by_id.is_(None), Comment.decided_by_id != user_id),
        or_(Comment.author_email.is_(None), user.email.is_(None), Comment.author_email != user.email),
    )


def _replies_to_people() -> Select[Any]:
    query = _news(Notice.REPLIES, user=_Parent.author_id).select_from(Comment)
    query = query.join(_Parent, _Parent.id == Comment.parent_id).join(User, User.id == _Parent.author_id)
    return query.where(_not_by(User, User.id))


def _replies_to_readers() -> Select[Any]:
    query = _news(Notice.REPLIES, address=ConfirmedAddress.id).select_from(Comment)
    query = query.join(_Parent, _Parent.id == Comment.parent_id)
    query = query.join(ConfirmedAddress, ConfirmedAddress.email == _Parent.author_email)
    return query.where(
        _Parent.author_id.is_(None),
        ConfirmedAddress.replies_at.is_not(None),
        or_(Comment.author_email.is_(None), Comment.author_email != ConfirmedAddress.email),
    )


def _comments_on_posts() -> Select[Any]:
    """Without the replies of which the same person hears already."""
    query = _news(Notice.COMMENTS, user=Post.author_id).select_from(Comment)
    query = query.join(Post, Post.id == Comment.post_id).join(User, User.id == Post.author_id)
    heard = aliased(CommentNews)
    is_heard = select(heard.id).where(
        heard.comment_id == Comment.id, heard.kind == Notice.REPLIES.value, heard.user_id == Post.author_id
    )
    return query.where(_not_by(User, User.id), ~is_heard.exists())
