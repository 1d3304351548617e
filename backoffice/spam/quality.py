"""How good scores are: two numbers that need nothing but the values and the labels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby


def area_under_curve(values: Sequence[float], labels: Sequence[bool]) -> float:
    """How often a spam text has a higher value than one that is none (ROC AUC); 0.5 if there is but one kind."""
    spam = sum(labels)
    rest = len(labels) - spam
    if not spam or not rest:
        return 0.5
    above = passed = 0.0
    for spam_here, rest_here in reversed(list(_ranked(values, labels))):
        above += spam_here * (passed + rest_here / 2)
        passed += rest_here
    return above / (spam * rest)


def recall_at(precision: float, values: Sequence[float], labels: Sequence[bool]) -> float:
    """The largest share of the spam above any one value, where at least `precision` of what is above it is spam."""
    spam = sum(labels)
    found = taken = best = 0
    for spam_here, rest_here in _ranked(values, labels):
        found += spam_here
        taken += spam_here + rest_here
        if found >= precision * taken:
            best = found
    return best / spam if spam else 0.0


def _ranked(values: Sequence[float], labels: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """How many of either kind have each value, the highest first."""
    ordered = sorted(zip(values, labels, strict=True), key=lambda pair: -pair[0])
    for _value, pairs in groupby(ordered, key=lambda pair: pair[0]):
        kinds = [bool(label) for _same, label in pairs]
        yield sum(kinds), len(kinds) - sum(kinds)
