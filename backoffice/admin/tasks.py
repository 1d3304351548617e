"""Background work as people see it: what they asked for, how far it is, what came of it, and stopping it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import abort, flash, redirect, request, send_file, url_for
from flask_admin import BaseView, expose
from sqlalchemy import select, update
from sqlalchemy.orm import joinedload

from backoffice.admin import timetable
from backoffice.admin.exporting import TYPES, may_fetch
from backoffice.admin.guard import Guarded, refuse
from backoffice.foundation import clock
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.errors import NotApplicable
from backoffice.foundation.i18n import _, _l
from backoffice.foundation.permissions import Can, is_allowed
from backoffice.jobs import history
from backoffice.records import tasks, undoing
from backoffice.records.audit import AuditEntry
from backoffice.records.policies import EXPORT_HOURS, value_of
from backoffice.records.tasks import Task, TaskState
from backoffice.site.access import uncounted
from backoffice.site.redirects import wanted
from backoffice.site.requests import present_actor

#: Tasks that the list shows.
MOST_LISTED = 50
#: As many stand above the timetable.
FEW_LISTED = 8


class TasksView(Guarded, BaseView):
    """One's own tasks; everybody's for whoever may see them."""

    resource = "job"
    icon = "history"
    verbs = frozenset({"view"})
    endpoint_verbs = {
        "index_view": "enter",
        "task_view": "enter",
        "progress_view": "enter",
        "file_view": "enter",
        "cancel_view": "enter",
        "resume_view": "enter",
    }

    def __init__(self) -> None:
        super().__init__(name=_l("Background work"), endpoint="jobs", url="/admin/jobs")

    def is_visible(self) -> bool:
        """Not in the sidebar: it stands in one's own menu."""
        return False

    @expose("/")
    def index_view(self) -> Any:
        """The newest tasks, and for those who may see them the jobs."""
        most = FEW_LISTED if _sees_all() and "all" not in request.args else MOST_LISTED
        query = select(Task).options(joinedload(Task.actor)).order_by(Task.id.desc()).limit(most + 1)
        if not _sees_all():
            query = query.where(Task.actor_id == present_actor().id)
        found = db.session.scalars(query).all()
        return self.render(
            "admin/house/tasks.html",
            tasks=found[:most],
            is_cut=most == FEW_LISTED and len(found) > most,
            sees_all=_sees_all(),
            **timetable.facts(history.timetable() if _sees_all() else []),
        )

    @expose("/<int:id>/")
    def task_view(self, id: int) -> Any:
        """One task."""
        return self.render("admin/house/task.html", **self._facts(_one_or_404(id)))

    @expose("/<int:id>/progress")
    @uncounted
    def progress_view(self, id: int) -> Any:
        """The part of the page that changes, asked for again and again while the task runs."""
        return self.render("admin/house/_task.html", **self._facts(_one_or_404(id)))

    @expose("/<int:id>/file")
    def file_view(self, id: int) -> Any:
        """The file that a task has made: for whoever asked for it, as long as it is kept."""
        task = _one_or_404(id)
        made = tasks.file_of(task)
        if not _has_file(task, made):
            abort(404)
        name = str(task.outcome["name"])
        return send_file(made, mimetype=TYPES[name.rsplit(".", 1)[-1]], as_attachment=True, download_name=name)

    @expose("/<int:id>/cancel", methods=("POST",))
    def cancel_view(self, id: int) -> Any:
        """Stop the task at its next step; what is done stays, and can be taken back."""
        task = _own_or_refused(id)
        with unit_of_work():
            asked = (Task.id == task.id, Task.state.in_((TaskState.WAITING, TaskState.RUNNING)))
            db.session.execute(
                update(Task).where(*asked).values(is_cancelled=True).execution_options(synchronize_session=False)
            )
        tasks.wake()
        return redirect(url_for("jobs.task_view", id=id, url=wanted("url") or ""))

    @expose("/<int:id>/resume", methods=("POST",))
    def resume_view(self, id: int) -> Any:
        """Let a task that failed go on where it stopped."""
        task = _own_or_refused(id)
        with unit_of_work():
            undoing.hold(task.request_id)
            if undoing.is_taken_back(task.request_id):
                raise NotApplicable(_l("This was taken back already."))
            failed = (Task.id == task.id, Task.state == TaskState.FAILED)
            db.session.execute(
                update(Task)
                .where(*failed)
                .values(state=TaskState.WAITING, error="", finished_at=None)
                .execution_options(synchronize_session=False)
            )
        tasks.wake()
        flash(_("It goes on where it stopped."), "success")
        return redirect(url_for("jobs.task_view", id=id))

    def _facts(self, task: Task) -> dict[str, Any]:
        changed = select(AuditEntry.id).where(AuditEntry.request_id == task.request_id, undoing.is_undoable())
        can_be_undone = task.is_over and db.session.scalar(changed.limit(1)) is not None
        return {
            "task": task,
            "is_own": task.actor_id == present_actor().id,
            "may_change": _may_change(task),
            "has_file": _has_file(task, tasks.file_of(task)),
            "can_be_undone": can_be_undone and not undoing.is_taken_back(task.request_id),
            "is_taken_back": can_be_undone and undoing.is_taken_back(task.request_id),
            "seconds_left": _seconds_left(task),
            "following": wanted("url") or None,
        }


def _sees_all() -> bool:
    return is_allowed(present_actor(), Can.JOB_VIEW)


def _one_or_404(id: int) -> Task:
    task = db.session.get(Task, id, options=[joinedload(Task.actor)]) if id < 2**31 else None
    if task is None or (task.actor_id != present_actor().id and not _sees_all()):
        abort(404)
    assert task is not None
    return task


def _may_change(task: Task) -> bool:
    return task.actor_id == present_actor().id or is_allowed(present_actor(), Can.JOB_EDIT)


def _own_or_refused(id: int) -> Task:
    task = _one_or_404(id)
    if not _may_change(task):
        refuse(Can.JOB_EDIT.value)
    return task


def _has_file(task: Task, made: Path) -> bool:
    """Whether there is a file for the person: hers, in its time, and nothing in it that she may not see any more."""
    if task.actor_id != present_actor().id or task.state is not TaskState.DONE or not task.outcome.get("name"):
        return False
    until = (task.finished_at or task.created_at) + timedelta(hours=value_of(EXPORT_HOURS))
    return clock.now() < until and may_fetch(task) and made.is_file()


def _seconds_left(task: Task) -> int | None:
    """About how long it will take, once that can be told; whole seconds."""
    if task.state is not TaskState.RUNNING or task.started_at is None or not task.total:
        return None
    behind = task.done + task.skipped
    taken = (clock.now() - task.started_at).total_seconds()
    return round(taken / behind * (task.total - behind)) if behind and taken > 1 else None
