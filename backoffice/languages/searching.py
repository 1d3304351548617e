"""Finding texts over all languages: by the English text, by any translation, by context or comment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from backoffice.catalogs import library
from backoffice.catalogs.checks import Source
from backoffice.catalogs.library import Item
from backoffice.catalogs.places import Place
from backoffice.foundation.text import clean_line

#: Texts that one page shows.
MOST_FOUND = 50
LONGEST_QUERY = 200


@dataclass
class Found:
    """One English text that fits, and what it is called in each language."""

    domain: str
    eid: str
    source: Source
    said: dict[str, Item] = field(default_factory=dict)


def search(query: str, places: Iterable[Place], folder: Path) -> tuple[list[Found], int]:
    """The first texts that fit in any of these catalogs, in their order, and how many fit in all."""
    wanted = clean_line(query)[:LONGEST_QUERY].casefold()
    if not wanted:
        return [], 0
    found: dict[tuple[str, str], Found] = {}
    shelves = [library.shelf_of(folder, place.locale, place.domain) for place in places]
    for shelf in shelves:
        for item in shelf.items:
            key = (shelf.place.domain, item.eid)
            if key not in found and any(wanted in text.casefold() for text in _texts(item)):
                found[key] = Found(shelf.place.domain, item.eid, item.source)
    shown = dict(list(found.items())[:MOST_FOUND])
    for shelf in shelves:
        for (domain, eid), each in shown.items():
            if domain == shelf.place.domain and (known := shelf.find(eid)) is not None:
                each.said[shelf.place.locale] = known
    return list(shown.values()), len(found)


def _texts(item: Item) -> Iterator[str]:
    yield from item.source.texts
    yield from item.forms
    yield from item.comments
    if item.source.context is not None:
        yield item.source.context
