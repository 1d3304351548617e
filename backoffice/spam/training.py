"""Training: from labelled texts to numbers. The only place that needs scikit-learn, which is loaded when it begins.

A linear support vector machine at scikit-learn's own settings, on words, pairs of near words, runs of letters and a few
signs; its values become likelihoods by Platt's method, on texts that the model which valued them had not seen. Nothing
is left to chance: the same examples in the same order give the same numbers.
"""

from __future__ import annotations

import hashlib
import math
import warnings
from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from backoffice.foundation.errors import InvalidInput
from backoffice.foundation.i18n import _l
from backoffice.spam.features import SIGNS, cut, folded, shown_by, unfolded
from backoffice.spam.linear import LinearModel
from backoffice.spam.quality import area_under_curve, recall_at

#: Fewer of a kind teach nothing.
LEAST = 10
#: More texts, or characters of them, are not looked at; the newest count.
MOST_TEXTS = 20_000
MOST_CHARACTERS = 6_000_000
#: Features that are kept, the commonest first, and how many are counted before the rare ones are dropped.
MOST_WORDS, MOST_RUNS = 40_000, 80_000
MOST_COUNTED = 1_500_000
FOLDS, FEW_FOLDS = 5, 3
#: From so many texts on, fewer folds measure as well.
MANY = 5_000
PRECISION = 0.98
SEED = 1


@dataclass(frozen=True, slots=True)
class Example:
    """A text, and whether it is spam."""

    text: str
    is_spam: bool


@dataclass(frozen=True, slots=True)
class Training:
    """What came of it; `held_out` are the likelihoods of all examples, each by a model that had not seen it."""

    model: LinearModel
    examples: int
    spam_examples: int
    auc: float
    recall: float
    held_out: list[float]


@dataclass(frozen=True, slots=True)
class _Kind:
    """The features of one kind: the place and the rarity of each."""

    places: dict[str, int]
    rarities: list[float]


def bounded(examples: Sequence[Example]) -> list[Example]:
    """As many of the examples, given newest first, as a training looks at, and of each the part it looks at."""
    kept: list[Example] = []
    characters = 0
    for example in examples[:MOST_TEXTS]:
        text = cut(example.text)
        characters += len(text)
        if characters > MOST_CHARACTERS:
            break
        kept.append(Example(text, example.is_spam))
    return kept


def check(examples: Sequence[Example]) -> None:
    """Raise InvalidInput unless there are enough examples of both kinds."""
    spam = sum(example.is_spam for example in examples)
    if min(spam, len(examples) - spam) < LEAST:
        raise InvalidInput(
            _l(
                "Too few to learn from: %(spam)s are spam and %(rest)s are not; at least %(least)s of each are needed.",
                spam=spam,
                rest=len(examples) - spam,
                least=LEAST,
            )
        )


def train(examples: Sequence[Example]) -> Training:
    """Learn from examples that `bounded` gave. Raises InvalidInput if there are too few of a kind."""
    check(examples)
    import numpy as np
    from scipy import sparse

    labels = np.array([example.is_spam for example in examples])
    kinds = _vocabularies(examples)
    shape = (len(examples), sum(len(kind.places) for kind in kinds) + len(SIGNS))
    matrix = sparse.csr_matrix(_matrix(examples, kinds), shape=shape)
    values = _held_out(matrix, labels, _groups(examples))
    slope, shift = _likelihoods(values, labels)
    weights, intercept = _fitted(matrix, labels)
    weights, intercept = weights * slope, float(intercept * slope + shift)
    places = iter(weights.tolist())
    words, runs = (
        {term: (rarity, next(places)) for term, rarity in zip(kind.places, kind.rarities, strict=True)}
        for kind in kinds
    )
    known = [bool(label) for label in labels]
    likely = (1 / (1 + np.exp(-(values * slope + shift)))).tolist()
    return Training(
        model=LinearModel(words, runs, dict(zip(SIGNS, places, strict=True)), intercept),
        examples=len(examples),
        spam_examples=sum(known),
        auc=area_under_curve(values.tolist(), known),
        recall=recall_at(PRECISION, values.tolist(), known),
        held_out=likely,
    )


