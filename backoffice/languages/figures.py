"""The numbers of each catalog: strings and words by state, what is wrong, what waits, and who changed it last."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from weakref import WeakKeyDictionary

from sqlalchemy import func, select

from backoffice.accounts.models import User
from backoffice.catalogs.checks import Finding
from backoffice.catalogs.history import Revision
from backoffice.catalogs.library import TRANSLATED, Shelf, has_error
from backoffice.catalogs.places import Place
from backoffice.foundation.database import db
from backoffice.workbench.models import Suggestion, SuggestionState
from backoffice.workbench.operations import shelf_at
from backoffice.workbench.queries import findings_in

_WORD = re.compile(r"[^\W_](?:[\w'’-]*\w)?")
#: What nobody translates: placeholders, markup, and codes of characters.
_COPIED = re.compile(r"%\([^)]*\)[a-zA-Z]|%[a-zA-Z](?![a-zA-Z])|\{[^{}]*\}|<[^<>]*>|&#?\w+;")


@dataclass(frozen=True)
class Amount:
    """A number of strings, and of the English words in them."""

    strings: int = 0
    words: int = 0

    def __add__(self, other: Amount) -> Amount:
        return Amount(self.strings + other.strings, self.words + other.words)


@dataclass(frozen=True)
class Figures:
    """One catalog, or several as one. A plural counts as translated with all its forms only, what is to check never."""

    place: Place
    total: Amount = Amount()
    #: What readers get to see.
    translated: Amount = Amount()
    fuzzy: Amount = Amount()
    untranslated: Amount = Amount()
    #: Translated, but shown in English because of an error.
    failing: Amount = Amount()
    #: Among the translated: doubtful, the same as the English text, and said by the package.
    warnings: int = 0
    same_as_source: int = 0
    shipped: int = 0
    obsolete: int = 0
    #: Suggestions that wait for a decision.
    suggestions: int = 0
    #: The last change that went through us.
    last_at: datetime | None = None
    last_by: str = ""

    @property
    def left(self) -> Amount:
        """What translators have still to do."""
        return self.untranslated + self.fuzzy + self.failing

    @property
    def percent(self) -> int:
        """Full per cents of the strings, 100 only when nothing is left."""
        return self.translated.strings * 100 // self.total.strings if self.total.strings else 100


def figures_of(places: Iterable[Place]) -> list[Figures]:
    """Several catalogs, in order; files are read and counted only where they changed."""
    wanted = list(places)
    suggested, changed = open_suggestions(wanted), _changed(wanted)
    found = []
    for place in wanted:
        at, by = changed.get(place, (None, ""))
        shelf = shelf_at(place)
        told = counted(shelf, findings_in(shelf))
        found.append(replace(told, suggestions=suggested.get(place, 0), last_at=at, last_by=by))
    return found


def together(several: Iterable[Figures], place: Place) -> Figures:
    """Several catalogs as one, such as all domains of a language."""
    given = list(several)
    last = max((each for each in given if each.last_at is not None), key=_last_at, default=None)
    return Figures(
        place,
        total=_sum(given, "total"),
        translated=_sum(given, "translated"),
        fuzzy=_sum(given, "fuzzy"),
        untranslated=_sum(given, "untranslated"),
        failing=_sum(given, "failing"),
        warnings=sum(each.warnings for each in given),
        same_as_source=sum(each.same_as_source for each in given),
        shipped=sum(each.shipped for each in given),
        obsolete=sum(each.obsolete for each in given),
        suggestions=sum(each.suggestions for each in given),
        last_at=last.last_at if last else None,
        last_by=last.last_by if last else "",
    )


_known: WeakKeyDictionary[Shelf, tuple[Mapping[str, Sequence[Finding]], Figures]] = WeakKeyDictionary()


def counted(shelf: Shelf, findings: Mapping[str, Sequence[Finding]]) -> Figures:
    """What the files say, counted once for each version of them and of what is wrong with them."""
    held = _known.get(shelf)
    if held is None or (held[0] is not findings and held[0] != findings):
        held = _known[shelf] = (findings, _count(shelf, findings))
    return held[1]


_todos: WeakKeyDictionary[Shelf, int] = WeakKeyDictionary()


def todo_in(shelf: Shelf) -> int:
    """Strings left or to check. The sidebar of every page asks, so that nothing is judged for it."""
    if shelf not in _todos:
        _todos[shelf] = sum(item.state != TRANSLATED for item in shelf.items)
    return _todos[shelf]


def open_suggestions(places: Iterable[Place]) -> dict[Place, int]:
    """How many suggestions wait in each of these catalogs; none where none does."""
    query = select(Suggestion.locale, Suggestion.domain, func.count()).where(Suggestion.state == SuggestionState.OPEN)
    grouped = query.group_by(Suggestion.locale, Suggestion.domain)
    found = {Place(locale, domain): count for locale, domain, count in db.session.execute(grouped)}
    return {place: found[place] for place in places if place in found}


def words_in(text: str) -> int:
    """How many words there are to translate in a text, without placeholders and markup."""
    return len(_WORD.findall(_COPIED.sub(" ", text)))


def _count(shelf: Shelf, findings: Mapping[str, Sequence[Finding]]) -> Figures:
    amounts = dict.fromkeys(("translated", "fuzzy", "untranslated", "failing"), Amount())
    warnings = same = shipped = 0
    for item in shelf.items:
        told = tuple(findings.get(item.eid, ()))
        state = "failing" if item.state == TRANSLATED and has_error(told) else item.state
        amounts[state] += Amount(1, sum(map(words_in, item.source.texts)))
        if state == TRANSLATED:
            warnings += bool(told)
            same += item.forms[0] == item.source.id
            shipped += item.is_shipped
    return Figures(
        shelf.place,
        total=sum(amounts.values(), Amount()),
        translated=amounts["translated"],
        fuzzy=amounts["fuzzy"],
        untranslated=amounts["untranslated"],
        failing=amounts["failing"],
        warnings=warnings,
        same_as_source=same,
        shipped=shipped,
        obsolete=len(shelf.file.obsolete) if shelf.file is not None else 0,
    )


def _changed(places: Sequence[Place]) -> dict[Place, tuple[datetime, str]]:
    """When each catalog was changed last through us, and by whom."""
    last = (
        select(func.max(Revision.id))
        .where(Revision.locale.in_({place.locale for place in places}))
        .group_by(Revision.locale, Revision.domain)
    )
    query = (
        select(Revision.locale, Revision.domain, Revision.at, User.name, Revision.by_name)
        .outerjoin(User, User.id == Revision.by_id)
        .where(Revision.id.in_(last))
    )
    return {Place(locale, domain): (at, name or other) for locale, domain, at, name, other in db.session.execute(query)}


def _sum(several: Iterable[Figures], name: str) -> Amount:
    return sum((getattr(each, name) for each in several), Amount())


def _last_at(figures: Figures) -> datetime:
    assert figures.last_at is not None
    return figures.last_at
