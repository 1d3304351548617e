"""What people do with comments: the same words on every surface."""

from __future__ import annotations

from typing import Any

from backoffice.comments.admission import admit
from backoffice.comments.forms import ReasonForm
from backoffice.comments.judging import judged, keep
from backoffice.comments.models import Comment, CommentStatus
from backoffice.comments.telling import tell_rejected
from backoffice.foundation import clock
from backoffice.foundation.acting import acting
from backoffice.foundation.database import db
from backoffice.foundation.deleting import deletion_of
from backoffice.foundation.errors import InvalidInput, NotAllowed, NotApplicable
from backoffice.foundation.i18n import _l
from backoffice.foundation.operations import operation
from backoffice.foundation.permissions import Can, System, is_allowed
from backoffice.posts.models import Post, PostStatus
from backoffice.readers.reasons import words_of

#: A reader acts as this: she may write, and nothing else.
VISITOR = System("visitor", Can.COMMENT_CREATE)
_PENDING = {"status": CommentStatus.PENDING, "reason": "", "decided_at": None, "decided_by_id": None}


@operation(
    Comment,
    needs=Can.COMMENT_MODERATE,
    label=_l("Approve"),
    done=_l("Approved"),
    icon="check",
    tone="approved",
    when=lambda comment: comment.status is not CommentStatus.APPROVED,
    in_bulk=lambda actor: decision(CommentStatus.APPROVED, actor),
)
def approve(comment: Comment, *, actor: Any) -> None:
    """Show the comment on the public site."""
    _give(comment, decision(CommentStatus.APPROVED, actor))


@operation(
    Comment,
    needs=Can.COMMENT_MODERATE,
    label=_l("Reject"),
    done=_l("Rejected"),
    icon="x",
    tone="rejected",
    takes=ReasonForm,
    when=lambda comment: comment.status is not CommentStatus.REJECTED,
    in_bulk=lambda actor, reason=None, reason_id=None, tell=False: _rejection(actor, reason, reason_id, tell),
)
def reject(
    comment: Comment,
    *,
    actor: Any,
    reason: str | None = None,
    reason_id: int | None = None,
    tell: bool = False,
) -> None:
    """Keep the comment off the public site, with a reason if there is one, mailed to the author if that is wanted."""
    _give(comment, _rejection(actor, reason, reason_id))
    if tell:
        tell_rejected(comment)


@operation(
    Comment,
    needs=Can.COMMENT_MODERATE,
    label=_l("Spam"),
    done=_l("Marked as spam"),
    icon="spam",
    tone="spam",
    when=lambda comment: comment.status is not CommentStatus.SPAM,
    in_bulk=lambda actor: decision(CommentStatus.SPAM, actor),
)
def spam(comment: Comment, *, actor: Any) -> None:
    """Put the comment with the spam."""
    _give(comment, decision(CommentStatus.SPAM, actor))


@operation(
    Comment,
    needs=Can.COMMENT_MODERATE,
    label=_l("Restore"),
    done=_l("Restored"),
    icon="undo",
    tone="pending",
    when=lambda comment: comment.status in (CommentStatus.REJECTED, CommentStatus.SPAM),
    in_bulk=lambda actor: _PENDING,
)
def restore(comment: Comment, *, actor: Any) -> None:
    """Take a rejected or spam comment back to pending."""
    _give(comment, _PENDING)


delete = deletion_of(Comment)


def submit(
    post: Post,
    *,
    actor: Any,
    name: str,
    email: str | None,
    text: str,
    parent: Comment | None = None,
    address: str | None = None,
    account_id: int | None = None,
    has_read: bool = False,
) -> Comment:
    """Add a reader's comment and let the rules decide about it; without any it waits.

    Raises InvalidInput, NotAllowed, or NotApplicable if the post is not public.
    Raises Banned for who may not write, and Warned until she says that she `has_read` what a moderator told her.
    """
    if not is_allowed(actor, Can.COMMENT_CREATE):
        raise NotAllowed(permission=Can.COMMENT_CREATE.value)
    if post.status is not PostStatus.PUBLISHED:
        raise NotApplicable(_l("This post takes no comments."))
    if parent is not None and (parent.post_id != post.id or parent.status is not CommentStatus.APPROVED):
        raise InvalidInput(_l("The comment you reply to is not here any more."), field="parent")
    with acting(actor=actor, action="comment.submit"):
        held = admit(account_id=account_id, email=email, address=address, has_read=has_read)
        comment = Comment(
            post=post,
            parent=parent,
            author_name=name,
            author_email=email,
            author_address=address,
            text=text,
        )
        found = judged(comment, held=held)
        db.session.add(comment)
        db.session.flush()
        keep(comment, found)
    return comment


def write_as_staff(comment: Comment, *, actor: Any) -> None:
    """Make a comment begun in the back office one's own, and approved."""
    comment.author_id, comment.author_name, comment.author_email = (
        actor.id,
        actor.name,
        actor.email,
    )
    comment.status, comment.decided_at, comment.decided_by_id = CommentStatus.APPROVED, clock.now(), actor.id


def decision(status: CommentStatus, actor: Any, reason: str = "") -> dict[str, Any]:
    """What a decision changes."""
    return {"status": status, "reason": reason, "decided_at": clock.now(), "decided_by_id": actor.id}


def _rejection(actor: Any, reason: str | None, reason_id: int | None, tell: bool = False) -> dict[str, Any]:
    if tell:
        raise InvalidInput(_l("Mail is sent for one comment at a time."), field="tell")
    return decision(CommentStatus.REJECTED, actor, words_of(reason, reason_id))


def _give(comment: Comment, values: dict[str, Any]) -> None:
    for name, value in values.items():
        setattr(comment, name, value)
