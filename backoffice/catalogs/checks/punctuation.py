"""Punctuation as each language writes it: the last mark, brackets and quotation marks."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from backoffice.catalogs.checks.finding import Finding
from backoffice.catalogs.checks.registry import finding
from backoffice.foundation.i18n import Text, _l

_CLOSING = " \t\r\n\u00a0\u202f\u200b\u200c\u200e\u200f\u061c\u2069\u202c\"'`”“’‘»«›‹)]）】」』〉》*_"
#: One mark for all that mean the same.
_MARKS = {
    **dict.fromkeys(".。．｡।॥۔։።៕།", "."), **dict.fromkeys(":：፡៖", ":"), **dict.fromkeys(";；؛", ";"),
    **dict.fromkeys("?？؟՞⸮", "?"), **dict.fromkeys("!！՜", "!"), **dict.fromkeys("…⋯", "…"),
}  # fmt: skip
#: Languages that end sentences without a mark.
_WITHOUT_STOP = frozenset(("th", "lo", "my", "km", "bo", "dz", "ii"))
#: Marks that mean something else in these languages.
_OTHERS = {
    "el": {";": "?", "\u037e": "?", "·": ";", "\u0387": ";"},
    "hy": {":": ".", "`": ":", "՝": ":"},
    "am": {"፤": ";"},
}
#: How many entries tell the habit of a catalog, at most and at least.
_SAMPLE, _LEAST = 100, 8
_WORD = re.compile(r"[^\W\d_]{2,}")
_TAG = re.compile(r"<[^<>]*>")

_PAIRS = (("(（", ")）"), ("[【", "]】"), ("{", "}"))
_BRACKET = re.compile(r"[()（）\[\]【】{}]")
#: Brackets that stand alone in lists and faces: "a)", "1)", ":-)", "[-" of a command.
_LONE = re.compile(r"(?:^|\s)(?:\d{1,2}|[^\W\d_])[)）]|[:;]-?[)(]")
_QUOTES = re.compile('["“”„‟«»‹›「」『』〈〉《》״]')
_INCHES = re.compile(r'\d"')


def warned(
    texts: Sequence[str], form: str, index: int | None, language: str, leaves_stops_out: bool = False
) -> Iterator[Finding]:
    """The warnings of one form."""
    no_stop = leaves_stops_out and _last(form, language) == "" and _last(texts[-1], "en") == "."
    if not no_stop and (end := _end(texts, form, language)):
        yield finding("end_punctuation", end, index)
    if _BRACKET.search(form) and not any(_uneven(text) for text in texts) and (found := _uneven(form)):
        text = _l("It does not have as many %(opening)s as %(closing)s.", opening=found[0], closing=found[1])
        yield finding("brackets", text, index)
    lone = form.count('"') % 2 and not _INCHES.search(form) and not any(text.count('"') % 2 for text in texts)
    # „…" and ”…" are typed by many who have no other mark on their keyboards.
    if lone and len(_QUOTES.findall(form)) % 2:
        yield finding("brackets", _l("A quotation mark stands alone."), index)


def leaves_stops_out(pairs: Iterable[tuple[str, str]], locale: str) -> bool:
    """Whether a catalog, by its first English texts and translations, ends sentences without a stop as its habit.

    Then a missing stop is no slip, and nobody needs to hear of it at each entry.
    """
    language, without, counted = re.split(r"[_\-@]", locale, maxsplit=1)[0], 0, 0
    for english, form in pairs:
        if form and _last(english, "en") == "." and len(_WORD.findall(english)) >= 3:
            counted += 1
            without += _last(form, language) == ""
            if counted == _SAMPLE:
                break
    return counted >= _LEAST and without * 2 > counted


def _end(texts: Sequence[str], form: str, language: str) -> Text | None:
    if language in _WITHOUT_STOP:
        return None
    given, wanted = _last(form, language), [_last(text, "en") for text in texts]
    if given in wanted:
        return None
    words = len(_WORD.findall(_TAG.sub("", texts[-1])))
    if wanted[-1]:
        # An abbreviation loses its stop, a sentence does not.
        return None if wanted[-1] == "." and words < 3 else _l("It does not end with “%(mark)s”.", mark=wanted[-1])
    return None if given == "." and words < 4 else _l("It ends with “%(mark)s”, unlike the English text.", mark=given)


def _last(text: str, language: str) -> str:
    """The mark that a text ends with, as English writes it; empty for none."""
    text = _TAG.sub("", text).rstrip(_CLOSING)
    if text.endswith(("...", "。。。", "…")):
        return "…"
    return _OTHERS.get(language, {}).get(text[-1:]) or _MARKS.get(text[-1:], "")


def _uneven(text: str) -> tuple[str, str] | None:
    """A kind of bracket that is not closed as often as it is opened."""
    counted = Counter(_BRACKET.findall(text))
    for opening, closing in _PAIRS:
        if sum(counted[mark] for mark in opening) != sum(counted[mark] for mark in closing):
            rest = _LONE.sub(" ", text)
            return (opening[0], closing[0]) if rest == text else _uneven(rest)
    return None
