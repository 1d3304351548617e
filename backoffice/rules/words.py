"""Looking many words up at once: the work grows with the text, not with the list."""

from __future__ import annotations

import re
import unicodedata
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from backoffice.rules.folding import Folded, fold, folded

#: Places in one text that are marked; what comes after is not looked for.
MOST_PLACES = 20
LONGEST_LINE = 100
MOST_LINES = 20_000
#: Words and signs of a phrase.
LONGEST_PHRASE = 30
#: Where combining marks lie that make words of the scripts in use.
_MARKS = range(0x300, 0x11A00)


@dataclass(frozen=True, slots=True)
class Place:
    """What was found and where in the original text."""

    start: int
    end: int
    line: str


@cache
def _tokens() -> re.Pattern[str]:
    """A word with the vowel signs of its script, or a sign by itself."""
    marks = "".join(re.escape(chr(each)) for each in _MARKS if unicodedata.category(chr(each)).startswith("M"))
    return re.compile(rf"[\w{marks}]+|[^\w\s]")


def lines_of(text: str) -> list[str]:
    """The lines that say something, each once."""
    return list(dict.fromkeys(line for each in text.splitlines() if (line := " ".join(each.split()))))


def signs_in(line: str) -> int:
    """How many words and signs of their own a line has."""
    return len(_tokens().findall(fold(line)))


@dataclass(slots=True)
class _Node:
    """A step in a tree of words: the words that may follow, the line that ends here, and beginnings of a last word."""

    following: dict[str, _Node] = field(default_factory=dict)
    line: str | None = None
    beginnings: dict[str, str] = field(default_factory=dict)
    lengths: tuple[int, ...] = ()


class WholeWords:
    """Finds words and phrases that stand by themselves; `*` at the end of a line takes any ending."""

    def __init__(self, lines: Iterable[str]) -> None:
        # Lines of words only are looked for in the words of the text, whatever signs stand between them.
        self._words, self._signs = _Node(), _Node()
        self._has_words = self._has_signs = False
        for line in lines:
            self._take(line)

    def _take(self, line: str) -> None:
        is_open = line.endswith("*") and len(line) > 1
        tokens = _tokens().findall(fold(line[:-1] if is_open else line))
        if not tokens:
            return
        is_plain = all(_is_word(token) for token in tokens)
        self._has_words, self._has_signs = self._has_words or is_plain, self._has_signs or not is_plain
        node = self._words if is_plain else self._signs
        for token in tokens[:-1] if is_open else tokens:
            node = node.following.setdefault(token, _Node())
        if is_open:
            node.beginnings.setdefault(tokens[-1], line)
            node.lengths = tuple(sorted({len(each) for each in node.beginnings}))
        elif node.line is None:
            node.line = line

    def find(self, text: str | Folded) -> list[Place]:
        """The first places, in the order of the text; of several at one place the longest."""
        it = text if isinstance(text, Folded) else folded(text)
        tokens = [(match.group(), match.start(), match.end()) for match in _tokens().finditer(it.text)]
        found: list[Place] = []
        if self._has_words:
            found += _walk(self._words, [token for token in tokens if _is_word(token[0])], it)
        if self._has_signs:
            found += _walk(self._signs, tokens, it)
        return sorted(found, key=lambda place: (place.start, -place.end))[:MOST_PLACES]


def _is_word(part: str) -> bool:
    return len(part) > 1 or part.isalnum() or part == "_"


def _walk(root: _Node, tokens: list[tuple[str, int, int]], it: Folded) -> list[Place]:
    found: list[Place] = []
    position = 0
    while position < len(tokens) and len(found) < MOST_PLACES:
        best: tuple[int, int, str] | None = None
        node = root
        for step in range(position, min(position + LONGEST_PHRASE, len(tokens))):
            token, _start, end = tokens[step]
            for length in node.lengths:
                if length > len(token):
                    break
                if (line := node.beginnings.get(token[:length])) is not None:
                    best = (step, end, line)
            following = node.following.get(token)
            if following is None:
                break
            node = following
            if node.line is not None:
                best = (step, end, node.line)
        if best is None:
            position += 1
            continue
        found.append(Place(*it.span(tokens[position][1], best[1]), best[2]))
        position = best[0] + 1
    return found


class AnyPart:
    """Finds texts wherever they stand, in the middle of words too: one walk through the text (Aho and Corasick)."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._next: list[dict[str, int]] = [{}]
        self._back: list[int] = [0]
        self._line: list[tuple[int, str] | None] = [None]
        for line in lines:
            wanted = " ".join(fold(line.rstrip("*")).split())
            if wanted:
                self._take(wanted, line)
        self._link()

    def _take(self, wanted: str, line: str) -> None:
        node = 0
        for character in wanted:
            following = self._next[node].get(character)
            if following is None:
                following = self._next[node][character] = len(self._next)
                self._next.append({})
                self._back.append(0)
                self._line.append(None)
            node = following
        self._line[node] = self._line[node] or (len(wanted), line)

    def _link(self) -> None:
        """Let each node know where to go on when nothing follows, and take over the line that ends there."""
        waiting: deque[Any] = deque(self._next[0].values())
        while waiting:
            node = waiting.popleft()
            for character, following in self._next[node].items():
                back = self._back[node]
                while back and character not in self._next[back]:
                    back = self._back[back]
                self._back[following] = self._next[back].get(character, 0)
                self._line[following] = self._line[following] or self._line[self._back[following]]
                waiting.append(following)

    def find(self, text: str | Folded) -> list[Place]:
        """The first places, in the order of the text, none of them in another."""
        it = text if isinstance(text, Folded) else folded(text)
        found: list[Place] = []
        places: list[int] = []
        node, last = 0, ""
        for place, character in enumerate(it.text):
            if character.isspace():
                if last == " ":
                    continue
                character = " "
            last = character
            places.append(place)
            while node and character not in self._next[node]:
                node = self._back[node]
            node = self._next[node].get(character, 0)
            ending = self._line[node]
            if ending is not None:
                found.append(Place(*it.span(places[-ending[0]], place + 1), ending[1]))
                node = 0
                if len(found) == MOST_PLACES:
                    break
        return found
