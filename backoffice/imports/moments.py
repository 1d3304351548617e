"""Dates as they stand in exports, read as moments in UTC or not at all."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

#: Years outside of this range are mistakes, and some of them break what formats dates later.
YEARS = range(1970, 2101)

#: No written date is longer; what is longer is not worth parsing.
_LONGEST = 64


def moment(text: str | None) -> datetime | None:
    """The moment, aware and in UTC, that an ISO 8601, WordPress or RFC 2822 date names; None for anything else.

    A date without an offset is taken as UTC. Never raises.
    """
    text = (text or "").strip()
    if not text or len(text) > _LONGEST:
        return None
    parsed = _parsed(text)
    if parsed is None:
        return None
    if parsed.tzinfo is None:
        parsed = parsed.replace(tzinfo=UTC)
    try:
        parsed = parsed.astimezone(UTC)
    except (OverflowError, ValueError):
        return None
    return parsed if parsed.year in YEARS else None


def _parsed(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    try:
        return parsedate_to_datetime(text)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
