"""The only reader of the clock."""

from __future__ import annotations

from datetime import UTC, datetime

#: Moments outside these years are refused wherever they come from: some zones and locales cannot print them.
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(2100, 12, 31, 23, 59, 59, tzinfo=UTC)


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


def is_storable(moment: datetime) -> bool:
    """Whether an aware moment lies in the years the product can show everywhere (1970 to 2100)."""
    return EARLIEST <= moment <= LATEST
