"""The heartbeat of a run: a thread that renews its lease, writes down how far it is, and hears that it should stop."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from typing import Any, Self

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from backoffice.foundation.database import db
from backoffice.jobs import claims
from backoffice.jobs.claims import Claim
from backoffice.jobs.progress import Progress

#: Between two looks.
BEAT = timedelta(seconds=2)
#: The lease is renewed so often even where nothing new was said.
RENEWED = timedelta(seconds=6)


class Heartbeat:
    """Beats while the run goes on; `reason` says in the end why it was asked to stop, empty if it was not."""

    def __init__(self, app: Flask, it: Claim, progress: Progress, beat: timedelta | None = None) -> None:
        self._it, self._progress, self._logger = it, progress, app.logger
        self._beat = (beat or BEAT).total_seconds()
        self._engine = db.engine
        self._is_over = threading.Event()
        self._began = self._renewed = time.monotonic()
        self._written = (0, 0, "")
        self.reason = ""
        self._thread = threading.Thread(target=self._go_on, name=f"heartbeat-{it.job.name}", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: Any) -> None:
        self._is_over.set()
        # Else its last word could come after the end of the run was written down.
        self._thread.join(15)

    def _go_on(self) -> None:
        while not self._is_over.wait(self._beat):
            try:
                self._look()
            except SQLAlchemyError:
                # The database is away or busy; the lease lasts for some beats.
                self._logger.info("the heartbeat of %s has to wait", self._it.job.name, exc_info=True)

    def _look(self) -> None:
        now = time.monotonic()
        if not self.reason and now - self._began > self._it.job.longest.total_seconds():
            self._stop("overdue")
        said = (self._progress.done, self._progress.total, self._progress.note)
        if said != self._written or now - self._renewed >= RENEWED.total_seconds():
            if not claims.renew(self._engine, self._it, self._progress):
                self._stop("lost")
            self._written, self._renewed = said, now
        if not self.reason and claims.is_cancelled(self._engine, self._it):
            self._stop("cancelled")

    def _stop(self, reason: str) -> None:
        self.reason = self.reason or reason
        self._progress.is_asked_to_stop = True
