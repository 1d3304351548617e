"""What becomes of a comment before anybody reads it: its score, what the rules found, and which of them decides."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select

from backoffice.comments import prints  # noqa: F401  writes beside every comment by what its text is known again
from backoffice.comments.facts import CommentFacts, FlaggedFacts
from backoffice.comments.models import Comment, CommentStatus
from backoffice.foundation import clock
from backoffice.foundation.acting import acting
from backoffice.foundation.database import db
from backoffice.foundation.i18n import _l, message_of
from backoffice.foundation.permissions import System
from backoffice.records import audit
from backoffice.records.policies import COMMENTS_WITHOUT_RULE, value_of
from backoffice.rules.active import active_rules
from backoffice.rules.judging import FAULT, HELD, Match, Verdict, judge
from backoffice.rules.kinds import RuleAction, RuleKind
from backoffice.rules.models import Finding
from backoffice.spam.scoring import scored

_log = logging.getLogger(__name__)
#: Who decides where nobody has looked yet.
RULES = System("rules")
#: The name of the finding for whom everything is held; told in the reader's language by its kind.
_ALWAYS_HELD = _l("Always held")
_STATUS = {
    RuleAction.HOLD: CommentStatus.PENDING,
    RuleAction.SPAM: CommentStatus.SPAM,
    RuleAction.REJECT: CommentStatus.REJECTED,
    RuleAction.APPROVE: CommentStatus.APPROVED,
}


@dataclass(frozen=True, slots=True)
class Judged:
    """What was found about a comment that is not stored yet."""

    status: CommentStatus
    verdict: Verdict = field(default_factory=Verdict)
    score: float | None = None


def judged(comment: Comment, *, held: Sequence[Any] = ()) -> Judged:
    """Judge a comment that is about to be stored; `held` says that everything of its author waits. Never raises.

    Whatever fails on the way, the comment waits for a moderator and the failure is logged.
    """
    comment.created_at = clock.now()
    facts = CommentFacts(comment, comment.created_at)
    verdict = _asked(facts)
    if held:
        always = Match(None, message_of(_ALWAYS_HELD), HELD, RuleAction.HOLD)
        verdict = Verdict([always, *verdict.matches])
    status = status_after(verdict)
    _give(comment, status, verdict)
    return Judged(status, verdict, comment.score)


def status_after(verdict: Verdict) -> CommentStatus:
    """What the match that decides makes of a comment; without any, what the policy of the house says."""
    decisive = verdict.decisive
    return CommentStatus.of(value_of(COMMENTS_WITHOUT_RULE)) if decisive is None else _STATUS[decisive.action]


def keep(comment: Comment, found: Judged) -> None:
    """Write down what was found about a comment that has its number now, and who decided, if a rule did."""
    _write_findings(comment, found.verdict.matches)
    decisive = found.verdict.decisive
    if decisive is not None and decisive.action is not RuleAction.HOLD:
        with acting(actor=RULES):
            audit.note("comment.decide", comment, rule=decisive.rule_name, status=found.status)


def look_at(comment: Comment) -> None:
    """Write down what the rules find in a comment that is stored already, and decide nothing. Never commits."""
    _write_findings(comment, judge(active_rules(), CommentFacts(comment, comment.created_at)).matches)


def flagged(comment: Comment) -> None:
    """Ask the rules about readers' reports when one comes in, and let the first that fits decide. Never commits.

    A comment that waits, or that was refused already, is only told of.
    """
    rules = [rule for rule in active_rules() if rule.kind is RuleKind.FLAGS]
    if not rules:
        return
    verdict = judge(rules, FlaggedFacts(comment, clock.now()))
    known = set(
        db.session.scalars(
            select(Finding.rule_id).where(
                Finding.comment_id == comment.id, Finding.kind == RuleKind.FLAGS, Finding.rule_id.is_not(None)
            )
        )
    )
    decisive = verdict.decisive
    if decisive is None:
        return
    decides = comment.status is CommentStatus.APPROVED and decisive.action is not RuleAction.APPROVE
    new = [match for match in verdict.matches if match.rule_id not in known or decides]
    _write_findings(comment, new, is_first=decides)
    if decides:
        with acting(actor=RULES, action="comment.decide"):
            _give(comment, _STATUS[decisive.action], verdict)
            db.session.flush()


def _asked(facts: CommentFacts) -> Verdict:
    """Score and ask the rules inside a savepoint, so that what the database refuses does not take the comment along."""
    try:
        with db.session.begin_nested() as savepoint:
            # Typed as an expression for those who write statements.
            comment: Any = facts.comment
            comment.score = _score_of(facts)
            verdict = judge(active_rules(), facts)
            if verdict.is_broken:
                savepoint.rollback()
        return verdict
    except Exception:
        _log.exception("the rules could not be asked; the comment is held")
        return Verdict([Match(None, "", FAULT, RuleAction.HOLD)])


def _score_of(facts: CommentFacts) -> float | None:
    try:
        found = scored(facts.text, name=facts.name)
    except Exception:
        _log.exception("a comment could not be scored")
        return None
    return found.value if found else None


def _give(comment: Comment, status: CommentStatus, verdict: Verdict) -> None:
    decisive = verdict.decisive
    is_decided = status is not CommentStatus.PENDING
    comment.status = status
    comment.decided_at, comment.decided_by_id = (_moment(comment) if is_decided else None), None
    comment.reason = decisive.reason if decisive and status is CommentStatus.REJECTED else ""


def _moment(comment: Comment) -> datetime:
    """When a rule decides: as the comment is sent, or now."""
    return clock.now() if comment.id else comment.created_at


def _write_findings(comment: Comment, matches: Sequence[Match], *, is_first: bool = True) -> None:
    rows = [
        {
            "comment_id": comment.id,
            "rule_id": match.rule_id,
            "rule_name": match.rule_name[:80],
            "kind": str(match.kind),
            "action": str(match.action),
            "weight": match.weight,
            "is_decisive": is_first and number == 0,
            "spans": match.spans,
            "detail": match.detail,
            "created_at": clock.now(),
        }
        for number, match in enumerate(matches)
    ]
    if rows:
        db.session.execute(insert(Finding), rows)
