"""The list of entries of one catalog: its tabs with counts, the rows of a page, and where the next entry is."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any
from weakref import WeakKeyDictionary

from backoffice.catalogs.checks import Finding
from backoffice.catalogs.library import Item, Shelf, has_error
from backoffice.foundation.i18n import Text, _, _l, _n
from backoffice.foundation.text import shortened
from backoffice.workbench.sights import STATES

#: Entries on one page of the list.
SIZE = 50
#: Characters of an English text in a row.
LONGEST = 120
#: Words that a row says about an entry besides.
LONGEST_TOLD = 40
#: Files that the filter offers.
MOST_FILES = 300

#: The tabs in their order. Where work is left one comes round to what was skipped; elsewhere the last is the last.
TABS: dict[str, Text] = {
    "untranslated": STATES["untranslated"][0],
    "fuzzy": STATES["fuzzy"][0],
    "failing": STATES["failing"][0],
    "warnings": STATES["warnings"][0],
    "suggestions": _l("Suggestions"),
    "translated": STATES["translated"][0],
    "all": _l("All"),
}
WORK = ("untranslated", "fuzzy", "failing", "warnings", "suggestions")

#: What an empty list of each state says.
EMPTY: dict[str, Text] = {
    "untranslated": _l("Every string has a translation."),
    "fuzzy": _l("Nobody has left anything to check."),
    "failing": _l("Every translation can go live."),
    "warnings": _l("The checks have no doubts."),
    "suggestions": _l("Nobody has suggested anything that waits."),
    "translated": _l("Nothing is translated yet."),
    "all": _l("There are no strings in this catalog."),
}


@dataclass(frozen=True)
class Row:
    """One entry in the list."""

    eid: str
    address: str
    text: str
    told: str
    status: str
    shape: str
    who: str
    is_here: bool


@dataclass(frozen=True)
class Tab:
    """One state with the number of its entries."""

    state: str
    label: str
    count: int
    address: str
    is_here: bool


def page_of(found: Sequence[Item], eid: str | None, asked: int) -> int:
    """The page, from 1, that has the entry, else the one asked for, as far as there are pages."""
    last = max(1, -(-len(found) // SIZE))
    if not asked and eid is not None:
        index = next((index for index, item in enumerate(found) if item.eid == eid), 0)
        return index // SIZE + 1
    return min(max(1, asked), last)


def rows(
    shelf: Shelf,
    found: Sequence[Item],
    page: int,
    *,
    eid: str | None,
    taken: Mapping[str, str],
    judged: Mapping[str, Sequence[Finding]],
    suggested: Collection[str],
    address: Callable[[str], str],
) -> list[Row]:
    """The rows of one page."""
    shown = found[(page - 1) * SIZE : page * SIZE]
    return [_row(item, eid, taken, judged.get(item.eid, ()), item.eid in suggested, address) for item in shown]


def neighbour(
    shelf: Shelf, found: Sequence[Item], eid: str, taken: Collection[str], *, by: int = 1, wraps: bool = False
) -> str | None:
    """The next entry in the list, or the one before, that nobody else has open; with `wraps` on from the other end.

    The entry itself need not be in the list any more: what counts is where it stands in the catalog.
    """
    here, at = shelf.positions.get(eid, -1), shelf.positions
    in_order = found if by > 0 else reversed(found)
    first = None
    for item in in_order:
        if item.eid == eid or item.eid in taken:
            continue
        if (at[item.eid] - here) * by > 0:
            return item.eid
        first = first or item.eid
    return first if wraps else None


def first_free(found: Sequence[Item], page: int, taken: Collection[str]) -> Item | None:
    """The first entry of a page that nobody else has open, else simply the first."""
    shown = found[(page - 1) * SIZE : page * SIZE]
    return next((item for item in shown if item.eid not in taken), shown[0] if shown else None)


def files_of(shelf: Shelf) -> Sequence[str]:
    """The files that the entries of a catalog stand in, the first of very many."""
    held = _files.get(shelf)
    if held is None:
        found = {place.rpartition(":")[0] or place for item in shelf.items for place in item.source.places}
        held = _files[shelf] = sorted(found)[:MOST_FILES]
    return held


#: Worked out once for each state of a catalog.
_files: WeakKeyDictionary[Shelf, Sequence[str]] = WeakKeyDictionary()


def _row(
    item: Item,
    eid: str | None,
    taken: Mapping[str, str],
    found: Sequence[Finding],
    is_suggested: bool,
    address: Callable[[str], str],
) -> Row:
    failing = has_error(tuple(found))
    state = "failing" if failing and item.state != "fuzzy" else item.state
    if state == "translated" and found:
        state = "warnings"
    _name, status, shape = STATES[state]
    source = item.source
    told = [
        *([_("plural")] if source.plural is not None else []),
        *([shortened(source.context, LONGEST_TOLD)] if source.context else []),
        *([PurePosixPath(source.places[0].rpartition(":")[0] or source.places[0]).stem] if source.places else []),
        *([_("fails")] if failing else []),
        *([_("suggested")] if is_suggested else []),
        *([_("from the package")] if item.is_shipped else []),
    ]
    who = taken.get(item.eid, "")
    text = shortened(source.id, LONGEST) or source.id
    return Row(item.eid, address(item.eid), text, ", ".join(told), status, shape, who, item.eid == eid)


def told_page(page: int, count: int) -> str:
    """Which page of how many, in words."""
    return _("Page %(num)s of %(all)s", num=page, all=max(1, -(-count // SIZE)))


def entitled(name: str, counts: Mapping[str, int], words: Callable[[Any], str]) -> str:
    """What is left in a language, for the head of the page."""
    left, to_check, failing = (counts.get(state, 0) for state in ("untranslated", "fuzzy", "failing"))
    parts = [
        *([_n("%(num)s left", "%(num)s left", left)] if left else []),
        *([_n("%(num)s to check", "%(num)s to check", to_check)] if to_check else []),
        *([_n("%(num)s failing", "%(num)s failing", failing)] if failing else []),
    ]
    if not parts:
        return _("%(language)s: everything is translated", language=name)
    return _("%(language)s: %(what)s", language=name, what=words(parts))
