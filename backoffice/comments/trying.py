"""Trying a rule: what it would have done with the comments there are, before it is switched on."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import joinedload, load_only

from backoffice.comments.facts import CommentFacts
from backoffice.comments.models import Comment, CommentStatus
from backoffice.foundation.database import db
from backoffice.foundation.errors import NotAllowed
from backoffice.foundation.permissions import Can, is_allowed, reachable_by
from backoffice.posts.models import Post
from backoffice.rules.judging import FAULT, Match, Ready, judge
from backoffice.rules.kinds import LooksAt, RuleKind
from backoffice.rules.marking import Part, marked
from backoffice.rules.matching import check_of
from backoffice.rules.telling import told

#: Seconds a person waits for it, and comments that are looked at.
SECONDS = 2.0
MOST = 20_000
SAMPLES = 20
LONGEST_SAMPLE = 400
#: Comments that are read at once.
_SLICE = 200
#: What looks at contact data, so that only those may try it who may see that.
_LOOK_AT_CONTACT = (RuleKind.BLOCKED_DOMAINS, RuleKind.FLOOD)


@dataclass(frozen=True, slots=True)
class Sample:
    """A comment that the rule fits: its text with what was found, why, and what was decided about it."""

    id: int
    author_name: str
    status: CommentStatus
    parts: list[Part]
    told: str


@dataclass(slots=True)
class Tried:
    """What a rule found in the newest `looked_at` comments."""

    looked_at: int = 0
    fits: int = 0
    #: What was decided about those that it fits.
    decided: Counter[CommentStatus] = field(default_factory=Counter)
    samples: list[Sample] = field(default_factory=list)
    #: Whether every comment was looked at.
    is_whole: bool = True
    has_failed: bool = False


def try_rule(rule: Any, *, actor: Any, seconds: float = SECONDS, most: int = MOST) -> Tried:
    """Ask a rule, saved or not, about the newest comments of readers that the person may see; nothing is changed.

    Each is asked about as it was when it was sent: author, repetitions and other comments count up to that moment.
    Raises InvalidInput for a rule that cannot be asked, NotAllowed for who may not see what it looks at.
    """
    for can in (Can.COMMENT_VIEW, *((Can.COMMENT_VIEW_CONTACT,) if _looks_at_contact(rule) else ())):
        if not is_allowed(actor, can):
            raise NotAllowed(permission=can.value)
    # Not made by `ready`: what is wrong with it is to be said here.
    asked = Ready(rule.id, rule.name or "", rule.kind, rule.action, 1, "", check_of(rule))
    tried, deadline = Tried(), time.monotonic() + seconds
    for comment in _newest_first(actor, with_post=rule.kind is RuleKind.OLD_POST):
        if tried.looked_at == most or time.monotonic() > deadline:
            tried.is_whole = False
            break
        verdict = judge([asked], CommentFacts(comment, comment.created_at))
        match = verdict.decisive
        if match is not None and match.kind == FAULT:
            tried.has_failed = True
            break
        tried.looked_at += 1
        if match is not None:
            tried.fits += 1
            tried.decided[comment.status] += 1
            if len(tried.samples) < SAMPLES:
                tried.samples.append(_sample(comment, match))
    return tried


def _looks_at_contact(rule: Any) -> bool:
    in_words = rule.kind in (RuleKind.WORDS, RuleKind.PATTERNS) and rule.looks_at is LooksAt.EMAIL
    return in_words or rule.kind in _LOOK_AT_CONTACT


def _newest_first(actor: Any, *, with_post: bool) -> Iterator[Comment]:
    """The comments of readers in the person's reach. Staff's own are never judged."""
    options: list[Any] = [joinedload(Comment.post).options(load_only(Post.published_at))] if with_post else []
    query = (
        select(Comment)
        .where(reachable_by(actor, Can.COMMENT_VIEW, Comment))
        .options(*options)
        .order_by(Comment.created_at.desc(), Comment.id.desc())
        .limit(_SLICE)
    )
    place: Any = None
    while True:
        here = query if place is None else query.where(place)
        found = db.session.scalars(here).all()
        # Left out here and not by the query, which would be led to another index than that of its order.
        yield from (comment for comment in found if comment.author_id is None)
        if len(found) < _SLICE:
            return
        last = found[-1]
        place = and_(
            Comment.created_at <= last.created_at, or_(Comment.created_at < last.created_at, Comment.id < last.id)
        )
        for comment in found:
            db.session.expunge(comment)


def _sample(comment: Comment, match: Match) -> Sample:
    parts = marked(comment.text, match.spans, LONGEST_SAMPLE)
    return Sample(comment.id, comment.author_name, comment.status, parts, told(match))
