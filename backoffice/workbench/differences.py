"""Translations compared word by word; where two people wrote one, what only one of them changed is brought together."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence

#: Words beyond this are not compared one by one.
MOST_WORDS = 4000
_WORD = re.compile(r"%\([^)\s]*\)\w|\{[^{}\s]*\}|</?[a-zA-Z][^<>]*>|\s+|\w+|[^\w\s]")

Words = Sequence[str]
#: Parts of a text with what happened to each: `same`, `ins` or `del`.
Parts = list[tuple[str, str]]


def words_changed(old: str, new: str) -> Parts:
    """The new text in parts, with what was taken out and put in."""
    if old == new:
        return [("same", new)] if new else []
    first, second = _WORD.findall(old), _WORD.findall(new)
    if not old.strip() or len(first) + len(second) > MOST_WORDS:
        return [*([("del", old)] if old else []), *([("ins", new)] if new else [])]
    parts: Parts = []
    out = put = ""
    matcher = difflib.SequenceMatcher(None, first, second, autojunk=False)
    for what, start, end, begin, finish in matcher.get_opcodes():
        same = "".join(first[start:end])
        if what != "equal" or (same.isspace() and (out or put) and end < len(first) and finish < len(second)):
            # A space between two changes belongs to both, or words would be told letter by letter.
            out, put = out + same, put + "".join(second[begin:finish])
            continue
        parts += _told(out, put)
        out = put = ""
        parts.append(("same", same))
    parts += _told(out, put)
    return parts


def _told(out: str, put: str) -> Parts:
    if out.isspace() and out == put:
        return [("same", out)]
    return [*([("del", out)] if out else []), *([("ins", put)] if put else [])]


def merged(base: str, theirs: str, mine: str) -> str | None:
    """All three as one text; None where both changed the same words, or words that stand side by side."""
    if theirs == mine or mine == base:
        return theirs
    if theirs == base:
        return mine
    first, second, third = (_WORD.findall(text) for text in (base, theirs, mine))
    if len(first) + len(second) + len(third) > MOST_WORDS:
        return None
    changes = sorted({*_changes(first, second), *_changes(first, third)})
    found: list[str] = []
    place, last = 0, -1
    for start, end, put in changes:
        # Changes that only touch may belong together, such as a word and the one put before it.
        if start <= last:
            return None
        found += [*first[place:start], *put]
        place = last = end
    return "".join([*found, *first[place:]])


def _changes(old: Words, new: Words) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    """What was put in for which words."""
    for what, start, end, begin, finish in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if what != "equal":
            yield start, end, tuple(new[begin:finish])
