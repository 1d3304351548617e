"""One line that says what and when, taken apart: “Call Rita tomorrow 9:00”."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

from backoffice.foundation.text import clean_line

LONGEST_LINE = 250
#: A moment is told in so many words at most; each guess asks a slow library.
_MOST_WORDS = 6
_MOST_GUESSES = 12
#: What may stand between the subject and the moment.
_EDGE = " ,;:-–—،"
#: Words that begin no subject and end none, where the moment was beside them.
_DANGLING = re.compile(r"\s+(?:at|on|by|um|am|a las|el|à|le|às|a|em|في|الساعة)$", re.I)


def taken_apart(line: str, understand: Callable[[str], datetime | None]) -> tuple[str, datetime | None]:
    """The subject and the moment that the line tells, at its end or its beginning; None where it tells none.

    Of what could be a moment the most words count, so that “tomorrow 9:00” is not cut down to “9:00”.
    """
    line = clean_line(line)[:LONGEST_LINE]
    words = line.split(" ")
    longest = min(_MOST_WORDS, len(words) - 1)
    guesses = [(words[:-many], words[-many:]) for many in range(longest, 0, -1)]
    guesses += [(words[many:], words[:many]) for many in range(longest, 0, -1)]
    likely = [guess for guess in guesses if any(sign.isdecimal() for sign in "".join(guess[1]))]
    for rest, told in [*likely, *(each for each in guesses if each not in likely)][:_MOST_GUESSES]:
        found = understand(" ".join(told))
        if found is not None:
            subject = _DANGLING.sub("", " ".join(rest).strip(_EDGE)).strip(_EDGE)
            return (subject, found) if subject else (line, found)
    return line, None
