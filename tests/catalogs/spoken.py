"""Reads a page as people do: what it says in words, and where those words are in no catalog."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser

from backoffice.catalogs.pseudo import CLOSING, OPENING

#: Attributes that are read, or read out.
ATTRIBUTES = (
    "alt", "aria-description", "aria-label", "aria-placeholder", "aria-roledescription", "aria-valuetext", "label",
    "placeholder", "title",
)  # fmt: skip
#: What is no text for readers, or the words of somebody: names, records, moments, keys, code.
_NOT_OURS = frozenset(("script", "style", "bdi", "time", "code", "kbd", "samp", "pre", "textarea", "template"))
_VOID = frozenset(
    ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr", "use", "path")
)
_WORD = re.compile(r"[^\W\d_]{2,}")


class _Page(HTMLParser):
    """The texts and read attributes of a page, each with the tag it is in."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[tuple[str, bool]] = []
        self.told: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        skipped = tag in _NOT_OURS or (tag != "html" and "lang" in values)
        skipped = skipped or bool(self.open and self.open[-1][1])
        if not skipped:
            self.told += [(f"{tag} {name}", values[name] or "") for name in ATTRIBUTES if values.get(name)]
            if tag == "input" and values.get("type") in ("submit", "button", "reset"):
                self.told.append(("input value", values.get("value") or ""))
            if tag == "meta" and values.get("name") in ("description", "application-name"):
                self.told.append(("meta", values.get("content") or ""))
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
                return

    def handle_data(self, data: str) -> None:
        if data.strip() and not (self.open and self.open[-1][1]):
            self.told.append((self.open[-1][0] if self.open else "", data.strip()))


def outside(text: str) -> str:
    """What is left of a text without everything that stands in the brackets of the made-up language."""
    kept, depth = [], 0
    for letter in text:
        if letter == OPENING:
            depth += 1
        elif letter == CLOSING:
            depth = max(0, depth - 1)
        elif not depth:
            kept.append(letter)
    return "".join(kept).strip()


def untold(page: str, known: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Tag and words of each text that came from no catalog and is not, wholly, made of what is known."""
    reader = _Page()
    reader.feed(page)
    listed = sorted({each for each in known if each}, key=len, reverse=True)
    pattern = re.compile("|".join(rf"(?<!\w){re.escape(each)}(?!\w)" for each in listed)) if listed else None
    for tag, text in reader.told:
        left = outside(text)
        if _WORD.search(left) and pattern is not None:
            left = pattern.sub(" ", left)
        if _WORD.search(left):
            yield tag, left.strip()
