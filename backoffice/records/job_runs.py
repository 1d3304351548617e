"""What the house remembers about its jobs: who runs each now, how far it is, how it ended, and what people want of it.

`JobRun` has one row for each job and keeps the claim. `JobExecution` is its history: a row for each run, where short
ones that went well and came one after the other within an hour share a row.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String, false
from sqlalchemy.orm import Mapped, relationship

from backoffice.foundation.database import EnumText, Model, UTCDateTime, labelled
from backoffice.foundation.enums import LabelledEnum
from backoffice.foundation.i18n import _l

LONGEST_ERROR = 500


class Ending(LabelledEnum):
    """How far a run is, and how it ended."""

    RUNNING = "running", _l("Running")
    DONE = "done", _l("Done")
    FAILED = "failed", _l("Failed")
    #: Somebody stopped it.
    CANCELLED = "cancelled", _l("Cancelled")
    #: The server was stopped, and the next one goes on.
    STOPPED = "stopped", _l("Interrupted")
    #: It was asked to stop, for it took longer than it may.
    OVERDUE = "overdue", _l("Took too long")
    #: Its process died, or was cut off from the database.
    LOST = "lost", _l("Lost")


#: Endings that somebody should look at.
BAD = (Ending.FAILED, Ending.OVERDUE, Ending.LOST)


class JobRun(Model):
    """A job: its claim, its last run, and what people want of it.

    While `lease_until` lies ahead, some process is at it; where it lies behind, that process was lost.
    """

    __tablename__ = "job_runs"
    resource = "job"
    singular = _l("Job")
    plural = _l("Jobs")
    named_by = ("name",)

    id: Mapped[int] = labelled(_l("Number"), primary_key=True)
    name: Mapped[str] = labelled(_l("Name"), String(80), unique=True)
    last_started_at: Mapped[datetime | None] = labelled(_l("Last start"), UTCDateTime)
    lease_until: Mapped[datetime | None] = labelled(_l("Reserved until"), UTCDateTime)
    lease_token: Mapped[str] = labelled(_l("Reserved by"), String(20), default="", server_default="")
    last_finished_at: Mapped[datetime | None] = labelled(_l("Last end"), UTCDateTime)
    last_error: Mapped[str] = labelled(_l("Last error"), String(LONGEST_ERROR), default="")
    last_ending: Mapped[Ending | None] = labelled(_l("Last result"), EnumText(Ending))
    #: Since when no run has gone well.
    failing_since: Mapped[datetime | None] = labelled(_l("Failing since"), UTCDateTime)
    #: How many runs were lost one after the other.
    losses: Mapped[int] = labelled(_l("Lost runs"), Integer, default=0, server_default="0")
    paused_at: Mapped[datetime | None] = labelled(_l("Paused"), UTCDateTime)
    paused_by_id: Mapped[int | None] = labelled(_l("Paused by"), ForeignKey("users.id", ondelete="SET NULL"))
    #: Somebody wants it run whether it is due or not.
    asked_at: Mapped[datetime | None] = labelled(_l("Asked for"), UTCDateTime)
    asked_by_id: Mapped[int | None] = labelled(_l("Asked for by"), ForeignKey("users.id", ondelete="SET NULL"))

    paused_by: Mapped[Any] = relationship("User", foreign_keys=[paused_by_id])
    asked_by: Mapped[Any] = relationship("User", foreign_keys=[asked_by_id])


class JobExecution(Model):
    """One run of a job, or several short ones of an hour that all went well."""

    __tablename__ = "job_executions"
    resource = "job"
    singular = _l("Run")
    plural = _l("Runs")
    named_by = ("job",)

    id: Mapped[int] = labelled(
        _l("Number"), BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    job: Mapped[str] = labelled(_l("Job"), String(80))
    started_at: Mapped[datetime] = labelled(_l("Start"), UTCDateTime)
    ended_at: Mapped[datetime | None] = labelled(_l("End"), UTCDateTime)
    state: Mapped[Ending] = labelled(_l("State"), EnumText(Ending), default=Ending.RUNNING)
    error: Mapped[str] = labelled(_l("Error"), String(LONGEST_ERROR), default="", server_default="")
    #: The machine and the number of the process.
    process: Mapped[str] = labelled(_l("Process"), String(100), default="", server_default="")
    #: Who asked for it; nobody where the timetable did.
    asked_by_id: Mapped[int | None] = labelled(_l("Asked for by"), ForeignKey("users.id", ondelete="SET NULL"))
    done: Mapped[int] = labelled(_l("Done"), BigInteger, default=0, server_default="0")
    total: Mapped[int] = labelled(_l("Total"), BigInteger, default=0, server_default="0")
    note: Mapped[str] = labelled(_l("Note"), String(200), default="", server_default="")
    #: Runs that this row stands for, and milliseconds that the longest of them took.
    times: Mapped[int] = labelled(_l("Runs"), Integer, default=1, server_default="1")
    longest_ms: Mapped[int] = labelled(_l("Longest"), BigInteger, default=0, server_default="0")
    #: Somebody wants it to stop.
    is_cancelled: Mapped[bool] = labelled(_l("Cancelled"), default=False, server_default=false())
    lease_until: Mapped[datetime | None] = labelled(_l("Reserved until"), UTCDateTime)

    asked_by: Mapped[Any] = relationship("User", foreign_keys=[asked_by_id])

    __table_args__ = (
        Index("ix_job_executions_job_id", "job", "id"),
        Index("ix_job_executions_ended_at", "ended_at"),
    )

    @property
    def took(self) -> timedelta:
        """How long it took; the longest of several."""
        return timedelta(milliseconds=self.longest_ms)

    @property
    def percent(self) -> int | None:
        """How much of it is behind, in hundredths; None where nobody knows."""
        return min(100, 100 * self.done // self.total) if self.total else None
