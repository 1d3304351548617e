"""What the house remembers about its jobs: when each last ran, who runs it now, and how it ended."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped

from backoffice.foundation.database import Model, UTCDateTime, labelled
from backoffice.foundation.i18n import _l

LONGEST_ERROR = 500


class JobRun(Model):
    """The last run of a job; while `lease_until` lies ahead, some process is at it."""

    __tablename__ = "job_runs"
    resource = "job"
    singular = _l("Job")
    plural = _l("Jobs")
    named_by = ("name",)

    id: Mapped[int] = labelled(_l("Number"), primary_key=True)
    name: Mapped[str] = labelled(_l("Name"), String(80), unique=True)
    last_started_at: Mapped[datetime | None] = labelled(_l("Last start"), UTCDateTime)
    lease_until: Mapped[datetime | None] = labelled(_l("Reserved until"), UTCDateTime)
    last_finished_at: Mapped[datetime | None] = labelled(_l("Last end"), UTCDateTime)
    last_error: Mapped[str] = labelled(_l("Last error"), String(LONGEST_ERROR), default="")
