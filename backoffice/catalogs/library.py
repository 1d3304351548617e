"""What a translator sees of a catalog: every text with our translation, the package's, and what is wrong with it.

For looking only: whoever writes reads the file again under its lock. A shelf is read anew when one of its
files changed.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from backoffice.catalogs import checks, layers, po, rereading, torn
from backoffice.catalogs.checks import Facts, Finding, HeaderFault, Rule, Severity, Source, Term
from backoffice.catalogs.layers import Layer, Stamp, stamp_of
from backoffice.catalogs.places import OURS, REFERENCES, TEMPLATE, Place, catalog_path
from backoffice.catalogs.po import ABSENT, Entry, PoFault, PoFile

#: So many shelves are kept in memory, and more as long as they hold no more texts than this; a text is 3 kB.
MOST_KEPT, MOST_TEXTS = 48, 100_000
TRANSLATED, FUZZY, UNTRANSLATED = "translated", "fuzzy", "untranslated"


@dataclass(frozen=True)
class Item:
    """One text of a catalog and its translation."""

    eid: str
    source: Source = field(repr=False)
    #: Ours, None where our file lacks it.
    entry: Entry | None = field(repr=False)
    #: What the package says, None where it says nothing, and always for our own texts.
    shipped: tuple[str, ...] | None = field(default=None, repr=False)

    @cached_property
    def is_shipped(self) -> bool:
        """Whether readers see the package's translation."""
        return self.shipped is not None and (self.entry is None or not any(map(str.strip, self.entry.forms)))

    @cached_property
    def forms(self) -> tuple[str, ...]:
        """The translation: ours, else the package's; empty forms where there is none."""
        if self.shipped is not None and self.is_shipped:
            return self.shipped
        return self.entry.forms if self.entry is not None else ("",)

    @cached_property
    def state(self) -> str:
        """`translated`, `fuzzy` or `untranslated`."""
        if self.entry is None or self.is_shipped:
            return TRANSLATED if self.shipped is not None and all(map(str.strip, self.shipped)) else UNTRANSLATED
        return self.entry.state

    @cached_property
    def haystack(self) -> str:
        """Everything that one looks for in a text, in small letters."""
        source = self.source
        told = (*source.texts, *self.forms, *self.comments, *source.notes, source.context or "")
        return "\n".join(told).casefold()

    @property
    def is_fuzzy(self) -> bool:
        """Whether somebody has to check it."""
        return self.entry is not None and self.entry.is_fuzzy

    @property
    def base(self) -> str:
        """The version of our entry, for whoever is about to change it."""
        return self.entry.base if self.entry is not None else ABSENT

    @property
    def comments(self) -> tuple[str, ...]:
        """The translator's comment, by lines."""
        return self.entry.comments if self.entry is not None else ()

    @property
    def previous(self) -> tuple[str | None, str, str | None] | None:
        """Context, text and plural before the English text changed, where the file remembers them."""
        return self.entry.previous if self.entry is not None else None

    @property
    def line(self) -> int:
        """The line in our file, 0 where it is not there."""
        return self.entry.line if self.entry is not None else 0


@dataclass(frozen=True, eq=False)
class Shelf:
    """All texts of one catalog, in the order of the file; those of a package in the order of the package."""

    place: Place
    path: Path
    #: None where there is no file yet, or it cannot be read.
    file: PoFile | None
    items: tuple[Item, ...]
    rule: Rule
    #: Why the file cannot be read; nothing can be saved then.
    fault: PoFault | None
    _judged: dict[str, _Judged] = field(default_factory=dict, repr=False)
    _told: list[tuple[tuple[Term, ...], Mapping[str, tuple[Finding, ...]]]] = field(default_factory=list, repr=False)

    @cached_property
    def by_eid(self) -> Mapping[str, Item]:
        """The items by their short names."""
        return {item.eid: item for item in self.items}

    @cached_property
    def positions(self) -> Mapping[str, int]:
        """Where each item stands, counted from 0."""
        return {item.eid: index for index, item in enumerate(self.items)}

    def find(self, eid: str) -> Item | None:
        """The item of this short name, or None."""
        return self.by_eid.get(eid)

    @cached_property
    def by_texts(self) -> Mapping[str, tuple[Item, ...]]:
        """The items of each English text, whatever their context."""
        found: dict[str, list[Item]] = {}
        for item in self.items:
            found.setdefault(item.source.id, []).append(item)
        return {text: tuple(items) for text, items in found.items()}

    @cached_property
    def leaves_stops_out(self) -> bool:
        """Whether the catalog ends sentences without a stop as its habit."""
        said = ((item.source.id, item.forms[0]) for item in self.items if item.forms)
        return checks.leaves_stops_out(said, self.place.locale)

    @cached_property
    def file_findings(self) -> tuple[Finding, ...]:
        """What is wrong with the file as a whole."""
        if self.file is not None:
            return tuple(checks.file_findings(self.file, self.place.locale))
        try:
            content = self.path.read_bytes()
        except OSError:
            return ()
        return tuple(checks.file_findings(content, self.place.locale))

    def findings(self, terms: tuple[Term, ...] = ()) -> Mapping[str, tuple[Finding, ...]]:
        """What is wrong with each item by its short name; items without a finding are not in it.

        With the agreed words of the language; hand in the same tuple as long as none of them changed.
        """
        for known, told in self._told:
            if known is terms:
                return told
        told = {item.eid: found for item in self.items if (found := findings_of(self, item, terms))}
        self._told[:] = [(terms, told)]
        return told


