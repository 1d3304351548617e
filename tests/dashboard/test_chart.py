"""The bars of the first page as numbers."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from backoffice.comments.models import CommentStatus
from backoffice.dashboard import chart
from backoffice.dashboard.days import Day, Days


def month(**last: int) -> Days:
    """Thirty days without a comment, but for the last one."""
    none = dict.fromkeys(CommentStatus, 0)
    counts = {**none, **{CommentStatus.of(name): count for name, count in last.items()}}
    first = date(2026, 10, 23)
    return Days([Day(first + timedelta(days=day), none if day < 29 else counts) for day in range(30)])


@pytest.mark.parametrize(("most", "top"), [(0, 3), (1, 3), (4, 6), (13, 15), (41, 60), (115, 120), (121, 150)])
def test_the_highest_line_has_a_round_number_above_every_bar(most: int, top: int) -> None:
    assert chart.ceiling(most) == top


def test_a_bar_stands_on_the_ground_and_its_parts_on_each_other() -> None:
    drawn = chart.drawn(month(approved=3, rejected=2, pending=1))
    blocks = drawn.bars[-1].blocks
    assert [block.status for block in blocks] == [
        CommentStatus.APPROVED,
        CommentStatus.REJECTED,
        CommentStatus.PENDING,
    ]
    assert blocks[0].y + blocks[0].height == pytest.approx(chart.GROUND, abs=0.1)
    for lower, upper in zip(blocks, blocks[1:], strict=False):
        assert upper.y + upper.height == pytest.approx(lower.y, abs=0.1)
    assert blocks[0].height == pytest.approx(3 * blocks[2].height, abs=0.3)


def test_every_bar_stays_inside_the_drawing() -> None:
    drawn = chart.drawn(month(approved=121))
    assert drawn.bars[-1].blocks[0].y >= chart.TOP
    assert drawn.bars[-1].x + chart.BAR <= chart.WIDTH


def test_today_is_named_and_the_same_weekday_before() -> None:
    named = [bar.day.day for bar in chart.drawn(month()).bars if bar.is_named]
    assert named[-1] == date(2026, 11, 21)
    assert {(named[-1] - day).days % 7 for day in named} == {0}


@pytest.mark.parametrize(("many", "every"), [(7, 1), (30, 7), (90, 14)])
def test_of_few_days_each_is_named_and_of_many_some(many: int, every: int) -> None:
    none = dict.fromkeys(CommentStatus, 0)
    drawn = chart.drawn(Days([Day(date(2026, 6, 1) + timedelta(days=day), none) for day in range(many)]))
    named = [number for number, bar in enumerate(drawn.bars) if bar.is_named]
    assert named[-1] == many - 1
    assert {after - before for before, after in zip(named, named[1:], strict=False)} == {every}
    assert all(after.x - before.x > drawn.bar_width for before, after in zip(drawn.bars, drawn.bars[1:], strict=False))
