"""A model as numbers: a weight for each feature. It is kept as compressed JSON, and read as if it came from a stranger.

The value of a text is `intercept + sum over its features of weight * strength`; the strength of a word or run is
`(1 + log(times seen)) * rarity`, divided by the length of the vector of all of its kind.
"""

from __future__ import annotations

import json
import math
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from backoffice.spam.features import shown_by, words_as_written

FORMAT = 1
#: Limits of what is read: bytes once unpacked, features of one kind, characters of one, and the size of a number.
LARGEST = 48 * 2**20
MOST_TERMS = 400_000
LONGEST_TERM = 80
BIGGEST_NUMBER = 1e6
KINDS = ("words", "runs")

#: Rarity and weight of each feature of a kind.
Terms = Mapping[str, tuple[float, float]]


class DamagedModel(ValueError):
    """The bytes are no model that can be used."""


@dataclass(frozen=True, slots=True)
class LinearModel:
    """What scores a text."""

    words: Terms
    runs: Terms
    signs: Mapping[str, float]
    intercept: float

    def value(self, text: str) -> float:
        """How likely the text is spam, from 0 to 1."""
        shown = shown_by(text)
        signs = sum(amount * self.signs.get(sign, 0.0) for sign, amount in shown.signs.items())
        return logistic(self.intercept + _sum(shown.words, self.words) + _sum(shown.runs, self.runs) + signs)

    def weighing(self, text: str, most: int = 5) -> list[tuple[str, float]]:
        """The words that weighed most, as they are written; above 0 for spam, below against it.

        What a pair of words weighs is shared by the two.
        """
        totals: defaultdict[str, float] = defaultdict(float)
        for term, amount in _each(shown_by(text).words, self.words):
            words = term.split(" ")
            for word in words:
                totals[word] += amount / len(words)
        heaviest = sorted((word for word in totals if totals[word]), key=lambda word: (-abs(totals[word]), word))
        written = words_as_written(text)
        return [(written.get(word, word), totals[word]) for word in heaviest[:most]]


def logistic(value: float) -> float:
    """From any number to one between 0 and 1."""
    return 1 / (1 + math.exp(-max(-700.0, min(700.0, value))))


def packed(model: LinearModel) -> bytes:
    """The model as bytes for the database."""
    kinds = {
        kind: {
            "terms": list(terms),
            "rarities": [float(f"{rarity:.5g}") for rarity, _weight in terms.values()],
            "weights": [float(f"{weight:.5g}") for _rarity, weight in terms.values()],
        }
        for kind, terms in ((kind, getattr(model, kind)) for kind in KINDS)
    }
    whole = {"format": FORMAT, "intercept": model.intercept, "signs": dict(model.signs), **kinds}
    return zlib.compress(json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode(), 6)


def unpacked(data: bytes) -> LinearModel:
    """The model that was kept. Raises DamagedModel for anything that is not exactly one."""
    try:
        unpacking = zlib.decompressobj()
        plain = unpacking.decompress(data, LARGEST)
        if not unpacking.eof or unpacking.unused_data:
            raise DamagedModel("it is cut, too long, or goes on after its end")
        whole = json.loads(plain.decode(), parse_constant=_no_number)
    except (zlib.error, UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise DamagedModel(type(error).__name__) from None
    if not isinstance(whole, dict) or set(whole) != {"format", "intercept", "signs", *KINDS}:
        raise DamagedModel("its parts are not those of a model")
    if whole["format"] != FORMAT:
        raise DamagedModel("it has another format")
    words, runs = (_terms(whole[kind]) for kind in KINDS)
    signs = whole["signs"]
    if not isinstance(signs, dict) or len(signs) > 100:
        raise DamagedModel("its signs are none")
    return LinearModel(
        words, runs, {sign: _number(amount) for sign, amount in signs.items()}, _number(whole["intercept"])
    )


def _sum(seen: Counter[str], terms: Terms) -> float:
    """What all features of a kind weigh together. One pass, for this is where the time goes."""
    weighed = squares = 0.0
    known = terms.get
    for term, times in seen.items():
        if found := known(term):
            rarity, weight = found
            strength = rarity if times == 1 else (1 + math.log(times)) * rarity
            weighed += strength * weight
            squares += strength * strength
    return weighed / math.sqrt(squares) if squares else 0.0


def _each(seen: Counter[str], terms: Terms) -> Iterator[tuple[str, float]]:
    """What each feature of a kind weighs."""
    known = [(term, (1 + math.log(times)) * terms[term][0]) for term, times in seen.items() if term in terms]
    length = math.sqrt(sum(strength * strength for _term, strength in known)) or 1.0
    for term, strength in known:
        yield term, strength * terms[term][1] / length


def _terms(kind: Any) -> dict[str, tuple[float, float]]:
    if not isinstance(kind, dict) or set(kind) != {"terms", "rarities", "weights"}:
        raise DamagedModel("a kind of feature has other parts")
    names, rarities, weights = kind["terms"], kind["rarities"], kind["weights"]
    if not all(isinstance(part, list) for part in (names, rarities, weights)):
        raise DamagedModel("a part of it is no list")
    if not len(names) == len(rarities) == len(weights) <= MOST_TERMS:
        raise DamagedModel("its lists do not belong together")
    if not set(map(type, names)) <= {str} or len(set(names)) != len(names):
        raise DamagedModel("its features are not words")
    if names and not 0 < min(map(len, names)) <= max(map(len, names)) <= LONGEST_TERM:
        raise DamagedModel("its features are too long or too short")
    rarities, weights = _numbers(rarities), _numbers(weights)
    if rarities and min(rarities) < 0:
        raise DamagedModel("something is rarer than possible")
    return dict(zip(names, zip(rarities, weights, strict=True), strict=True))


def _numbers(values: list[Any]) -> list[float]:
    # All at once, as there are hundreds of thousands.
    if not set(map(type, values)) <= {float, int}:
        raise DamagedModel("a number is none")
    if values and not -BIGGEST_NUMBER <= min(values) <= max(values) <= BIGGEST_NUMBER:
        raise DamagedModel("a number is out of bounds")
    return list(map(float, values))


def _number(value: Any) -> float:
    return _numbers([value])[0]


def _no_number(name: str) -> Any:
    raise DamagedModel(f"{name} is no number")
