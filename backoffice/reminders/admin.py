"""Reminders in the back office."""

from __future__ import annotations

from backoffice.accounts.queries import active_users
from backoffice.admin.view import ManagedView
from backoffice.foundation.i18n import _l
from backoffice.reminders import queries
from backoffice.reminders.models import Reminder
from backoffice.reminders.operations import cancel, delete, done, snooze


class ReminderView(ManagedView):
    """What to tell whom, and when."""

    model = Reminder
    go = "r"
    icon = "bell"
    adding = _l("New reminder")
    waiting = queries.waiting_for
    empty = _l("Nothing to remember. Make a reminder, and it appears on the first page when it is due.")
    operations = (done, snooze, cancel, delete)
    choosing = {"recipient": active_users}
    owner = ("owner",)
    column_list = ("subject", "recipient", "status", "due_at")
    column_filters = ("status", "recipient", "due_at")
    column_searchable_list = ("subject",)
    column_default_sort = ("due_at", False)
    column_details_list = (
        "subject",
        "body",
        "recipient",
        "owner",
        "due_at",
        "status",
        "created_at",
    )
    form_columns = ("subject", "body", "recipient", "due_at")
    form_aside = ("recipient", "due_at")
