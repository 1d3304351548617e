"""How rules fared lately: how often each fitted, and how often that was wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import and_, case, func, or_, select, union_all

from backoffice.comments.models import Comment, CommentStatus
from backoffice.foundation import clock
from backoffice.foundation.database import db
from backoffice.rules.kinds import RuleAction
from backoffice.rules.models import Finding

#: How far back, and how many findings of each rule are looked at, the newest.
DAYS = 30
MOST = 200


@dataclass(frozen=True, slots=True)
class Figures:
    """Of the newest findings of a rule: how many, and about how many of their comments people thought otherwise."""

    fits: int
    overruled: int

    @property
    def is_capped(self) -> bool:
        """Whether there may be more than were looked at."""
        return self.fits >= MOST


def figures_of(rule_ids: Sequence[int]) -> dict[int, Figures]:
    """The figures of these rules, in one query whatever their number; rules that fitted nothing are left out.

    A fit was wrong if somebody said so, or a person decided the opposite: approved what the rule held or refused,
    refused what it approved.
    """
    if not rule_ids:
        return {}
    since = clock.now() - timedelta(days=DAYS)
    newest = [
        select(
            select(Finding.rule_id, Finding.comment_id, Finding.action, Finding.disputed_at)
            .where(Finding.rule_id == id)
            .order_by(Finding.id.desc())
            .limit(MOST)
            .subquery()
        )
        for id in rule_ids
    ]
    found = (union_all(*newest) if len(newest) > 1 else newest[0]).subquery()
    by_person = Comment.decided_by_id.is_not(None)
    wrong = or_(
        found.c.disputed_at.is_not(None),
        and_(by_person, found.c.action != RuleAction.APPROVE, Comment.status == CommentStatus.APPROVED),
        and_(
            by_person,
            found.c.action == RuleAction.APPROVE,
            Comment.status.in_((CommentStatus.REJECTED, CommentStatus.SPAM)),
        ),
    )
    query = (
        select(found.c.rule_id, func.count(), func.sum(case((wrong, 1), else_=0)))
        .join(Comment, Comment.id == found.c.comment_id)
        .where(Comment.created_at > since)
        .group_by(found.c.rule_id)
    )
    return {rule_id: Figures(fits, int(overruled or 0)) for rule_id, fits, overruled in db.session.execute(query)}
