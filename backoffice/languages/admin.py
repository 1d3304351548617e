"""The languages as a whole in the back office: how far each is, beginning one, settings, search, figures, checks."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask_admin import BaseView, expose

from backoffice.admin.columns import Cell
from backoffice.admin.guard import Guarded, refuse
from backoffice.admin.undoing import say_done
from backoffice.admin.view import ManagedView
from backoffice.catalogs import checks, languages
from backoffice.catalogs.places import DOMAINS, Place
from backoffice.foundation.database import unit_of_work
from backoffice.foundation.errors import DomainError
from backoffice.foundation.i18n import SOURCE_LOCALE, _, _l, _n, direction_of
from backoffice.foundation.permissions import ALL, Can, reach_of
from backoffice.languages import beginning, exchange, keeping, overview, searching
from backoffice.languages.exchange import folder_of_catalogs
from backoffice.languages.glossary import TermLanguageField, delete_term
from backoffice.records import tasks
from backoffice.site.language import select_locale
from backoffice.site.redirects import wanted
from backoffice.site.refusals import refused
from backoffice.site.requests import present_actor
from backoffice.workbench.models import Term
from backoffice.workbench.rights import places_for


class LanguagesView(Guarded, BaseView):
    """The matrix of languages and catalogs, and what is done with languages as a whole."""

    resource = "translation"
    icon = "language"
    go = "w"
    #: Endpoints whose pages stand below this one.
    leads_to = ("workbench", "workbench_deeds", "catalog")
    verbs = frozenset({"view", "suggest", "translate", "review", "manage"})
    endpoint_verbs = {
        "index_view": "view",
        "language_view": "view",
        "search_view": "view",
        "figures_view": "view",
        "checks_view": "view",
        "new_view": "manage",
        "begin": "manage",
        "settings": "manage",
        "mend_rule": "manage",
        "sync": "manage",
        "publish": "review or manage",
    }

    def __init__(self) -> None:
        super().__init__(name=_l("Workbench"), endpoint="languages", url="/admin/i18n")

    def waiting_now(self) -> int:
        """How many strings wait for the person: left, to check, and suggestions that she may decide about."""
        return overview.waiting_for(present_actor())

    @expose("/")
    def index_view(self) -> Any:
        """How far each language is."""
        actor = present_actor()
        rows = overview.rows_for(actor)
        return self._render(
            "languages.html",
            rows=rows,
            facts=overview.facts_of(rows, actor=actor),
            may_manage_all=manages_all(actor),
        )

    @expose("/search/")
    def search_view(self) -> Any:
        """Texts of all languages that fit `q`."""
        query = request.args.get("q", "")
        places = places_for(present_actor())
        found, count = searching.search(query, places, folder_of_catalogs())
        return self._render("languages_search.html", query=query[: searching.LONGEST_QUERY], found=found, count=count)

    @expose("/statistics/")
    def figures_view(self) -> Any:
        """All numbers of all catalogs."""
        return self._render("languages_figures.html", rows=overview.rows_for(present_actor()))

    @expose("/checks/")
    def checks_view(self) -> Any:
        """What is checked, and what each finding means."""
        by_severity = [
            (severity, [check for check in checks.REGISTRY.values() if check.severity is severity])
            for severity in checks.Severity
        ]
        return self._render("languages_checks.html", by_severity=by_severity)

    @expose("/new/")
    def new_view(self) -> Any:
        """Languages that can be begun, those that fit `q`."""
        query = request.args.get("q", "")
        found, count = beginning.candidates(query, languages.kept(), select_locale())
        return self._render("languages_new.html", query=query[: beginning.LONGEST_QUERY], found=found, count=count)

    @expose("/locales", methods=("POST",))
    def begin(self) -> Any:
        """Begin the language `locale`."""
        locale = request.form.get("locale", "")
        try:
            made = beginning.begin(locale, actor=present_actor())
        except DomainError as refusal:
            return self._refuse(refusal, url_for(".new_view"))
        name, count = languages.name_of(locale), len(made)
        flash(
            _n("%(name)s is begun: %(num)s catalog.", "%(name)s is begun: %(num)s catalogs.", count, name=name),
            "success",
        )
        return redirect(url_for(".language_view", locale=locale))

    @expose("/sync", methods=("POST",))
    def sync(self) -> Any:
        """Collect the texts of the product and bring all catalogs up to date, in the background."""
        actor = present_actor()
        if not manages_all(actor):
            refuse(Can.TRANSLATION_MANAGE.value)
        with unit_of_work():
            task = tasks.begin(keeping.bring_up_to_date, str(keeping.bring_up_to_date.label), actor=actor)
        return redirect(url_for("jobs.task_view", id=task.id, url=url_for(".index_view")))

    @expose("/publish", methods=("POST",))
    def publish(self) -> Any:
        """Let pages read the language `locale` as it is now."""
        locale = self._locale_or_404(request.form.get("locale", ""))
        following = wanted("url") or url_for(".language_view", locale=locale)
        try:
            left_out = keeping.publish(locale, actor=present_actor())
        except DomainError as refusal:
            return self._refuse(refusal, following)
        said = _("%(name)s is published.", name=languages.name_of(locale))
        if left_out:
            more = _n("%(num)s string is left out.", "%(num)s strings are left out.", len(left_out))
            said = f"{said} {more}"
        flash(said, "success")
        return redirect(following)

    @expose("/<locale>/")
    def language_view(self, locale: str) -> Any:
        """One language: its catalogs, and how it is kept."""
        row = self._row_or_404(locale)
        return self._language(row)

    @expose("/<locale>/settings", methods=("POST",))
    def settings(self, locale: str) -> Any:
        """Say whether the language is offered, how it is published and whether it is reviewed."""
        row = self._row_or_404(locale)
        self.require("manage", Place(locale))
        try:
            keeping.set_up(
                locale,
                is_offered="offered" in request.form,
                is_manual=request.form.get("publish") == "manual",
                needs_review="review" in request.form,
                actor=present_actor(),
            )
        except DomainError as refusal:
            return self._refuse(refusal, url_for(".language_view", locale=locale))
        say_done(_("Saved: %(title)s.", title=row.language.name))
        return redirect(url_for(".language_view", locale=locale))

    @expose("/<locale>/<domain>/rule", methods=("POST",))
    def mend_rule(self, locale: str, domain: str) -> Any:
        """Give a catalog the rule for plural forms of its language."""
        self._locale_or_404(locale)
        if domain not in DOMAINS:
            abort(404)
        following = wanted("url") or url_for(".index_view")
        try:
            keeping.mend_rule(Place(locale, domain), actor=present_actor())
        except DomainError as refusal:
            return self._refuse(refusal, following)
        flash(_("The rule for plural forms is that of the language now."), "success")
        return redirect(following)

    def _language(self, row: overview.Row) -> Any:
        return self._render(
            "language.html",
            row=row,
            language=row.language,
            direction_of_it=direction_of(row.language.locale),
            plurals=overview.plurals_of(row.language.locale),
            drafts={cell.place: len(exchange.drafts(cell.place, actor=present_actor())) for cell in row.cells},
            mine=[cell.place for cell in row.cells if self.permits("translate", cell.place)],
            may_manage=self.permits("manage", Place(row.language.locale)),
            may_publish=any(self.permits("review or manage", cell.place) for cell in row.cells),
        )

    def _row_or_404(self, locale: str) -> overview.Row:
        """The language with the catalogs the person may see; 404 for none, 403 for one beyond her reach."""
        self._locale_or_404(locale)
        found = overview.row_for(present_actor(), locale)
        if not found.cells:
            self.require("view", Place(locale))
        return found

    def _locale_or_404(self, locale: str) -> str:
        if locale == SOURCE_LOCALE or locale not in languages.kept():
            abort(404)
        return locale

    def _refuse(self, refusal: DomainError, following: str) -> Any:
        refused(getattr(refusal, "permission", None))
        flash(str(refusal.message), "error")
        return redirect(following)

    def _render(self, template: str, **facts: Any) -> Any:
        return self.render(f"admin/house/{template}", domains=overview.DOMAIN_TITLES, **facts)


def language_name(term: Term) -> Cell:
    """The language's own name."""
    return Cell("text", languages.name_of(term.locale))


class TermView(ManagedView):
    """Words that are agreed for each language, and words that must not be used."""

    model = Term
    icon = "bookmark"
    adding = _l("New term")
    lede = _l("Agreed words. A translation that does not use one, or uses one that is ruled out, gets a warning.")
    empty = _l("No words are agreed yet. Begin with those that come up again and again.")
    operations = (delete_term,)
    list_template = "admin/house/terms.html"
    column_list = ("term", "translation", "locale", "is_forbidden", "note")
    column_filters = ("locale", "is_forbidden", "updated_at")
    column_searchable_list = ("term", "translation", "note")
    column_default_sort = ("term", False)
    column_details_list = (
        "term",
        "translation",
        "locale",
        "note",
        "is_forbidden",
        "is_case_sensitive",
        "created_at",
        "updated_at",
    )
    in_words = {"locale": language_name}
    form_columns = ("locale", "term", "translation", "note", "is_forbidden", "is_case_sensitive")
    form_create_only = ("locale",)
    form_overrides = {"locale": TermLanguageField}


def manages_all(actor: Any) -> bool:
    """Whether the person manages all languages, those to come included."""
    return reach_of(actor, Can.TRANSLATION_MANAGE) == ALL
