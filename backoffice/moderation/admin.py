"""The page on how moderation fares, and its file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

from flask import abort, request, send_file, url_for
from flask_admin import BaseView, expose
from flask_babel import get_timezone

from backoffice.admin.exporting import TYPES, table_file
from backoffice.admin.guard import Guarded
from backoffice.foundation import clock
from backoffice.foundation.database import unit_of_work
from backoffice.foundation.i18n import _, _l
from backoffice.moderation import pictures
from backoffice.moderation.health import PERIODS, Health, health_for
from backoffice.moderation.history import NOBODY
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
