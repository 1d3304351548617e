"""What the rules say about a comment: every one that fits is a finding, and the first of them decides."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from backoffice.rules.facts import Facts
from backoffice.rules.kinds import RuleAction, RuleKind
from backoffice.rules.matching import Check, Fit, check_of

_log = logging.getLogger(__name__)
#: The kinds of findings that no rule of that kind makes.
FAULT, HELD = "fault", "held"


@dataclass(frozen=True, slots=True)
class Ready:
    """A rule as it was when it was read, ready to be asked; `check` raises what made it unfit to be asked."""

    id: int | None
    name: str
    kind: RuleKind
    action: RuleAction
    weight: int
    reason: str
    check: Check


@dataclass(frozen=True, slots=True)
class Match:
    """That a rule fits a comment."""

    rule_id: int | None
    rule_name: str
    kind: str
    action: RuleAction
    weight: int = 1
    reason: str = ""
    spans: list[list[int]] = field(default_factory=list)
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Everything that fits, in the order of the rules; the first decides."""

    matches: list[Match] = field(default_factory=list)
    #: Whether the database refused to answer, so that a transaction may be of no use any more.
    is_broken: bool = False

    @property
    def decisive(self) -> Match | None:
        """The match that decides; None where no rule fits."""
        return self.matches[0] if self.matches else None


def ready(rule: Any) -> Ready:
    """Make a rule ready to be asked. Never raises: one that cannot be made ready fails when it is asked."""
    check: Check
    try:
        check = check_of(rule)
    except Exception as error:
        check = _failing(error)
    return Ready(rule.id, rule.name, rule.kind, rule.action, rule.weight, rule.reason, check)


def _failing(error: Exception) -> Callable[[Facts], Fit | None]:
    def check(_facts: Facts) -> Fit | None:
        raise error

    return check


def judge(rules: Iterable[Ready], facts: Facts) -> Verdict:
    """Ask every rule. One that fails counts as one that holds the comment, and the failure is logged."""
    matches: list[Match] = []
    is_broken = False
    for rule in rules:
        try:
            fit = rule.check(facts)
        except Exception as error:
            _log.exception("rule %s (%s) failed; the comment is held", rule.id, rule.name)
            is_broken = is_broken or isinstance(error, SQLAlchemyError)
            matches.append(Match(rule.id, rule.name, FAULT, RuleAction.HOLD, rule.weight))
            continue
        if fit is not None:
            matches.append(
                Match(rule.id, rule.name, rule.kind, rule.action, rule.weight, rule.reason, fit.spans, fit.detail)
            )
    return Verdict(matches, is_broken)
