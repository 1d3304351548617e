"""Suggestions: translations of people who may not write the catalog, and texts whose entry went away meanwhile."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, func, select

from backoffice.catalogs.checks import Source
from backoffice.catalogs.editing import Outcome
from backoffice.catalogs.history import storable
from backoffice.catalogs.places import Place
from backoffice.foundation import clock
from backoffice.foundation.acting import present
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.errors import InvalidInput, NotAllowed, NotApplicable
from backoffice.foundation.i18n import _l
from backoffice.foundation.permissions import Can, is_allowed
from backoffice.foundation.text import shortened
from backoffice.records import audit
from backoffice.workbench.limits import checked_forms
from backoffice.workbench.models import Draft, Suggestion, SuggestionState
from backoffice.workbench.rights import rights_of

#: More open suggestions for one entry help nobody.
MOST_OPEN = 20
#: So many entries are asked for by name.
_MOST_NAMED = 200


def suggest(place: Place, eid: str, source: Source, forms: Sequence[str], *, actor: Any, note: str = "") -> Suggestion:
    """Keep a translation for somebody to decide about; the same open one is not kept twice. Never commits."""
    if not rights_of(actor, place).suggest:
        raise NotAllowed(permission=Can.TRANSLATION_SUGGEST.value)
    return kept(place, eid, source, forms, actor=actor, note=note)


def kept(place: Place, eid: str, source: Source, forms: Sequence[str], *, actor: Any, note: str = "") -> Suggestion:
    """The same without asking whether the actor may: for a text that would be lost otherwise."""
    told = checked_forms(list(forms))
    if not any(form.strip() for form in told):
        raise InvalidInput(_l("Write something first."), field="forms")
    present_ones = open_ones(place, eid)
    for each in present_ones:
        if tuple(each.forms) == told:
            return each
    if len(present_ones) >= MOST_OPEN:
        raise NotApplicable(_l("There are %(num)s open suggestions for this text already.", num=MOST_OPEN))
    made = Suggestion(
        locale=place.locale,
        domain=place.domain,
        eid=eid,
        msgid=storable(source.id),
        context=storable(source.context),
        forms=list(told),
        state=SuggestionState.OPEN,
        author_id=getattr(actor, "id", None),
        note=note,
    )
    db.session.add(made)
    audit.note("translation.suggest", title=title_of(place, source.id), eid=eid, suggested=list(told))
    db.session.flush()
    return made


def open_ones(place: Place, eid: str) -> list[Suggestion]:
    """The open suggestions for an entry, oldest first."""
    query = select(Suggestion).where(*_open(place), Suggestion.eid == eid).order_by(Suggestion.id)
    return list(db.session.scalars(query))


def decided_ones(place: Place, eid: str, most: int = 20) -> list[Suggestion]:
    """The suggestions that were accepted or rejected, newest first."""
    query = select(Suggestion).where(
        Suggestion.eid == eid,
        Suggestion.locale == place.locale,
        Suggestion.domain == place.domain,
        Suggestion.state != SuggestionState.OPEN,
    )
    return list(db.session.scalars(query.order_by(Suggestion.id.desc()).limit(most)))


def open_counts(place: Place) -> dict[str, int]:
    """How many open suggestions each entry has, by its short name; entries without are not in it."""
    query = select(Suggestion.eid, func.count()).where(*_open(place)).group_by(Suggestion.eid)
    return {row[0]: row[1] for row in db.session.execute(query)}


def reject(suggestion: Suggestion, *, actor: Any, reason: str = "") -> None:
    """Put a suggestion aside; its author may withdraw it, too. Never commits."""
    place = Place(suggestion.locale, suggestion.domain)
    is_own = suggestion.author_id is not None and suggestion.author_id == getattr(actor, "id", None)
    if not is_own and not any(
        is_allowed(actor, can, place) for can in (Can.TRANSLATION_TRANSLATE, Can.TRANSLATION_REVIEW)
    ):
        raise NotAllowed(permission=Can.TRANSLATION_TRANSLATE.value)
    refuse_decided(suggestion)
    decide(suggestion, SuggestionState.REJECTED, actor=actor, reason=reason)


def refuse_decided(suggestion: Suggestion) -> None:
    """Raise NotApplicable where somebody has decided about it."""
    if suggestion.state is not SuggestionState.OPEN:
        raise NotApplicable(_l("Somebody has decided about this suggestion already."))


def decide(suggestion: Suggestion, state: SuggestionState, *, actor: Any, reason: str = "") -> None:
    """Write down what became of a suggestion. Asks nobody, never commits."""
    suggestion.state, suggestion.reason = state, reason
    suggestion.decided_by_id, suggestion.decided_at = getattr(actor, "id", None), clock.now()
    place = Place(suggestion.locale, suggestion.domain)
    verb = "accept" if state is SuggestionState.ACCEPTED else "reject"
    facts = {"reason": reason} if reason else {}
    audit.note(
        f"translation.{verb}",
        title=title_of(place, suggestion.msgid),
        eid=suggestion.eid,
        suggested=list(suggestion.forms),
        **facts,
    )


def settle(place: Place, outcomes: Iterable[Outcome]) -> None:
    """After a save: suggestions that say what the file says now are accepted, its author's drafts go. Commits."""
    saved = {outcome.eid: outcome.after for outcome in outcomes if outcome.status == "saved" and outcome.after}
    actor = present().actor
    few = [*saved] if len(saved) <= _MOST_NAMED else None
    with unit_of_work():
        waiting = select(Suggestion).where(*_open(place))
        for suggestion in db.session.scalars(waiting.where(Suggestion.eid.in_(few)) if few else waiting):
            entry = saved.get(suggestion.eid)
            if entry is not None and not entry.is_fuzzy and tuple(suggestion.forms) == entry.forms:
                decide(suggestion, SuggestionState.ACCEPTED, actor=actor)
        if isinstance(getattr(actor, "id", None), int):
            drafts = select(Draft).where(
                Draft.locale == place.locale, Draft.domain == place.domain, Draft.user_id == actor.id
            )
            for draft in db.session.scalars(drafts.where(Draft.eid.in_(few)) if few else drafts):
                if draft.eid in saved:
                    db.session.delete(draft)


def title_of(place: Place, text: str) -> str:
    """How the trail calls an entry: its catalog and the beginning of its English text."""
    return str(storable(f"{place.part} {shortened(text, 120)}"))


def _open(place: Place) -> tuple[ColumnElement[bool], ...]:
    return (
        Suggestion.locale == place.locale,
        Suggestion.domain == place.domain,
        Suggestion.state == SuggestionState.OPEN,
    )
