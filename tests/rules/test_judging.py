"""What rules say about a comment: each kind on both sides of its limit, their order, and rules that fail."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from backoffice.foundation.errors import InvalidInput
from backoffice.rules.facts import Earlier, Facts
from backoffice.rules.judging import FAULT, Ready, judge, ready
from backoffice.rules.kinds import USED, LooksAt, RuleAction, RuleKind
from backoffice.rules.matching import check_of

YES, NO, OPEN = Earlier(is_approved=True), Earlier(is_refused=True), Earlier()


class Known(Facts):
    """Facts that are known beforehand; asking for one that is not is an error."""

    def __init__(
        self, text: str = "Words", name: str = "Ana", email: str | None = "ana@example.org", **known: Any
    ) -> None:
        super().__init__(text=text, name=name, email=email)
        self.known = known

    def history(self) -> Sequence[Earlier]:
        found: Sequence[Earlier] = self.known["history"]
        return found

    def copies(self, days: int) -> int:
        return int(self.known["copies"])

    def recent(self, minutes: int) -> int:
        return int(self.known["recent"])

    def post_age(self) -> timedelta | None:
        age: timedelta | None = self.known["post_age"]
        return age

    def flags(self) -> int:
        return int(self.known["flags"])

    def score(self) -> float | None:
        score: float | None = self.known["score"]
        return score


def rule(kind: RuleKind, **columns: Any) -> Any:
    """A rule that nobody saved."""
    values = {
        "id": 1, "name": "A rule", "kind": kind, "action": RuleAction.HOLD, "weight": 1, "reason": "", "lines": "",
        "is_whole_word": True, "looks_at": LooksAt.TEXT, "number": None, "of_last": None, "minutes": None, "days": None,
    }  # fmt: skip
    return SimpleNamespace(**{**values, **columns})


K = RuleKind
TABLE: list[tuple[RuleKind, dict[str, Any], Known, bool]] = [
    (K.WORDS, {"lines": "bad"}, Known("A bad word"), True),
    (K.WORDS, {"lines": "bad"}, Known("Badly"), False),
    (K.WORDS, {"lines": "bad", "is_whole_word": False}, Known("Badly"), True),
    (K.WORDS, {"lines": "bad", "looks_at": LooksAt.NAME}, Known("Good", name="Bad Ana"), True),
    (K.WORDS, {"lines": "bad", "looks_at": LooksAt.NAME}, Known("Bad", name="Ana"), False),
    (K.WORDS, {"lines": "example", "looks_at": LooksAt.EMAIL}, Known(), True),
    (K.WORDS, {"lines": "example", "looks_at": LooksAt.EMAIL}, Known("example", email=None), False),
    (K.PATTERNS, {"lines": r"\d{3}"}, Known("call 123"), True),
    (K.PATTERNS, {"lines": r"\d{3}"}, Known("call 12"), False),
    (K.PATTERNS, {"lines": "^a", "looks_at": LooksAt.NAME}, Known("x"), True),
    (K.PATTERNS, {"lines": r"@example\.org$", "looks_at": LooksAt.EMAIL}, Known(), True),
    (K.LINKS, {"number": 1}, Known("a.com b.com"), True),
    (K.LINKS, {"number": 1}, Known("a.com http://a.com"), False),
    (K.LINKS, {"number": 0}, Known("no link"), False),
    (K.BLOCKED_DOMAINS, {"lines": "evil.com"}, Known("see x.evil.com/y"), True),
    (K.BLOCKED_DOMAINS, {"lines": "evil.com"}, Known("see devil.com"), False),
    (K.BLOCKED_DOMAINS, {"lines": "evil.com"}, Known(email="a@mail.evil.com"), True),
    (K.BLOCKED_DOMAINS, {"lines": "evil.com"}, Known(email=None), False),
    (K.TRUSTED_DOMAINS, {"lines": "good.org"}, Known("a.good.org and good.org/x"), True),
    (K.TRUSTED_DOMAINS, {"lines": "good.org"}, Known("good.org and evil.com"), False),
    (K.TRUSTED_DOMAINS, {"lines": "good.org"}, Known("no link", email="a@good.org"), False),
    (K.NEW_AUTHOR, {"number": 2}, Known(history=[YES, NO, OPEN]), True),
    (K.NEW_AUTHOR, {"number": 2}, Known(history=[YES, YES]), False),
    (K.REJECTED_LATELY, {"number": 2, "of_last": 3}, Known(history=[OPEN, NO, YES, NO]), True),
    (K.REJECTED_LATELY, {"number": 2, "of_last": 3}, Known(history=[NO, YES, YES, NO]), False),
    (K.REPEATED, {"number": 2, "days": 7}, Known(copies=2), True),
    (K.REPEATED, {"number": 2, "days": 7}, Known(copies=1), False),
    (K.FLOOD, {"number": 3, "minutes": 5}, Known(recent=3), True),
    (K.FLOOD, {"number": 3, "minutes": 5}, Known(recent=2), False),
    (K.OLD_POST, {"days": 14}, Known(post_age=timedelta(days=14, seconds=1)), True),
    (K.OLD_POST, {"days": 14}, Known(post_age=timedelta(days=14)), False),
    (K.OLD_POST, {"days": 14}, Known(post_age=None), False),
    (K.FLAGS, {"number": 3}, Known(flags=3), True),
    (K.FLAGS, {"number": 3}, Known(flags=2), False),
    (K.SCORE, {"number": 90}, Known(score=0.9), True),
    (K.SCORE, {"number": 90}, Known(score=0.899), False),
    (K.SCORE, {"number": 90}, Known(score=None), False),
]


@pytest.mark.parametrize(("kind", "columns", "facts", "fits"), TABLE)
def test_each_kind_fits_on_one_side_of_its_limit(
    kind: RuleKind, columns: dict[str, Any], facts: Known, fits: bool
) -> None:
    match = judge([ready(rule(kind, **columns))], facts).decisive
    assert (match is not None) == fits
    assert match is None or (match.kind, match.rule_name, match.action) == (kind, "A rule", RuleAction.HOLD)


def test_every_kind_is_in_the_table_on_both_sides() -> None:
    assert {(kind, fits) for kind, _columns, _facts, fits in TABLE} == {
        (kind, fits) for kind in K for fits in (True, False)
    }


@pytest.mark.parametrize("kind", RuleKind)
def test_a_rule_without_what_its_kind_needs_is_refused_at_the_field(kind: RuleKind) -> None:
    with pytest.raises(InvalidInput) as refusal:
        check_of(rule(kind))
    assert refusal.value.field in USED[kind]


@pytest.mark.parametrize(
    ("kind", "columns", "field"),
    [
        (K.WORDS, {"lines": "x" * 101}, "lines"),
        (K.WORDS, {"lines": "\u200b"}, "lines"),
        (K.PATTERNS, {"lines": "(a"}, "lines"),
        (K.BLOCKED_DOMAINS, {"lines": "evil.com\nno domain"}, "lines"),
        (K.NEW_AUTHOR, {"number": 0}, "number"),
        (K.REJECTED_LATELY, {"number": 5, "of_last": 4}, "number"),
        (K.SCORE, {"number": 101}, "number"),
        (K.REPEATED, {"number": 1, "days": 91}, "days"),
        (K.FLOOD, {"number": 1, "minutes": 0}, "minutes"),
    ],
)
def test_what_cannot_be_asked_is_refused_at_the_field(kind: RuleKind, columns: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        check_of(rule(kind, **columns))
    assert refusal.value.field == field


def test_the_first_that_fits_decides_and_all_that_fit_are_told() -> None:
    rules = [
        ready(rule(K.WORDS, id=1, lines="absent", action=RuleAction.APPROVE)),
        ready(rule(K.LINKS, id=2, number=0, action=RuleAction.SPAM)),
        ready(rule(K.WORDS, id=3, lines="bad", action=RuleAction.APPROVE)),
    ]
    verdict = judge(rules, Known("bad a.com"))
    assert [match.rule_id for match in verdict.matches] == [2, 3]
    assert verdict.decisive is not None and verdict.decisive.action is RuleAction.SPAM


def test_no_rule_asks_for_what_it_does_not_need() -> None:
    # `Known` raises KeyError for any fact that it was not given.
    verdict = judge([ready(rule(K.WORDS, lines="bad")), ready(rule(K.LINKS, number=0))], Known("bad a.com"))
    assert [match.kind for match in verdict.matches] == [K.WORDS, K.LINKS]


def test_a_rule_that_fails_holds_the_comment_in_its_place_and_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    approves = ready(rule(K.WORDS, id=2, lines="words", action=RuleAction.APPROVE))
    broken = [ready(rule(K.SCORE, id=1, number=50)), ready(rule(K.PATTERNS, id=1, lines="(a", action=RuleAction.SPAM))]
    for each in broken:
        with caplog.at_level(logging.ERROR):
            verdict = judge([each, approves], Known("Words"))
        assert [(match.kind, match.action) for match in verdict.matches] == [
            (FAULT, RuleAction.HOLD),
            (K.WORDS, RuleAction.APPROVE),
        ]
        assert "rule 1 (A rule) failed" in caplog.text
        caplog.clear()


def test_a_rule_that_cannot_be_made_ready_does_not_stop_the_others() -> None:
    broken: Ready = ready(rule(K.PATTERNS, lines="(a"))
    assert broken.name == "A rule"


def test_places_lie_in_the_text_and_are_none_where_something_else_was_looked_at() -> None:
    text = "Bád a.com bad"
    (match,) = judge([ready(rule(K.WORDS, lines="bad"))], Known(text)).matches
    assert [text[start:end] for start, end in match.spans] == ["Bád", "bad"]
    (match,) = judge([ready(rule(K.LINKS, number=0))], Known(text)).matches
    assert [text[start:end] for start, end in match.spans] == ["a.com"]
    (match,) = judge([ready(rule(K.WORDS, lines="ana", looks_at=LooksAt.NAME))], Known(text)).matches
    assert match.spans == []
