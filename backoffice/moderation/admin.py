"""Beside the desk: the page on how moderation fares, its file, and the views people save."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

from flask import abort, flash, redirect, request, send_file, url_for
from flask_admin import BaseView, expose
from flask_babel import get_timezone
from werkzeug.datastructures import MultiDict

from backoffice.admin.answering import answer
from backoffice.admin.exporting import TYPES, table_file
from backoffice.admin.guard import Guarded
from backoffice.admin.scope import key_of
from backoffice.admin.undoing import say_done
from backoffice.foundation import clock
from backoffice.foundation.database import unit_of_work
from backoffice.foundation.errors import DomainError
from backoffice.foundation.i18n import _, _l
from backoffice.foundation.text import clean_line
from backoffice.moderation import pictures, saved_views
from backoffice.moderation.health import PERIODS, Health, health_for
from backoffice.moderation.history import NOBODY
from backoffice.moderation.models import SavedView
from backoffice.moderation.queues import Wanted
from backoffice.records import audit
from backoffice.site.requests import present_actor
from backoffice.site.templating import day_of_month

USUAL = 30


class HealthView(Guarded, BaseView):
    """How much waits, who decides how much and how soon, and how often it is changed again."""

    resource = "comment"
    verbs = frozenset({"moderate", "export"})
    icon = "desk"
    endpoint_verbs = {"index_view": "moderate", "export": "export"}

    def __init__(self) -> None:
        super().__init__(name=_l("Health"), endpoint="health", url="/admin/moderation/health")

    def is_visible(self) -> bool:
        """Not in the sidebar: the desk and the first page lead here."""
        return False

    @expose("/")
    def index_view(self) -> Any:
        """The page, for as many days as the address asks."""
        days = _days()
        health = _health(days)
        counted, per_day = pictures.per_day(health.days)
        return self.render(
            "admin/house/health.html",
            health=health,
            days=days,
            periods=PERIODS,
            counted=counted,
            per_day=per_day,
            pictures=pictures,
            waits=pictures.waits(health, day_of_month),
            overturned=pictures.overturned(health.days, day_of_month),
            zone=str(get_timezone()),
            may_export=self.permits("export"),
            export_types=tuple(TYPES),
            address=lambda number: url_for("health.index_view", days=number),
        )

    @expose("/export/<export_type>/")
    def export(self, export_type: str) -> Any:
        """A line for each day and person, as a file; rules and programs among the people."""
        self.require("moderate")
        if export_type not in TYPES:
            abort(404)
        days = _days()
        health = _health(days)
        with unit_of_work():
            audit.note("comment.export", kind=export_type, days=days)
        titles = [_("Day"), _("Person"), _("Approved"), _("Rejected"), _("Spam"), _("Decisions")]
        titles += [_("Median wait in minutes"), _("Overturned")]
        name = f"moderation-{clock.now():%Y%m%d-%H%M%S}.{export_type}"
        file = table_file(export_type, titles, _lines(health))
        return send_file(file, mimetype=TYPES[export_type], as_attachment=True, download_name=name)


def _health(days: int) -> Health:
    return health_for(present_actor(), ZoneInfo(str(get_timezone())), days)


class SavedViewsView(Guarded, BaseView):
    """Keeping what the desk shows under a name, and putting such views away."""

    resource = "comment"
    verbs = frozenset({"moderate"})
    icon = "desk"
    endpoint_verbs = dict.fromkeys(("save_view", "remove_view"), "moderate")

    def __init__(self) -> None:
        super().__init__(name=_l("Saved views"), endpoint="desk_views", url="/admin/moderation/view")

    def is_visible(self) -> bool:
        """Not in the sidebar: there is nothing to see but what the desk shows."""
        return False

    @expose("/", methods=("POST",))
    def save_view(self) -> Any:
        """Keep what is shown under a name."""
        wanted = Wanted.read(MultiDict(request.form.items()))
        try:
            with unit_of_work():
                view = saved_views.save(
                    wanted,
                    actor=present_actor(),
                    name=clean_line(request.form.get("name")),
                    role=request.form.get("role", ""),
                    is_default="is_default" in request.form,
                )
        except DomainError as refusal:
            return _answer(refusal)
        say_done(_("Saved: %(name)s.", name=view.name))
        return redirect(url_for("moderation.index_view", view=view.id))

    @expose("/remove/", methods=("POST",))
    def remove_view(self) -> Any:
        """Take a view from one's desk; with `all` a shared one from everybody's; with `back` fetch all back."""
        actor = present_actor()
        try:
            with unit_of_work():
                if "back" in request.form:
                    saved_views.fetch_back(actor=actor)
                    flash(_("All views are back."), "success")
                    return redirect(url_for("moderation.index_view", queue="pending"))
                view = saved_views.find(key_of(request.form.get("rowid"), SavedView) or 0, actor)
                if "all" in request.form:
                    saved_views.remove_for_all(view, actor=actor)
                    is_gone = True
                else:
                    is_gone = saved_views.remove(view, actor=actor)
        except DomainError as refusal:
            return _answer(refusal)
        if is_gone:
            say_done(_("Removed: %(name)s.", name=view.name))
        else:
            flash(_("%(name)s is no longer at your desk. “Show all views” fetches it back.", name=view.name), "success")
        return redirect(url_for("moderation.index_view", queue="pending"))


def _answer(refusal: DomainError) -> Any:
    return answer(str(refusal.message), refusal.status, otherwise=url_for("moderation.index_view"))


def _days() -> int:
    asked = request.args.get("days", "")
    return int(asked) if asked in {str(each) for each in PERIODS} else USUAL


def _lines(health: Health) -> Iterator[list[Any]]:
    names = {person.id: person.name for person in health.people}
    if health.is_all:
        names[NOBODY] = _("Rules and programs")
    for day in health.days:
        for id, tally in sorted((day.span.people if day.span else {}).items()):
            if id in names and (tally.decided or tally.overturned):
                median = round(tally.median.total_seconds() / 60, 1) if tally.median is not None else None
                counts = [tally.approved, tally.rejected, tally.spam, tally.decided]
                yield [day.day.isoformat(), names[id], *counts, median, tally.overturned]
