"""The audit trail in the back office: to be read, never changed."""

from __future__ import annotations

from backoffice.admin.deeds import area, kind, shown, surface
from backoffice.admin.view import ManagedView
from backoffice.foundation.i18n import _l
from backoffice.records.audit import AuditEntry
from backoffice.records.policies import TRASH_DAYS, as_set
from backoffice.records.trash import Trashed
from backoffice.trail.operations import purge, restore


class AuditView(ManagedView):
    """Who changed what, when, and through which surface."""

    model = AuditEntry
    icon = "history"
    lede = _l("Every change, written in the same moment as the change itself.")
    verbs = frozenset({"view"})
    column_list = ("action", "target_title", "actor_name", "surface", "at")
    in_words = {"action": shown, "surface": surface, "target_type": area}
    reads = ("target_type",)
    column_filters = ("action", "actor_name", "at")
    column_searchable_list = ("target_title", "actor_name", "action")
    column_default_sort = ("at", True)
    column_details_list = (
        "at",
        "actor_name",
        "surface",
        "action",
        "target_type",
        "target_id",
        "target_title",
        "changes",
        "request_id",
    )


class TrashView(ManagedView):
    """What was deleted and can be brought back."""

    model = Trashed
    icon = "trash"
    lede = _l(
        "What was deleted is kept for %(time)s and can be brought back with all that belonged to it.",
        time=as_set(TRASH_DAYS),
    )
    empty = _l("Nothing was deleted lately. What is deleted appears here.")
    verbs = frozenset({"view"})
    operations = (restore, purge)
    column_list = ("title", "target_type", "actor_name", "at")
    in_words = {"target_type": kind}
    column_filters = ("target_type", "actor_name", "at")
    column_searchable_list = ("title", "actor_name")
    column_default_sort = ("at", True)
    column_details_list = ("title", "target_type", "target_id", "actor_name", "at", "request_id")
