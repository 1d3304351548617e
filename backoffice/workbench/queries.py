"""What translators ask of a catalog: how far it is, which texts are left, and one text among others."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from sqlalchemy import select

from backoffice.catalogs.checks import Finding, Term
from backoffice.catalogs.history import Revision
from backoffice.catalogs.languages import languages
from backoffice.catalogs.library import FUZZY, TRANSLATED, UNTRANSLATED, Item, Shelf, has_error
from backoffice.catalogs.places import Place, locales_in
from backoffice.foundation.database import db
from backoffice.foundation.i18n import SOURCE_LOCALE, direction_of
from backoffice.workbench import remarks, suggesting
from backoffice.workbench.comparing import across_of
from backoffice.workbench.glossary import glossary_hits, terms_of
from backoffice.workbench.operations import shelf_at
from backoffice.workbench.rights import catalogs_folder

__all__ = [
    "STATES",
    "Elsewhere",
    "Look",
    "Wanted",
    "counts",
    "filtered",
    "glossary_hits",
    "look_at",
    "nearby",
    "other_languages",
]

#: What can be asked for, in the order of tabs; `todo` is everything that is left, what has no text first.
STATES = ("untranslated", "fuzzy", "failing", "warnings", "suggestions", "translated", "all", "todo")


@dataclass(frozen=True, eq=False)
class Look:
    """One catalog at one moment: its shelf, what is wrong with it, and what people said beside it."""

    shelf: Shelf
    #: What is wrong and was not judged away, by short name; entries without a finding are not in it.
    findings: Mapping[str, Sequence[Finding]] = field(repr=False)
    #: How many open suggestions an entry has, by short name.
    suggestions: Mapping[str, int] = field(repr=False)

    @cached_property
    def _with_errors(self) -> Collection[str]:
        return {eid for eid, found in self.findings.items() if has_error(tuple(found))}

    def is_failing(self, item: Item) -> bool:
        """Whether a translation is there that readers do not get to see."""
        return item.eid in self._with_errors and item.state == TRANSLATED

    def warns(self, item: Item) -> bool:
        """Whether readers get to see a translation that is doubtful."""
        return item.state == TRANSLATED and item.eid in self.findings and not self.is_failing(item)


@dataclass(frozen=True)
class Wanted:
    """Which texts to list; what is empty does not narrow the list."""

    #: One of `STATES`.
    state: str = "all"
    #: The code of a check that found something.
    check: str = ""
    #: What English text, translation, comments or context contain, in whatever letters.
    q: str = ""
    #: A file, or the beginning of its path.
    file: str = ""
    #: Changed by us since then.
    since: datetime | None = None
    #: Changed by this person at any time, or since then.
    by: int | None = None
    #: Only these entries.
    eids: Collection[str] | None = None


def look_at(place: Place) -> Look:
    """The catalog as it is now; the files are read and judged only where they changed."""
    shelf = shelf_at(place)
    return Look(shelf, findings_in(shelf), suggesting.open_counts(place))


def findings_in(
    shelf: Shelf, terms: tuple[Term, ...] | None = None, dismissed: remarks.Dismissed | None = None
) -> Mapping[str, Sequence[Finding]]:
    """What is wrong with the texts of a catalog, alone and beside others, and was not judged away.

    Glossary and dismissals are asked for unless they are handed in.
    """
    place = shelf.place
    alone: Mapping[str, Sequence[Finding]] = shelf.findings(terms_of(place.locale) if terms is None else terms)
    beside = across_of(catalogs_folder(), place.locale).get(place.domain, {})
    dismissed = remarks.dismissed_in(place) if dismissed is None else dismissed
    if not beside and not dismissed:
        return alone
    found = dict(alone)
    for eid, more in beside.items():
        found[eid] = [*found.get(eid, ()), *more]
    for eid in {eid for eid, _code, _digest in dismissed} & found.keys():
        item = shelf.find(eid)
        kept = remarks.left(found[eid], eid, item.forms if item else (), dismissed)
        if kept:
            found[eid] = kept
        else:
            del found[eid]
    return found


def counts(look: Look) -> dict[str, int]:
    """How many texts there are of each of `STATES`."""
    found = dict.fromkeys(STATES, 0)
    for item in look.shelf.items:
        if item.state != TRANSLATED:
            found[item.state] += 1
        elif look.is_failing(item):
            found["failing"] += 1
        else:
            found[TRANSLATED] += 1
            found["warnings"] += item.eid in look.findings
    found["suggestions"] = sum(eid in look.shelf.by_eid for eid in look.suggestions)
    found["all"] = len(look.shelf.items)
    found["todo"] = found[UNTRANSLATED] + found[FUZZY] + found["failing"]
    return found


def filtered(look: Look, wanted: Wanted) -> list[Item]:
    """The texts that are asked for, in the order of the catalog; an unknown state means all of them."""
    found: Iterable[Item] = look.shelf.items
    if wanted.state in _IS:
        is_wanted = _IS[wanted.state]
        found = (item for item in found if is_wanted(look, item))
    if wanted.check:
        code = wanted.check
        found = (item for item in found if any(each.code == code for each in look.findings.get(item.eid, ())))
    if wanted.file:
        found = (item for item in found if any(_is_in(place, wanted.file) for place in item.source.places))
    if wanted.eids is not None:
        chosen = set(wanted.eids)
        found = (item for item in found if item.eid in chosen)
    if wanted.since is not None or wanted.by is not None:
        changed = changed_eids(look.shelf.place, wanted.since, wanted.by)
        found = (item for item in found if item.eid in changed)
    if words := wanted.q.strip().casefold():
        found = (item for item in found if words in item.haystack)
    listed = list(found)
    if wanted.state == "todo":
        listed.sort(key=lambda item: _TODO[item.state])
    return listed


def changed_eids(place: Place, since: datetime | None = None, by: int | None = None) -> set[str]:
    """The entries that were changed through us, since a moment or by a person."""
    query = select(Revision.eid).where(Revision.locale == place.locale, Revision.domain == place.domain).distinct()
    if since is not None:
        query = query.where(Revision.at >= since)
    if by is not None:
        query = query.where(Revision.by_id == by)
    return set(db.session.scalars(query))


def nearby(shelf: Shelf, eid: str, around: int = 3) -> list[Item]:
    """The texts before and after one in its catalog, so many on each side, without itself."""
    at = shelf.positions.get(eid)
    if at is None:
        return []
    return [*shelf.items[max(0, at - around) : at], *shelf.items[at + 1 : at + 1 + around]]


@dataclass(frozen=True)
class Elsewhere:
    """The same text in another language."""

    locale: str
    #: The language's own name.
    name: str
    direction: str
    forms: tuple[str, ...]
    is_fuzzy: bool


def other_languages(place: Place, eid: str) -> list[Elsewhere]:
    """How the other languages say it, in the order of menus; those that do not say it are not there."""
    folder, found = catalogs_folder(), []
    begun = set(locales_in(folder)) - {place.locale, SOURCE_LOCALE}
    for locale, language in languages(folder).items():
        if locale not in begun:
            continue
        item = shelf_at(Place(locale, place.domain)).find(eid)
        if item is not None and any(form.strip() for form in item.forms):
            direction = direction_of(locale)
            found.append(Elsewhere(locale, language.name, direction, item.forms, item.state == FUZZY))
    return found


def _is_in(place: str, file: str) -> bool:
    return place == file or place.startswith((f"{file}:", f"{file}/" if not file.endswith("/") else file))


_IS: Mapping[str, Callable[[Look, Item], bool]] = {
    "untranslated": lambda look, item: item.state == UNTRANSLATED,
    "fuzzy": lambda look, item: item.state == FUZZY,
    "failing": lambda look, item: look.is_failing(item),
    "warnings": lambda look, item: look.warns(item),
    "suggestions": lambda look, item: item.eid in look.suggestions,
    "translated": lambda look, item: item.state == TRANSLATED and not look.is_failing(item),
    "todo": lambda look, item: item.state != TRANSLATED or look.is_failing(item),
}
_TODO = {UNTRANSLATED: 0, FUZZY: 1, TRANSLATED: 2}
