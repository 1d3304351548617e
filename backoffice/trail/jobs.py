"""What happens to the trash by itself."""

from __future__ import annotations

from datetime import time
from typing import Any

from sqlalchemy import select

from backoffice.foundation import clock
from backoffice.foundation.permissions import Can
from backoffice.jobs.running import each_alone
from backoffice.jobs.schedule import job
from backoffice.records.trash import KEPT_FOR, Trashed
from backoffice.trail.operations import purge


@job(daily_at=time(4, 10), may=(Can.TRASH_PURGE,))
def empty_trash(actor: Any) -> None:
    """Delete for good what was deleted longer ago than it is kept."""
    old = select(Trashed).where(Trashed.at < clock.now() - KEPT_FOR)
    each_alone(old.order_by(Trashed.id), lambda item: purge(item, actor=actor))
