"""A text in parts: nothing is lost, and what is marked is what was found."""

from __future__ import annotations

import random

import pytest

from backoffice.rules.marking import marked


def test_places_that_overlap_are_one_and_nothing_is_lost() -> None:
    assert marked("a bad word", [[2, 5], [4, 10]]) == [("a ", False), ("bad word", True)]
    assert marked("bad", [[0, 3]]) == [("bad", True)]
    assert marked("", [[0, 3]]) == []


@pytest.mark.parametrize("seed", range(40))
def test_the_parts_make_up_the_text_again_whatever_the_places(seed: int) -> None:
    chance = random.Random(seed)
    text = "".join(chance.choices("ab 😀é", k=60))
    spans = [[chance.randint(-5, 70), chance.randint(-5, 70)] for _ in range(8)]
    parts = marked(text, spans)
    assert "".join(part.text for part in parts) == text
    covered = {place for start, end in spans for place in range(max(start, 0), min(end, 60))}
    assert sum(len(part.text) for part in parts if part.is_marked) == len(covered)


def test_an_excerpt_shows_the_first_place() -> None:
    text = "x" * 500 + "bad" + "y" * 500
    parts = marked(text, [[500, 503]], 100)
    assert ("bad", True) in parts
    assert sum(len(part.text) for part in parts) == 102
