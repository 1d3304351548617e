"""A text in parts, with the places that rules found."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

#: Characters beside a place that an excerpt shows.
BESIDE = 60


class Part(NamedTuple):
    """A piece of a text, and whether a rule marked it."""

    text: str
    is_marked: bool


def marked(text: str, spans: Iterable[Iterable[int]], longest: int | None = None) -> list[Part]:
    """The text in parts that make it up again; with `longest`, an excerpt around the first place.

    Places that overlap become one, and what lies outside the text is left out.
    """
    joined = _joined(text, spans)
    first, last = 0, len(text)
    if longest is not None and len(text) > longest:
        first = max(0, min((joined[0][0] if joined else 0) - BESIDE, len(text) - longest))
        last = first + longest
    parts: list[Part] = [Part("…", False)] if first else []
    place = first
    for start, end in joined:
        start, end = max(start, first), min(end, last)
        if start >= end:
            continue
        if start > place:
            parts.append(Part(text[place:start], False))
        parts.append(Part(text[start:end], True))
        place = end
    if place < last:
        parts.append(Part(text[place:last], False))
    if last < len(text):
        parts.append(Part("…", False))
    return parts


def _joined(text: str, spans: Iterable[Iterable[int]]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for start, end in sorted((max(0, int(start)), min(len(text), int(end))) for start, end in spans):
        if start >= end:
            continue
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found
