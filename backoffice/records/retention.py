"""What leaves the audit trail: old entries by policy, and the values of entries that have to be erased.

Both leave something signed or named behind, so that a check of the trail can tell them from tampering.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, or_, select, update

from backoffice.foundation import clock
from backoffice.foundation.database import db
from backoffice.records import audit, digests
from backoffice.records.audit import AuditEntry
from backoffice.records.seals import AuditSeal, merged, read, signature, told
from backoffice.records.trash import Trashed
from backoffice.records.verifying import ERASED

#: Seals that one unit of work prunes.
SEALS_AT_ONCE = 20
#: Entries that one unit of work erases.
MOST_ERASED = 1000


def prune(before: datetime, key: bytes) -> int:
    """Delete the oldest entries, whole seals at a time, all of them from before this moment; how many went.

    A signed checkpoint takes the place of their seals. Prunes `SEALS_AT_ONCE` seals at most; never commits.
    """
    seals = list(db.session.scalars(select(AuditSeal).order_by(AuditSeal.id).limit(SEALS_AT_ONCE + 1)))
    going: list[AuditSeal] = []
    for seal in seals:
        if not seal.is_checkpoint and _has_young(read(seal.covers), before):
            break
        going.append(seal)
    if not [seal for seal in going if not seal.is_checkpoint]:
        return 0
    spans = merged(span for seal in going for span in read(seal.covers))
    count = 0
    for seal in going:
        if not seal.is_checkpoint:
            result: Any = db.session.execute(delete(AuditEntry).where(_within(read(seal.covers))))
            count += result.rowcount
    last = going[-1]
    checkpoint = AuditSeal(
        # Its number is that of the last seal it stands for, so that it is the first of the chain.
        id=last.id,
        at=clock.now(),
        previous_id=0,
        is_checkpoint=True,
        covers=told(spans),
        last_id=max(seal.last_id for seal in going),
        count=sum(seal.count for seal in going),
        link=last.link,
    )
    checkpoint.signature = signature(checkpoint, key)
    for seal in going:
        db.session.delete(seal)
    db.session.flush()
    db.session.add(checkpoint)
    audit.note("audit.prune", title=f"{before:%Y-%m-%d}", entries=count)
    db.session.flush()
    return count


def erase(criterion: ColumnElement[bool], reason: str) -> int:
    """Remove values, salt and record titles of the entries that fit, and what the trash keeps of them; how many.

    Adds an entry that names them. Works through `MOST_ERASED` at a time; never commits. Their digests stay, so that
    they can be sealed, and checked, as before.
    """
    query = select(AuditEntry).where(criterion, AuditEntry.erased_by.is_(None), AuditEntry.action != ERASED)
    entries = list(db.session.scalars(query.order_by(AuditEntry.id).limit(MOST_ERASED)))
    if not entries:
        return 0
    kept = AuditEntry(**audit.who_and_when(ERASED, "audit"))
    kept.target_id, kept.target_title = entries[0].id, entries[0].title_text
    named = told(merged((entry.id, entry.id) for entry in entries))
    kept.changes = {"entries": [None, named], "reason": [None, reason]}
    db.session.add(kept)
    db.session.flush()
    for entry in entries:
        values = None
        if entry.salt is not None:
            row = {name: getattr(entry, name) for name in digests.VALUES}
            values = digests.inner(entry.salt, digests.text_of(row, digests.VALUES))
        db.session.execute(
            update(AuditEntry)
            .where(AuditEntry.id == entry.id)
            .values(changes={}, exact=None, target_title="", salt=None, values_digest=values, erased_by=kept.id)
            .execution_options(synchronize_session="fetch")
        )
    targets = {(entry.target_type, entry.target_id) for entry in entries if entry.target_id is not None}
    for kind, number in targets:
        db.session.execute(delete(Trashed).where(Trashed.target_type == kind, Trashed.target_id == number))
    return len(entries)


def _within(spans: list[tuple[int, int]]) -> ColumnElement[bool]:
    return or_(*(and_(AuditEntry.id >= first, AuditEntry.id <= last) for first, last in spans))


def _has_young(spans: list[tuple[int, int]], before: datetime) -> bool:
    young = select(AuditEntry.id).where(_within(spans), AuditEntry.at >= before)
    return db.session.scalar(young.limit(1)) is not None
