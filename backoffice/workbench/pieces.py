"""A text cut into what a translator reads, what she copies, and what could not be seen otherwise."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

#: Placeholders by the percent sign and in braces, then markup; `%%` and `{{` stand for the sign itself.
_COPIED = re.compile(
    r"%\([^)\s]*\)[#0\- +]*[\d.*]*[a-zA-Z]"
    r"|%[#0\-+]*[\d.*]*[sdifgreEGxXc](?![a-zA-Z])"
    r"|%%"
    r"|(?<!\{)\{[A-Za-z_0-9][\w.\[\]]*(?:![rsa])?(?::[^{}]*)?\}(?!\})"
    r"|</?[a-zA-Z][^<>]*>"
    r"|&(?:[a-zA-Z]+|#\d+|#x[0-9a-fA-F]+);"
)
#: What cannot be seen, or not told from a plain space: at the ends, in a row, or of another kind.
_UNSEEN = re.compile("^ +| +$|  +|\n|\t|\r|[\u00a0\u202f\u2007\u2009\u200b-\u200f\u2028\u2029\u2060\ufeff\u00ad]")
_SIGNS = {
    "\n": "↵", "\t": "⇥", "\r": "␍", "\u00a0": "⍽", "\u202f": "⍽", "\u2007": "⍽", "\u2009": "·", "\u200b": "[ZWSP]",
    "\u200c": "[ZWNJ]", "\u200d": "[ZWJ]", "\u200e": "[LRM]", "\u200f": "[RLM]", "\u2028": "↵", "\u2029": "¶",
    "\u2060": "[WJ]", "\ufeff": "[BOM]", "\u00ad": "[SHY]",
}  # fmt: skip

TEXT, COPIED, SPACE = "text", "copied", "space"


@dataclass(frozen=True)
class Piece:
    """A part of a text; `sign` is what shows a `space`, `number` counts what is `copied`, from 1, each only once."""

    kind: str
    text: str
    sign: str = ""
    number: int = 0


def pieces(text: str, known: dict[str, int] | None = None) -> list[Piece]:
    """The parts of a text in their order. `known` numbers what is copied through several texts of one entry."""
    numbers = {} if known is None else known
    found: list[Piece] = []
    at = 0
    for match in _COPIED.finditer(text):
        found += _seen(text, at, match.start())
        found.append(Piece(COPIED, match[0], number=numbers.setdefault(match[0], len(numbers) + 1)))
        at = match.end()
    return [*found, *_seen(text, at, len(text))]


def copied(*texts: str | None) -> list[str]:
    """What a translation of these texts copies from them, each once, in the order of its numbers."""
    numbers: dict[str, int] = {}
    for text in texts:
        for match in _COPIED.finditer(text or ""):
            numbers.setdefault(match[0], len(numbers) + 1)
    return list(numbers)


def _seen(text: str, start: int, end: int) -> Iterator[Piece]:
    """The text between two things to copy, with the spaces that need a sign; ends are those of the whole text."""
    for match in _UNSEEN.finditer(text):
        if match.end() <= start or match.start() >= end:
            continue
        first, last = max(match.start(), start), min(match.end(), end)
        if first > start:
            yield Piece(TEXT, text[start:first])
        spaces = text[first:last]
        yield Piece(SPACE, spaces, "".join(_SIGNS.get(sign, "·") for sign in spaces))
        start = last
    if end > start:
        yield Piece(TEXT, text[start:end])
