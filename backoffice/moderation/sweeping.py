"""What the desk need not keep any longer."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, or_, select

from backoffice.comments.models import Comment, CommentStatus
from backoffice.foundation import clock
from backoffice.foundation.database import db
from backoffice.moderation.models import Claim, Snooze

#: Snoozes are kept so long after they ended: the card says that it was put off.
KEPT_FOR = timedelta(days=7)


def sweep() -> None:
    """Forget snoozes that ended long ago or whose comment is decided, and claims that ran out. Never commits.

    No desk shows any of it, so none is told.
    """
    now = clock.now()
    waits = select(Comment.id).where(Comment.id == Snooze.id, Comment.status == CommentStatus.PENDING).exists()
    over = or_(Snooze.until < now - KEPT_FOR, ~waits)
    for statement in (delete(Snooze).where(over), delete(Claim).where(Claim.expires_at <= now)):
        db.session.execute(statement.execution_options(synchronize_session=False))
