"""Translations that cannot break a page: where one cannot be filled in, its English text is, and the log says so."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from markupsafe import Markup, escape

from backoffice.catalogs.checks.formats import percents

#: What filling in raises when a placeholder is unknown, cut short or of another kind.
UNFILLED = (KeyError, ValueError, TypeError, IndexError, AttributeError, OverflowError)


class Guarded(str):
    """A translation with placeholders; `%` and `format` fill in its English text where they cannot fill in this one.

    `told` is called with the reason the first time. What the English text raises itself is raised.
    """

    __slots__ = ("english", "told")
    english: tuple[str, ...]
    told: Callable[[str, Exception], None] | None

    def __new__(cls, text: str, english: tuple[str, ...], told: Callable[[str, Exception], None]) -> Guarded:
        """The translation of an English text, or of a singular and a plural."""
        made = super().__new__(cls, text)
        made.english, made.told = english, told
        return made

    def __str__(self) -> str:
        return self

    def __mod__(self, values: Any) -> str:
        try:
            return str.__mod__(self, values)
        except UNFILLED as error:
            return self._english_for(values, error) % values

    def format(self, *args: Any, **values: Any) -> str:
        """Fill in the braces."""
        try:
            return str.format(self, *args, **values)
        except UNFILLED as error:
            return self._english_for(values or args, error).format(*args, **values)

    def _english_for(self, values: Any, error: Exception) -> str:
        if self.told is not None:
            self.told(self.english[0], error)
            self.told = None
        given = values.values() if isinstance(values, Mapping) else values if isinstance(values, tuple) else (values,)
        return self.english[0] if any(value in (1, "1") for value in given) else self.english[-1]


class GuardedMarkup(Markup):
    """A guarded translation after escaping: what it is filled with may be markup, it cannot be."""

    __slots__ = ("said",)
    said: Guarded

    def __new__(cls, said: Guarded) -> GuardedMarkup:
        """The translation, escaped."""
        made = super().__new__(cls, escape(str.__str__(said)))
        made.said = said
        return made

    def __mod__(self, values: Any) -> Markup:  # type: ignore[override]  # what is filled in needs no guard any more
        try:
            # Not its own `%`, whose answer would be of this class and so be escaped once more.
            return escape(str.__str__(self.said)) % values
        except UNFILLED as error:
            return escape(self.said._english_for(values, error)) % values


def escaped(value: Any) -> Markup:
    """The filter `e` of templates: as usual, and the guard of a translation stays."""
    return GuardedMarkup(value) if isinstance(value, Guarded) else escape(value)


def guarded(text: str, english: tuple[str, ...], told: Callable[[str, Exception], None]) -> str:
    """The translation, guarded where it or its English text has something to fill in."""
    if "%" in text or "{" in text or any("%" in each or "{" in each for each in english):
        return Guarded(text, english, told)
    return text


def unfilled(text: str) -> str:
    """The text as it is shown when nothing is filled in: a doubled percent sign is one.

    A text with placeholders is left as it is, as they may be filled in later.
    """
    if "%%" not in text:
        return text
    english = text.english[-1] if isinstance(text, Guarded) else text
    return text if percents(english).is_filled else str.__str__(text).replace("%%", "%")
