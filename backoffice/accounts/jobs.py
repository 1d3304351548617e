"""What happens to accounts by itself: roles end, and people are told before."""

from __future__ import annotations

from typing import Any

from backoffice.accounts import ending
from backoffice.foundation.database import db
from backoffice.jobs.running import each_alone
from backoffice.jobs.schedule import job


def _is_any() -> bool:
    return any(db.session.scalar(query.limit(1)) is not None for query in (ending.over(), ending.near()))


@job(may=(), wanted=_is_any)
def end_roles(actor: Any) -> None:
    """Take roles that have ended from their people, and tell people whose roles end soon."""
    each_alone(ending.over(), lambda term: ending.take_over(term, actor=actor))
    each_alone(ending.near(), ending.remind)
