"""What holds for readers, and the reasons they are given, in the back office."""

from __future__ import annotations

from typing import Any

from backoffice.admin.columns import Cell
from backoffice.admin.view import ManagedView
from backoffice.foundation.i18n import _l
from backoffice.readers.default_reasons import in_words
from backoffice.readers.models import CannedReason, Restriction
from backoffice.readers.operations import delete, delete_reason, establish, lift, move_down, move_up, put_last


def measure(restriction: Restriction) -> Cell:
    """What it does, in words."""
    return Cell("text", str(restriction.measure.label))


def known_by(restriction: Restriction) -> Cell:
    """By what the person is known, in words."""
    return Cell("text", str(restriction.known_by.label))


def whom(restriction: Restriction) -> Cell:
    """By what and as what the person is known."""
    return Cell("name", restriction.value, aside=str(restriction.known_by.label))


def label(reason: Any) -> Cell:
    """Its name in the reader's language, where it is one that came with the house."""
    return Cell("text", in_words(reason.label))


def text(reason: Any) -> Cell:
    """What the author is told, in the reader's language, where it came with the house."""
    return Cell("text", in_words(reason.text))


def position(reason: Any) -> Cell:
    """Its place among the others."""
    return Cell("text", f"{reason.position:g}")


class RestrictionView(ManagedView):
    """Who is banned, warned or always held, by what, and until when."""

    model = Restriction
    icon = "lock"
    adding = _l("New restriction")
    empty = _l("Nobody is banned, warned or held. Ban, Warn and Always hold stand beside each comment.")
    operations = (lift, delete)
    on_create = establish
    column_list = ("measure", "value", "reason", "until", "created_at")
    cells = {"value": whom}
    reads = ("known_by",)
    column_filters = ("measure", "known_by", "value", "until", "created_at")
    column_searchable_list = ("value", "reason")
    column_default_sort = ("created_at", True)
    column_details_list = (
        "measure",
        "known_by",
        "value",
        "reason",
        "until",
        "acknowledged_at",
        "made_by",
        "created_at",
        "updated_at",
    )
    in_words = {"measure": measure, "known_by": known_by}
    form_columns = ("measure", "known_by", "value", "reason", "until")
    form_create_only = ("known_by", "value")


class ReasonView(ManagedView):
    """Reasons for rejecting a comment that moderators choose instead of typing them."""

    model = CannedReason
    icon = "list"
    adding = _l("New reason")
    empty = _l("There is no reason to choose from. Begin with New reason.")
    operations = (move_up, move_down, delete_reason)
    on_create = put_last
    column_list = ("label", "text", "is_active", "position")
    column_filters = ("is_active",)
    column_searchable_list = ("label", "text")
    column_default_sort = ("position", False)
    column_details_list = ("label", "text", "is_active", "created_at", "updated_at")
    in_words = {"label": label, "text": text, "position": position}
    form_columns = ("label", "text", "is_active")
