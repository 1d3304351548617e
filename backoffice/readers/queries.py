"""Named questions about restrictions and reasons; each returns a `Select` that can be narrowed further."""

from __future__ import annotations

from sqlalchemy import Select, select

from backoffice.readers.models import CannedReason


def offered() -> Select[CannedReason]:
    """The reasons to choose from, in their order."""
    return select(CannedReason).where(CannedReason.is_active.is_(True)).order_by(CannedReason.position, CannedReason.id)
