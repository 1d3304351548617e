"""One text beside others: said in two ways in a language, said before, or said nearly the same."""

from __future__ import annotations

import re
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from weakref import WeakKeyDictionary

from backoffice.catalogs import checks, library
from backoffice.catalogs.checks import Finding, Source
from backoffice.catalogs.library import TRANSLATED, Item, Shelf
from backoffice.catalogs.places import DOMAINS, Place

#: Near texts that are shown, those that are compared sign by sign, and how alike they have to be.
MOST_SHOWN, MOST_COMPARED, LEAST_ALIKE = 6, 40, 0.6
#: Longer texts are compared by their beginnings.
LONGEST_COMPARED = 400
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class Match:
    """A text that was translated before."""

    place: Place
    eid: str
    source: Source
    forms: tuple[str, ...]
    #: Full per cents of likeness; 100 for the same text.
    percent: int

    @property
    def is_same(self) -> bool:
        """Whether it is the same English text."""
        return self.percent == 100


Beside = Mapping[str, Mapping[str, Sequence[Finding]]]
_across: dict[tuple[Path, str], tuple[tuple[Shelf, ...], Beside]] = {}


def across_of(folder: Path, locale: str) -> Beside:
    """By domain and short name, what the catalogs of a language translate in two ways or twice alike."""
    shelves = tuple(library.shelf_of(folder, locale, domain) for domain in DOMAINS)
    held = _across.get((folder, locale))
    if held is None or held[0] != shelves:
        found: dict[str, dict[str, Sequence[Finding]]] = defaultdict(dict)
        catalogs = {shelf.place.domain: shelf.file.entries for shelf in shelves if shelf.file is not None}
        for (domain, eid), told in checks.across(catalogs).items():
            found[domain][eid] = told
        if len(_across) > library.MOST_KEPT:
            _across.clear()
        held = _across[folder, locale] = (shelves, found)
    return held[1]


def matches(folder: Path, place: Place, source: Source, *, without: str = "") -> list[Match]:
    """What the catalogs of a language have for the same text and near ones, the most alike first.

    `without` names the entry itself. What is to be checked, fails or belongs to no text is not offered.
    """
    found: dict[tuple[str, tuple[str, ...]], Match] = {}
    for domain in (place.domain, *(domain for domain in DOMAINS if domain != place.domain)):
        shelf = library.shelf_of(folder, place.locale, domain)
        for item, percent in _alike(shelf, source, without if domain == place.domain else ""):
            key = (item.source.id, item.forms)
            if key not in found:
                found[key] = Match(Place(place.locale, domain), item.eid, item.source, item.forms, percent)
    return sorted(found.values(), key=lambda match: -match.percent)[:MOST_SHOWN]


def is_of_use(item: Item) -> bool:
    """Whether others may take over its translation."""
    return item.state == TRANSLATED


def _alike(shelf: Shelf, source: Source, without: str) -> Iterator[tuple[Item, int]]:
    known = _known_findings(shelf)
    for at in _candidates(shelf, source.id):
        item = shelf.items[at]
        if item.eid == without or not is_of_use(item) or library.has_error(tuple(known.get(item.eid, ()))):
            continue
        if item.source.id == source.id:
            yield item, 100
            continue
        one, other = source.id[:LONGEST_COMPARED], item.source.id[:LONGEST_COMPARED]
        matcher = SequenceMatcher(None, one.casefold(), other.casefold(), autojunk=False)
        if matcher.real_quick_ratio() < LEAST_ALIKE or matcher.quick_ratio() < LEAST_ALIKE:
            continue
        if (ratio := matcher.ratio()) >= LEAST_ALIKE:
            yield item, min(99, int(ratio * 100))


def _known_findings(shelf: Shelf) -> Mapping[str, Sequence[Finding]]:
    """What is known to be wrong; only looked up, never judged for this."""
    return shelf._told[0][1] if shelf._told else {}


@dataclass(frozen=True)
class _Index:
    """Where each word of the English texts occurs, and how many words a text has."""

    where: Mapping[str, Sequence[int]]
    sizes: Sequence[int]


_indexes: WeakKeyDictionary[Shelf, _Index] = WeakKeyDictionary()


def _candidates(shelf: Shelf, text: str) -> list[int]:
    """The numbers of the items that share most words with a text, as many as are compared."""
    index = _indexes.get(shelf) or _kept_index(shelf)
    words = set(_words(text))
    rare = [word for word in words if len(index.where.get(word, ())) <= max(40, len(shelf.items) // 5)]
    shared: Counter[int] = Counter()
    for word in rare or words:
        shared.update(index.where.get(word, ()))
    same = [shelf.positions[item.eid] for item in shelf.by_texts.get(text, ())]
    scored = sorted(shared, key=lambda at: (-2 * shared[at] / (len(words) + index.sizes[at]), at))
    return list(dict.fromkeys([*same, *scored[:MOST_COMPARED]]))


#: The last index of each catalog and the texts it was made of: a save changes none of these.
_last: OrderedDict[Path, tuple[tuple[str, ...], _Index]] = OrderedDict()


def _kept_index(shelf: Shelf) -> _Index:
    texts = tuple([item.source.id for item in shelf.items])
    held = _last.get(shelf.path)
    if held is None or held[0] != texts:
        held = texts, _index_of(shelf)
    _last[shelf.path] = held
    while len(_last) > library.MOST_KEPT:
        _last.popitem(last=False)
    _indexes[shelf] = held[1]
    return held[1]


def _index_of(shelf: Shelf) -> _Index:
    where: dict[str, list[int]] = defaultdict(list)
    sizes = []
    for at, item in enumerate(shelf.items):
        words = set(_words(item.source.id))
        sizes.append(len(words))
        for word in words:
            where[word].append(at)
    return _Index(where, sizes)


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())
