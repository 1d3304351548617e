"""Plain text from outside."""

from __future__ import annotations

import pytest

from backoffice.foundation.text import (
    clean_line,
    clean_text,
    is_email,
    is_slug,
    is_time_zone,
    shortened,
    slug_of,
    time_zones,
)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (None, ""),
        ("  plain  ", "plain"),
        ("one\r\ntwo\rthree", "one\ntwo\nthree"),
        ("a\x00b\x07c\x1b[31m", "abc[31m"),
        ("tab\tstays", "tab\tstays"),
        ("\u202eevil\u202c \u2066x\u2069 \ufeff", "evil x"),
        ("cafe\u0301", "caf\u00e9"),
        ("half \ud800 of one", "half \ufffd of one"),
        ("👩‍👩‍👧 family", "👩‍👩‍👧 family"),
        ("\u200dstays", "\u200dstays"),
    ],
)
def test_text_is_kept_without_what_no_page_or_mail_can_carry(typed: str | None, kept: str) -> None:
    assert clean_text(typed) == kept
    assert clean_text(kept) == kept


def test_a_line_is_one_line() -> None:
    assert clean_line(" one \n two\t\u00a0three\u2028four ") == "one two three four"
    assert clean_line("\r\nBcc: everybody@example.org") == "Bcc: everybody@example.org"


@pytest.mark.parametrize("address", ["ana@example.org", "a.b+c@sub.example.co.uk", "jörg@example.org", "x@münchen.de"])
def test_an_address_of_the_usual_form_is_one(address: str) -> None:
    assert is_email(address)


@pytest.mark.parametrize(
    "address",
    ["", "ana", "ana@", "@example.org", "a b@example.org", "ana@example.org\nBcc: x@example.org", "ana@-x-.org",
     "Ana <ana@example.org>", "a@b@c.org", "ana@example", "x" * 400 + "@example.org"],
)  # fmt: skip
def test_what_is_no_address_is_none(address: str) -> None:
    assert not is_email(address)


def test_time_zones_are_places_and_utc() -> None:
    assert time_zones()[0] == "UTC"
    assert is_time_zone("Europe/Lisbon")
    for name in (None, "", "Europe", "europe/lisbon", "../../etc/passwd", "Etc/GMT+5", "Europe/Lisbon\x00"):
        assert not is_time_zone(name)


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Ferry timetable, winter", "ferry-timetable-winter"),
        ("Ünïcödé & more", "unicode-more"),
        ("東京", "dong-jing"),
        ("!!!", "untitled"),
        ("", "untitled"),
        ("../etc/passwd", "etc-passwd"),
    ],
)
def test_a_slug_stands_in_an_address_as_it_is(title: str, slug: str) -> None:
    assert slug_of(title) == slug
    assert is_slug(slug)


def test_a_slug_is_not_too_long() -> None:
    assert len(slug_of("word " * 100)) <= 80
    assert is_slug(slug_of("word " * 100))
    for text in ("", "-a", "a-", "a--b", "A", "a b", "a/b", "a\n", "ä"):
        assert not is_slug(text)


def test_a_long_text_is_cut_at_a_word() -> None:
    assert shortened("a few short words", 50) == "a few short words"
    cut = shortened("a few short words that go on and on", 20)
    assert cut == "a few short words…"
    assert shortened("x" * 50, 20) == "x" * 20 + "…"
