"""Rules in the back office."""

from __future__ import annotations

from backoffice.admin.view import ManagedView
from backoffice.foundation.i18n import _l
from backoffice.rules import default_rules  # noqa: F401  what a new installation starts with
from backoffice.rules.checks import CHECKS
from backoffice.rules.models import Rule
from backoffice.rules.operations import delete, move_down, move_up, put_last, switch_off, switch_on


class RuleView(ManagedView):
    """What is looked for in new comments, in the order in which it is asked."""

    model = Rule
    icon = "rules"
    adding = _l("New rule")
    lede = _l("They are asked from top to bottom. The first that fits a new comment decides what becomes of it.")
    empty = _l("No rules. Every comment waits for a moderator, unless the settings say otherwise.")
    operations = (move_up, move_down, switch_on, switch_off, delete)
    on_create = put_last
    column_list = ("name", "kind", "action", "is_active")
    column_filters = ("kind", "action", "is_active")
    column_searchable_list = ("name", "lines")
    column_default_sort = ("position", False)
    form_columns = (
        "name",
        "kind",
        "action",
        "lines",
        "is_whole_word",
        "looks_at",
        "number",
        "of_last",
        "minutes",
        "days",
        "reason",
        "weight",
        "is_active",
    )
    form_aside = ("action", "reason", "weight", "is_active")
    form_args = CHECKS
