"""Slips of words and numbers: what a careful reader would ask about."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache

from backoffice.catalogs.checks import scripts
from backoffice.catalogs.checks.finding import Finding, Source
from backoffice.catalogs.checks.registry import finding
from backoffice.foundation.i18n import SOURCE_LOCALE, Text, _l

#: What is no word of the text: placeholders, tags, character codes, addresses.
_FILLED = re.compile(
    r"%\([^()]*\)[^a-zA-Z%]{0,9}[a-zA-Z]|%\d+\$[a-zA-Z]|%[\d.\-]*[sdifrx]\b|\{[^{}]*\}|<[^<>]*>|&#?\w+;"
    r"|\b(?:https?|ftp)://\S+|\bwww\.\S+|(?<![\w.+-])[\w.+-]{1,64}@[\w-]+\.\w+"
)
_WORD = re.compile(r"[^\W\d_]+")
_SMALL_WORD = re.compile(r"(?<![\w.\-/])[a-z]{3,}(?![\w\-/])")
_REPEATED = re.compile(r"(?<![\w\-'’])([^\W\d_]{2,})[ \u00a0]+\1(?![\w\-'’])", re.IGNORECASE)
#: Words that stand twice in good sentences, and languages in which any word may.
_TWICE = {"de": {"die", "der", "das", "den", "dem", "sie"}, "fr": {"nous", "vous"}, "nl": {"dat", "die"}}
_DOUBLING = frozenset(
    re.findall(r"\w+", "id ms vi th tr hi ur bn ta te ml mr ne az ky kk uz hu sw tl fil haw mi sm my km lo zh ja ko")
)
_NUMBER = re.compile(r"(?<![^\W\d_])\d+(?:[.,\u00a0\u202f'’\u066b\u066c]\d+| \d{3}(?!\d))*")
#: Numbers that languages say in words.
_IN_WORDS = 12
_ACCESS_KEY = re.compile(r"(?:^|(?<=[\s(]))[&_](?=[^\W\d_])(?!\w+[;_])")
_MOST = re.compile(r"max-length:\s*(\d{1,6})")


@lru_cache(maxsize=8192)
def plain(text: str) -> str:
    """The text with one mark for each of what is filled in, tags, character codes and addresses."""
    return _FILLED.sub(" \ufffc ", text) if re.search(r"[%{<&@/.]", text) else text


def warned(source: Source, form: str, index: int | None, locale: str) -> Iterator[Finding]:
    """The warnings of one form."""
    language = language_of(locale)
    english, said = [plain(text) for text in source.texts], plain(form)
    yield from _numbers(english, said, index)
    if form in source.texts and language != SOURCE_LOCALE and _is_sentence(english[-1]):
        yield finding("unchanged", _l("It is the same as the English text."), index)
    if language not in _DOUBLING and (found := _REPEATED.search(said)):
        word = found[1]
        if word.casefold() not in _TWICE.get(language, ()) and not any(map(_REPEATED.search, english)):
            yield finding("repeated_word", _l("It says “%(word)s” twice.", word=word), index)
    if text := _length(source, form):
        yield finding("length", text, index)
    if text := _capital(source.texts, form, locale, language):
        yield finding("capital", text, index)
    if len(_ACCESS_KEY.findall(source.id)) == 1 and not re.search(r"[&_]\w", form):
        yield finding("access_key", _l("No letter is marked as the key for a menu."), index)
    if text := _letters(english, said, locale):
        yield finding("script", text, index)


def language_of(locale: str) -> str:
    """The language of a locale, without country and script."""
    return re.split(r"[_\-@]", locale, maxsplit=1)[0]


def _numbers(english: Sequence[str], said: str, index: int | None) -> Iterator[Finding]:
    given, wanted = _told(said), [_told(text) for text in english]
    if not given and not any(wanted) or given in wanted:
        return
    closest = wanted[-1]
    missing, more = closest - given, given - set().union(*wanted)
    if not (missing and more) and all(int(number) <= _IN_WORDS for number in missing | more):
        return
    for number in sorted(missing):
        yield finding("numbers", _l("It lacks the number %(number)s.", number=number), index, number)
    if not missing and more:
        yield finding("numbers", _l("It has the number %(number)s.", number=min(more)), index)


@lru_cache(maxsize=8192)
def _told(text: str) -> frozenset[str]:
    """The numbers of a text, in European digits and without separators."""
    found = _NUMBER.findall(text)
    return frozenset("".join(str(unicodedata.digit(each)) for each in number if each.isdecimal()) for number in found)


def _is_sentence(english: str) -> bool:
    """Whether a text is more than names and words that many languages share."""
    return len(_SMALL_WORD.findall(english)) >= 2 or (
        len(_SMALL_WORD.findall(english)) == 1 and len(_WORD.findall(english)) >= 3
    )


def _length(source: Source, form: str) -> Text | None:
    for note in (*source.flags, *source.notes):
        if found := _MOST.search(note):
            most = int(found[1])
            if len(form) > most:
                return _l("It has %(given)s characters; there is room for %(most)s.", given=len(form), most=most)
            return None
    text = max(source.texts, key=len)
    if 3 < len(text) <= 25 and len(form) > max(2.5 * len(text), len(text) + 20) and not text.endswith((".", "?", "!")):
        return _l("It is much longer than the English text.")
    return None


def _capital(texts: Sequence[str], form: str, locale: str, language: str) -> Text | None:
    given = _first(form)
    if given is None or given.isupper() == given.islower() or "\u10d0" <= given <= "\u10ff":  # Georgian has one case
        return None
    firsts = [_first(text) for text in texts]
    if None in firsts or len(_WORD.findall(texts[-1])) < 2:
        return None
    if all(first.isupper() for first in firsts if first) and given.islower():
        return _l("It does not begin with a capital letter.")
    if all(first.islower() for first in firsts if first) and given.isupper() and language not in ("de", "lb", "nds"):
        return _l("It begins with a capital letter, unlike the English text.")
    return None


def _first(text: str) -> str | None:
    """The letter that a text begins with; None where it begins with something else."""
    text = text.lstrip(" \t\r\n\u00a0\"'“”„«»‘’‚‹›(（[*_#-–—•¡¿\u200e\u200f\u2066\u2067\u2068")
    return text[0] if text[:1].isalpha() else None


def _letters(english: Sequence[str], said: str, locale: str) -> Text | None:
    if (word := scripts.mixed_word(said)) and not any(word in text for text in english):
        return _l("The word “%(word)s” mixes letters of two scripts that look alike.", word=word)
    own = scripts.scripts_of(locale)
    if not own:
        return None
    counted = scripts.letters_of(said)
    total, ours = counted.total(), sum(counted[script] for script in own)
    if total < 3 or ours * 2 >= total:
        return None
    if "Latn" in own:
        return _l("It is written in letters of another language.") if ours == 0 else None
    foreign = counted["Latn"]
    if foreign < total - ours:
        return _l("It is written in letters of another language.")
    words = set(_SMALL_WORD.findall(said)) & {word for text in english for word in _SMALL_WORD.findall(text)}
    return _l("Much of it is still in English.") if len(words) >= (1 if ours == 0 else 3) else None
