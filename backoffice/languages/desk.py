"""One catalog as a whole: taking it home and bringing it back, and the same done to many of its strings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from flask import Response, abort, flash, redirect, request, url_for
from flask_admin import BaseView, expose

from backoffice.admin.guard import Guarded
from backoffice.admin.undoing import say_done
from backoffice.catalogs.editing import Outcome
from backoffice.catalogs.languages import language_of
from backoffice.catalogs.locking import ReadOnly
from backoffice.catalogs.places import Place
from backoffice.foundation import clock
from backoffice.foundation.database import unit_of_work
from backoffice.foundation.errors import DomainError, StaleRecord
from backoffice.foundation.i18n import _, _l, _n, direction_of
from backoffice.languages import exchange, several, uploading
from backoffice.languages.overview import DOMAIN_TITLES
from backoffice.records import audit
from backoffice.site.refusals import refused
from backoffice.site.requests import present_actor
from backoffice.workbench import bulk, queries
from backoffice.workbench.differences import words_changed
from backoffice.workbench.rights import place_of

TYPES = {"po": "text/x-gettext-translation", "mo": "application/x-gettext-translation", "patch": "text/x-patch"}


class CatalogView(Guarded, BaseView):
    """Download, upload, and several strings at once. The strings one by one have a page of their own."""

    resource = "translation"
    icon = "language"
    verbs = frozenset({"view", "suggest", "translate", "review", "manage"})
    endpoint_verbs = {
        "download_view": "view",
        "upload_view": "translate",
        "receive": "translate",
        "report_view": "translate",
        "bring_in": "translate",
        "bulk_view": "translate",
        "carry_out": "translate",
    }

    def __init__(self) -> None:
        # The page at this address is that of all languages.
        self._default_view = "upload_view"
        super().__init__(name=_l("Catalog"), endpoint="catalog", url="/admin/i18n")

    def is_visible(self) -> bool:
        """Not in the sidebar: each catalog leads here."""
        return False

    @expose("/<locale>/<domain>/download.<kind>")
    def download_view(self, locale: str, domain: str, kind: str) -> Any:
        """The catalog as a .po, a .mo or a patch; `drafts` puts those into the .po, a patch may say `since` when."""
        place = self._place(locale, domain)
        if kind not in TYPES:
            abort(404)
        try:
            content = self._content(place, kind)
        except DomainError as refusal:
            return self._refuse(refusal, url_for("languages.language_view", locale=locale))
        if kind == "patch" and not content:
            flash(_("There is nothing to put into a patch: no drafts, and nothing that is not published."), "info")
            return redirect(url_for("languages.language_view", locale=locale))
        with unit_of_work():
            audit.note("translation.download", title=place.part, kind=kind)
        response = Response(content, content_type=TYPES[kind] + ("" if kind == "mo" else "; charset=utf-8"))
        response.headers["Content-Disposition"] = f"attachment; filename={locale}.{domain}.{kind}"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    def _content(self, place: Place, kind: str) -> bytes:
        actor = present_actor()
        if kind == "mo":
            return exchange.compiled(place)
        if kind == "patch":
            return exchange.as_patch(place, actor=actor, since=_day(request.args.get("since", "")))
        if "drafts" in request.args:
            return exchange.with_drafts(exchange.file_of(place), exchange.drafts(place, actor=actor))
        with unit_of_work():
            return exchange.taken_home(place, actor=actor)

    @expose("/<locale>/<domain>/upload")
    def upload_view(self, locale: str, domain: str) -> Any:
        """Choose a file."""
        return self._upload_page(self._place(locale, domain, "translate"))

    @expose("/<locale>/<domain>/upload", methods=("POST",))
    def receive(self, locale: str, domain: str) -> Any:
        """Take a file and show what it would change."""
        place = self._place(locale, domain, "translate")
        sent = request.files.get("file")
        content = sent.read(uploading.MOST_BYTES + 1) if sent else b""
        if not content:
            return self._upload_page(place, _("Choose a file.")), 422
        try:
            with unit_of_work():
                digest = uploading.received(content, place, actor=present_actor())
        except DomainError as refusal:
            return self._upload_page(place, str(refusal.message)), refusal.status
        return redirect(url_for(".report_view", locale=locale, domain=domain, digest=digest))

    @expose("/<locale>/<domain>/upload/<string(length=64):digest>")
    def report_view(self, locale: str, domain: str, digest: str) -> Any:
        """What an uploaded file would change, row by row."""
        place = self._place(locale, domain, "translate")
        try:
            told = uploading.report(place, digest, actor=present_actor())
        except DomainError as refusal:
            return self._upload_page(place, str(refusal.message)), refusal.status
        return self._report_page(told)

    @expose("/<locale>/<domain>/upload/<string(length=64):digest>", methods=("POST",))
    def bring_in(self, locale: str, domain: str, digest: str) -> Any:
        """Write the rows that were chosen."""
        place = self._place(locale, domain, "translate")
        actor = present_actor()
        try:
            told = uploading.report(place, digest, actor=actor)
            chosen = uploading.chosen_of(told, request.form.getlist("row"), request.form.getlist("rest"))
            outcomes = uploading.carry_out(told, request.form.get("stamp", ""), chosen, actor=actor)
        except StaleRecord as refusal:
            return self._report_page(told, str(refusal.message), chosen), 409
        except ReadOnly:
            flash(_("The catalogs cannot be written here. What you brought is kept as drafts."), "warning")
            return redirect(url_for("languages.language_view", locale=locale))
        except DomainError as refusal:
            refused(getattr(refusal, "permission", None))
            return self._upload_page(place, str(refusal.message)), refusal.status
        return self._said(place, outcomes)

    @expose("/<locale>/<domain>/bulk")
    def bulk_view(self, locale: str, domain: str) -> Any:
        """Choose what is done to which strings; with `do`, what that would change."""
        place = self._place(locale, domain, "translate")
        asked = several.Asked.read(request.args)
        try:
            plan = several.plan_of(place, asked, actor=present_actor()) if asked.do else None
        except DomainError as refusal:
            return self._bulk_page(place, asked, complaint=str(refusal.message)), refusal.status
        return self._bulk_page(place, asked, plan)

    @expose("/<locale>/<domain>/bulk", methods=("POST",))
    def carry_out(self, locale: str, domain: str) -> Any:
        """Do what was looked at, but for the rows that were left out."""
        place = self._place(locale, domain, "translate")
        actor, asked = present_actor(), several.Asked.read(request.form)
        plan = None
        try:
            plan = several.plan_of(place, asked, actor=actor)
            if plan.token != request.form.get("token"):
                raise StaleRecord(_l("Somebody changed some of these texts meanwhile. Look at the preview once more."))
            left = set(request.form.getlist("leave"))
            chosen = replace(plan, rows=tuple(row for row in plan.rows if row.eid not in left))
            outcomes = bulk.carry_out(chosen, chosen.token, actor=actor)
        except DomainError as refusal:
            refused(getattr(refusal, "permission", None))
            return self._bulk_page(place, asked, plan, complaint=str(refusal.message)), refusal.status
        return self._said(place, outcomes)

    def _said(self, place: Place, outcomes: Sequence[Outcome]) -> Any:
        """Say how many were saved and how many were not, and go back to the strings."""
        saved = sum(outcome.status == "saved" for outcome in outcomes)
        left = sum(not outcome.is_success for outcome in outcomes)
        parts = [_n("%(num)s string saved.", "%(num)s strings saved.", saved)]
        if left:
            parts.append(_n("%(num)s was left as it is.", "%(num)s were left as they are.", left))
        if saved:
            say_done(" ".join(parts))
        else:
            flash(" ".join(parts), "info")
        return redirect(url_for("languages.index_view") + f"{place.locale}/{place.domain}/")

    def _upload_page(self, place: Place, complaint: str = "") -> Any:
        return self._page("catalog_upload.html", place, complaint=complaint)

    def _report_page(self, told: uploading.Report, complaint: str = "", chosen: set[str] | None = None) -> Any:
        if chosen is None:
            chosen = {row.eid for kind in uploading.CHOSEN for row in told.of_kind(kind)}
        return self._page(
            "catalog_report.html",
            told.place,
            told=told,
            complaint=complaint,
            chosen=chosen,
            kinds=several.KIND_TITLES,
            most=uploading.MOST_SHOWN,
            words_changed=words_changed,
        )

    def _bulk_page(self, place: Place, asked: several.Asked, plan: bulk.Plan | None = None, complaint: str = "") -> Any:
        return self._page(
            "catalog_bulk.html",
            place,
            asked=asked,
            plan=plan,
            complaint=complaint,
            verbs=several.VERBS,
            states=several.STATES,
            counts=queries.counts(queries.look_at(place)),
            most=several.MOST_SHOWN,
            words_changed=words_changed,
        )

    def _page(self, template: str, place: Place, **facts: Any) -> Any:
        return self.render(
            f"admin/house/{template}",
            place=place,
            language=language_of(place.locale),
            domain_title=DOMAIN_TITLES[place.domain],
            direction_of_it=direction_of(place.locale),
            lang=place.locale.replace("_", "-"),
            strings=url_for("languages.index_view") + f"{place.locale}/{place.domain}/",
            **facts,
        )

    def _place(self, locale: str, domain: str, verb: str = "view") -> Place:
        """The catalog of an address; 404 for none, 403 for one beyond the person's reach."""
        try:
            place = place_of(locale, domain)
        except DomainError:
            abort(404)
        self.require(verb, place)
        return place

    def _refuse(self, refusal: DomainError, following: str) -> Any:
        refused(getattr(refusal, "permission", None))
        flash(str(refusal.message), "error")
        return redirect(following)


def _day(text: str) -> datetime | None:
    """The beginning of a day written as 2026-11-21, in UTC; None for what is none."""
    try:
        day = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        return None
    return day if clock.is_storable(day) else None
