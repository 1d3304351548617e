"""The two figures by which scores are judged."""

from __future__ import annotations

import random

import pytest

from backoffice.spam.quality import area_under_curve, recall_at


@pytest.mark.parametrize(
    ("values", "labels", "area"),
    [
        ([0.9, 0.8, 0.2, 0.1], [1, 1, 0, 0], 1.0),
        ([0.1, 0.2, 0.8, 0.9], [1, 1, 0, 0], 0.0),
        ([0.9, 0.4, 0.6, 0.1], [1, 1, 0, 0], 0.75),
        ([0.5, 0.5], [1, 0], 0.5),
        ([0.5, 0.7], [1, 1], 0.5),
    ],
)
def test_the_area_is_the_share_of_pairs_in_the_right_order(values: list[float], labels: list[int], area: float) -> None:
    assert area_under_curve(values, [bool(label) for label in labels]) == pytest.approx(area)


def test_recall_is_counted_down_to_the_last_value_that_is_precise_enough() -> None:
    values = [0.9, 0.8, 0.7, 0.6, 0.5]
    assert recall_at(0.98, values, [True, True, False, True, False]) == pytest.approx(2 / 3)
    assert recall_at(0.75, values, [True, True, False, True, False]) == 1.0
    assert recall_at(0.98, values, [False, True, True, True, True]) == 0.0


def test_equal_values_are_taken_together() -> None:
    assert recall_at(0.98, [0.9, 0.9, 0.1], [True, False, True]) == 0.0


def test_both_agree_with_the_library() -> None:
    from sklearn.metrics import precision_recall_curve, roc_auc_score

    chance = random.Random(5)
    labels = [chance.random() < 0.4 for _ in range(500)]
    values = [round(chance.gauss(float(label) * 2, 1.0), 1) for label in labels]
    assert area_under_curve(values, labels) == pytest.approx(roc_auc_score(labels, values))
    precision, recall, _thresholds = precision_recall_curve(labels, values)
    assert recall_at(0.98, values, labels) == pytest.approx(recall[precision >= 0.98].max())
