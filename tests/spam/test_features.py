"""What a text shows: the same words in any dress, and bounded work for any text."""

from __future__ import annotations

import pytest

from backoffice.spam.features import HEAD, LONGEST, SIGNS, TAIL, cut, shown_by, words_as_written


@pytest.mark.parametrize(
    "dressed",
    [
        "FREE Money",
        "frée monéy",
        "f\u200bree mo\u00adney",
        "\ufefffree money\ufeff",
        "ｆｒｅｅ ｍｏｎｅｙ",
        "𝐟𝐫𝐞𝐞 𝐦𝐨𝐧𝐞𝐲",
        "free&nbsp;money",
        "free<br />money",
        "fr\u202eee money",
    ],
)
def test_a_word_is_known_in_any_dress(dressed: str) -> None:
    assert shown_by(dressed).words == shown_by("free money").words


def test_words_that_stand_near_each_other_are_pairs() -> None:
    words = shown_by("check out my channel now").words
    assert {"check out", "check my", "check channel", "out channel"} <= set(words)
    assert "check now" not in words


def test_runs_go_over_the_borders_of_words() -> None:
    assert {" my ch", "y ch"} <= set(shown_by("my channel").runs)


@pytest.mark.parametrize(
    "text",
    [
        "see https://example.com/a?b=c",
        "see www.example.com",
        "see example.com/page",
        '<a href="http://example.com">here</a>',
        "SEE HTTP://EXAMPLE.COM",
    ],
)
def test_a_link_is_seen(text: str) -> None:
    shown = shown_by(text)
    assert shown.signs["has link"] > 0
    assert {"weblink", "example"} <= set(shown.words)


@pytest.mark.parametrize(
    "text", ["no link here", "at the end. of it", '<a href="http://www.youtube.com/watch?v=x&amp;t=2m19s">2:19</a> wow']
)
def test_what_is_no_link_is_none(text: str) -> None:
    assert "has link" not in shown_by(text).signs


def test_a_moment_of_the_video_is_any_moment() -> None:
    assert shown_by("2:19 wow").words == shown_by("1:04:55 wow").words


HOSTILE = {
    "no space": "a" * 10_000,
    "nothing but links": "http://a.bc/" * 1_000,
    "NUL": "\x00" * 10_000,
    "emoji": "😀🏳️‍🌈👩‍👩‍👧" * 1_000,
    "right to left": "\u202eمرحبا بالعالم " * 800,
    "marks": "e" + "\u0301" * 9_999,
    "ligatures of whole sentences": "\ufdfa" * 10_000,
    "half characters": "\ud800" * 10_000,
    "open tags": "<a " * 5_000,
    "anchors": '<a href="' * 2_000,
    "entities": "&amp;" * 3_000,
    "dots": "a." * 5_000,
    "a megabyte": "buy it now " * 100_000,
    "nothing": "",
    "blanks": " \n\t" * 3_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_no_text_shows_more_than_a_bounded_number_of_features(text: str) -> None:
    shown = shown_by(text)
    limit = LONGEST + 100
    assert shown.words.total() <= limit * 4
    assert shown.runs.total() <= (limit + 2) * 5
    assert set(shown.signs) <= set(SIGNS)
    assert all(0 < amount <= 1 for amount in shown.signs.values())


def test_the_end_of_a_long_text_is_looked_at() -> None:
    assert "casino" in shown_by("lovely weather " * 1_000 + "casino").words


def test_a_link_in_the_middle_of_a_long_text_is_seen() -> None:
    text = "lovely weather " * 300 + "see my shop http://example.com now " + "lovely weather " * 300
    assert len(cut(text)) <= LONGEST
    assert cut(text).startswith(text[:HEAD])
    assert cut(text).endswith(text[-TAIL:])
    assert {"shop", "weblink", "now"} <= set(shown_by(text).words)


def test_words_are_told_as_they_are_written() -> None:
    written = words_as_written("Chéck my CHANNEL at https://example.com/me, 2:19")
    assert written["check"] == "Chéck"
    assert written["channel"] == "CHANNEL"
    assert written["weblink"] == "https://example.com/me,"
    assert written["timemark"] == "2:19"
