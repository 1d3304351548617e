"""What happens to reminders by themselves."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import current_app

from backoffice.foundation import clock
from backoffice.jobs import progress
from backoffice.jobs.schedule import job
from backoffice.reminders import firing, zones

#: One run ends after so long, whatever is left to do.
LONGEST_RUN = timedelta(minutes=2)


@job(may=(), wanted=firing.is_due, at_once=True)
def send_reminders(actor: Any) -> None:
    """Tell of reminders that are due, and note how earlier tellings ended."""
    until = clock.now() + LONGEST_RUN
    if fired := firing.fire_due(is_stopping=lambda: clock.now() >= until or progress.is_cancelled()):
        current_app.logger.info("%s reminders told", fired)
    firing.settle()


@job(may=())
def follow_time_zones(actor: Any) -> None:
    """Let reminders keep their local times where a country changed its clocks."""
    if moved := zones.follow():
        current_app.logger.info("%s reminders moved, as clocks go by other rules", moved)
