"""A language made up for developers: English with accents, longer and in brackets. What lacks them is in no catalog.

Its texts are made in memory, so it has no file, and nothing that is filled in, no tag and no address changes.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from babel.support import NullTranslations
from flask import Flask

from babel import localedata
from backoffice.catalogs import po
from backoffice.catalogs.layers import stamp_of
from backoffice.catalogs.places import TEMPLATE
from backoffice.foundation.i18n import SOURCE_LOCALE

#: Its code; en and XA are what others call it, too.
LOCALE = "en_XA"
OPENING, CLOSING = "⟦", "⟧"

_KEPT = re.compile(
    r"%%|%\([^()]*\)[^a-zA-Z%]{0,9}[a-zA-Z]|%[sd]|\{[^{}]*\}|<[^<>]*>|&#?\w+;|\bhttps?://\S+|\bmailto:\S+|\\\w"
)
_ACCENTS = str.maketrans(
    "abcdeghijklnorstuwyzABCDEGHIJKLNORSTUWYZ",
    "àƀçđéĝĥîĵķļñöŕšţûŵýžÀƁÇĐÉĜĤÎĴĶĻÑÖŔŠŢÛŴÝŽ",
)
_FILLING = "·onetwothreefourfive"


@lru_cache(maxsize=8192)
def pseudo(text: str) -> str:
    """The text as the made-up language says it; blank texts stay blank."""
    said = text.strip()
    if not said:
        return text
    start = text.index(said)
    parts, position = [], 0
    for kept in _KEPT.finditer(said):
        parts += [said[position : kept.start()].translate(_ACCENTS), kept[0]]
        position = kept.end()
    parts.append(said[position:].translate(_ACCENTS))
    more = (len(said) * 2 + 4) // 5
    filling = (_FILLING * (more // len(_FILLING) + 1))[:more].translate(_ACCENTS)
    return f"{text[:start]}{OPENING}{''.join(parts)}{filling}{CLOSING}{text[start + len(said) :]}"


class Pseudo(NullTranslations):
    """The translations of every domain into the made-up language."""

    def ugettext(self, message: str) -> str:
        """The text, made up."""
        return pseudo(message)

    def ungettext(self, singular: str, plural: str, num: Any) -> str:
        """The form for the number, made up."""
        return pseudo(singular if num == 1 else plural)

    def upgettext(self, context: str, message: str) -> str:
        """The text, made up, whatever its context."""
        return pseudo(message)

    def unpgettext(self, context: str, singular: str, plural: str, num: Any) -> str:
        """The form for the number, made up, whatever its context."""
        return self.ungettext(singular, plural, num)

    def forms(self, text: str) -> str | list[str]:
        """The text, or both forms of one with a plural, for our scripts."""
        plural = _plurals(stamp_of(TEMPLATE)).get(text)
        return pseudo(text) if plural is None else [pseudo(text), pseudo(plural)]

    def plural(self, number: Any) -> int:
        """Which of both forms says a number."""
        return int(number != 1)


TRANSLATIONS = Pseudo()


@lru_cache(maxsize=2)
def _plurals(_stamp: Any) -> dict[str, str]:
    try:
        file = po.parse(TEMPLATE.read_bytes())
    except (OSError, po.PoFault):
        return {}
    return {entry.id: entry.plural for entry in file.entries if entry.plural is not None}


def is_spoken(app: Flask) -> bool:
    """Whether the application speaks it: only where developers ask for it."""
    return bool(app.config.get("PSEUDO_LOCALE"))


def install(app: Flask) -> None:
    """Make the language known to Babel, with the days and numbers of English, where the application speaks it."""
    if is_spoken(app):
        localedata._cache.setdefault(LOCALE, localedata.load(SOURCE_LOCALE))
