"""Values of columns as plain JSON and back, exactly: what is to be brought back cannot be a summary."""

from __future__ import annotations

from datetime import date, datetime
from enum import Enum
from typing import Any

from sqlalchemy import DateTime

from backoffice.foundation.database import EnumText, UTCDateTime

#: By their exact types, as members of a `StrEnum` are texts as well.
AS_THEY_ARE = frozenset({type(None), str, bool, int, float, list, dict})


def plain(value: Any) -> Any:
    """The value as JSON can keep it: members by their value, moments in ISO 8601."""
    if type(value) in AS_THEY_ARE:
        return value
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value if isinstance(value, str | int | float | list | dict) else str(value)


def typed(column_type: Any, value: Any) -> Any:
    """What `plain` was given. Raises ValueError for what the column no longer knows, such as a member that is gone."""
    if value is None:
        return None
    if isinstance(column_type, UTCDateTime | DateTime):
        return datetime.fromisoformat(value)
    if isinstance(column_type, EnumText):
        return column_type.enum(value)
    return value
