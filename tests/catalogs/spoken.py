"""Reads a page as people do: what it says in words, and where those words are in no catalog."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from re import Pattern

from backoffice.catalogs.pseudo import CLOSING, OPENING

#: Attributes that are read, or read out.
ATTRIBUTES = (
    "alt", "aria-description", "aria-label", "aria-placeholder", "aria-roledescription", "aria-valuetext", "label",
    "placeholder", "title",
)  # fmt: skip
#: What is no text for readers, or the words of somebody: names, records, moments, keys, code.
_NOT_OURS = frozenset(("script", "style", "bdi", "time", "code", "kbd", "samp", "pre", "textarea", "template"))
_VOID = frozenset(
    (
        "area",
        "base",
        "br",
        "col",
        "embed",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "source",
        "track",
        "wbr",
        "use",
        "path",
    )
)
#: A text that was cut short lacks its closing bracket; what comes behind its block is another text.
_BLOCKS = frozenset(
    ("p", "li", "td", "th", "tr", "div", "section", "header", "footer", "nav", "h1", "h2", "h3", "h4", "option",
     "button", "label", "legend", "summary", "dt", "dd", "figcaption", "form", "title", "article", "main", "ul",
     "table")
)  # fmt: skip
_WORD = re.compile(r"[^\W\d_]{2,}")
#: What Babel writes of days, hours and zones in English; the made-up language has them, too.
_MOMENT = re.compile(
    r"\b(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sep(?:tember)?|Oct(?:ober)?"
    r"|Nov(?:ember)?|Dec(?:ember)?|(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)(?:(?:s|nes|rs|ur)?day)?|AM|PM|UTC)\b"
    r"|\b\d+ (?:sec|min|hr|days?|wks?|mths?|yrs?)\b"
)


class _Page(HTMLParser):
    """The texts and read attributes of a page, each with the tag it is in."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[tuple[str, bool]] = []
        self.told: list[tuple[str, str]] = []
        self.depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        skipped = tag in _NOT_OURS or (tag != "html" and "lang" in values)
        skipped = skipped or bool(self.open and self.open[-1][1])
        if not skipped:
            self.told += [(f"{tag} {name}", outside(values[name] or "")[0]) for name in ATTRIBUTES if values.get(name)]
            if tag == "input" and values.get("type") in ("submit", "button", "reset"):
                self.told.append(("input value", outside(values.get("value") or "")[0]))
            if tag == "meta" and values.get("name") in ("description", "application-name"):
                self.told.append(("meta", outside(values.get("content") or "")[0]))
        if tag not in _VOID:
            self.open.append((tag, skipped))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        for place in range(len(self.open) - 1, -1, -1):
            if self.open[place][0] == tag:
                del self.open[place:]
                break
        if tag in _BLOCKS:
            self.depth = 0

    def handle_data(self, data: str) -> None:
        # A sentence with a link in it is in brackets as a whole, so they are counted from one element to the next.
        left, self.depth = outside(data, self.depth)
        if left and not (self.open and self.open[-1][1]):
            self.told.append((self.open[-1][0] if self.open else "", left))


def outside(text: str, depth: int = 0) -> tuple[str, int]:
    """What is left of a text without what stands in the brackets of the made-up language, and how many stay open."""
    kept = []
    for letter in text:
        if letter == OPENING:
            depth += 1
        elif letter == CLOSING:
            depth = max(0, depth - 1)
        elif not depth:
            kept.append(letter)
    return "".join(kept).strip(), depth


def untold(page: str, known: Pattern[str]) -> Iterator[tuple[str, str]]:
    """Tag and words of each text that came from no catalog and is not, wholly, made of what is known."""
    reader = _Page()
    reader.feed(page)
    for tag, text in reader.told:
        left = _MOMENT.sub(" ", known.sub(" ", text)) if _WORD.search(text) else ""
        if _WORD.search(left):
            yield tag, left.strip()


def pattern_of(known: Iterable[str]) -> Pattern[str]:
    """What finds any of these texts as whole words, the longest first."""
    listed = sorted({each for each in known if each}, key=len, reverse=True)
    return re.compile("|".join(rf"(?<!\w){re.escape(each)}(?!\w)" for each in listed) or r"(?!)")
