"""Single bars as numbers for SVG: one value each, on a scale of one's own, with a level that may be marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from backoffice.dashboard.chart import GROUND, HEIGHT, LEFT, LINES, TOP, WIDTH, spaced

#: A bar of something is never lower, so that little does not look like nothing.
LEAST = 1.5
#: Wide bars take so much of their place.
WIDE = 0.5


@dataclass(frozen=True)
class Column:
    """The bar of a value, what is said of it, and the name under it, empty where there is none."""

    x: float
    y: float
    height: float
    told: str
    name: str


@dataclass(frozen=True)
class Level:
    """A level line and what stands beside it."""

    y: float
    told: str


@dataclass(frozen=True)
class Columns:
    """A drawing `WIDTH` by `HEIGHT`."""

    columns: Sequence[Column]
    lines: Sequence[Level]
    mark: Level | None
    bar_width: float
    left: float = LEFT
    width: int = WIDTH
    height: int = HEIGHT


def standing(
    values: Sequence[float | None],
    told: Sequence[str],
    names: Sequence[str],
    *,
    top: float,
    levels: Sequence[str],
    mark: tuple[float, str] | None = None,
    is_wide: bool = False,
) -> Columns:
    """Bars for values from 0 to `top`, none where a value is None. `levels` names the `LINES` lines from the ground up.

    A mark that lies beyond the scale is left out. Wide bars stand in the middle of equal parts, for a few with names.
    """
    scale = (GROUND - TOP) / top
    bar, step = spaced(len(values))
    first = LEFT
    if is_wide:
        step = (WIDTH - LEFT - 8) / len(values)
        bar = round(step * WIDE, 1)
        first = LEFT + (step - bar) / 2
    columns = []
    for number, value in enumerate(values):
        height = 0.0 if not value else max(round(min(value, top) * scale, 1), LEAST)
        columns.append(
            Column(round(first + number * step, 1), round(GROUND - height, 1), height, told[number], names[number])
        )
    part = (GROUND - TOP) / (LINES - 1)
    lines = [Level(round(GROUND - part * number, 1), levels[number]) for number in range(LINES)]
    marked = Level(round(GROUND - mark[0] * scale, 1), mark[1]) if mark and mark[0] <= top else None
    return Columns(columns, lines, marked, bar)
