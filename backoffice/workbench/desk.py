"""The workbench: a page for each catalog where translators work all day. Its form is real; scripts make it quick."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from flask import abort, current_app, flash, jsonify, make_response, redirect, request, url_for
from flask_admin import BaseView, expose

from backoffice.admin.attending import attend, left, told
from backoffice.admin.guard import Guarded
from backoffice.admin.undoing import present_batch, say_done
from backoffice.catalogs.checks import Source
from backoffice.catalogs.editing import Edit
from backoffice.catalogs.library import Item
from backoffice.catalogs.po import eid_of
from backoffice.catalogs.reading import MOST_FORMS
from backoffice.foundation.database import unit_of_work
from backoffice.foundation.errors import DomainError
from backoffice.foundation.i18n import _, _l
from backoffice.languages.overview import DOMAIN_TITLES
from backoffice.records.presences import arrive, new_page, others
from backoffice.site.access import uncounted
from backoffice.site.language import select_locale
from backoffice.site.refusals import refused
from backoffice.site.requests import is_script, present_actor
from backoffice.site.templating import listed, number
from backoffice.workbench import attending, listing, operations, showing, suggesting
from backoffice.workbench.asking import Asked
from backoffice.workbench.clashing import clash_of
from backoffice.workbench.entries import EntrySight, Typed, entry_sight, judge, lines_of, used
from backoffice.workbench.limits import LONGEST_FORM
from backoffice.workbench.operations import DRAFTED, SUGGESTED, Saved
from backoffice.workbench.page import Desk, Link, Listing, Notice
from backoffice.workbench.rights import place_of
from backoffice.workbench.sights import Where, labels_of

#: What the buttons of an entry send; `stay` saves and stays, `mine` saves over what somebody else saved meanwhile.
ACTIONS = ("save", "stay", "mine", "fuzzy", "suggest")


@dataclass(frozen=True)
class Sight:
    """What the template of the page needs."""

    domain_titles: ClassVar = DOMAIN_TITLES
    title: str
    place: Where
    may: Any
    base_address: str
    overview: str
    here: str
    is_open: bool
    list: Listing | None
    entry: EntrySight | None
    next: str | None
    previous: str | None
    elsewhere: str
    notices: Sequence[Notice]
    domains: Sequence[Link]
    languages: Sequence[Link]
    longest: int = LONGEST_FORM


class EntriesView(Guarded, BaseView):
    """The entries of one catalog: a list, and one of them open."""

    resource = "translation"
    icon = "language"
    verbs = frozenset({"view", "suggest", "translate", "review", "manage"})
    endpoint_verbs = {
        "index_view": "view",
        "entry_view": "view",
        "check_view": "view",
        "history_view": "view",
        "presence_view": "view",
    }

    def __init__(self) -> None:
        # Flask-Admin wants one at `/`, which is the page of all languages here.
        self._default_view = "entry_view"
        super().__init__(name=_l("Workbench"), endpoint="workbench", url="/admin/i18n")

    def is_visible(self) -> bool:
        """Not in the sidebar: the page of all languages leads here."""
        return False

    # Looking.

    @expose("/<locale>/<domain>/")
    def index_view(self, locale: str, domain: str) -> Any:
        """The list, with the first entry open that nobody else works on."""
        desk = self._desk(locale, domain)
        number = _number(request.args.get("page"))
        page = listing.page_of(desk.found, None, number or 1)
        return self._page(desk, listing.first_free(desk.found, page, desk.taken), number=page)

    @expose("/<locale>/<domain>/<eid>", methods=("GET", "POST"))
    def entry_view(self, locale: str, domain: str, eid: str) -> Any:
        """One entry; a POST saves it, or suggests what was typed."""
        desk = self._desk(locale, domain, eid)
        item = desk.shelf.find(eid)
        if request.method == "POST":
            return self._save(desk, eid, item)
        if item is None:
            abort(404)
        return self._page(desk, item, typed=used(desk.shelf, item, request.args.get("use", "")), is_open=True)

    @expose("/<locale>/<domain>/<eid>/check", methods=("POST",))
    def check_view(self, locale: str, domain: str, eid: str) -> Any:
        """What the checks say about texts that are being typed, for a script: markup, and a sign of the warnings."""
        desk = self._desk(locale, domain, eid)
        item = _found(desk, eid)
        forms = labels_of(desk.shelf, item)
        found = judge(desk.shelf, item, _forms(len(forms)))
        html = self.render("admin/house/_i18n_checks.html", judged=found, may_dismiss=desk.may.translate, forms=forms)
        return jsonify(html=html, seen=found.seen)

    @expose("/<locale>/<domain>/<eid>/history")
    def history_view(self, locale: str, domain: str, eid: str) -> Any:
        """Every change of an entry that went through us, each of which one can go back to."""
        desk = self._desk(locale, domain, eid)
        item = _found(desk, eid)
        entry = self._entry(desk, item, None)
        entry.history = showing.changes(desk.place, item)
        rows = suggesting.decided_ones(desk.place, eid)
        entry.decided = showing.proposals(rows, item, actor=desk.actor, may_decide=False, address=entry.address)
        return self.render("admin/house/i18n_history.html", sight=self._sight(desk, entry), is_script=False)

    @expose("/<locale>/<domain>/<eid>/presence", methods=("POST",))
    @uncounted
    def presence_view(self, locale: str, domain: str, eid: str) -> Any:
        """The page says that this entry is still open; answers who else is where, and whether it was saved since."""
        desk = self._desk(locale, domain, eid)
        key = attending.key_of(desk.place, eid)
        if "left" in request.form:
            return left(attending.KIND, key)
        item = _found(desk, eid)
        with unit_of_work():
            arrive(attending.KIND, key, request.form.get("page", "")[:16] or new_page(), actor=desk.actor)
        changed = ""
        if request.form.get("base", item.base) != item.base:
            who, _at = showing.changed_by(showing.last_change(desk.place, eid), item.forms)
            changed = (
                _("%(name)s saved this meanwhile. Saving yours will show both.", name=who)
                if who
                else _("The file was changed meanwhile. Saving yours will show both.")
            )
        return jsonify(
            others=told(others(attending.KIND, key, actor=desk.actor)),
            changed=changed,
            open=dict(desk.taken),
            elsewhere=desk.elsewhere(eid),
        )

    # Saving.

    def _save(self, desk: Desk, eid: str, item: Item | None) -> Any:
        action = request.form.get("action", "save")
        if action not in ACTIONS:
            abort(400)
        count = len(labels_of(desk.shelf, item)) if item is not None else MOST_FORMS
        typed = Typed(
            _forms(count, "mine" if action == "mine" else "msgstr"),
            lines_of(request.form.get("comment", "")),
            base=request.form.get("base", ""),
            was=_forms(count, "was"),
        )
        try:
            if action == "suggest" and item is not None:
                with unit_of_work():
                    suggesting.suggest(desk.place, eid, item.source, typed.forms, actor=desk.actor)
                return self._go_on(desk, eid, _("Suggested. Somebody who may save it will look at it."))
            if action == "fuzzy" and not any(form.strip() for form in typed.forms):
                return self._back(desk, item, typed, 422, _("Write something first."))
            if item is not None and action in ("save", "stay", "mine") and (words := self._warned(desk, item, typed)):
                return self._back(desk, item, typed, 422, words)
            saved = operations.save_entry(
                desk.place,
                self._edit(eid, item, typed, action == "fuzzy"),
                actor=desk.actor,
                overrides=_overridden(desk, item, typed) if "override" in request.form else (),
            )
        except DomainError as refusal:
            refused(getattr(refusal, "permission", None))
            return self._back(desk, item, typed, refusal.status, str(refusal.message))
        return self._saved(desk, item, typed, saved, stays=action == "stay")

    def _edit(self, eid: str, item: Item | None, typed: Typed, is_fuzzy: bool) -> Edit:
        comments = None
        if "comment" in request.form:
            comments = tuple(typed.comment.rstrip().split("\n")) if typed.comment.strip() else ()
            # Untouched, whatever the file has at its end stays there.
            if item is not None and "\n".join(item.comments).rstrip() == typed.comment.rstrip():
                comments = None
        return Edit(eid, typed.base, tuple(typed.forms), is_fuzzy, comments, source=_source(eid))

    def _warned(self, desk: Desk, item: Item, typed: Typed) -> str:
        """What to say where there are warnings that the page has not shown yet."""
        found = judge(desk.shelf, item, typed.forms)
        if not desk.may.translate or found.errors or not found.warnings or request.form.get("seen") == found.seen:
            return ""
        return _("Look at the warnings below the boxes. Saving once more keeps the text as it is.")

    def _saved(self, desk: Desk, item: Item | None, typed: Typed, saved: Saved, *, stays: bool) -> Any:
        if saved.status == "conflict" and item is not None:
            desk = self._anew(desk)
            return self._clash(desk, _found(desk, saved.eid), typed)
        if saved.status == "refused":
            sentence = (
                _("It was not saved: it could harm a page. Change it, or only suggest it.")
                if any(each.is_security for each in saved.errors) and not desk.may.manage
                else _('It was not saved: it cannot go live like this. Change it, or keep it as "to check".')
            )
            return self._back(desk, item, typed, 422, sentence)
        if saved.status == "gone":
            kept = saved.suggestion is not None
            sentence = (
                _("This string is not in the catalog any more. What you typed is kept as a suggestion.")
                if kept
                else _("This string is not in the catalog any more.")
            )
            return self._go_on(desk, saved.eid, sentence, is_good=kept)
        words = {
            "same": _("Nothing was changed."),
            SUGGESTED: _("Suggested. Somebody who may save it will look at it."),
            DRAFTED: _("The disk takes nothing now. What you typed is kept here and can be taken out as a patch."),
        }
        sentence = words.get(saved.status, _("Saved."))
        if saved.status == "saved" and saved.after is not None and saved.after.is_fuzzy:
            sentence = _("Saved. A reviewer looks at it next.") if saved.waits_for_review else _("Kept as to check.")
        if stays:
            return self._stay(desk, saved.eid, sentence)
        return self._go_on(desk, saved.eid, sentence)

    def _clash(self, desk: Desk, item: Item, typed: Typed) -> Any:
        """Theirs and mine side by side, with both in the boxes where they can be brought together."""
        who, at = showing.changed_by(showing.last_change(desk.place, item.eid), item.forms)
        found, forms = clash_of(desk.shelf, item, typed.was or (), typed.forms, who, at)
        given = replace(typed, forms=forms, clash=found, base=item.base, was=item.forms)
        return self._back(desk, item, given, 409, _("Somebody saved this string meanwhile. Nothing is lost."))

    # Answering.

    def _go_on(self, desk: Desk, eid: str, sentence: str, *, is_good: bool = True) -> Any:
        """The next entry, with what was done."""
        desk = self._anew(desk)
        following = desk.next_of(eid)
        address = desk.address(following) if following else desk.address()
        if not is_script():
            say_done(sentence) if is_good else flash(sentence, "error")
            return redirect(address, 303)
        item = desk.shelf.find(following) if following else None
        if desk.asked_for.state in listing.WORK and is_good:
            sentence = f"{sentence} {_('%(num)s left.', num=number(len(desk.found)))}"
        return self._page(desk, item, is_open=bool(item), here=address, message=sentence, undo=present_batch())

    def _stay(self, desk: Desk, eid: str, sentence: str) -> Any:
        desk = self._anew(desk)
        address = desk.address(eid)
        if not is_script():
            say_done(sentence)
            return redirect(address, 303)
        return self._page(desk, _found(desk, eid), is_open=True, here=address, message=sentence, undo=present_batch())

    def _back(self, desk: Desk, item: Item | None, typed: Typed, status: int, sentence: str) -> Any:
        """The same entry with what was typed, and why it was not saved."""
        if item is None:
            abort(404)
        is_clash = typed.clash is not None
        given = typed if is_clash else replace(typed, complaints=(sentence,))
        # The version that was typed over stays, so that saving again cannot pass over what somebody saved since.
        return self._page(
            desk, item, typed=given, is_open=True, here=desk.address(item.eid), status=status, message=sentence
        )

    def _anew(self, desk: Desk) -> Desk:
        """The catalog as it is after a change."""
        return replace(desk, asked=desk.asked_for)

    def _page(
        self,
        desk: Desk,
        item: Item | None,
        *,
        typed: Typed | None = None,
        is_open: bool = False,
        number: int = 0,
        here: str = "",
        status: int = 200,
        message: str = "",
        undo: str | None = None,
    ) -> Any:
        """The page; for a script its markup, with where it is and what to say."""
        entry = self._entry(desk, item, typed) if item is not None else None
        attendance = None
        if item is not None and desk.may.suggest:
            key = attending.key_of(desk.place, item.eid)
            attendance = attend(attending.KIND, key, f"{desk.base}{item.eid}/presence")
        sight = self._sight(desk, entry, is_open=is_open, number=number, has_list=True)
        html = self.render("admin/house/i18n_entries.html", sight=sight, attendance=attendance, is_script=is_script())
        if is_script():
            title = f"{sight.title} - {current_app.config['PUBLICATION']}"
            address = here or desk.address(item.eid if item is not None and is_open else "", **_paged(number))
            is_clash = typed is not None and typed.clash is not None
            response = jsonify(html=html, title=title, address=address, message=message, undo=undo, conflict=is_clash)
        else:
            response = make_response(html)
        response.status_code = status
        response.cache_control.no_store = True
        return response

    def _entry(self, desk: Desk, item: Item, typed: Typed | None) -> EntrySight:
        return entry_sight(
            desk.shelf,
            item,
            actor=desk.actor,
            may=desk.may,
            base=desk.base,
            address=desk.address,
            waits=desk.needs_review,
            reader=desk.reader,
            link=desk.link,
            typed=typed,
        )

    def _sight(
        self, desk: Desk, entry: EntrySight | None, *, is_open: bool = True, number: int = 0, has_list: bool = False
    ) -> Sight:
        eid = entry.eid if entry is not None else None
        following, before = (desk.next_of(eid), desk.next_of(eid, -1)) if eid and has_list else (None, None)
        return Sight(
            title=desk.title(listed),
            place=desk.where,
            may=desk.may,
            base_address=desk.base,
            overview=desk.overview,
            here=desk.address(eid or ""),
            is_open=is_open,
            list=desk.listing(eid, number) if has_list else None,
            entry=entry,
            next=desk.address(following) if following else None,
            previous=desk.address(before) if before else None,
            elsewhere=desk.elsewhere(eid),
            notices=desk.notices(),
            domains=desk.domains(),
            languages=desk.languages(),
        )

    def _desk(self, locale: str, domain: str, eid: str = "") -> Desk:
        """The catalog of the address. 404 for one that is not there, 403 for one that the person may not see."""
        place = place_of(locale, domain)
        self.require("view", place)
        return Desk(
            place,
            present_actor(),
            select_locale(),
            url_for(".index_view", locale=locale, domain=domain),
            url_for("languages.index_view"),
            Asked.read(request.args),
            str(current_app.config.get("SOURCE_URL") or ""),
            eid,
        )


def _found(desk: Desk, eid: str) -> Item:
    item = desk.shelf.find(eid)
    if item is None:
        abort(404)
    return item


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 7 else 0


def _paged(number: int) -> dict[str, str]:
    return {"page": str(number)} if number > 1 else {}


def _forms(count: int, name: str = "msgstr") -> list[str]:
    """The texts of the boxes, as many as there are in the form and the entry has."""
    given = (request.form.get(f"{name}-{index}") for index in range(count))
    return [lines_of(text) for text in given if text is not None]


def _overridden(desk: Desk, item: Item | None, typed: Typed) -> list[str]:
    found = judge(desk.shelf, item, typed.forms).errors if item is not None else ()
    return [each.code for each in found if each.is_security]


def _source(eid: str) -> Source | None:
    """The English side that the form carries, for an entry that goes away meanwhile; only if it is that entry's."""
    text, context = request.form.get("source"), request.form.get("source-context")
    if text is None or eid_of(lines_of(text), context) != eid:
        return None
    return Source(lines_of(text), request.form.get("source-plural"), context)
