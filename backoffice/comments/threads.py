"""What is said under a post: threads of comments, as a fixed number of queries and as a tree that is never too deep."""

from __future__ import annotations

from bisect import insort
from collections import defaultdict, deque
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from sqlalchemy import CompoundSelect, Integer, Select, and_, func, literal, or_, select, union_all
from sqlalchemy.orm import aliased, load_only

from backoffice.comments.models import Comment, CommentStatus

#: Threads on one page, and comments below them at most.
THREADS = 200
MOST_REPLIES = 2_000
#: Replies are set in from the margin down to this level; deeper ones stand beside each other and say whom they answer.
DEEPEST = 4
#: Of the talk around one comment so much is shown to a moderator.
AROUND = 60
#: Nobody waits for an exact count above this.
COUNTED = 10_000

# All that the page shows of a comment: contact and decision stay in the database.
_SHOWN = load_only(
    Comment.post_id,
    Comment.parent_id,
    Comment.author_id,
    Comment.author_name,
    Comment.text,
    Comment.status,
    Comment.created_at,
)


@dataclass(eq=False)
class Said:
    """One comment in its thread. `answers` names whom it replies to where its place does not show it."""

    comment: Comment
    level: int = 1
    answers: str | None = None
    above: Said | None = None
    replies: list[Said] = field(default_factory=list)

    @property
    def is_waiting(self) -> bool:
        """Whether only its writer sees it so far."""
        return self.comment.status is not CommentStatus.APPROVED


def beginnings(post_id: int, page: int = 1) -> Select[Comment]:
    """The comments that begin threads, newest first, and one more than a page holds if there is another page.

    An approved reply to a comment that is not shown begins a thread of its own: what was approved is to be read.
    """
    parent = aliased(Comment)
    return (
        _approved()
        .outerjoin(parent, Comment.parent_id == parent.id)
        .where(Comment.post_id == post_id, or_(Comment.parent_id.is_(None), parent.status != CommentStatus.APPROVED))
        .order_by(Comment.created_at.desc(), Comment.id.desc())
        .offset((page - 1) * THREADS)
        .limit(THREADS + 1)
    )


def replies_to(ids: Collection[int]) -> Select[Comment]:
    """Everything approved below these comments, oldest first, whatever its depth."""
    # The status is asked for only on the way down, so that no database is tempted to begin with all that is approved.
    below = select(Comment.id).where(Comment.id.in_(ids)).cte("below", recursive=True)
    below = below.union(
        select(Comment.id).join(below, Comment.parent_id == below.c.id).where(Comment.status == CommentStatus.APPROVED)
    )
    return (
        select(Comment)
        .join(below, Comment.id == below.c.id)
        .where(Comment.id.not_in(ids))
        .options(_SHOWN)
        .order_by(Comment.created_at, Comment.id)
        .limit(MOST_REPLIES)
    )


def waiting_among(ids: Collection[int], post_id: int) -> Select[Comment]:
    """Those of a visitor's comments that no moderator has decided about and that are not shown, oldest first.

    What a rule refused looks to its writer as if it waited: whoever sends spam shall not learn what gets through.
    """
    return sent_among(ids, post_id).options(_SHOWN).where(Comment.status != CommentStatus.APPROVED)


def sent_among(ids: Collection[int], post_id: int) -> Select[Comment]:
    """Those of a visitor's comments that no moderator has decided about, shown by a rule or not, oldest first."""
    return (
        select(Comment)
        .where(
            Comment.id.in_(ids),
            Comment.post_id == post_id,
            # What a rule decides it decides in the moment the comment is sent.
            or_(
                Comment.status == CommentStatus.PENDING,
                and_(Comment.decided_by_id.is_(None), Comment.decided_at == Comment.created_at),
            ),
        )
        .order_by(Comment.created_at, Comment.id)
    )


def answerable(id: int, post_id: int) -> Select[Comment]:
    """The comment of this number, if it is shown under the post and can be replied to."""
    return _approved().where(Comment.id == id, Comment.post_id == post_id)


def count_under(post_id: int) -> Select[int]:
    """How many comments are shown under a post; counting ends one above `COUNTED`."""
    shown = select(literal(1)).where(Comment.post_id == post_id, Comment.status == CommentStatus.APPROVED)
    return select(func.count()).select_from(shown.limit(COUNTED + 1).subquery())


def counts_under(post_ids: Collection[int]) -> CompoundSelect[int, int]:
    """Number of each post and `number` of comments shown under it, as `count_under` counts; for one post at least."""
    return union_all(
        *(
            select(literal(post_id, Integer).label("post_id"), count_under(post_id).scalar_subquery().label("number"))
            for post_id in post_ids
        )
    )


def arranged(beginnings: Iterable[Comment], replies: Iterable[Comment], waiting: Iterable[Comment]) -> list[Said]:
    """The comments as threads in the order given; a visitor's own waiting ones stand first, or below what they answer.

    A reply without a place in these threads is left out. Takes time proportional to the number of comments.
    """
    below: dict[int | None, list[Comment]] = defaultdict(list)
    for comment in replies:
        below[comment.parent_id].append(comment)
    threads = [Said(comment) for comment in beginnings]
    shown = {thread.comment.id for thread in threads} | {reply.id for some in below.values() for reply in some}
    for comment in waiting:
        if comment.parent_id in shown:
            below[comment.parent_id].append(comment)
        else:
            threads.insert(0, Said(comment))
    open_ends = deque(threads)
    while open_ends:
        said = open_ends.popleft()
        for comment in below.get(said.comment.id, ()):
            open_ends.append(_placed(comment, said))
    return threads


def _placed(comment: Comment, answered: Said) -> Said:
    """Hang a comment below the one it answers, or beside it if that one stands deepest."""
    if answered.level < DEEPEST or answered.above is None:
        reply = Said(comment, level=answered.level + 1, above=answered)
    else:
        reply = Said(comment, level=answered.level, above=answered.above, answers=answered.comment.author_name)
    assert reply.above is not None
    insort(reply.above.replies, reply, key=lambda said: (said.comment.created_at, said.comment.id))
    return reply


def _approved() -> Select[Comment]:
    return select(Comment).where(Comment.status == CommentStatus.APPROVED).options(_SHOWN)


def around(comment: Comment) -> Select[Comment]:
    """The talk around a comment, whatever was decided about it: what it answers, its answers, and its neighbours.

    In the order in which they were written, at most `AROUND` of them.
    """
    family = [Comment.id == comment.id, Comment.parent_id == comment.id]
    if comment.parent_id is not None:
        family += [Comment.id == comment.parent_id, Comment.parent_id == comment.parent_id]
    near = select(Comment.id).where(or_(*family)).order_by(Comment.id.desc()).limit(AROUND).subquery()
    return select(Comment).where(Comment.id.in_(select(near.c.id))).order_by(Comment.created_at, Comment.id)
