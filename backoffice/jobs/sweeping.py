"""What becomes of tasks and runs of jobs that are over: their files go first, then they themselves."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from sqlalchemy import or_, select

from backoffice.foundation import clock
from backoffice.foundation.database import db, unit_of_work
from backoffice.jobs import history
from backoffice.jobs.schedule import job
from backoffice.records.policies import EXPORT_HOURS, JOB_DAYS, value_of
from backoffice.records.tasks import Task, TaskState, exports, file_of

_OURS = re.compile(r"\d+-[A-Z0-9]+(\.part)?")
#: Tasks that are over can be looked at for so long.
KEPT_FOR = timedelta(days=30)


@job(may=())
def sweep_tasks(actor: Any) -> None:
    """Delete files of exports that are not kept any longer, and tasks that were over long ago."""
    now = clock.now()
    until = now - timedelta(hours=value_of(EXPORT_HOURS))
    with unit_of_work():
        for task in db.session.scalars(select(Task).where(Task.finished_at < until).order_by(Task.id)):
            if task.outcome.get("name"):
                file_of(task).unlink(missing_ok=True)
                task.outcome = {name: value for name, value in task.outcome.items() if name != "name"}
            if task.finished_at is not None and task.finished_at < now - KEPT_FOR:
                db.session.delete(task)
    _sweep_what_nobody_has()


@job(may=())
def sweep_jobs(actor: Any) -> None:
    """Write down which runs of jobs were lost, and forget those that ended long ago."""
    with unit_of_work():
        history.prune(clock.now() - timedelta(days=value_of(JOB_DAYS)))


def _sweep_what_nobody_has() -> None:
    """Delete what a process that died left, and files of tasks that went with the person who asked."""
    folder = exports()
    found = [path for path in folder.iterdir() if _OURS.fullmatch(path.name)] if folder.is_dir() else []
    if not found:
        return
    live = or_(Task.finished_at.is_(None), Task.state == TaskState.DONE)
    wanted: set[str] = set()
    for task in db.session.scalars(select(Task).where(Task.kind == "export", live)):
        if not task.is_over:
            wanted |= {file_of(task).name, file_of(task).with_suffix(".part").name}
        elif task.outcome.get("name"):
            wanted.add(file_of(task).name)
    for path in found:
        if path.name not in wanted:
            path.unlink(missing_ok=True)
