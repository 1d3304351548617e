"""Text as rules compare it: case and accents folded, what cannot be seen removed, every character with its origin."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

#: Letters that Unicode does not take apart, and signs that are typed for one another.
_ALIKE = {
    "ł": "l",
    "ø": "o",
    "đ": "d",
    "ð": "d",
    "ħ": "h",
    "ı": "i",
    "æ": "ae",
    "œ": "oe",
    "\N{RIGHT SINGLE QUOTATION MARK}": "'",
    "\N{LEFT SINGLE QUOTATION MARK}": "'",
    "\N{LEFT DOUBLE QUOTATION MARK}": '"',
    "\N{RIGHT DOUBLE QUOTATION MARK}": '"',
    "\N{NON-BREAKING HYPHEN}": "-",
    "\N{HYPHEN}": "-",
    "\N{EN DASH}": "-",
}
#: Seen by nobody, though Unicode calls them letters or marks.
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0")


@dataclass(frozen=True, slots=True)
class Folded:
    """The folded text; character `i` of it comes from character `origins[i]` of the original."""

    text: str
    origins: Sequence[int]
    length: int

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The place in the original of `text[start:end]`, which must not be empty, with dropped marks after it."""
        last = self.origins[end - 1]
        # What was dropped between two letters, such as an accent, belongs to the first of them.
        after = self.origins[end] if end < len(self.origins) else self.length
        return self.origins[start], max(last + 1, after)


def folded(text: str) -> Folded:
    """Fold a text; linear in its length."""
    if _is_simple(text):
        return Folded(text.lower(), range(len(text)), len(text))
    parts: list[str] = []
    origins: list[int] = []
    for place, character in enumerate(text):
        plain = _FOLDS[character]
        if plain:
            parts.append(plain)
            origins.extend([place] * len(plain))
    return Folded("".join(parts), origins, len(text))


def fold(text: str) -> str:
    """The folded text alone."""
    return text.lower() if _is_simple(text) else "".join([_FOLDS[each] for each in text])


def _is_simple(text: str) -> bool:
    """Whether nothing but case has to be folded; those who read the folded text take all white space alike."""
    return text.isascii() and text.replace("\n", "").replace("\t", "").isprintable()


class _Folds(dict[str, str]):
    """The fold of each character, worked out when it is first met; never more than there are characters."""

    def __missing__(self, character: str) -> str:
        plain = self[character] = _fold_of(character)
        return plain


def _fold_of(character: str) -> str:
    if character.isspace():
        return " "
    if character in _ALIKE:
        return _ALIKE[character]
    taken_apart = unicodedata.normalize("NFKD", character).casefold()
    return "".join(
        " " if part.isspace() else _ALIKE.get(part, part)
        for part in unicodedata.normalize("NFKD", taken_apart)
        if not _is_unseen(part)
    )


def _is_unseen(character: str) -> bool:
    """Accents, points and controls. Vowel signs and the marks of kana stay: without them it is another word."""
    if character in _BLANK or "\ufe00" <= character <= "\ufe0f":
        return True
    kind, above = unicodedata.category(character), unicodedata.combining(character)
    return kind in ("Cf", "Cc", "Cs") or 10 <= above <= 35 or above >= 200


_FOLDS = _Folds()
