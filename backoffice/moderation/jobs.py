"""What happens at the desk by itself."""

from __future__ import annotations

from typing import Any

from backoffice.foundation.database import db, unit_of_work
from backoffice.jobs import progress
from backoffice.jobs.schedule import job
from backoffice.moderation import history, sweeping


@job(may=(), wanted=lambda: bool(history.missing_days()))
def keep_moderation_days(actor: Any) -> None:
    """Work out what was decided on each finished day that has no numbers yet."""
    days = list(history.missing_days())
    for done, day in enumerate(days):
        if progress.is_cancelled():
            return
        progress.report(done, len(days), day.isoformat())
        with unit_of_work():
            history.work_out(day)
        db.session.expunge_all()
    progress.report(len(days), len(days))


@job(may=())
def sweep_desk(actor: Any) -> None:
    """Forget snoozes that ended long ago or whose comment is decided, and claims that ran out."""
    with unit_of_work():
        sweeping.sweep()
