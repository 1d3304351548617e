"""From a rule to the question whether it fits."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from backoffice.foundation.errors import InvalidInput
from backoffice.foundation.i18n import _l
from backoffice.rules.domains import Domains, domain_in_line, domain_of
from backoffice.rules.facts import Facts
from backoffice.rules.folding import fold
from backoffice.rules.kinds import LooksAt, RuleKind, limits_of
from backoffice.rules.patterns import Patterns
from backoffice.rules.words import (
    LONGEST_LINE,
    LONGEST_PHRASE,
    MOST_LINES,
    AnyPart,
    Place,
    WholeWords,
    lines_of,
    signs_in,
)

#: Lines that a finding names.
MOST_NAMED = 10
MOST_SPANS = 20


@dataclass(frozen=True, slots=True)
class Fit:
    """That a rule fits: the places in the text, and what the sentence needs."""

    spans: list[list[int]] = field(default_factory=list)
    detail: dict[str, Any] = field(default_factory=dict)


Check = Callable[[Facts], Fit | None]


def check_of(rule: Any) -> Check:
    """The question of a rule, or of anything with its columns. Raises InvalidInput, with the column, if it has none."""
    made: Check = _MAKERS[RuleKind.of(rule.kind)](rule)
    return made


def complaint_about(rule: Any) -> InvalidInput | None:
    """What has to be mended before the rule can be asked."""
    try:
        check_of(rule)
    except InvalidInput as refusal:
        return refusal
    return None


def _number(rule: Any, column: str) -> int:
    least, most = limits_of(RuleKind.of(rule.kind), column)
    value = getattr(rule, column)
    if value is None or not least <= value <= most:
        raise InvalidInput(_l("Give a whole number from %(least)s to %(most)s.", least=least, most=most), field=column)
    return int(value)


def _lines(rule: Any) -> list[str]:
    lines = lines_of(rule.lines or "")
    if not lines:
        raise InvalidInput(_l("Write at least one line."), field="lines")
    if len(lines) > MOST_LINES:
        raise InvalidInput(_l("Use at most %(num)s lines in a rule.", num=MOST_LINES), field="lines")
    return lines


def _words(rule: Any) -> Check:
    lines = _lines(rule)
    for number, line in enumerate(lines, start=1):
        if len(line) > LONGEST_LINE or signs_in(line) > LONGEST_PHRASE:
            raise InvalidInput(
                _l("Line %(line)s is longer than %(num)s characters.", line=number, num=LONGEST_LINE), field="lines"
            )
        if not fold(line.rstrip("*")).strip():
            raise InvalidInput(_l("Line %(line)s fits every text.", line=number), field="lines")
    finder = WholeWords(lines) if rule.is_whole_word else AnyPart(lines)
    if rule.looks_at == LooksAt.NAME:
        return lambda facts: _fit(finder.find(facts.name), is_text=False)
    if rule.looks_at == LooksAt.EMAIL:
        return lambda facts: _fit(finder.find(facts.email or ""), is_text=False)
    return lambda facts: _fit(finder.find(facts.folded_text))


def _patterns(rule: Any) -> Check:
    patterns = Patterns(_lines(rule))
    if rule.looks_at == LooksAt.NAME:
        return lambda facts: _fit(patterns.find(facts.name), is_text=False)
    if rule.looks_at == LooksAt.EMAIL:
        return lambda facts: _fit(patterns.find(facts.email or ""), is_text=False)
    return lambda facts: _fit(patterns.find(facts.text))


def _fit(places: list[Place], *, is_text: bool = True) -> Fit | None:
    if not places:
        return None
    return Fit(
        spans=[[place.start, place.end] for place in places[:MOST_SPANS]] if is_text else [],
        detail={"found": _each_once(place.line for place in places)},
    )


def _each_once(words: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(words))[:MOST_NAMED]


def _links(rule: Any) -> Check:
    limit = _number(rule, "number")

    def check(facts: Facts) -> Fit | None:
        links = facts.links
        if len(links) <= limit:
            return None
        return Fit([[link.start, link.end] for link in links[:MOST_SPANS]], {"links": len(links), "limit": limit})

    return check


def _domains(rule: Any) -> Domains:
    lines = _lines(rule)
    for number, line in enumerate(lines, start=1):
        if domain_in_line(line) is None:
            raise InvalidInput(_l("Line %(line)s is no domain, for example example.org.", line=number), field="lines")
    return Domains(lines)


def _blocked(rule: Any) -> Check:
    domains = _domains(rule)

    def check(facts: Facts) -> Fit | None:
        hits = [(link, line) for link in facts.links if (line := domains.line_for(link.domain)) is not None]
        mailbox = domain_of((facts.email or "").rsplit("@", 1)[-1]) if facts.email else None
        by_mail = domains.line_for(mailbox)
        if not hits and by_mail is None:
            return None
        found = [line for _link, line in hits] + ([by_mail] if by_mail is not None else [])
        return Fit([[link.start, link.end] for link, _line in hits[:MOST_SPANS]], {"found": _each_once(found)})

    return check


def _trusted(rule: Any) -> Check:
    domains = _domains(rule)

    def check(facts: Facts) -> Fit | None:
        # Mail domains say nothing here: nobody has confirmed the address.
        lines = [domains.line_for(link.domain) for link in facts.links]
        if not lines or None in lines:
            return None
        spans = [[link.start, link.end] for link in facts.links[:MOST_SPANS]]
        return Fit(spans, {"found": _each_once(line for line in lines if line)})

    return check


def _new_author(rule: Any) -> Check:
    needed = _number(rule, "number")

    def check(facts: Facts) -> Fit | None:
        approved = sum(each.is_approved for each in facts.history())
        return Fit(detail={"approved": approved, "limit": needed}) if approved < needed else None

    return check


def _rejected_lately(rule: Any) -> Check:
    number, of_last = _number(rule, "number"), _number(rule, "of_last")
    if number > of_last:
        raise InvalidInput(_l("Give at most as many as in “Of the last”."), field="number")

    def check(facts: Facts) -> Fit | None:
        decided = [each for each in facts.history() if each.is_approved or each.is_refused][:of_last]
        refused = sum(each.is_refused for each in decided)
        return Fit(detail={"rejected": refused, "decided": len(decided)}) if refused >= number else None

    return check


def _repeated(rule: Any) -> Check:
    number, days = _number(rule, "number"), _number(rule, "days")

    def check(facts: Facts) -> Fit | None:
        copies = facts.copies(days)
        return Fit(detail={"copies": copies, "days": days}) if copies >= number else None

    return check


def _flood(rule: Any) -> Check:
    number, minutes = _number(rule, "number"), _number(rule, "minutes")

    def check(facts: Facts) -> Fit | None:
        # With this one.
        comments = facts.recent(minutes) + 1
        return Fit(detail={"comments": comments, "minutes": minutes}) if comments > number else None

    return check


def _old_post(rule: Any) -> Check:
    limit = timedelta(days=_number(rule, "days"))

    def check(facts: Facts) -> Fit | None:
        age = facts.post_age()
        return Fit(detail={"age": age.days}) if age is not None and age > limit else None

    return check


def _flags(rule: Any) -> Check:
    number = _number(rule, "number")

    def check(facts: Facts) -> Fit | None:
        flags = facts.flags()
        return Fit(detail={"flags": flags}) if flags >= number else None

    return check


def _score(rule: Any) -> Check:
    limit = _number(rule, "number")

    def check(facts: Facts) -> Fit | None:
        score = facts.score()
        if score is None or score * 100 < limit:
            return None
        return Fit(detail={"percent": int(score * 100), "limit": limit})

    return check


_MAKERS: dict[RuleKind, Callable[[Any], Check]] = {
    RuleKind.WORDS: _words,
    RuleKind.PATTERNS: _patterns,
    RuleKind.LINKS: _links,
    RuleKind.BLOCKED_DOMAINS: _blocked,
    RuleKind.TRUSTED_DOMAINS: _trusted,
    RuleKind.NEW_AUTHOR: _new_author,
    RuleKind.REJECTED_LATELY: _rejected_lately,
    RuleKind.REPEATED: _repeated,
    RuleKind.FLOOD: _flood,
    RuleKind.OLD_POST: _old_post,
    RuleKind.FLAGS: _flags,
    RuleKind.SCORE: _score,
}
