"""The numbers of the house in the text format of Prometheus, each from one cheap question."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from flask import current_app
from sqlalchemy import func, select

from backoffice.foundation import clock
from backoffice.foundation.database import db
from backoffice.mail.models import MailPause
from backoffice.records.job_runs import JobRun
from backoffice.records.outbox import MailStatus, OutboxMail
from backoffice.records.tasks import Task, TaskState
from backoffice.reminders.models import Reminder, ReminderStatus

#: States of mail that are few at a time; what was sent is never counted.
COUNTED = (MailStatus.WAITING, MailStatus.FAILED)

Sample = tuple[dict[str, str], float]


@dataclass(frozen=True)
class Metric:
    """A gauge and its values by label."""

    name: str
    help: str
    samples: Iterable[Sample] = field(default_factory=list)

    def __str__(self) -> str:
        name = f"backoffice_{self.name}"
        lines = [f"# HELP {name} {self.help}", f"# TYPE {name} gauge"]
        for labels, value in self.samples:
            told = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels.items())
            lines.append(f"{name}{{{told}}} {value:.15g}" if told else f"{name} {value:.15g}")
        return "\n".join(lines)


def exposition() -> str:
    """Every number, as a scraper wants it."""
    try:
        return "".join(f"{metric}\n" for metric in _metrics(clock.now()))
    finally:
        db.session.rollback()


def _metrics(now: datetime) -> Iterator[Metric]:
    yield from _mail(now)
    yield from _jobs(now)
    late = select(func.count(), func.min(Reminder.alarm_at)).where(
        Reminder.status == ReminderStatus.SCHEDULED, Reminder.alarm_at <= now
    )
    count, oldest = db.session.execute(late).one()
    yield Metric("reminders_due", "Reminders whose alarm has come and nobody was told yet.", [({}, count)])
    yield Metric("reminders_late_seconds", "Age of the oldest of them.", [({}, _age(oldest, now))])
    waiting = select(func.count()).where(Task.state.in_((TaskState.WAITING, TaskState.RUNNING)))
    yield Metric("tasks_open", "Background work that people wait for.", [({}, db.session.scalar(waiting) or 0)])
    free = shutil.disk_usage(current_app.instance_path).free
    yield Metric("disk_free_bytes", "Room where the installation keeps its files.", [({}, free)])


def _mail(now: datetime) -> Iterator[Metric]:
    query = select(OutboxMail.status, func.count(), func.min(OutboxMail.created_at))
    query = query.where(OutboxMail.status.in_(COUNTED)).group_by(OutboxMail.status)
    found = {status: (count, since) for status, count, since in db.session.execute(query)}
    counts = [({"state": state.value}, found.get(state, (0, None))[0]) for state in COUNTED]
    yield Metric("outbox_mails", "Mail by state.", counts)
    oldest = found.get(MailStatus.WAITING, (0, None))[1]
    yield Metric("outbox_oldest_waiting_seconds", "Age of the oldest mail that waits.", [({}, _age(oldest, now))])
    is_paused = db.session.scalar(select(MailPause.id).limit(1)) is not None
    yield Metric("outbox_paused", "1 while the mail server refuses everything.", [({}, int(is_paused))])


def _jobs(now: datetime) -> Iterator[Metric]:
    names = current_app.extensions["jobs"]
    rows = list(db.session.scalars(select(JobRun).where(JobRun.name.in_(names)).order_by(JobRun.name)))
    yield Metric(
        "job_last_end_timestamp_seconds",
        "When the last run of a job ended, well or not.",
        [({"job": row.name}, row.last_finished_at.timestamp()) for row in rows if row.last_finished_at],
    )
    yield Metric(
        "job_failing_seconds",
        "Since when no run of a job has gone well; 0 if the last one did.",
        [({"job": row.name}, _age(row.failing_since, now)) for row in rows],
    )
    yield Metric(
        "job_paused",
        "1 while somebody holds a job up.",
        [({"job": row.name}, int(bool(row.paused_at))) for row in rows],
    )
    running = [({"job": row.name}, int(bool(row.lease_until and row.lease_until > now))) for row in rows]
    yield Metric("job_running", "1 while a process is at a job that one process does.", running)


def _age(since: datetime | None, now: datetime) -> float:
    return max((now - since).total_seconds(), 0) if since else 0


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
