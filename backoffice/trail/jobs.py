"""What happens to the trash and the trail by itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from backoffice.foundation import clock
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.permissions import Can
from backoffice.jobs import progress
from backoffice.jobs.running import each_alone
from backoffice.jobs.schedule import job
from backoffice.records import seals
from backoffice.records.policies import TRASH_DAYS, value_of
from backoffice.records.trash import Trashed
from backoffice.trail.operations import purge
from backoffice.trail.pruning import prune_old

#: A sealer that is at it for longer lets the next run go on, within its lease.
LONGEST_SEALING = timedelta(seconds=20)


@job(may=(Can.TRASH_PURGE,))
def empty_trash(actor: Any) -> None:
    """Delete for good what was deleted longer ago than it is kept."""
    kept_for = timedelta(days=value_of(TRASH_DAYS))
    old = select(Trashed).where(Trashed.at < clock.now() - kept_for)
    each_alone(old.order_by(Trashed.id), lambda item: purge(item, actor=actor))


@job(may=(), wanted=seals.is_waiting)
def seal_audit(actor: Any) -> None:
    """Link the newest entries of the audit trail into its chain."""
    until = clock.now() + LONGEST_SEALING
    key, sealed, done = seals.house_key(), seals.MOST_IN_A_SEAL, 0
    while sealed == seals.MOST_IN_A_SEAL and clock.now() < until and not progress.is_cancelled():
        with unit_of_work():
            sealed = seals.seal(key)
        done += sealed
        progress.report(done)
        db.session.expunge_all()


@job(may=())
def prune_audit(actor: Any) -> None:
    """Remove entries of the audit trail that are older than the policy keeps them."""
    prune_old(goes_on=_goes_on)


def _goes_on(done: int) -> bool:
    progress.report(done)
    return not progress.is_cancelled()
