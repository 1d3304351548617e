"""The numbers of a catalog: counted when one of its files changed, and kept until then."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from weakref import WeakKeyDictionary

from sqlalchemy import func, select

from backoffice.accounts.models import User
from backoffice.catalogs.history import Revision
from backoffice.catalogs.layers import stamp_of
from backoffice.catalogs.library import FUZZY, TRANSLATED, UNTRANSLATED, Shelf
from backoffice.catalogs.places import Place
from backoffice.foundation.database import db
from backoffice.workbench import queries
from backoffice.workbench.models import Suggestion, SuggestionState

_WORD = re.compile(r"[^\W_](?:[\w'’-]*\w)?")
_PLACEHOLDER = re.compile(r"%\([^)]*\)\w|%\w|\{[^{}]*\}|<[^<>]*>|&\w+;")


@dataclass(frozen=True)
class Counted:
    """What the files alone say of a catalog: strings and English words by state."""

    strings: int
    words: int
    translated: int
    words_translated: int
    fuzzy: int
    untranslated: int
    same: int
    obsolete: int


@dataclass(frozen=True)
class Figures(Counted):
    """All numbers of a catalog. `failing` strings count as translated, though readers see English."""

    failing: int
    warned: int
    suggestions: int
    changed_at: datetime | None
    changed_by: str


_counted: WeakKeyDictionary[Shelf, Counted] = WeakKeyDictionary()


def counted(shelf: Shelf) -> Counted:
    """The strings of a catalog by state, with their English words, those of placeholders and markup left out.

    A plural counts as translated only with all forms; what is to check never does. `same` are translations that are
    their English text.
    """
    held = _counted.get(shelf)
    if held is None:
        held = _counted[shelf] = _count(shelf)
    return held


def figures_of(place: Place) -> Figures:
    """All numbers of one catalog."""
    look = queries.look_at(place)
    told = queries.counts(look)
    changed_at, changed_by = _last_change(place, look.shelf)
    return Figures(
        **vars(counted(look.shelf)),
        failing=told["failing"],
        warned=told["warnings"],
        suggestions=told["suggestions"],
        changed_at=changed_at,
        changed_by=changed_by,
    )


def open_suggestions(places: Sequence[Place]) -> dict[Place, int]:
    """How many suggestions wait for a decision in each of these catalogs; none where none does."""
    query = select(Suggestion.locale, Suggestion.domain, func.count()).where(Suggestion.state == SuggestionState.OPEN)
    grouped = query.group_by(Suggestion.locale, Suggestion.domain)
    found = {Place(locale, domain): count for locale, domain, count in db.session.execute(grouped)}
    return {place: found[place] for place in places if place in found}


def words_in(text: str) -> int:
    """How many words a person has to translate in a text."""
    return len(_WORD.findall(_PLACEHOLDER.sub(" ", text)))


def _count(shelf: Shelf) -> Counted:
    strings = {TRANSLATED: 0, FUZZY: 0, UNTRANSLATED: 0}
    words = dict(strings)
    same = 0
    for item in shelf.items:
        strings[item.state] += 1
        words[item.state] += sum(map(words_in, item.source.texts))
        same += item.state == TRANSLATED and item.forms[0] == item.source.id
    return Counted(
        strings=len(shelf.items),
        words=sum(words.values()),
        translated=strings[TRANSLATED],
        words_translated=words[TRANSLATED],
        fuzzy=strings[FUZZY],
        untranslated=strings[UNTRANSLATED],
        same=same,
        obsolete=len(shelf.file.obsolete) if shelf.file is not None else 0,
    )


def _last_change(place: Place, shelf: Shelf) -> tuple[datetime | None, str]:
    """When the file changed last, and who it was: nobody is named where that was done by another program."""
    stamp = stamp_of(shelf.path)
    if stamp is None:
        return None, ""
    written = datetime.fromtimestamp(stamp[1] / 1e9, UTC)
    query = select(Revision.at, User.name, Revision.by_name).outerjoin(User, User.id == Revision.by_id)
    mine = (Revision.locale == place.locale, Revision.domain == place.domain)
    last = db.session.execute(query.where(*mine).order_by(Revision.at.desc(), Revision.id.desc()).limit(1)).first()
    if last is None or abs((written - last.at).total_seconds()) > _SAME_CHANGE:
        return written, ""
    return last.at, last.name or last.by_name


#: The file is put in place in the moment before its change is written down.
_SAME_CHANGE = 60
