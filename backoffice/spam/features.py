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
HEAD, TAIL = 500, 200
#: Between the two a link is looked for up to here, and so many characters before and after its beginning count as well.
FARTHEST, AROUND = 20_000, 50
#: What is looked at is never longer.
LONGEST = HEAD + TAIL + 2 * AROUND + 2
#: A word is cut after so many characters; a text without a space is one.
LONGEST_WORD = 24
#: Two words are a pair up to this distance.
NEAR = 3
#: Runs of so many characters, over the borders of words too.
SHORTEST_RUN, LONGEST_RUN = 2, 6
SIGNS = ("has link", "long", "capitals", "digits", "exclaims")
#: The weight of a sign beside the words.
SIGN = 0.5
#: The words that stand for any link and any time in a video.
LINK, TIME = "weblink", "timemark"
#: Words of a link's address that are looked at.
MOST_LINK_WORDS = 6

_ANCHOR = re.compile(r"<a\s[^<>]{0,400}?href=[\"']?([^\"'<> ]{1,300})[^<>]{0,200}>([^<>]{0,300})</a>", re.IGNORECASE)
_TAG = re.compile(r"</?[a-z][^<>]{0,200}>", re.IGNORECASE)
_LINK = re.compile(
    r"(?:https?://|www\.)[^\s<>\"']{1,300}|\b[a-z0-9-]{2,40}\.(?:com|net|org|info|biz|co|io|tv|me|ru|tk|ly)\b[^\s<>\"']{0,300}",
    re.IGNORECASE,
)
_FAR_LINK = re.compile(r"https?://|www\.", re.IGNORECASE)
_TIME = re.compile(r"\b\d{1,2}(?::\d\d){1,2}\b")
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
#: Characters without a shape, which cut words apart for programs only, and halves of characters.
_UNSEEN = ("Cf", "Cs")
_REPEATED = re.compile(r"(.)\1{3,}")


@dataclass(frozen=True, slots=True)
class Shown:
    """The features of one text, each with how often it was seen; `signs` have a value between 0 and 1."""

    words: Counter[str]
    runs: Counter[str]
    signs: dict[str, float]


def shown_by(text: str) -> Shown:
    """What the text shows."""
    raw, line, tokens = _read(text)
    return Shown(Counter([*tokens, *pairs_of(tokens)]), _runs(" ".join(line.split())), _signs(raw, tokens))


def pairs_of(tokens: list[str]) -> list[str]:
    """Two words each that stand near each other, in their order."""
    return [
        f"{one} {other}" for apart in range(1, NEAR + 1) for one, other in zip(tokens, tokens[apart:], strict=False)
    ]


def words_as_written(text: str) -> dict[str, str]:
    """Each word that the text shows, with how it is written there when it stands there first."""
    raw, _line, tokens = _read(text)
    written = {folded(word)[:LONGEST_WORD]: word for word in reversed(_WORD.findall(raw))}
    for mark, pattern in ((LINK, _LINK), (TIME, _TIME)):
        if found := pattern.search(raw):
            written[mark] = found.group()
    return {token: written.get(token, token) for token in tokens}


def _read(text: str) -> tuple[str, str, list[str]]:
    raw = unfolded(text)
    # A single character may stand for a whole sentence, so the length is bounded once more.
    line = folded(_TIME.sub(f" {TIME} ", _LINK.sub(_link_words, raw)))[: LONGEST + 100]
    return raw, line, [word[:LONGEST_WORD] for word in _WORD.findall(line)]


def cut(text: str) -> str:
    """The part of a text that is looked at: its beginning, its end, and what stands around a link between the two."""
    if len(text) <= HEAD + TAIL:
        return text
    found = _FAR_LINK.search(text, HEAD, min(len(text) - TAIL, FARTHEST))
    between = text[max(found.start() - AROUND, HEAD) : found.start() + AROUND] if found else ""
    return f"{text[:HEAD]} {between} {text[-TAIL:]}"


def unfolded(text: str) -> str:
    """The text without what cannot be seen: entities resolved, tags gone but for the addresses they hold."""
    text = html.unescape(cut(text))
    if "<" in text:
        text = _TAG.sub(" ", _ANCHOR.sub(_anchor, text))
    if text.isascii():
        return text
    return "".join(character for character in text if unicodedata.category(character) not in _UNSEEN)


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
    return f" {LINK} {' '.join(parts[:MOST_LINK_WORDS])} "


def _runs(line: str) -> Counter[str]:
    line = f" {line} "
    size = len(line)
    found: list[str] = []
    for length in range(SHORTEST_RUN, LONGEST_RUN + 1):
        found += [line[start : start + length] for start in range(size - length + 1)]
    return Counter(found)


def _signs(raw: str, tokens: list[str]) -> dict[str, float]:
    """Facts about the whole, the same for any language; small, so that they bend what the words say, no more."""
    letters = sum(map(str.isalpha, raw))
    capitals = sum(map(str.isupper, raw))
    amounts = (
        float(LINK in tokens),
        min(len(tokens), 60) / 60,
        capitals / letters if letters > 8 else 0.0,
        min(sum(map(str.isdigit, raw)), 10) / 10,
        min(raw.count("!"), 5) / 5,
    )
    return {sign: amount * SIGN for sign, amount in zip(SIGNS, amounts, strict=True) if amount}
