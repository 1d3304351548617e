"""What happens to the outbox by itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import current_app

from backoffice.foundation import clock
from backoffice.jobs import progress
from backoffice.jobs.schedule import job
from backoffice.mail.delivering import deliver_due, is_due, sweep
from backoffice.records import policies
from backoffice.records.outbox import promised

#: One run ends after so long, whatever is left to do.
LONGEST_RUN = timedelta(minutes=2)


@job(may=(), wanted=is_due, at_once=True)
def send_mail(actor: Any) -> None:
    """Deliver the mail that is due."""
    until = clock.now() + LONGEST_RUN
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # a proxy

    def stops() -> bool:
        return clock.now() >= until or progress.is_cancelled()

    if delivered := deliver_due(app, stops, report=progress.report):
        app.logger.info("%s mails delivered", delivered)


@job(may=())
def sweep_mail(actor: Any) -> None:
    """Forget mail that was sent long ago."""
    sweep(clock.now() - timedelta(days=policies.value_of(policies.MAIL_DAYS)))


@promised.connect
def _wake(app: Any) -> None:
    """Let the thread that delivers look at once, where there is one in this process."""
    if scheduler := app.extensions.get("scheduler"):
        scheduler.wake("mail")
