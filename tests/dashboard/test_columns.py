"""Single bars as numbers."""

from __future__ import annotations

import pytest

from backoffice.dashboard import chart, columns
from backoffice.dashboard.columns import Columns


def drawn(*values: float | None, top: float = 10, **more: object) -> Columns:
    """A drawing of these values, named by their places."""
    names = [str(number) for number in range(len(values))]
    return columns.standing(values, names, names, top=top, levels=["0", "1", "2", "3"], **more)  # type: ignore[arg-type]


def test_bars_stand_on_the_ground_in_proportion() -> None:
    low, high = drawn(2, 4).columns
    for bar in (low, high):
        assert bar.y + bar.height == pytest.approx(chart.GROUND, abs=0.1)
    assert high.height == pytest.approx(2 * low.height, abs=0.2)


def test_nothing_has_no_bar_and_little_has_a_small_one() -> None:
    none, zero, little = drawn(None, 0, 0.0001).columns
    assert (none.height, zero.height) == (0, 0)
    assert little.height == columns.LEAST


def test_what_is_beyond_the_scale_ends_at_its_top() -> None:
    assert drawn(99).columns[0].y == pytest.approx(chart.TOP, abs=0.1)


def test_a_mark_beyond_the_scale_is_left_out() -> None:
    assert drawn(1, mark=(11, "Target")).mark is None
    mark = drawn(1, mark=(10, "Target")).mark
    assert mark is not None
    assert mark.y == pytest.approx(chart.TOP, abs=0.1)


@pytest.mark.parametrize("many", [1, 2, 5, 24, 30, 90])
@pytest.mark.parametrize("is_wide", [False, True])
def test_bars_stand_beside_each_other_inside_the_drawing(many: int, is_wide: bool) -> None:
    found = drawn(*[10.0] * many, is_wide=is_wide)
    places = [bar.x for bar in found.columns]
    assert places[0] >= chart.LEFT
    assert places[-1] + found.bar_width <= found.width
    assert all(after - before > found.bar_width for before, after in zip(places, places[1:], strict=False))
