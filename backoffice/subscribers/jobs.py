"""The weekly mail, sent by itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from backoffice.foundation import clock
from backoffice.foundation.database import db, unit_of_work
from backoffice.jobs import progress
from backoffice.jobs.schedule import job
from backoffice.subscribers import subscribing, weekly

#: A run that has gone on for so long leaves the others to the next one.
LONGEST = timedelta(minutes=2)


@job(may=(), wanted=weekly.is_due)
def send_weekly_mail(actor: Any) -> None:
    """Mail subscribers the posts of the week, on the day and hour of the policy."""
    until, has_more = clock.now() + LONGEST, True
    while has_more and clock.now() < until and not progress.is_cancelled():
        with unit_of_work():
            issue = weekly.begin()
            has_more = issue is not None and weekly.send_part(issue)
        db.session.expunge_all()


@job(may=())
def sweep_subscribers(actor: Any) -> None:
    """Forget addresses that nobody confirmed, and those that ended the weekly mail long ago."""
    with unit_of_work():
        subscribing.forget_unconfirmed()
