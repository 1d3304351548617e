"""Texts cut into pieces, plural forms named by their numbers, and two people's words brought together."""

from __future__ import annotations

import pytest
from babel.messages.plurals import get_plural

from backoffice.workbench.differences import merged, words_changed
from backoffice.workbench.numbers import labels
from backoffice.workbench.pieces import copied, pieces


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("%(num)s of %(all)s, %(num)s left", ["%(num)s", "%(all)s"]),
        ("%d files in %s, 100%%", ["%d", "%s", "%%"]),
        ("100% done, 50% of it", []),
        ("{name} has {count:,} of {x.y[0]!r}; {{not}} this", ["{name}", "{count:,}", "{x.y[0]!r}"]),
        ('<a href="/x">Go</a> &amp; &nbsp;', ['<a href="/x">', "</a>", "&amp;", "&nbsp;"]),
        ("1 < 2 and a > b", []),
    ],
)
def test_what_a_translation_copies_is_found(text: str, found: list[str]) -> None:
    assert copied(text) == found


def test_the_pieces_of_a_text_make_the_text() -> None:
    for text in ("  a %(b)s\n\tc  d {e} ", "", " ", "%(x)s", "\u00a0?", "a\n"):
        assert "".join(piece.text for piece in pieces(text)) == text


def test_only_spaces_that_cannot_be_seen_have_a_sign() -> None:
    assert [piece.sign for piece in pieces(" a b  c\n\u00a0!") if piece.sign] == ["·", "··", "↵", "⍽"]


def test_a_placeholder_has_the_same_number_in_singular_and_plural() -> None:
    numbers: dict[str, int] = {}
    pieces("%(name)s has %(num)s", numbers)
    assert [piece.number for piece in pieces("%(num)s of %(name)s", numbers) if piece.number] == [2, 1]


@pytest.mark.parametrize(
    ("locale", "told"),
    [
        ("de", ["One", "Other"]),
        ("pl", ["One", "Few", "Many"]),
        ("ar", ["Zero", "One", "Two", "Few", "Other", "Many"]),
        ("ja", ["Other"]),
    ],
)
def test_forms_have_the_names_that_cldr_gives_them(locale: str, told: list[str]) -> None:
    plural = get_plural(locale)
    found = labels(plural.plural_expr, plural.num_plurals, locale)
    assert [label.name._args[0] for label in found if label.name is not None] == told


def test_a_rule_that_is_not_the_languages_own_has_numbers_and_no_wrong_names() -> None:
    one, other = labels("(n > 1)", 2, "de")
    assert (one.name, one.numbers, one.is_more) == (None, (0, 1), False)
    assert (other.numbers, other.is_more) == ((2, 3, 4, 5, 6), True)


def test_a_rule_that_is_broken_leaves_the_boxes_without_numbers() -> None:
    assert [label.numbers for label in labels("n / 0 +", 3, "de")] == [(), (), ()]


def test_a_change_is_told_by_whole_words() -> None:
    assert words_changed("a vas", "a na vas") == [("same", "a "), ("ins", "na "), ("same", "vas")]
    assert words_changed("one two three", "four five six") == [("del", "one two three"), ("ins", "four five six")]
    assert words_changed("%(num)s old", "%(num)s new") == [("same", "%(num)s "), ("del", "old"), ("ins", "new")]
    assert words_changed("", "new") == [("ins", "new")]
    assert words_changed("same", "same") == [("same", "same")]


@pytest.mark.parametrize(
    ("base", "theirs", "mine", "both"),
    [
        ("a b c d e", "x b c d e", "a b c d y", "x b c d y"),
        ("a b c", "a b c", "a b d", "a b d"),
        ("a b c", "a x c", "a b c", "a x c"),
        ("a b c", "a x c", "a y c", None),
        ("a b", "a x", "a x", "a x"),
        ("", "x", "y", None),
    ],
)
def test_words_that_only_one_changed_are_brought_together(base: str, theirs: str, mine: str, both: str | None) -> None:
    assert merged(base, theirs, mine) == both
