"""The first page of the back office."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from flask import redirect, url_for
from flask_admin import AdminIndexView, expose
from flask_babel import get_timezone
from flask_login import current_user

from backoffice.admin.guard import Guarded
from backoffice.dashboard import chart, queries
from backoffice.foundation.i18n import _l
from backoffice.foundation.permissions import Can, is_allowed, is_staff
from backoffice.jobs import history
from backoffice.moderation import health, pictures, queues
from backoffice.site.requests import present_actor


class DashboardView(Guarded, AdminIndexView):
    """What waits, for whom: each person sees what concerns her."""

    resource = "dashboard"
    icon = "home"
    endpoint_verbs = {"index": "enter", "index_view": "enter"}

    def __init__(self) -> None:
        super().__init__(name=_l("Today"), url="/admin")

    @expose("/")
    def index(self) -> Any:
        """The page."""
        actor, zone = present_actor(), ZoneInfo(str(get_timezone()))
        today = queries.today_for(actor, zone, queues.waiting_for)
        drawn = chart.drawn(today.days) if today.days and today.days.total else None
        brief = health.brief_for(actor, zone) if today.comments is not None else None
        troubled = history.troubled() if is_allowed(actor, Can.JOB_VIEW) else []
        return self.render(
            "admin/house/dashboard.html", today=today, chart=drawn, brief=brief, pictures=pictures, troubled=troubled
        )

    def _handle_view(self, name: str, **kwargs: Any) -> Any:
        if current_user.is_authenticated and not is_staff(current_user):
            return redirect(url_for("accounts.profile"))
        return super()._handle_view(name, **kwargs)
