"""Learning what is spam from what was decided here: approved comments are none, spam is, rejected ones say nothing.

What counts is how a comment stands now: a decision that was taken back teaches nothing. What a rule decided is left
out, or the score would learn from itself, and so is what the staff wrote, and volume data.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, exists, func, select, update

from backoffice.comments.models import Comment, CommentStatus
from backoffice.comments.volume import made_posts
from backoffice.foundation.database import UTCDateTime, db, unit_of_work
from backoffice.foundation.errors import NotAllowed
from backoffice.foundation.permissions import Can, is_allowed
from backoffice.records.audit import AuditEntry
from backoffice.rules.models import Finding
from backoffice.spam import examples as labelled_examples
from backoffice.spam import keeping, scoring
from backoffice.spam.apart import trained
from backoffice.spam.features import cut
from backoffice.spam.models import SpamModel
from backoffice.spam.quality import area_under_curve
from backoffice.spam.training import LEAST, MOST_TEXTS, Example, Training, bounded

#: A new training is worth its while after so many decisions, or this part of the examples of the last one.
LEAST_NEW, NEW_SHARE = 25, 20
#: Of the kind there is more of, so many times the other.
IMBALANCE = 3
#: Texts that were labelled elsewhere find this much room however many decisions there are.
LABELLED_ROOM = MOST_TEXTS // 4
#: So much worse is clearly worse: on decisions that neither model has seen, or by cross-validation where there are few.
WORSE_UNSEEN, WORSE_MEASURED = 0.02, 0.05
ENOUGH_UNSEEN, MOST_COMPARED = 20, 1_000
#: Comments that are scored anew in one transaction, at most, and the part of the time others get between two.
SLICE, BREATH = 200, 0.5
MOST_RESCORED = 100_000
#: A smaller change of a score nobody sees.
SAME = 0.0005
_DECIDED = {CommentStatus.APPROVED: False, CommentStatus.SPAM: True}
_ACTIONS = ("comment.approve", "comment.spam")


@dataclass(frozen=True, slots=True)
class _Given:
    """An example, and when it was decided; labelled texts have no moment."""

    example: Example
    at: datetime | None = None


def is_worth_while() -> bool:
    """Whether there is enough that was decided since the last training; reads only, and little."""
    last = keeping.last_training()
    if last is None:
        return all(_are_there(select(Comment.id).where(Comment.status == status), LEAST_NEW) for status in _DECIDED)
    decisions = select(AuditEntry.id).where(AuditEntry.action.in_(_ACTIONS), AuditEntry.at > last.trained_at)
    return _are_there(decisions, max(LEAST_NEW, last.examples // NEW_SHARE))


def retrain(*, actor: Any) -> SpamModel | None:
    """Learn from the decisions and the labelled texts, and keep the model unless it is clearly worse than the present.

    The number of the training is remembered either way. None if there is too little of either kind. Works in units of
    work of its own.
    """
    given = _given()
    last = keeping.newest()
    unseen = _valued_unseen(given, last)
    db.session.rollback()
    spam = sum(each.example.is_spam for each in given)
    if min(spam, len(given) - spam) < LEAST:
        return None
    training = trained([each.example for each in given])
    with unit_of_work():
        if last is not None and _is_worse(training, last, unseen):
            return keeping.turn_down(training, actor=actor)
        return keeping.keep(training, actor=actor)


def train_with_labelled(*, actor: Any) -> SpamModel:
    """Learn now, from the labelled texts and the decisions, whatever the present model is worth.

    Raises NotAllowed, InvalidInput if there are too few of a kind, or TrainingFailed.
    """
    if not is_allowed(actor, Can.SETTING_EDIT):
        raise NotAllowed(permission=Can.SETTING_EDIT.value)
    given = [each.example for each in _given()]
    db.session.rollback()
    training = trained(given)
    with unit_of_work():
        return keeping.keep(training, actor=actor)


def rescore(is_stopping: Callable[[], bool] = lambda: False) -> int:
    """Score what waits anew, the newest first, slice by slice; how many have another score now.

    Scores are worked out: version, date of change and trail stay as they are.
    """
    table: Any = Comment.__table__
    changed = seen = 0
    below: int | None = None
    written = (
        update(table)
        .where(table.c.id == bindparam("of_comment"), table.c.status == CommentStatus.PENDING)
        .values(score=bindparam("new_score"), updated_at=table.c.updated_at)
        .execution_options(unaudited_because="a score is worked out, nobody wrote it")
    )
    while seen < MOST_RESCORED and not is_stopping():
        began = time.monotonic()
        with unit_of_work():
            query = select(Comment.id, Comment.text, Comment.author_name, Comment.score)
            query = query.where(
                Comment.status == CommentStatus.PENDING, *([] if below is None else [Comment.id < below])
            )
            rows = db.session.execute(query.order_by(Comment.id.desc()).limit(SLICE)).all()
            if not rows:
                break
            new = []
            for id, text, name, score in rows:
                told = scoring.scored(text, name=name)
                if told is not None and abs(told.value - score) > SAME:
                    new.append({"of_comment": id, "new_score": told.value})
            if new:
                db.session.connection().execute(written, new)
        changed, seen, below = changed + len(new), seen + len(rows), rows[-1].id
        time.sleep((time.monotonic() - began) * BREATH)
    return changed


def _are_there(query: Select[int], wanted: int) -> bool:
    return len(db.session.scalars(query.limit(wanted)).all()) >= wanted


def _given() -> list[_Given]:
    """Decisions, the newest first, then labelled texts, for which there is always room; neither kind many times the
    other."""
    labelled = [_Given(example) for example in labelled_examples.newest_examples(MOST_TEXTS)]
    given = _decided()[: MOST_TEXTS - min(len(labelled), LABELLED_ROOM)]
    given += labelled[: MOST_TEXTS - len(given)]
    spam = sum(each.example.is_spam for each in given)
    most = max(min(spam, len(given) - spam), LEAST) * IMBALANCE
    room = {True: most, False: most}
    kept = []
    for each in given:
        if room[each.example.is_spam]:
            room[each.example.is_spam] -= 1
            kept.append(each)
    return kept[: len(bounded([each.example for each in kept]))]


def _decided() -> list[_Given]:
    """The newest comments of either kind that people decided about, the newest first."""
    found: list[tuple[datetime, Example]] = []
    at = func.coalesce(Comment.decided_at, Comment.created_at, type_=UTCDateTime())
    for status, is_spam in _DECIDED.items():
        # So many are looked at, whatever is left out of them.
        looked_at = select(Comment.id).where(Comment.status == status, Comment.author_id.is_(None))
        newest = looked_at.order_by(Comment.created_at.desc(), Comment.id.desc()).limit(MOST_TEXTS)
        by_a_rule = exists().where(Finding.comment_id == Comment.id, Finding.is_decisive)
        query = (
            select(Comment.text, at)
            .where(Comment.id.in_(select(newest.subquery().c.id)))
            .where(Comment.decided_by_id.is_not(None) | ~by_a_rule)
            .where(Comment.post_id.not_in(made_posts()))
            .order_by(Comment.created_at.desc(), Comment.id.desc())
            .limit(MOST_TEXTS // 2)
        )
        # A few at a time, and of each no more than a training looks at: comments can be long.
        for words, moment in db.session.execute(query.execution_options(yield_per=500)):
            found.append((moment, Example(cut(words), is_spam)))
    return [_Given(example, moment) for moment, example in sorted(found, key=lambda pair: pair[0], reverse=True)]


def _valued_unseen(given: list[_Given], last: SpamModel | None) -> list[tuple[float, bool]]:
    """What the present model says of the decisions it has not seen, which are the first of all examples."""
    model = scoring.present_model()
    if model is None or last is None:
        return []
    new = [each.example for each in given[:MOST_COMPARED] if each.at is not None and each.at > last.trained_at]
    return [(model.value(example.text), example.is_spam) for example in new]


def _is_worse(training: Training, last: SpamModel, unseen: list[tuple[float, bool]]) -> bool:
    if scoring.present_model() is None:
        return False
    labels = [is_spam for _value, is_spam in unseen]
    if min(sum(labels), len(labels) - sum(labels)) < ENOUGH_UNSEEN:
        return training.auc < last.auc - WORSE_MEASURED
    before = area_under_curve([value for value, _is_spam in unseen], labels)
    return area_under_curve(training.held_out[: len(unseen)], labels) < before - WORSE_UNSEEN