def _vocabularies(examples: Sequence[Example]) -> tuple[_Kind, _Kind]:
    """The features that are kept. Rarity is counted over all examples: it knows no labels."""
    words: Counter[str] = Counter()
    runs: Counter[str] = Counter()
    for example in examples:
        shown = shown_by(example.text)
        for counted, seen in ((words, shown.words), (runs, shown.runs)):
            counted.update(seen.keys())
            if len(counted) > MOST_COUNTED:
                for term in [term for term, times in counted.items() if times == 1]:
                    del counted[term]
    return _kind(words, MOST_WORDS, len(examples)), _kind(runs, MOST_RUNS, len(examples))


def _kind(counted: Counter[str], most: int, total: int) -> _Kind:
    chosen = sorted(counted, key=lambda term: (-counted[term], term))[:most]
    rarities = [math.log((1 + total) / (1 + counted[term])) + 1 for term in chosen]
    return _Kind({term: place for place, term in enumerate(chosen)}, rarities)


def _matrix(examples: Sequence[Example], kinds: tuple[_Kind, _Kind]) -> tuple[Any, Any, Any]:
    """The strengths of all features of all texts, as scipy wants them for a sparse matrix."""
    import numpy as np

    data, indices, starts = array("d"), array("i"), array("q", [0])
    words, runs = kinds
    first_run, first_sign = len(words.places), len(words.places) + len(runs.places)
    for example in examples:
        shown = shown_by(example.text)
        for seen, kind, first in ((shown.words, words, 0), (shown.runs, runs, first_run)):
            found = [(kind.places[term], times) for term, times in seen.items() if term in kind.places]
            strengths = [(1 + math.log(times)) * kind.rarities[place] for place, times in found]
            length = math.sqrt(sum(strength * strength for strength in strengths)) or 1.0
            indices.extend([first + place for place, _times in found])
            data.extend([strength / length for strength in strengths])
        for place, sign in enumerate(SIGNS):
            if amount := shown.signs.get(sign):
                indices.append(first_sign + place)
                data.append(amount)
        starts.append(len(data))
    return np.frombuffer(data), np.frombuffer(indices, dtype=np.intc), np.frombuffer(starts, dtype=np.int64)


def _groups(examples: Sequence[Example]) -> list[int]:
    """A number for each text; texts that say the same have the same, so that none is valued by its own copy."""
    numbers: dict[bytes, int] = {}
    return [numbers.setdefault(_same(example.text), len(numbers)) for example in examples]


def _same(text: str) -> bytes:
    return hashlib.sha256("".join(folded(unfolded(text)).split()).encode()).digest()


def _held_out(matrix: Any, labels: Any, groups: list[int]) -> Any:
    import numpy as np

    values = np.zeros(len(labels))
    for seen, unseen in _folds(labels, groups):
        weights, intercept = _fitted(matrix[seen], labels[seen])
        values[unseen] = matrix[unseen] @ weights + intercept
    return values


def _folds(labels: Any, groups: list[int]) -> Iterator[tuple[Any, Any]]:
    """Each text is in one part that is held out; both kinds are in every part wherever that can be."""
    from sklearn.model_selection import StratifiedGroupKFold

    folds = StratifiedGroupKFold(FOLDS if len(labels) < MANY else FEW_FOLDS, shuffle=True, random_state=SEED)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for seen, unseen in folds.split(labels, labels, groups):
            if 0 < labels[seen].sum() < len(seen):
                yield seen, unseen


def _fitted(matrix: Any, labels: Any) -> tuple[Any, float]:
    from sklearn.svm import LinearSVC

    machine = LinearSVC(class_weight="balanced", random_state=SEED)
    with warnings.catch_warnings():
        # It stops after a thousand rounds and says so; a little short of the optimum scores no worse.
        warnings.simplefilter("ignore")
        machine.fit(matrix, labels)
    return machine.coef_[0], float(machine.intercept_[0])


def _likelihoods(values: Any, labels: Any) -> tuple[float, float]:
    """What turns a value into a likelihood: 0.5 where both kinds are as likely."""
    from sklearn.linear_model import LogisticRegression

    curve = LogisticRegression(class_weight="balanced").fit(values.reshape(-1, 1), labels)
    return max(float(curve.coef_[0, 0]), 0.01), float(curve.intercept_[0])
