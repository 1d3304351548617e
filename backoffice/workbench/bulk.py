"""The same done to many texts of a catalog: looked at first, then carried out in one write, and taken back at once.

A plan says what would become of each text. It is made anew when it is carried out; if it is another one by then, nobody
has seen that, and it is refused.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from backoffice.catalogs import editing, history, library
from backoffice.catalogs.checks import Facts, Finding, Severity, autofixed
from backoffice.catalogs.editing import Edit, Outcome
from backoffice.catalogs.history import Through
from backoffice.catalogs.languages import language_of
from backoffice.catalogs.library import UNTRANSLATED, Item, Shelf, has_error
from backoffice.catalogs.places import DOMAINS, Place, locales_in
from backoffice.foundation.acting import acting
from backoffice.foundation.errors import InvalidInput, StaleRecord
from backoffice.foundation.i18n import SOURCE_LOCALE, _l
from backoffice.foundation.permissions import Can, is_allowed
from backoffice.workbench.comparing import is_of_use
from backoffice.workbench.glossary import terms_of
from backoffice.workbench.limits import LONGEST_FORM
from backoffice.workbench.operations import shelf_at
from backoffice.workbench.rights import catalogs_folder, require

Eids = Collection[str] | None


@dataclass(frozen=True)
class Proposed:
    """What would become of one text."""

    item: Item
    forms: tuple[str, ...]
    is_fuzzy: bool
    findings: tuple[Finding, ...] = ()
    #: Where the translation would come from, if it is one that was there already.
    source: Place | None = None

    @property
    def eid(self) -> str:
        """The short name of the text."""
        return self.item.eid

    @property
    def is_refused(self) -> bool:
        """Whether it would be left out, as it could not be served."""
        return not self.is_fuzzy and has_error(self.findings)


@dataclass(frozen=True)
class Plan:
    """What would become of the texts of a catalog that would change at all."""

    place: Place
    rows: tuple[Proposed, ...]

    @property
    def token(self) -> str:
        """Stands for exactly this plan over exactly these versions."""
        told = [[row.eid, row.item.base, list(row.forms), row.is_fuzzy] for row in self.rows]
        return hashlib.sha256(json.dumps([self.place.part, told]).encode()).hexdigest()[:32]

    @property
    def count(self) -> int:
        """How many texts would be written."""
        return sum(not row.is_refused for row in self.rows)


def set_fuzzy(place: Place, eids: Eids, is_fuzzy: bool, *, actor: Any) -> Plan:
    """Mark translations for checking, or as checked; where the language is reviewed the latter is for reviewers."""
    if not is_fuzzy and language_of(place.locale, catalogs_folder()).needs_review:
        require(actor, Can.TRANSLATION_REVIEW, place)

    def change(item: Item) -> tuple[str, ...] | None:
        is_there = item.entry is not None and any(map(str.strip, item.entry.forms))
        return item.forms if is_there and item.is_fuzzy != is_fuzzy else None

    return _plan(place, eids, change, actor, fuzzy=is_fuzzy)


def replace_in(
    place: Place, eids: Eids, find: str, replacement: str, is_case_sensitive: bool = True, *, actor: Any
) -> Plan:
    """Put one piece of text in the place of another in translations; neither is a pattern."""
    if not find:
        raise InvalidInput(_l("Say what is to be replaced."), field="find")
    if len(find) > LONGEST_FORM or len(replacement) > LONGEST_FORM:
        raise InvalidInput(_l("Use at most %(num)s characters.", num=LONGEST_FORM), field="find")
    pattern = re.compile(re.escape(find), 0 if is_case_sensitive else re.IGNORECASE)

    def change(item: Item) -> tuple[str, ...] | None:
        told = tuple(pattern.sub(lambda _match: replacement, form) for form in item.forms)
        return told if told != item.forms and all(len(form) <= LONGEST_FORM for form in told) else None

    return _plan(place, eids, change, actor)


def autofix(place: Place, eids: Eids, *, actor: Any) -> Plan:
    """Give translations the spaces and new lines at their ends that the English texts have."""

    def change(item: Item) -> tuple[str, ...] | None:
        if item.entry is None:
            return None
        texts = item.source.texts
        told = tuple(autofixed(texts[min(at, len(texts) - 1)], form) for at, form in enumerate(item.forms))
        return told if told != item.forms else None

    return _plan(place, eids, change, actor)


def fill_same(place: Place, eids: Eids, *, actor: Any) -> Plan:
    """Translate what has no translation as the same text was translated in another context, domain or region.

    What was translated in several ways at the nearest of these is left to people.
    """
    shelf, found = shelf_at(place), {}
    for item in _chosen(shelf, eids):
        if item.state == UNTRANSLATED and (taken := _same(place, shelf, item)) is not None:
            found[item.eid] = taken

    def change(item: Item) -> tuple[str, ...] | None:
        return found[item.eid][0] if item.eid in found else None

    plan = _plan(place, found.keys(), change, actor)
    rows = (replace(row, source=found[row.eid][1]) for row in plan.rows)
    return replace(plan, rows=tuple(rows))


def carry_out(plan: Plan, token: str, *, actor: Any) -> list[Outcome]:
    """Write what somebody has looked at: `plan` made anew, `token` that of the plan she saw. Commits.

    What would be refused is left out. Raises StaleRecord if it is another plan by now, NotAllowed, Busy, ReadOnly or
    PoFault.
    """
    require(actor, Can.TRANSLATION_TRANSLATE, plan.place)
    if plan.token != token:
        raise StaleRecord(_l("Somebody changed some of these texts meanwhile. Look at the preview once more."))
    edits = [
        Edit(
            row.eid,
            row.item.base,
            row.forms,
            fuzzy=row.is_fuzzy,
            source=row.item.source if row.item.entry is None else None,
        )
        for row in plan.rows
        if not row.is_refused
    ]
    place = plan.place
    with acting(actor=actor), history.by_way_of(Through.BULK):
        return editing.save(catalogs_folder(), place.locale, place.domain, edits, facts=_facts(place))


def _plan(
    place: Place,
    eids: Eids,
    change: Callable[[Item], tuple[str, ...] | None],
    actor: Any,
    fuzzy: bool | None = None,
) -> Plan:
    """What `change` makes of the chosen items; what stays as it is it leaves at None."""
    require(actor, Can.TRANSLATION_TRANSLATE, place)
    shelf, terms = shelf_at(place), terms_of(place.locale)
    is_reviewed = language_of(place.locale, catalogs_folder()).needs_review
    waits = is_reviewed and not is_allowed(actor, Can.TRANSLATION_REVIEW, place)
    rows = []
    for item in _chosen(shelf, eids):
        forms = change(item)
        if forms is None:
            continue
        is_fuzzy = fuzzy if fuzzy is not None else item.is_fuzzy or waits
        previous = item.previous[1] if item.previous else None
        found = library.judged(shelf, item.source, forms, is_fuzzy=is_fuzzy, previous=previous, terms=terms)
        rows.append(Proposed(item, forms, is_fuzzy, found))
    return Plan(place, tuple(rows))


def _chosen(shelf: Shelf, eids: Eids) -> Sequence[Item]:
    if eids is None:
        return shelf.items
    wanted = set(eids)
    return [item for item in shelf.items if item.eid in wanted]


def _same(place: Place, shelf: Shelf, item: Item) -> tuple[tuple[str, ...], Place] | None:
    """The translation of the same text at the nearest place that has one, and that place."""
    for group in _places_like(place):
        found: dict[tuple[str, ...], Place] = {}
        for other in group:
            for each in shelf_at(other).by_texts.get(item.source.id, ()):
                if (other, each.eid) == (place, item.eid) or each.source.plural != item.source.plural:
                    continue
                if is_of_use(each) and _fits(shelf, item, each.forms):
                    found.setdefault(each.forms, other)
        if len(found) == 1:
            return next(iter(found.items()))
        if found:
            return None
    return None


def _fits(shelf: Shelf, item: Item, forms: tuple[str, ...]) -> bool:
    wanted = 1 if item.source.plural is None else shelf.rule.nplurals
    if len(forms) != wanted:
        return False
    return not any(each.severity is Severity.ERROR for each in library.judged(shelf, item.source, forms))


def _places_like(place: Place) -> Iterator[list[Place]]:
    """The catalog itself, the other domains of its language, then other regions of that language."""
    yield [place]
    yield [Place(place.locale, domain) for domain in DOMAINS if domain != place.domain]
    language = place.locale.split("_", 1)[0]
    regions = [
        locale
        for locale in locales_in(catalogs_folder())
        if locale not in (place.locale, SOURCE_LOCALE) and locale.split("_", 1)[0] == language
    ]
    # The language without a region stands for all of them.
    for locale in sorted(regions, key=lambda each: (each != language, each)):
        yield [Place(locale, domain) for domain in (place.domain, *(each for each in DOMAINS if each != place.domain))]


def _facts(place: Place) -> Facts:
    return Facts(terms=terms_of(place.locale))
