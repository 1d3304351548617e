"""What translators do to one entry: save, take a suggestion, go back to an earlier text.

Each of these writes the catalog and commits by itself, so nothing may wait in the database when it is called.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select

from backoffice.catalogs import editing, history, library
from backoffice.catalogs.checks import Facts, Finding, Severity, Source
from backoffice.catalogs.editing import ABSENT, Edit, Outcome
from backoffice.catalogs.history import Revision, Through, storable
from backoffice.catalogs.languages import language_of
from backoffice.catalogs.library import Item, Shelf
from backoffice.catalogs.locking import ReadOnly
from backoffice.catalogs.places import Place
from backoffice.catalogs.po import Entry, PoFault
from backoffice.foundation.acting import acting
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.errors import InvalidInput, NotAllowed, NotApplicable, NotFound
from backoffice.foundation.i18n import _l
from backoffice.foundation.permissions import Can
from backoffice.records import audit
from backoffice.workbench import remarks, suggesting
from backoffice.workbench.glossary import terms_of
from backoffice.workbench.limits import checked_comments, checked_forms
from backoffice.workbench.models import Draft, Suggestion, SuggestionState
from backoffice.workbench.rights import Rights, catalogs_folder, require, rights_of

SUGGESTED, DRAFTED = "suggested", "drafted"


@dataclass(frozen=True)
class Saved:
    """What became of an edit: as `editing.Outcome`, and beyond that `suggested` and `drafted`.

    What is `gone` from the catalog was kept as a suggestion, too.
    """

    eid: str
    status: str
    before: Entry | None = None
    after: Entry | None = None
    #: What is wrong with it and was not judged away.
    findings: tuple[Finding, ...] = ()
    suggestion: Suggestion | None = None
    draft: Draft | None = None
    #: Whether it waits for a reviewer although it was to be done.
    waits_for_review: bool = False

    @property
    def is_success(self) -> bool:
        """Whether what was typed is kept somewhere."""
        return self.status in ("saved", "same", SUGGESTED, DRAFTED)

    @property
    def errors(self) -> list[Finding]:
        """Those that stop it."""
        return [each for each in self.findings if each.severity is Severity.ERROR]

    @property
    def warnings(self) -> list[Finding]:
        """The rest."""
        return [each for each in self.findings if each.severity is not Severity.ERROR]


def shelf_at(place: Place) -> Shelf:
    """The catalog of this installation as its files are now."""
    return library.shelf_of(catalogs_folder(), place.locale, place.domain)


def check(place: Place, item: Item, forms: Sequence[str], *, fuzzy: bool = False) -> list[Finding]:
    """What would be wrong with these forms and is not judged away. Raises InvalidInput for what cannot be a text."""
    told = _line_ends(item.source, checked_forms(list(forms)))
    if not any(told):
        return []
    previous = item.previous[1] if item.previous else None
    found = library.judged(
        shelf_at(place), item.source, told, is_fuzzy=fuzzy, previous=previous, terms=terms_of(place.locale)
    )
    return remarks.left(found, item.eid, told, remarks.dismissed_in(place, item.eid))


def save_entry(
    place: Place,
    edit: Edit,
    *,
    actor: Any,
    overrides: Collection[str] = (),
    accepts_warnings: bool = True,
    through: Through = Through.WORKBENCH,
) -> Saved:
    """Write one entry, as far as the actor may.

    Who may only suggest has suggested it. Where the language is reviewed and the actor is no reviewer it is saved to be
    checked. `overrides` names checks about security that are passed over, which only who manages the language may.
    What a disk or a file with mistakes does not take is kept as a draft. Raises NotAllowed, Busy, or NotFound.
    """
    rights = rights_of(actor, place)
    if not rights.suggest:
        raise NotAllowed(permission=Can.TRANSLATION_SUGGEST.value)
    item = shelf_at(place).find(edit.eid)
    source = item.source if item is not None else edit.source
    edit = _checked(edit, source)
    if not rights.translate:
        if source is None:
            raise NotFound(_l("This text is not in the catalog any more."))
        with acting(actor=actor), unit_of_work():
            made = suggesting.suggest(place, edit.eid, source, edit.forms, actor=actor)
        return Saved(edit.eid, SUGGESTED, suggestion=made)
    waits = _must_wait(place, rights) and not edit.fuzzy and any(edit.forms)
    if waits:
        edit = replace(edit, fuzzy=True)
    if item is not None and not accepts_warnings and not edit.fuzzy:
        warned = [each for each in check(place, item, edit.forms) if each.severity is Severity.WARNING]
        if warned and (item.entry is None or item.entry.forms != edit.forms):
            return Saved(edit.eid, "refused", item.entry, item.entry, tuple(warned))
    overrides_security = bool(overrides) and rights.manage
    facts = Facts(terms=terms_of(place.locale), previous=item.previous[1] if item and item.previous else None)
    try:
        with acting(actor=actor), history.by_way_of(through):
            outcome = editing.save(
                catalogs_folder(),
                place.locale,
                place.domain,
                [_with_source(edit, item)],
                overrides_security=overrides_security,
                facts=facts,
            )[0]
    except (ReadOnly, PoFault):
        return Saved(edit.eid, DRAFTED, draft=keep_draft(place, edit, source, actor=actor), waits_for_review=waits)
    return _told(place, edit, outcome, source, waits, actor)


def accept(suggestion: Suggestion, *, actor: Any, base: str | None = None) -> Saved:
    """Write a suggestion into the catalog over the version `base`, or over whatever is there.

    It is accepted if that succeeds, and with it every other that says the same.
    """
    place = Place(suggestion.locale, suggestion.domain)
    require(actor, Can.TRANSLATION_TRANSLATE, place)
    suggesting.refuse_decided(suggestion)
    source = Source(suggestion.msgid, context=suggestion.context)
    saved = save_entry(place, Edit(suggestion.eid, base, tuple(suggestion.forms), source=source), actor=actor)
    if saved.status in ("saved", "same"):
        with acting(actor=actor), unit_of_work():
            now = db.session.get(Suggestion, suggestion.id, populate_existing=True)
            if now is not None and now.state is SuggestionState.OPEN:
                suggesting.decide(now, SuggestionState.ACCEPTED, actor=actor)
    return saved


def revert(revision: Revision, *, actor: Any, base: str | None = None, to_before: bool = False) -> Saved:
    """Bring back the text that a change left, or the one before it, over the version `base`; a save like any other."""
    place = Place(revision.locale, revision.domain)
    require(actor, Can.TRANSLATION_TRANSLATE, place)
    forms, flags = (revision.before, revision.before_flags) if to_before else (revision.after, revision.after_flags)
    item = shelf_at(place).find(revision.eid)
    if item is None:
        raise NotApplicable(_l("This text is not in the catalog any more."))
    wanted = tuple(forms) if forms is not None else ("",) * len(item.forms)
    edit = Edit(revision.eid, base, wanted, fuzzy="fuzzy" in flags)
    return save_entry(place, edit, actor=actor, through=Through.REVERT)


def keep_draft(place: Place, edit: Edit, source: Source | None, *, actor: Any) -> Draft:
    """Keep what the disk did not take; the later draft of a person for an entry replaces the earlier. Commits."""
    if source is None:
        raise NotFound(_l("This text is not in the catalog any more."))
    with acting(actor=actor), unit_of_work():
        key = {"locale": place.locale, "domain": place.domain, "eid": edit.eid, "user_id": actor.id}
        draft = db.session.scalar(select(Draft).filter_by(**key)) or Draft(**key)
        draft.msgid, draft.msgid_plural = storable(source.id), storable(source.plural)
        draft.context = storable(source.context)
        draft.forms, draft.is_fuzzy = list(edit.forms), edit.fuzzy
        draft.comments = None if edit.comments is None else list(edit.comments)
        draft.base = edit.base or ""
        db.session.add(draft)
        audit.note(
            "translation.draft", title=suggesting.title_of(place, source.id), eid=edit.eid, kept=list(edit.forms)
        )
        db.session.flush()
    return draft


def drafts_of(place: Place, *, actor: Any, eid: str | None = None) -> list[Draft]:
    """What the actor translated and the disk did not take, oldest first."""
    query = select(Draft).where(
        Draft.locale == place.locale, Draft.domain == place.domain, Draft.user_id == getattr(actor, "id", None)
    )
    if eid is not None:
        query = query.where(Draft.eid == eid)
    return list(db.session.scalars(query.order_by(Draft.id)))


def _told(place: Place, edit: Edit, outcome: Outcome, source: Source | None, waits: bool, actor: Any) -> Saved:
    suggestion = None
    if outcome.status == "gone" and source is not None and any(form.strip() for form in edit.forms):
        with acting(actor=actor), unit_of_work():
            suggestion = suggesting.kept(place, edit.eid, source, edit.forms, actor=actor)
    dismissed = remarks.dismissed_in(place, edit.eid) if outcome.findings else frozenset()
    found = tuple(remarks.left(outcome.findings, edit.eid, edit.forms, dismissed))
    return Saved(outcome.eid, outcome.status, outcome.before, outcome.after, found, suggestion, waits_for_review=waits)


def _checked(edit: Edit, source: Source | None) -> Edit:
    forms = checked_forms(list(edit.forms))
    if source is not None:
        forms = _line_ends(source, forms)
        if source.plural is None and len(forms) != 1:
            raise InvalidInput(_l("This text has one form only."), field="forms")
    return replace(edit, forms=forms, comments=checked_comments(edit.comments))


def _line_ends(source: Source, forms: tuple[str, ...]) -> tuple[str, ...]:
    """As the file has them: browsers send what they have typed with other ends of lines."""
    if any("\r" in text for text in source.texts):
        return forms
    return tuple(form.replace("\r\n", "\n").replace("\r", "\n") for form in forms)


def _with_source(edit: Edit, item: Item | None) -> Edit:
    """What our file lacks is written with its English side; that of a text from outside is never believed."""
    if item is None:
        return replace(edit, source=None)
    is_new = item.entry is None and edit.base in (None, ABSENT)
    return replace(edit, source=item.source if is_new else None)


def _must_wait(place: Place, rights: Rights) -> bool:
    return not rights.review and language_of(place.locale, catalogs_folder()).needs_review
