"""Pruning the audit trail by the policy, a few seals at a time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from backoffice.foundation import clock
from backoffice.foundation.database import db, unit_of_work
from backoffice.records import retention, seals
from backoffice.records.policies import AUDIT_DAYS, value_of


def prune_old(*, any_key: bool = False, goes_on: Callable[[int], bool] = lambda count: True) -> int:
    """Remove entries that are older than the policy keeps them; how many. Raises Tampered where they do not hold.

    `goes_on` is told after each step how many are gone, and says whether there shall be another.
    """
    days = value_of(AUDIT_DAYS)
    count, pruned = 0, bool(days)
    while pruned:
        with unit_of_work():
            removed = retention.prune(clock.now() - timedelta(days=days), seals.house_key(), any_key=any_key)
        db.session.expunge_all()
        count += removed
        pruned = bool(removed) and goes_on(count)
    return count
