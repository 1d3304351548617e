"""What happens to comments by itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import current_app

from backoffice.comments import learning
from backoffice.foundation import clock
from backoffice.jobs import progress
from backoffice.jobs.schedule import job

#: Scoring anew what waits ends after so long, whatever is left; the next training goes on.
LONGEST_RESCORING = timedelta(minutes=4)


@job(may=(), wanted=learning.is_worth_while)
def retrain_spam(actor: Any) -> None:
    """Learn from the newest decisions what is spam, and score what waits anew."""
    model = learning.retrain(actor=actor)
    if model is None or not model.digest:
        return
    until = clock.now() + LONGEST_RESCORING
    changed = learning.rescore(lambda: clock.now() >= until or progress.is_cancelled())
    current_app.logger.info("spam model %s learned from %s texts; %s scores changed", model.id, model.examples, changed)
