"""What a text shows to the model: words and pairs of words, runs of letters, and signs such as links.

Everything is bounded: of a long text only its beginning and its end are looked at, whatever it is made of.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass

#: So many characters from the beginning of a text are looked at, and so many from its end.
HEAD, TAIL = 1_500, 500
LONGEST_NAME = 80
#: A word is cut after so many characters; a text without a space is one.
LONGEST_WORD = 24
#: Runs of so many characters of a word, with its borders.
SHORTEST_RUN, LONGEST_RUN = 2, 5
#: Words of a link's address that are looked at.
MOST_LINK_WORDS = 6

_ANCHOR = re.compile(r"<a\s[^<>]{0,400}?href=[\"']?([^\"'<> ]{1,300})[^<>]{0,200}>([^<>]{0,300})</a>", re.IGNORECASE)
_TAG = re.compile(r"</?[a-z][^<>]{0,200}>", re.IGNORECASE)
_LINK = re.compile(
    r"(?:https?://|www\.)[^\s<>\"']{1,300}|\b[a-z0-9-]{2,40}\.(?:com|net|org|info|biz|co|io|tv|me|ru|tk|ly)\b[^\s<>\"']{0,300}",
    re.IGNORECASE,
)
_TIME = re.compile(r"\b\d{1,2}(?::\d\d){1,2}\b")
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
_MARK = re.compile(r"[^\w\s]")
_REPEATED = re.compile(r"(.)\1{3,}")


@dataclass(frozen=True, slots=True)
class Shown:
    """The features of one text, each with how often it was seen; `signs` have a value between 0 and 1."""

    words: Counter[str]
    runs: Counter[str]
    signs: dict[str, float]


def shown_by(text: str, name: str = "") -> Shown:
    """What the text shows; `name` is its author's, as it was given."""
    raw = unfolded(text)
    links = _LINK.findall(raw)
    line = folded(_TIME.sub(" timemark ", _LINK.sub(_link_words, raw)))
    tokens = [word[:LONGEST_WORD] for word in _WORD.findall(line)]
    words = Counter(tokens)
    words.update(f"{first} {second}" for first, second in zip(tokens, tokens[1:], strict=False))
    return Shown(words, _runs(line), _signs(raw, tokens, len(links)))


def cut(text: str) -> str:
    """The part of a text that is looked at."""
    return text if len(text) <= HEAD + TAIL else f"{text[:HEAD]} {text[-TAIL:]}"


def unfolded(text: str) -> str:
    """The text without what cannot be seen: entities resolved, tags gone but for the addresses they hold."""
    text = html.unescape(cut(text))
    if "<" in text:
        text = _TAG.sub(" ", _ANCHOR.sub(_anchor, text))
    if text.isascii():
        return text
    return "".join(character for character in text if unicodedata.category(character) != "Cf")


def folded(text: str) -> str:
    """The text in small letters without accents, letters in fancy dress as plain ones, long repeats shortened."""
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text)
        text = "".join(character for character in text if not unicodedata.combining(character))
    return _REPEATED.sub(r"\1\1\1", text.casefold())


def _anchor(match: re.Match[str]) -> str:
    target, words = match.groups()
    # A link whose words are a time leads to a moment of the very video.
    return f" {words} " if _TIME.fullmatch(words.strip()) else f" {target} {words} "


def _link_words(match: re.Match[str]) -> str:
    parts = [part for part in _WORD.findall(match.group()[:100]) if not part.isdigit()]
    return " weblink " + " ".join(parts[:MOST_LINK_WORDS]) + " "


def _runs(line: str) -> Counter[str]:
    found: list[str] = []
    for token in line.split():
        padded = f" {token[:LONGEST_WORD]} "
        size = len(padded)
        for length in range(SHORTEST_RUN, LONGEST_RUN + 1):
            found.extend([padded[start : start + length] for start in range(size - length + 1)])
    return Counter(found)


def _signs(raw: str, tokens: list[str], links: int) -> dict[str, float]:
    """Facts about the whole; the same four or five for any language."""
    letters = sum(map(str.isalpha, raw))
    capitals = sum(map(str.isupper, raw))
    return {
        "has link": float(links > 0),
        "long": min(len(tokens), 60) / 60,
        "capitals": capitals / letters if letters > 8 else 0.0,
        "digits": min(sum(map(str.isdigit, raw)), 10) / 10,
        "exclaims": min(raw.count("!"), 5) / 5,
    }
