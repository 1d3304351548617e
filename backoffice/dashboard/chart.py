"""Stacked bars as numbers for SVG: where each begins, how high it is, and the lines behind them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from backoffice.comments.models import CommentStatus
from backoffice.dashboard.days import Day, Days

#: The order of a stack, from the ground up.
STACK = (CommentStatus.APPROVED, CommentStatus.REJECTED, CommentStatus.SPAM, CommentStatus.PENDING)

WIDTH, HEIGHT = 760, 190
#: Where the bars stand: from the left edge, between ceiling and ground.
LEFT, TOP, GROUND = 36.0, 12.0, 160.0
BAR = 16.0
#: Lines behind the bars, the ground among them.
LINES = 4
#: A day is named every week, counted back from today; of few days each, of very many every second week.
NAMED_EVERY = 7
_FEW, _VERY_MANY = 10, 60
#: A bar takes no more of its place than this.
_FILLED = 0.72


@dataclass(frozen=True)
class Block:
    """A part of a bar."""

    status: CommentStatus
    y: float
    height: float


@dataclass(frozen=True)
class Bar:
    """The bar of a day, from the ground up, and whether the day is named under it."""

    day: Day
    x: float
    blocks: Sequence[Block]
    is_named: bool


@dataclass(frozen=True)
class Line:
    """A level line and its number."""

    y: float
    number: int


@dataclass(frozen=True)
class Chart:
    """A drawing `WIDTH` by `HEIGHT`."""

    bars: Sequence[Bar]
    lines: Sequence[Line]
    width: int = WIDTH
    height: int = HEIGHT
    bar_width: float = BAR


def drawn(days: Days) -> Chart:
    """The bars of these days, on a scale whose lines have round numbers."""
    top = ceiling(days.peak.total)
    scale = (GROUND - TOP) / top
    many, last = len(days.days), len(days.days) - 1
    bar, step = spaced(many)
    every = named_every(many)
    bars = []
    for number, day in enumerate(days.days):
        ground, blocks = GROUND, []
        for status in STACK:
            if count := day.counts[status]:
                height = round(count * scale, 1)
                ground = round(ground - height, 1)
                blocks.append(Block(status, ground, height))
        bars.append(Bar(day, round(LEFT + number * step, 1), blocks, (last - number) % every == 0))
    part = top // (LINES - 1)
    return Chart(
        bars, [Line(round(GROUND - part * line * scale, 1), part * line) for line in range(LINES)], bar_width=bar
    )


def spaced(many: int) -> tuple[float, float]:
    """How wide each of so many bars is, and how far one begins after the other."""
    bar = min(BAR, round(_FILLED * (WIDTH - LEFT - 8) / max(many, 1), 1))
    return bar, (WIDTH - LEFT - bar - 8) / max(many - 1, 1)


def named_every(many: int) -> int:
    """Of so many days, the last is named, and then each so many before it."""
    return 1 if many <= _FEW else NAMED_EVERY if many <= _VERY_MANY else 2 * NAMED_EVERY


def ceiling(most: int) -> int:
    """The number of the highest line: at least `most`, and three times a round number."""
    part, power = -(-max(most, 1) // (LINES - 1)), 1
    while True:
        for first in (1, 2, 4, 5):
            if first * power >= part:
                return first * power * (LINES - 1)
        power *= 10
