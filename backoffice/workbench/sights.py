"""An entry as a translator sees it: its English text, the boxes, what checks say, and all that stands beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from babel import Locale
from backoffice.catalogs.library import Item, Shelf
from backoffice.catalogs.places import Place
from backoffice.foundation.i18n import Text, _, _l
from backoffice.workbench.differences import Parts, words_changed
from backoffice.workbench.judging import Judged, label_of
from backoffice.workbench.numbers import FormLabel, labels
from backoffice.workbench.pieces import Piece, copied, pieces

#: Files that are named of those an entry stands in.
MOST_PLACES = 6
#: A box has so many lines at most before it scrolls, and so many characters stand in one.
MOST_ROWS, WIDE = 12, 60

#: How a state is called, the status whose colours it has, and its shape.
STATES: dict[str, tuple[Text, str, str]] = {
    "untranslated": (_l("Untranslated"), "draft", "draft"),
    "fuzzy": (_l("To check"), "pending", "pending"),
    "failing": (_l("Failing"), "failed", "alert"),
    "warnings": (_l("Possible mistakes"), "pending", "flag"),
    "translated": (_l("Translated"), "approved", "approved"),
}


@dataclass(frozen=True)
class Where:
    """A catalog in words: what browsers call its language, which way it is written, and how the reader calls it."""

    locale: str
    domain: str
    lang: str
    dir: str
    name: str

    @classmethod
    def of(cls, place: Place, reader: str) -> Where:
        """The catalog as somebody who reads this language sees it."""
        locale = Locale.parse(place.locale)
        name = locale.get_display_name(reader) or place.locale
        lang = place.locale.replace("_", "-")
        return cls(place.locale, place.domain, lang, locale.text_direction, name[:1].upper() + name[1:])


@dataclass(frozen=True)
class Box:
    """One form of the translation."""

    label: str
    numbers: str
    text: str
    rows: int
    is_wrong: bool


@dataclass(frozen=True)
class Standing:
    """One of the files that an entry stands in."""

    told: str
    address: str
    link: str = ""


def labels_of(shelf: Shelf, item: Item) -> tuple[FormLabel, ...]:
    """The plural forms of an entry; a single one for an entry without."""
    if item.source.plural is None:
        return (FormLabel(0, None, (), False),)
    return labels(shelf.rule.expression, shelf.rule.nplurals, shelf.place.locale)


def fitted(forms: Sequence[str], count: int) -> tuple[str, ...]:
    """As many forms as there are boxes; those that are missing are empty."""
    return (*forms[:count], *("" for _missing in range(count - len(forms))))


def boxes(shelf: Shelf, item: Item, forms: Sequence[str], judged: Judged) -> list[Box]:
    """The boxes for the forms of an entry."""
    names = labels_of(shelf, item)
    wrong = {each.form or 0 for each in judged.errors}
    made = []
    for name, text in zip(names, fitted(forms, len(names)), strict=True):
        lines = sum(1 + len(line) // WIDE for line in text.split("\n"))
        if item.source.plural is None:
            label, numbers = _("Translation"), ""
        else:
            label, numbers = label_of(name), ", ".join(map(str, name.numbers)) + (" …" if name.is_more else "")
        made.append(Box(label, numbers, text, min(max(2, lines), MOST_ROWS), name.index in wrong))
    return made


def source_pieces(item: Item) -> tuple[list[Piece], list[Piece]]:
    """The English text and its plural, cut into pieces; the same placeholder has the same number in both."""
    numbers: dict[str, int] = {}
    plural = item.source.plural
    return pieces(item.source.id, numbers), pieces(plural, numbers) if plural is not None else []


def to_copy(item: Item) -> list[str]:
    """What a translation copies from the English text."""
    return copied(*item.source.texts)


def before(item: Item) -> Parts:
    """How the English text has changed since the translation was made, where the file remembers that."""
    if item.previous is None:
        return []
    _context, text, plural = item.previous
    found = words_changed(text, item.source.id) if text != item.source.id else []
    if item.source.plural is not None and plural and plural != item.source.plural:
        found = [*found, *([("same", " / ")] if found else []), *words_changed(plural, item.source.plural)]
    return found


def standings(item: Item, base: str, link: str) -> tuple[list[Standing], int]:
    """The first files of an entry, and how many more there are; `link` is a pattern for code on the web or empty."""
    places = list(dict.fromkeys(item.source.places))
    found = []
    for place in places[:MOST_PLACES]:
        path, _colon, line = place.rpartition(":")
        if not path or not line.isdecimal():
            path, line = place, ""
        found.append(Standing(place, base + path, link.replace("{path}", quote(path)).replace("{line}", line or "1")))
    return found, max(0, len(places) - MOST_PLACES)


def state_of(item: Item, has_error: bool) -> tuple[str, str, str]:
    """Name, status and shape of the state that an entry is in."""
    name, status, shape = STATES["failing" if has_error and item.state != "fuzzy" else item.state]
    return str(name), status, shape
