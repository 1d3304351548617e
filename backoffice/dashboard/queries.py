"""What waits, counted for one person within what she may see."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass
class Today:
    """The facts of the first page; a part the person may not see is None."""

    pending: int | None = None
    oldest_pending_at: datetime | None = None
    drafts: list[Any] | None = None
    reminders: list[Any] = field(default_factory=list)


def today_for(user: Any) -> Today:
    """The facts for this person."""
    return Today()
