"""What leaves the audit trail: old entries by policy, and the values of entries that have to be erased.

Both leave something signed or named behind, so that a check of the trail can tell them from tampering.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, delete, func, select, update

from backoffice.foundation import clock
from backoffice.foundation.database import db
from backoffice.records import audit, digests
from backoffice.records.audit import AuditEntry
from backoffice.records.checking import ERASED
from backoffice.records.seals import (
    LONGEST_TRANSACTION,
    PLACES_AT_ONCE,
    AuditSeal,
    Range,
    merged,
    read,
    signature,
    told,
    within,
)
from backoffice.records.trash import Trashed
from backoffice.records.verifying import check_seals

#: Seals that one unit of work prunes.
SEALS_AT_ONCE = 20
#: Entries that one unit of work erases.
MOST_ERASED = 1000


def prune(before: datetime, key: bytes, *, any_key: bool = False) -> int:
    """Delete the oldest entries, whole seals at a time, all of them from before this moment; how many went.

    A signed checkpoint takes the place of their seals, so they are checked first: Tampered is raised where something
    is wrong with them, and what tells of it stays. Prunes `SEALS_AT_ONCE` seals at most; never commits.
    """
    going: list[AuditSeal] = []
    for seal in db.session.scalars(select(AuditSeal).order_by(AuditSeal.id).limit(SEALS_AT_ONCE + 1)):
        # The seal's moment is signed, those of the entries could have been set back by hand.
        if not seal.is_checkpoint and (seal.at >= before or _has_young(read(seal.covers), before)):
            break
        going.append(seal)
    fresh = [seal for seal in going if not seal.is_checkpoint]
    if not fresh:
        return 0
    check_seals(going, key, any_key=any_key)
    # What was written before there were seals goes with the first of them.
    unsealed = (AuditEntry.id < read(going[0].covers)[0][0], AuditEntry.digest.is_(None))
    older = db.session.scalar(select(func.count()).select_from(AuditEntry).where(*unsealed)) or 0
    count = older + sum(seal.count for seal in fresh)
    # First of all, for SQLite gives the number of the newest entry again once that is deleted.
    audit.note("audit.prune", title=f"{before:%Y-%m-%d}", entries=count)
    db.session.flush()
    db.session.execute(delete(AuditEntry).where(*unsealed))
    for seal in fresh:
        spans = read(seal.covers)
        for at in range(0, len(spans), PLACES_AT_ONCE):
            db.session.execute(delete(AuditEntry).where(within(spans[at : at + PLACES_AT_ONCE])))
    last = going[-1]
    checkpoint = AuditSeal(
        # Its number is that of the last seal it stands for, so that it is the first of the chain.
        id=last.id,
        at=clock.now(),
        previous_id=0,
        is_checkpoint=True,
        covers=told(_covered(going)),
        last_id=max(seal.last_id for seal in going),
        count=sum(seal.count for seal in going),
        link=last.link,
    )
    checkpoint.signature = signature(checkpoint, key)
    for seal in going:
        db.session.delete(seal)
    db.session.flush()
    db.session.add(checkpoint)
    db.session.flush()
    return count


def _covered(going: list[AuditSeal]) -> list[Range]:
    """What the seals cover, with the numbers between that were never used, so that it stays short."""
    spans = merged(span for seal in going for span in read(seal.covers))
    latest = max(seal.at for seal in going)
    if latest > clock.now() - LONGEST_TRANSACTION:
        return spans
    # What was committed late is covered by a seal soon after.
    near = (AuditSeal.id > going[-1].id, AuditSeal.at <= latest + LONGEST_TRANSACTION)
    top = spans[-1][1]
    late = merged(span for covers in db.session.scalars(select(AuditSeal.covers).where(*near)) for span in read(covers))
    whole = [(spans[0][0], top)]
    for first, last in late:
        if first > top:
            break
        begin, end = whole.pop()
        whole += [part for part in ((begin, first - 1), (last + 1, end)) if part[0] <= part[1]]
        if not whole:
            break
    return whole or spans


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


def _has_young(spans: list[Range], before: datetime) -> bool:
    for at in range(0, len(spans), PLACES_AT_ONCE):
        young = select(AuditEntry.id).where(within(spans[at : at + PLACES_AT_ONCE]), AuditEntry.at >= before)
        if db.session.scalar(young.limit(1)) is not None:
            return True
    return False
