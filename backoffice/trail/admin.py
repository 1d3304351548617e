"""The audit trail in the back office: to be read, never changed."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select

from backoffice.admin.deeds import actor, area, kind, shown, surface
from backoffice.admin.trail_filters import Field, Kind, Record, Seen
from backoffice.admin.view import ManagedView
from backoffice.foundation.i18n import _l
from backoffice.records.audit import AuditEntry
from backoffice.records.policies import TRASH_DAYS, as_set
from backoffice.records.trash import Trashed
from backoffice.records.visible import seen_by, trash_seen_by
from backoffice.site.requests import present_actor
from backoffice.trail.operations import erase, purge, restore


class AuditView(ManagedView):
    """Who changed what, when, and through which surface."""

    model = AuditEntry
    icon = "history"
    lede = _l("Every change, written in the same moment as the change itself.")
    verbs = frozenset({"view"})
    column_list = ("action", "target_title", "actor_name", "surface", "at")
    in_words = {"action": shown, "actor_name": actor, "surface": surface, "target_type": area}
    reads = ("target_type",)
    operations = (erase,)
    most_counted = 1000
    further_filters = (Kind, Field, Record, Seen)
    column_filters = ("actor_name", "action", "at")
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

    def scope(self, query: Select[Any], verb: str = "view") -> Select[Any]:
        """Entries about what the person may see itself."""
        return super().scope(query, verb).where(seen_by(present_actor()))


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
    in_words = {"target_type": kind, "actor_name": actor}
    column_filters = ("target_type", "actor_name", "at")
    column_searchable_list = ("title", "actor_name")
    column_default_sort = ("at", True)
    column_details_list = ("title", "target_type", "target_id", "actor_name", "at", "request_id")

    def scope(self, query: Select[Any], verb: str = "view") -> Select[Any]:
        """What was of a kind that the person may see."""
        return super().scope(query, verb).where(trash_seen_by(present_actor()))
