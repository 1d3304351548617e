"""Words and phrases: what fits, what does not, and where the marks stand."""

from __future__ import annotations

import pytest

from backoffice.rules.folding import fold, folded
from backoffice.rules.words import MOST_PLACES, AnyPart, WholeWords, lines_of
from tests.rules.hostile import HOSTILE, scrambled


def marks(finder: WholeWords | AnyPart, text: str) -> list[str]:
    """The parts of the text that are marked."""
    return [text[place.start : place.end] for place in finder.find(text)]


@pytest.mark.parametrize(
    ("line", "text", "marked"),
    [
        ("press", "WordPress is no press", ["press"]),
        ("press", "WordPress", []),
        ("press", "PRESS, Press. press!", ["PRESS", "Press", "press"]),
        ("clown*", "clowns, a Clownery and a clown", ["clowns", "Clownery", "clown"]),
        ("clown*", "aclown", []),
        ("buy now", "Buy  now or BUY-NOW or buy\nnow", ["Buy  now", "BUY-NOW", "buy\nnow"]),
        ("buy now", "buy it now", []),
        ("buy no*", "buy nothing", ["buy nothing"]),
        ("cafe", "CAFÉ cafe\u0301 caf\u00e9", ["CAFÉ", "cafe\u0301", "caf\u00e9"]),
        ("café", "cafe", ["cafe"]),
        ("strasse", "Straße", ["Straße"]),
        ("bad", "b\u200ba\u00add", ["b\u200ba\u00add"]),
        ("bad", "ｂａｄ", ["ｂａｄ"]),
        ("bad", "𝐛𝐚𝐝 𝔟𝔞𝔡", ["𝐛𝐚𝐝", "𝔟𝔞𝔡"]),
        ("c++", "C++ and c", ["C++"]),
        ("don't", "don’t", ["don’t"]),
        ("💩", "x💩y", ["💩"]),
        ("हिन्दी", "मैं हिन्दी", ["हिन्दी"]),
        ("اهلا", "أَهْلًا", ["أَهْلًا"]),
        ("が", "か が", ["が"]),
        ("*", "a * b", ["*"]),
        ("a b c", "a b a b c", ["a b c"]),
    ],
)
def test_whole_words_are_found_where_they_stand_by_themselves(line: str, text: str, marked: list[str]) -> None:
    assert marks(WholeWords([line]), text) == marked


@pytest.mark.parametrize(
    ("line", "text", "marked"),
    [
        ("press", "WordPress", ["Press"]),
        ("foo bar", "a foo \n\n bar", ["foo \n\n bar"]),
        ("spam", "xSP\u200bÁMx", ["SP\u200bÁM"]),
        ("日本", "私は日本人です", ["日本"]),
        ("aa", "aaaa", ["aa", "aa"]),
        ("bcd", "abcd", ["bcd"]),
    ],
)
def test_parts_of_words_are_found_when_they_are_asked_for(line: str, text: str, marked: list[str]) -> None:
    assert marks(AnyPart([line]), text) == marked


def test_of_several_phrases_at_one_place_the_longest_is_marked() -> None:
    assert marks(WholeWords(["buy", "buy now", "now"]), "buy now, buy") == ["buy now", "buy"]


def test_the_line_that_fits_is_told_as_it_was_written() -> None:
    (place,) = WholeWords(["Clöwn*"]).find("clownish")
    assert place.line == "Clöwn*"


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("kind", [WholeWords, AnyPart])
def test_hostile_texts_are_read_and_marks_stay_within_them(kind: type, text: str) -> None:
    finder = kind(["bad", "word*", "a", "bad word", "مرحبا", "שלום", "😀", "com"])
    places = finder.find(text)
    assert len(places) <= MOST_PLACES
    for place in places:
        assert 0 <= place.start < place.end <= len(text)


@pytest.mark.parametrize("seed", range(60))
@pytest.mark.parametrize("kind", [WholeWords, AnyPart])
def test_what_is_marked_is_what_fits(kind: type, seed: int) -> None:
    text = scrambled(seed)
    for place in kind(["bad", "word", "ss"]).find(text):
        assert 0 <= place.start < place.end <= len(text)
        assert place.line in fold(text[place.start : place.end])


@pytest.mark.parametrize("seed", range(30))
def test_every_folded_character_comes_from_one_of_the_text_in_order(seed: int) -> None:
    text = scrambled(seed)
    it = folded(text)
    assert len(it.origins) == len(it.text)
    assert list(it.origins) == sorted(it.origins)
    assert all(0 <= origin < len(text) for origin in it.origins)


def test_the_work_does_not_grow_with_the_list() -> None:
    text = "some words of a reader " * 400
    few, many = WholeWords(["needle"]), WholeWords([f"needle{number}" for number in range(20_000)] + ["needle"])
    # A word that begins nothing costs one look-up, however many words are listed.
    assert len(many._words.following) > 20_000 >= len(few._words.following)
    assert all(token not in many._words.following for token in set(fold(text).split()))
    assert many.find(text) == few.find(text) == []


def test_a_list_of_parts_is_walked_once_whatever_overlaps() -> None:
    finder = AnyPart(["a" * length + "b" for length in range(1, 100)])
    steps = 0

    class Walked(dict[str, int]):
        def __contains__(self, key: object) -> bool:
            nonlocal steps
            steps += 1
            return super().__contains__(key)

    finder._next = [Walked(each) for each in finder._next]
    finder.find("a" * 10_000)
    assert steps <= 3 * 10_000


def test_lines_are_taken_once_and_without_blanks() -> None:
    assert lines_of(" a \n\n b  c\na\n") == ["a", "b c"]
