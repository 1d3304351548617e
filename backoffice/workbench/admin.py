"""What is done beside an entry: saying something about it, deciding about suggestions, going back in its history."""

from __future__ import annotations

from typing import Any

from flask import abort, jsonify, redirect, request, url_for
from flask_admin import BaseView, expose

from backoffice.admin.answering import answer
from backoffice.admin.guard import Guarded
from backoffice.admin.scope import key_of
from backoffice.admin.undoing import present_batch, say_done
from backoffice.catalogs.history import Revision
from backoffice.catalogs.library import Item
from backoffice.catalogs.places import Place
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.errors import DomainError
from backoffice.foundation.i18n import _, _l
from backoffice.site.redirects import wanted
from backoffice.site.refusals import refused
from backoffice.site.requests import is_script, present_actor
from backoffice.workbench import operations, remarks, suggesting
from backoffice.workbench.limits import checked_forms
from backoffice.workbench.models import Remark, Suggestion
from backoffice.workbench.operations import Saved, shelf_at
from backoffice.workbench.rights import place_of

_ENTRY = "/<locale>/<domain>/<eid>"
_SUGGESTING, _DECIDING = "suggest or translate", "suggest or translate or review"


class EntryDeedsView(Guarded, BaseView):
    """Small forms of the workbench; each answers with a sentence, and leads back to the entry."""

    resource = "translation"
    verbs = frozenset({"suggest", "translate", "review"})
    endpoint_verbs = {
        "suggest_view": _SUGGESTING,
        "remark_view": _SUGGESTING,
        "resolve_view": _SUGGESTING,
        "decide_view": _DECIDING,
        "dismiss_view": "translate",
        "revert_view": "translate",
    }

    def __init__(self) -> None:
        # Flask-Admin wants one at `/`, which is the page of all languages here.
        self._default_view = "suggest_view"
        super().__init__(name=_l("Workbench"), endpoint="workbench_deeds", url="/admin/i18n")

    def is_visible(self) -> bool:
        """It has no page of its own."""
        return False

    @expose(f"{_ENTRY}/suggest", methods=("POST",))
    def suggest_view(self, locale: str, domain: str, eid: str) -> Any:
        """Keep a translation for somebody who may save it."""
        place = self._place(locale, domain, _SUGGESTING)
        item = _item(place, eid)
        forms = [request.form[name] for name in _numbered("msgstr-")]
        try:
            with unit_of_work():
                note = request.form.get("note", "")
                suggesting.suggest(place, eid, item.source, forms, actor=present_actor(), note=note)
        except DomainError as refusal:
            return self._refuse(refusal, place, eid)
        return self._done(_("Suggested. Somebody who may save it will look at it."), place, eid)

    @expose(f"{_ENTRY}/remark", methods=("POST",))
    def remark_view(self, locale: str, domain: str, eid: str) -> Any:
        """Say something about an entry, with `all` to the translators of every language."""
        place = self._place(locale, domain, _SUGGESTING)
        item = _item(place, eid)
        try:
            with unit_of_work():
                text, for_all = request.form.get("text", ""), "all" in request.form
                remarks.remark(place, eid, item.source, text, actor=present_actor(), for_all=for_all)
        except DomainError as refusal:
            return self._refuse(refusal, place, eid)
        return self._done(_("Said."), place, eid)

    @expose(f"{_ENTRY}/resolve", methods=("POST",))
    def resolve_view(self, locale: str, domain: str, eid: str) -> Any:
        """Settle a remark, or open it again."""
        place = self._place(locale, domain, _SUGGESTING)
        said = self._one(Remark, request.form.get("remark"), eid)
        is_resolved = said.resolved_at is None
        try:
            with unit_of_work():
                remarks.resolve(said, place, actor=present_actor(), is_resolved=is_resolved)
        except DomainError as refusal:
            return self._refuse(refusal, place, eid)
        return self._done(_("Resolved.") if is_resolved else _("Open again."), place, eid)

    @expose(f"{_ENTRY}/dismiss", methods=("POST",))
    def dismiss_view(self, locale: str, domain: str, eid: str) -> Any:
        """Call a warning about these texts right; with `again` let it warn again."""
        place = self._place(locale, domain, "translate")
        item = _item(place, eid)
        given = [request.form[name].replace("\r\n", "\n") for name in _numbered("msgstr-")]
        try:
            with unit_of_work():
                remarks.dismiss(
                    place,
                    eid,
                    request.form.get("code", ""),
                    checked_forms(given) if given else item.forms,
                    actor=present_actor(),
                    again="again" in request.form,
                )
        except DomainError as refusal:
            return self._refuse(refusal, place, eid)
        return self._done(_("It does not warn any more until the text changes."), place, eid)

    @expose(f"{_ENTRY}/decide", methods=("POST",))
    def decide_view(self, locale: str, domain: str, eid: str) -> Any:
        """Take a suggestion (`accept`) or put it aside (`reject`); who made it may take it back."""
        place = self._place(locale, domain, _DECIDING)
        suggestion = self._one(Suggestion, request.form.get("suggestion"), eid)
        if (suggestion.locale, suggestion.domain) != (locale, domain):
            abort(404)
        is_own = suggestion.is_owned_by(present_actor().id or 0)
        try:
            if request.form.get("action") == "accept":
                base = request.form.get("base") or None
                saved = operations.accept(suggestion, actor=present_actor(), base=base)
                return self._told(saved, _("Accepted."), place, eid)
            with unit_of_work():
                suggesting.reject(suggestion, actor=present_actor(), reason=request.form.get("reason", ""))
        except DomainError as refusal:
            return self._refuse(refusal, place, eid)
        return self._done(_("Taken back.") if is_own else _("Rejected."), place, eid)

    @expose(f"{_ENTRY}/revert", methods=("POST",))
    def revert_view(self, locale: str, domain: str, eid: str) -> Any:
        """Go back to the text that an earlier change left."""
        place = self._place(locale, domain, "translate")
        revision = self._one(Revision, request.form.get("revision"), eid)
        if (revision.locale, revision.domain) != (locale, domain):
            abort(404)
        base = request.form.get("base") or None
        try:
            saved = operations.revert(revision, actor=present_actor(), base=base)
        except DomainError as refusal:
            return self._refuse(refusal, place, eid)
        return self._told(saved, _("The earlier text is back."), place, eid)

    # Answering.

    def _place(self, locale: str, domain: str, verbs: str) -> Place:
        place = place_of(locale, domain)
        self.require(verbs, place)
        return place

    def _one(self, model: Any, given: str | None, eid: str) -> Any:
        key = key_of(given, model)
        found = db.session.get(model, key) if key is not None else None
        if found is None or found.eid != eid:
            abort(404)
        return found

    def _told(self, saved: Saved, sentence: str, place: Place, eid: str) -> Any:
        """What became of a save that no box was typed in for."""
        if saved.status == "conflict":
            return self._answer(_("Somebody saved it meanwhile. Look at it first."), 409, place, eid)
        if saved.status == "refused":
            told = str(saved.errors[0].text if saved.errors else saved.findings[0].text)
            return self._answer(_("It was not saved: %(fault)s", fault=told), 422, place, eid)
        if saved.status == "gone":
            return self._answer(_("This string is not in the catalog any more."), 404, place, eid)
        if saved.status == operations.DRAFTED:
            sentence = _("The disk takes nothing now. What you typed is kept here and can be taken out as a patch.")
        elif saved.waits_for_review:
            sentence = _("Saved. A reviewer looks at it next.")
        return self._done(sentence, place, eid)

    def _done(self, sentence: str, place: Place, eid: str) -> Any:
        if is_script():
            return jsonify(message=sentence, undo=present_batch())
        say_done(sentence)
        return redirect(wanted("url") or _address(place, eid), 303)

    def _refuse(self, refusal: DomainError, place: Place, eid: str) -> Any:
        refused(getattr(refusal, "permission", None))
        return self._answer(str(refusal.message), refusal.status, place, eid)

    def _answer(self, sentence: str, status: int, place: Place, eid: str) -> Any:
        return answer(sentence, status, otherwise=_address(place, eid))


def _item(place: Place, eid: str) -> Item:
    item = shelf_at(place).find(eid)
    if item is None:
        abort(404)
    return item


def _numbered(prefix: str) -> list[str]:
    """The names of the boxes of a form, in their order."""
    found = (f"{prefix}{index}" for index in range(10))
    return [name for name in found if name in request.form]


def _address(place: Place, eid: str) -> str:
    return url_for("workbench.entry_view", locale=place.locale, domain=place.domain, eid=eid)
