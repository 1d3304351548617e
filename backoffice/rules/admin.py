"""Rules in the back office, and trying one before it is switched on."""

from __future__ import annotations

from typing import Any

from flask import abort, g, request
from flask_admin import BaseView, expose
from flask_babel import format_percent

from backoffice.admin.columns import Cell
from backoffice.admin.guard import Guarded, refuse
from backoffice.admin.view import ManagedView
from backoffice.admin.words import views
from backoffice.comments.models import CommentStatus
from backoffice.comments.rule_figures import Figures, figures_of
from backoffice.comments.trying import Tried, try_rule
from backoffice.foundation.database import db
from backoffice.foundation.errors import DomainError, NotAllowed
from backoffice.foundation.i18n import _, _l, _n
from backoffice.rules import default_rules  # noqa: F401  what a new installation starts with
from backoffice.rules.checks import CHECKS, as_typed
from backoffice.rules.models import Rule
from backoffice.rules.operations import delete, move_down, move_up, put_last, switch_off, switch_on
from backoffice.rules.queries import listed_ids
from backoffice.site.requests import present_actor


def name_with_figures(rule: Rule) -> Cell:
    """The name, and how the rule fared lately."""
    if "rule_figures" not in g:
        g.rule_figures = figures_of(db.session.scalars(listed_ids()).all())
    figures: Figures | None = g.rule_figures.get(rule.id)
    return Cell("name", rule.name, aside=told(figures) if figures else _("Fitted no comment lately"))


def told(figures: Figures) -> str:
    """How often it fitted, and the share that people saw otherwise."""
    fits = _n("Fitted %(num)s comment lately", "Fitted %(num)s comments lately", figures.fits)
    if figures.is_capped:
        fits = _("Fitted %(num)s comments and more lately", num=figures.fits)
    share = format_percent(figures.overruled / figures.fits)
    return f"{fits}. " + _("Decided otherwise or called wrong: %(share)s", share=share)


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
    cells = {"name": name_with_figures}
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
    details_template = "admin/house/rule.html"
    form_buttons = (("rule_try.try_typed", _l("Try")),)


class TryView(Guarded, BaseView):
    """What a rule would have done with the newest comments."""

    resource = "rule"
    verbs = frozenset({"view", "create", "edit"})
    icon = "rules"
    endpoint_verbs = {"index_view": "view", "try_typed": "create or edit"}

    def __init__(self) -> None:
        super().__init__(name=_l("Try"), endpoint="rule_try", url="/admin/rule/try")

    def is_visible(self) -> bool:
        """Not in the sidebar: it stands beside each rule."""
        return False

    @expose("/")
    def index_view(self) -> Any:
        """The saved rule with the number `id`."""
        number = request.args.get("id", "")
        rule = (
            db.session.get(Rule, int(number)) if number.isascii() and number.isdecimal() and len(number) < 10 else None
        )
        if rule is None:
            abort(404)
        return self._page(rule)

    @expose("/typed/", methods=("POST",))
    def try_typed(self) -> Any:
        """The rule as it stands in its form, saved or not."""
        form = views()["rule"].create_form()
        rule = as_typed(form) if form.validate() else None
        if rule is None:
            complaints = [str(error) for field in form for error in field.errors]
            return self._shown(None, complaints=complaints or [_("Choose one of the list.")]), 422
        return self._page(rule)

    def _page(self, rule: Any) -> Any:
        try:
            tried = try_rule(rule, actor=present_actor())
        except NotAllowed as refusal:
            refuse(refusal.permission)
        except DomainError as refusal:
            return self._shown(rule, complaints=[str(refusal.message)]), 422
        return self._shown(rule, tried)

    def _shown(self, rule: Any, tried: Tried | None = None, complaints: Any = ()) -> Any:
        return self.render(
            "admin/house/rule_try.html",
            rule=rule,
            tried=tried,
            complaints=complaints,
            statuses=list(CommentStatus),
            can_edit_rules=self.permits("edit"),
        )