@dataclass(frozen=True)
class _Judged:
    """A translation that was judged, with everything that the judgement depends on."""

    source: Source
    forms: tuple[str, ...]
    is_fuzzy: bool
    previous: str | None
    rule: Rule
    terms: tuple[Term, ...]
    found: tuple[Finding, ...]


_shelves: dict[tuple[Path, Place], tuple[tuple[Stamp | None, ...], Shelf]] = {}
_lock = threading.Lock()


def shelf_of(folder: Path, locale: str, domain: str) -> Shelf:
    """The catalog as its files are now. The caller has seen to it that there is such a locale and domain."""
    place = Place(locale, domain)
    path = catalog_path(folder, locale, domain)
    stamps = (stamp_of(path), stamp_of(TEMPLATE if domain == OURS else REFERENCES[domain]))
    with _lock:
        held = _shelves.get((folder, place))
        if held is not None and held[0] == stamps:
            return held[1]
    # What was judged before is judged again only where its text changed.
    made = _read(place, path, held[1]._judged if held is not None else {})
    with _lock:
        _shelves.pop((folder, place), None)
        _shelves[folder, place] = (stamps, made)
        # Pages go round all languages: were the oldest to go, each would be gone when it is wanted again.
        while len(_shelves) > MOST_KEPT and sum(len(each.items) for _stamps, each in _shelves.values()) > MOST_TEXTS:
            del _shelves[random.choice(list(_shelves)[:-1])]  # noqa: S311  # nothing secret depends on it
    return made


def findings_of(shelf: Shelf, item: Item, terms: tuple[Term, ...] = ()) -> tuple[Finding, ...]:
    """What is wrong with our translation of an item; nothing where it is the package's, or not translated."""
    if item.entry is None or item.is_shipped or not any(item.entry.forms):
        return ()
    forms, is_fuzzy = item.entry.forms, item.is_fuzzy
    before = item.previous
    previous = before[1] if before is not None else None
    known = shelf._judged.get(item.eid)
    if (
        known is not None
        and known.terms is terms
        and known.forms == forms
        and known.is_fuzzy == is_fuzzy
        and known.previous == previous
        and known.rule == shelf.rule
        and (known.source is item.source or known.source == item.source)
    ):
        return known.found
    found = judged(shelf, item.source, forms, is_fuzzy=is_fuzzy, previous=previous, terms=terms)
    shelf._judged[item.eid] = _Judged(item.source, forms, is_fuzzy, previous, shelf.rule, terms, found)
    return found


def judged(
    shelf: Shelf,
    source: Source,
    forms: tuple[str, ...],
    *,
    is_fuzzy: bool = False,
    previous: str | None = None,
    terms: tuple[Term, ...] = (),
) -> tuple[Finding, ...]:
    """What would be wrong with these forms, whoever typed them."""
    habit = shelf.leaves_stops_out
    facts = Facts(terms=terms, is_fuzzy=is_fuzzy, previous=previous, leaves_stops_out=habit)
    return tuple(checks.findings(source, forms, shelf.rule, shelf.place.locale, facts=facts))


def has_error(found: tuple[Finding, ...]) -> bool:
    """Whether one of them keeps the translation from being served."""
    return any(each.severity is Severity.ERROR for each in found)


def rule_of(file: PoFile | None, locale: str) -> Rule:
    """How the catalog chooses among plural forms; as the language does where its header has no rule that works."""
    if file is not None and file.plural:
        try:
            checks.plural_rule(file.plural, file.nplurals)
        except HeaderFault:
            pass
        else:
            return Rule(file.nplurals, file.plural)
    return Rule(*checks.usual_rule(locale))


def sources_of(domain: str) -> tuple[Source, ...]:
    """Every text that a domain has in English, by its template or its package; none where that cannot be read."""
    path = TEMPLATE if domain == OURS else REFERENCES[domain]
    return _sources(path, stamp_of(path))


_known_sources: dict[Path, tuple[Stamp | None, tuple[Source, ...]]] = {}


def _sources(path: Path, stamp: Stamp | None) -> tuple[Source, ...]:
    held = _known_sources.get(path)
    if held is None or held[0] != stamp:
        try:
            found = tuple(entry.source for entry in po.parse(path.read_bytes()).entries)
        except (OSError, PoFault):
            found = ()
        held = _known_sources[path] = (stamp, found)
    return held[1]


def _read(place: Place, path: Path, known: dict[str, _Judged]) -> Shelf:
    file, fault = None, None
    try:
        file = rereading.read(path, torn.content_of(path))
    except FileNotFoundError:
        pass
    except PoFault as error:
        fault = error
    items = tuple(_items(place, file)) if fault is None else ()
    return Shelf(place, path, file, items, rule_of(file, place.locale), fault, known)


def _items(place: Place, file: PoFile | None) -> Iterator[Item]:
    ours = file.by_eid if file is not None else {}
    known = {po.eid_of(source.id, source.context): source for source in sources_of(place.domain)}
    if place.domain == OURS:
        for entry in file.entries if file is not None else ():
            yield Item(entry.eid, entry.source, entry)
        for eid, source in known.items():
            if eid not in ours:
                yield Item(eid, source, None)
        return
    shipped = layers.shipped_for(place.domain, place.locale)
    for eid, source in known.items():
        mine = ours.get(eid)
        yield Item(eid, mine.source if mine is not None else source, mine, _shipped(shipped, source))
    for eid, entry in ours.items():
        if eid not in known:
            yield Item(eid, entry.source, entry)


def _shipped(layer: Layer | None, source: Source) -> tuple[str, ...] | None:
    if layer is None:
        return None
    found = layer.forms(source.id if source.context is None else f"{source.context}\x04{source.id}")
    if found is None:
        return None
    return (found,) if isinstance(found, str) else tuple(found)
