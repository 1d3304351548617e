"""Patterns that people write, run by RE2: the time grows with the text and nothing else, whatever the pattern."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Any

import re2  # type: ignore[import-untyped]  # it has no stubs

from backoffice.foundation.errors import InvalidInput
from backoffice.foundation.i18n import Text, _l
from backoffice.rules.words import MOST_PLACES, Place

MOST_PATTERNS = 100
LONGEST_PATTERN = 500
#: Steps of the compiled programs: of one pattern, and of all patterns of a rule.
LARGEST_PROGRAM = 600
LARGEST_RULE = 2_000
#: Bytes a pattern may use while it runs; without them RE2 goes on more slowly, still in linear time.
MEMORY = 1 << 20


def _options() -> Any:
    options = re2.Options()
    options.max_mem = MEMORY
    options.case_sensitive = False
    options.log_errors = False
    return options


class Patterns:
    """Compiled patterns. Raises InvalidInput, naming line and reason, for what cannot be used."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._patterns: list[tuple[str, Any]] = []
        size = 0
        for number, line in enumerate(lines, start=1):
            if number > MOST_PATTERNS:
                raise InvalidInput(_l("Use at most %(num)s patterns in a rule.", num=MOST_PATTERNS), field="lines")
            pattern = _compiled(line, number)
            size += pattern.programsize
            self._patterns.append((line, pattern))
        if size > LARGEST_RULE:
            raise InvalidInput(_l("Together these patterns are too large. Make two rules of them."), field="lines")

    def find(self, text: str) -> list[Place]:
        """The first places of each pattern, in the order of the text; what fits nothing at all is no place."""
        found: list[Place] = []
        for line, pattern in self._patterns:
            for match in islice(pattern.finditer(text), MOST_PLACES):
                start, end = match.span()
                if start < end:
                    found.append(Place(start, end, line))
        return sorted(found, key=lambda place: (place.start, -place.end))[:MOST_PLACES]


def _compiled(line: str, number: int) -> Any:
    if len(line) > LONGEST_PATTERN:
        raise InvalidInput(
            _l("Line %(line)s is longer than %(num)s characters.", line=number, num=LONGEST_PATTERN), field="lines"
        )
    try:
        pattern = re2.compile(line, _options())
    except re2.error as error:
        raise InvalidInput(
            _l("Line %(line)s is no pattern: %(reason)s", line=number, reason=_reason(error)), field="lines"
        ) from None
    if pattern.programsize > LARGEST_PROGRAM:
        raise InvalidInput(_l("Line %(line)s is too large. Repeat less in it.", line=number), field="lines")
    if pattern.search("") is not None:
        raise InvalidInput(_l("Line %(line)s fits every text.", line=number), field="lines")
    return pattern


#: What RE2 says of a pattern (its `re2/regexp.cc`), in our words; behind it stands the part that is wrong.
_REASONS = {
    "missing )": _l("a bracket “(” is not closed"),
    "unexpected )": _l("a bracket “)” was not opened"),
    "missing ]": _l("a bracket “[” is not closed"),
    "bad repetition operator": _l("what is repeated cannot be repeated again"),
    "no argument for repetition operator": _l("there is nothing that could be repeated"),
    "invalid repetition size": _l("it may be repeated 1,000 times at most, the smaller number first"),
    "invalid character class range": _l("a range of characters is wrong"),
    "invalid character class": _l("a range of characters is wrong"),
    "invalid escape sequence": _l("a backslash stands before something it has no meaning for"),
    "trailing \\": _l("a backslash stands at the end"),
    "invalid named capture group": _l("a group has a name that cannot be one"),
    "invalid perl operator": _l("looking ahead and back, and other marks after “(?”, are not known here"),
    "pattern too large - compile failed": _l("it is too large"),
}


def _reason(error: Any) -> Text | str:
    """The fault in words, with the place; in the library's own where they are not known."""
    reason = error.args[0] if error.args else ""
    said = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
    kind, _colon, part = said.partition(": ")
    known = _REASONS.get(kind)
    if known is None:
        return said
    return _l("%(reason)s: %(part)s", reason=known, part=part) if part else known
