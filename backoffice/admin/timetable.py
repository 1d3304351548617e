"""What the house does by itself as people see it: the jobs and when they run, how far each is, and its history."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, request, url_for
from flask_admin import BaseView, expose

from backoffice.admin.guard import Guarded
from backoffice.foundation import clock
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.i18n import _, _l
from backoffice.foundation.permissions import Can, is_allowed
from backoffice.jobs import history, orders, words
from backoffice.records.policies import JOB_DAYS, value_of
from backoffice.site.access import uncounted
from backoffice.site.redirects import wanted
from backoffice.site.requests import present_actor

#: Runs on one page of the history.
MOST_LISTED = 50
#: Numbers of runs, and more than enough for the database.
_MOST = 2**62


class TimetableView(Guarded, BaseView):
    """The jobs of the house, for whoever may see them; the list itself stands on the page of background work."""

    resource = "job"
    icon = "repeat"
    verbs = frozenset({"view", "edit"})
    endpoint_verbs = {
        "index_view": "view",
        "lines_view": "view",
        "job_view": "view",
        "run_view": "edit",
        "stop_view": "edit",
        "pause_view": "edit",
        "resume_view": "edit",
    }

    def __init__(self) -> None:
        super().__init__(name=_l("Timetable"), endpoint="timetable", url="/admin/jobs/timetable")

    def is_visible(self) -> bool:
        """Not in the sidebar: it is a part of the page of background work."""
        return False

    @expose("/")
    def index_view(self) -> Any:
        """The page it is a part of."""
        return redirect(url_for("jobs.index_view", _anchor="timetable"))

    @expose("/lines")
    @uncounted
    def lines_view(self) -> Any:
        """The part of the page that changes, asked for again and again while somebody looks."""
        name = request.args.get("job")
        if name:
            return self.render("admin/house/_job.html", **facts([history.line_of(orders.job_called(name))]))
        return self.render("admin/house/_timetable.html", **facts(history.timetable()))

    @expose("/<job>/")
    def job_view(self, job: str) -> Any:
        """One job and its runs."""
        present = orders.job_called(job)
        before = request.args.get("before", type=int)
        query = history.runs_of(present)
        if before is not None and 0 < before < _MOST:
            query = query.where(query.column_descriptions[0]["entity"].id < before)
        runs = list(db.session.scalars(query.limit(MOST_LISTED + 1)))
        return self.render(
            "admin/house/job.html",
            job=present,
            runs=[(run, history.seen_state(run, clock.now())) for run in runs[:MOST_LISTED]],
            older=runs[MOST_LISTED - 1].id if len(runs) > MOST_LISTED else None,
            is_first=before is None,
            days=value_of(JOB_DAYS),
            **facts([history.line_of(present)]),
        )

    @expose("/<job>/run", methods=("POST",))
    def run_view(self, job: str) -> Any:
        """Let it run as soon as a process has time."""
        return self._order(job, orders.ask_for, _("It starts within a few seconds."))

    @expose("/<job>/stop", methods=("POST",))
    def stop_view(self, job: str) -> Any:
        """Ask what runs to stop."""
        return self._order(job, orders.stop, _("It was asked to stop, and ends after the step it is at."))

    @expose("/<job>/pause", methods=("POST",))
    def pause_view(self, job: str) -> Any:
        """Let it begin nothing by itself."""
        return self._order(job, orders.pause, _("Paused. It begins no run by itself until somebody lets it go on."))

    @expose("/<job>/resume", methods=("POST",))
    def resume_view(self, job: str) -> Any:
        """Let it go on."""
        return self._order(job, orders.resume, _("It runs again when it is due."))

    def _order(self, name: str, order: Callable[..., None], said: str) -> Any:
        job = orders.job_called(name)
        with unit_of_work():
            order(job, actor=present_actor())
        flash(f"{words.what(job)}: {said}", "success")
        return redirect(wanted("url") or url_for("jobs.index_view", _anchor="timetable"))


def facts(lines: list[history.Line]) -> dict[str, Any]:
    """What the part of the page that changes has to know."""
    return {"lines": lines, "words": words, "may_edit": is_allowed(present_actor(), Can.JOB_EDIT)}
