"""Patterns: refused with a reason, or run in time that grows with the text alone."""

from __future__ import annotations

import time

import pytest

from backoffice.foundation.errors import InvalidInput
from backoffice.rules.patterns import LONGEST_PATTERN, MOST_PATTERNS, Patterns
from backoffice.rules.words import MOST_PLACES
from tests.rules.hostile import HOSTILE, scrambled

#: Patterns that take a backtracking engine longer than anybody lives.
BLOW_UP = [
    "(a+)+$", "(a|a)*$", "(a|aa)+$", "(.*a){20}$", "([a-zA-Z]+)*$", "(a*)*b", "^(([a-z])+.)+[A-Z]([a-z])+$",
    "(x+x+)+y", r"^(\w+\s?)*$", r"(\d+)*\.$", "((a?){10}){10}b", "(?:a?){50}a{50}", "(.+)+b",
]  # fmt: skip


@pytest.mark.parametrize("pattern", [each + "!" for each in BLOW_UP])
def test_no_pattern_can_hang_the_house(pattern: str) -> None:
    finder, text = Patterns([pattern]), "a" * 10_000
    begun = time.process_time()
    finder.find(text)
    # A backtracking engine would need more than the age of the universe; this leaves room for a slow machine.
    assert time.process_time() - begun < 2


@pytest.mark.parametrize(
    "pattern",
    [
        "(a",
        "a)",
        "[a",
        "*a",
        "a{2,1}",
        "(?=a)b",
        "(?<!a)b",
        r"(a)\1",
        "a{2000}",
        "(a{1000}){1000}",
        "(?P<x>a",
        "\\",
        "a**",
    ],
)
def test_what_is_no_pattern_is_refused_with_its_line_and_reason(pattern: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        Patterns(["good", pattern])
    assert refusal.value.field == "lines"
    assert "2" in str(refusal.value.message)


@pytest.mark.parametrize("pattern", ["", "a*", "x?", "|a", "^", "$", "(a|)"])
def test_what_fits_every_text_is_refused(pattern: str) -> None:
    with pytest.raises(InvalidInput, match="every text"):
        Patterns([pattern])


def test_too_large_and_too_many_are_refused() -> None:
    for lines in (
        ["a" * (LONGEST_PATTERN + 1)],
        ["a"] * (MOST_PATTERNS + 1),
        ["(a|b|c|d|e|f){90}x{500}"],
        ["[a-z]{90}x{300}"] * 9,
    ):
        with pytest.raises(InvalidInput):
            Patterns(lines)


def test_places_are_those_of_the_text_and_not_of_its_bytes() -> None:
    text = "ééé 😀 ВИАГРА v1agra"
    places = Patterns(["v[i1]agra", "виагра"]).find(text)
    assert [text[place.start : place.end] for place in places] == ["ВИАГРА", "v1agra"]


@pytest.mark.parametrize("text", [*HOSTILE.values(), *(scrambled(seed) for seed in range(20))])
def test_hostile_texts_are_read_and_marks_stay_within_them(text: str) -> None:
    places = Patterns(["bad", "[a-z]+", r"\p{Arabic}+", r"\w+\b", "."]).find(text)
    assert len(places) <= MOST_PLACES
    assert all(0 <= place.start < place.end <= len(text) for place in places)


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("(a", "a bracket “(” is not closed: (a"),
        ("a)", "a bracket “)” was not opened: a)"),
        ("[a", "a bracket “[” is not closed: [a"),
        ("a**", "what is repeated cannot be repeated again: **"),
        ("*a", "there is nothing that could be repeated: *"),
        ("a{2,1}", "it may be repeated 1,000 times at most, the smaller number first: {2,1}"),
        ("[b-a]", "a range of characters is wrong: b-a"),
        (r"a\q", r"a backslash stands before something it has no meaning for: \q"),
        ("a\\", "a backslash stands at the end"),
        ("(?P<n", "a group has a name that cannot be one: (?P<n"),
        ("(?=a)", "looking ahead and back, and other marks after “(?”, are not known here: (?="),
    ],
)
def test_what_is_wrong_with_a_pattern_is_said_in_words(pattern: str, said: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        Patterns([pattern])
    assert str(refused.value.message) == f"Line 1 is no pattern: {said}"
