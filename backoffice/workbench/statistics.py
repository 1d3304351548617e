"""How far each catalog is: texts and words, what is wrong, what waits, and who changed it last."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from weakref import WeakKeyDictionary

from sqlalchemy import func, select

from backoffice.accounts.models import User
from backoffice.catalogs.checks import Finding
from backoffice.catalogs.history import Revision
from backoffice.catalogs.layers import stamp_of
from backoffice.catalogs.library import TRANSLATED, Item, Shelf, has_error
from backoffice.catalogs.places import Place
from backoffice.foundation.database import db
from backoffice.workbench.glossary import glossaries
from backoffice.workbench.models import Suggestion, SuggestionState
from backoffice.workbench.operations import shelf_at
from backoffice.workbench.queries import findings_in
from backoffice.workbench.remarks import dismissed_by_place

#: A file is put in place a moment before its change is written down; later than that it was somebody else.
_SAME_CHANGE = timedelta(seconds=60)
_NO_WORDS = re.compile(r"%\([^)]*\)\w|%\w|\{[^{}]*\}|<[^<>]*>|&\w+;")
_WORD = re.compile(r"[^\W_](?:[\w'’-]*\w)?")


@dataclass(frozen=True)
class Amount:
    """A number of texts and of the English words in them."""

    strings: int = 0
    words: int = 0

    def __add__(self, other: Amount) -> Amount:
        return Amount(self.strings + other.strings, self.words + other.words)


_NONE = Amount()


@dataclass(frozen=True)
class Statistics:
    """One catalog. A plural counts as translated with all its forms only, what is to be checked never."""

    place: Place
    total: Amount = _NONE
    #: What readers get to see.
    translated: Amount = _NONE
    fuzzy: Amount = _NONE
    untranslated: Amount = _NONE
    #: Translated, but shown in English because of an error.
    failing: Amount = _NONE
    #: Among the translated: doubtful, the same as the English text, and said by the package.
    warnings: int = 0
    same_as_source: int = 0
    shipped: int = 0
    obsolete: int = 0
    suggestions: int = 0
    #: When the file changed last, and who it was; nobody is named where another program did it.
    last_at: datetime | None = None
    last_by: str = ""
    #: Whether the file cannot be read as it is.
    is_broken: bool = False

    @property
    def left(self) -> Amount:
        """What translators have still to do."""
        return self.untranslated + self.fuzzy + self.failing

    @property
    def percent(self) -> int:
        """Full per cents of the texts, 100 only when nothing is left."""
        return self.translated.strings * 100 // self.total.strings if self.total.strings else 100


def statistics(locale: str, domain: str) -> Statistics:
    """One catalog."""
    return statistics_of([Place(locale, domain)])[0]


def statistics_of(places: Iterable[Place]) -> list[Statistics]:
    """Several catalogs, in order; files are read and counted only where they changed."""
    wanted = list(places)
    suggested, changed = _suggested(wanted), _changed(wanted)
    terms, dismissed = glossaries(place.locale for place in wanted), dismissed_by_place(wanted)
    made = []
    for place in wanted:
        shelf = shelf_at(place)
        told = _counted(shelf, findings_in(shelf, terms[place.locale], dismissed[place]))
        at, by = _last(shelf, *changed.get(place, (None, "")))
        made.append(replace(told, suggestions=suggested.get(place, 0), last_at=at, last_by=by))
    return made


def together(several: Iterable[Statistics], place: Place) -> Statistics:
    """Several catalogs as one, such as all domains of a language."""
    each = list(several)
    dated = [one for one in each if one.last_at is not None]
    latest = max(dated, key=lambda one: one.last_at or datetime.min.replace(tzinfo=UTC), default=None)
    return Statistics(
        place,
        total=sum((one.total for one in each), _NONE),
        translated=sum((one.translated for one in each), _NONE),
        fuzzy=sum((one.fuzzy for one in each), _NONE),
        untranslated=sum((one.untranslated for one in each), _NONE),
        failing=sum((one.failing for one in each), _NONE),
        warnings=sum(one.warnings for one in each),
        same_as_source=sum(one.same_as_source for one in each),
        shipped=sum(one.shipped for one in each),
        obsolete=sum(one.obsolete for one in each),
        suggestions=sum(one.suggestions for one in each),
        last_at=latest.last_at if latest else None,
        last_by=latest.last_by if latest else "",
        is_broken=any(one.is_broken for one in each),
    )


@lru_cache(maxsize=20_000)
def words_in(text: str) -> int:
    """How many words a person has to translate in a text: without placeholders and markup."""
    return len(_WORD.findall(_NO_WORDS.sub(" ", text)))


_known: WeakKeyDictionary[Shelf, tuple[Mapping[str, Sequence[Finding]], Statistics]] = WeakKeyDictionary()


def _counted(shelf: Shelf, findings: Mapping[str, Sequence[Finding]]) -> Statistics:
    """What the files say, counted once for each version of them and of what is wrong with them."""
    held = _known.get(shelf)
    if held is None or (held[0] is not findings and held[0] != findings):
        held = _known[shelf] = (findings, _count(shelf, findings))
    return held[1]


def _count(shelf: Shelf, findings: Mapping[str, Sequence[Finding]]) -> Statistics:
    amounts: dict[str, list[int]] = {name: [0, 0] for name in ("translated", "fuzzy", "untranslated", "failing")}
    warnings = same = shipped = 0
    for item in shelf.items:
        told = findings.get(item.eid, ())
        state = "failing" if item.state == TRANSLATED and has_error(tuple(told)) else item.state
        amounts[state][0] += 1
        amounts[state][1] += _words(item)
        if state == TRANSLATED:
            warnings += bool(told)
            same += item.forms[0] == item.source.id
            shipped += item.is_shipped
    found = {name: Amount(*amount) for name, amount in amounts.items()}
    return Statistics(
        shelf.place,
        total=sum(found.values(), _NONE),
        translated=found["translated"],
        fuzzy=found["fuzzy"],
        untranslated=found["untranslated"],
        failing=found["failing"],
        warnings=warnings,
        same_as_source=same,
        shipped=shipped,
        obsolete=len(shelf.file.obsolete) if shelf.file is not None else 0,
        is_broken=shelf.fault is not None,
    )


def _words(item: Item) -> int:
    return sum(map(words_in, item.source.texts))


def _last(shelf: Shelf, at: datetime | None, by: str) -> tuple[datetime | None, str]:
    """When the file changed, and by whom if that went through us."""
    stamp = stamp_of(shelf.path)
    if stamp is None:
        return None, ""
    written = datetime.fromtimestamp(stamp[1] / 1e9, UTC)
    if at is None or abs(written - at) > _SAME_CHANGE:
        return written, ""
    return at, by


def _suggested(places: Sequence[Place]) -> dict[Place, int]:
    query = (
        select(Suggestion.locale, Suggestion.domain, func.count())
        .where(Suggestion.state == SuggestionState.OPEN, Suggestion.locale.in_({place.locale for place in places}))
        .group_by(Suggestion.locale, Suggestion.domain)
    )
    return {Place(row[0], row[1]): row[2] for row in db.session.execute(query)}


def _changed(places: Sequence[Place]) -> dict[Place, tuple[datetime, str]]:
    latest = (
        select(func.max(Revision.id))
        .where(Revision.locale.in_({place.locale for place in places}))
        .group_by(Revision.locale, Revision.domain)
    )
    query = (
        select(Revision.locale, Revision.domain, Revision.at, User.name, Revision.by_name)
        .outerjoin(User, User.id == Revision.by_id)
        .where(Revision.id.in_(latest))
    )
    return {Place(row[0], row[1]): (row[2], row[3] or row[4]) for row in db.session.execute(query)}
