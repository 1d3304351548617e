"""Keeping what was learned: the newest model scores, a few before it stay in case it is damaged, older ones go."""

from __future__ import annotations

import hashlib
from typing import Any

from sqlalchemy import delete, select

from backoffice.foundation.database import after_commit, db
from backoffice.records import audit
from backoffice.spam import scoring
from backoffice.spam.linear import packed
from backoffice.spam.models import SpamModel
from backoffice.spam.training import Training

#: Models that can score, and trainings whose outcome is remembered.
MODELS_KEPT = 5
TRAININGS_KEPT = 50


def newest() -> SpamModel | None:
    """The model that scores, unless it is damaged: the newest that was kept."""
    query = select(SpamModel).where(SpamModel.numbers.is_not(None)).order_by(SpamModel.id.desc())
    return db.session.scalar(query.limit(1))


def last_training() -> SpamModel | None:
    """The last training, whether its model was kept or not."""
    return db.session.scalar(select(SpamModel).order_by(SpamModel.id.desc()).limit(1))


def keep(training: Training, *, actor: Any) -> SpamModel:
    """Let the new model score from now on, and write an entry. Never commits."""
    numbers = packed(training.model)
    model = _row(training, actor)
    model.numbers, model.digest = numbers, hashlib.sha256(numbers).hexdigest()
    _add(model)
    audit.note("comment.train", model=model.id, **_facts(training))
    after_commit(scoring.forget)
    return model


def turn_down(training: Training, *, actor: Any) -> SpamModel:
    """Remember that a training brought nothing better, so that it is not tried again at once. Never commits."""
    model = _row(training, actor)
    _add(model)
    audit.note("comment.turn_down", model=model.id, **_facts(training))
    return model


def _row(training: Training, actor: Any) -> SpamModel:
    return SpamModel(
        trained_by=str(getattr(actor, "actor_name", ""))[:120],
        examples=training.examples,
        spam_examples=training.spam_examples,
        auc=training.auc,
        recall=training.recall,
    )


def _add(model: SpamModel) -> None:
    db.session.add(model)
    db.session.flush()
    kept = select(SpamModel.id).where(SpamModel.numbers.is_not(None)).order_by(SpamModel.id.desc()).limit(MODELS_KEPT)
    remembered = select(SpamModel.id).order_by(SpamModel.id.desc()).limit(TRAININGS_KEPT)
    for old in (
        delete(SpamModel).where(SpamModel.numbers.is_not(None), SpamModel.id.not_in(list(db.session.scalars(kept)))),
        delete(SpamModel).where(SpamModel.numbers.is_(None), SpamModel.id.not_in(list(db.session.scalars(remembered)))),
    ):
        db.session.execute(old.execution_options(synchronize_session=False))


def _facts(training: Training) -> dict[str, Any]:
    return {
        "examples": training.examples,
        "spam_examples": training.spam_examples,
        "auc": round(training.auc, 4),
        "recall": round(training.recall, 4),
    }
