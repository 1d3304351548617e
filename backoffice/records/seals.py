"""The hash chain over the audit trail, made behind the writers, so that they never wait for each other.

A sealer, one at a time, takes the committed entries that no seal covers yet and adds a seal:
`link = SHA-256(previous link || for each entry in the order of numbers: number (8 bytes) || digest)`, signed with
HMAC-SHA-256 under a key that the database does not hold. A seal names the numbers it covers; numbers that were given
out and rolled back are in none, and an entry that was committed later than its neighbours comes into a later seal.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from sqlalchemy import BigInteger, Boolean, ColumnElement, Integer, LargeBinary, String, Text, and_, func, or_, select
from sqlalchemy.orm import Mapped

from backoffice.foundation import clock
from backoffice.foundation.database import Model, UTCDateTime, db, labelled
from backoffice.foundation.i18n import _l
from backoffice.records.audit import AuditEntry
from backoffice.records.digests import house_key as house_key
from backoffice.records.digests import signing_key as signing_key

#: Entries in one seal at most.
MOST_IN_A_SEAL = 20_000
#: No transaction lasts longer: what is missing below a seal of this age was rolled back.
LONGEST_TRANSACTION = timedelta(hours=1)
HIGHEST = 2**63 - 1
PLACES_AT_ONCE = 200
NOTHING = b"\x00" * 32

Range = tuple[int, int]


class AuditSeal(Model):
    """One link of the chain. A checkpoint stands for seals whose entries were pruned, and is signed like a seal."""

    __tablename__ = "audit_seals"

    id: Mapped[int] = labelled(
        _l("Number"), BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    at: Mapped[datetime] = labelled(_l("When"), UTCDateTime, default=clock.now, index=True)
    #: The seal before; that only one may follow another stops a second sealer that thinks it is alone.
    previous_id: Mapped[int] = labelled(_l("Previous"), BigInteger, unique=True)
    is_checkpoint: Mapped[bool] = labelled(_l("Checkpoint"), Boolean, default=False)
    #: `1-20 25 30-31`: the numbers of the entries.
    covers: Mapped[str] = labelled(_l("Covers"), Text)
    last_id: Mapped[int] = labelled(_l("Last entry"), BigInteger)
    count: Mapped[int] = labelled(_l("Entries"), BigInteger)
    link: Mapped[str] = labelled(_l("Link"), String(64))
    signature: Mapped[bytes] = labelled(_l("Signature"), LargeBinary)


def is_waiting() -> bool:
    """Whether there are entries without a seal; reads only."""
    return bool(_unsealed(1))


def seal(key: bytes) -> int:
    """Seal committed entries that have no seal yet, `MOST_IN_A_SEAL` at most; how many. Never commits.

    The caller holds a lease; should two come to it at once, IntegrityError is raised for the second.
    """
    rows = _unsealed(MOST_IN_A_SEAL)
    if not rows:
        return 0
    before = db.session.scalars(select(AuditSeal).order_by(AuditSeal.id.desc()).limit(1)).first()
    made = AuditSeal(
        at=clock.now(),
        previous_id=before.id if before else 0,
        is_checkpoint=False,
        covers=told(merged((id, id) for id, _digest in rows)),
        last_id=rows[-1][0],
        count=len(rows),
        link=link_after(before.link if before else None, rows),
    )
    made.signature = signature(made, key)
    db.session.add(made)
    db.session.flush()
    return len(rows)


def link_after(before: str | None, rows: Iterable[tuple[int, bytes]]) -> str:
    """The next link of the chain."""
    found = hashlib.sha256(bytes.fromhex(before) if before else NOTHING)
    for id, digest in rows:
        found.update(id.to_bytes(8) + digest)
    return found.hexdigest()


def signature(made: AuditSeal, key: bytes) -> bytes:
    """What the seal is signed with."""
    at = made.at.strftime("%Y-%m-%d %H:%M:%S.%f")
    text = f"{made.link} {made.count} {made.last_id} {int(made.is_checkpoint or 0)} {at} {made.covers}"
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def merged(ranges: Iterable[Range]) -> list[Range]:
    """Ranges in order, those that touch made one."""
    found: list[Range] = []
    for first, last in sorted(ranges):
        if found and first <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(last, found[-1][1]))
        else:
            found.append((first, last))
    return found


def size_of(ranges: Iterable[Range], above: int) -> int:
    """How many numbers above this one lie in the ranges."""
    return sum(last - max(first, above + 1) + 1 for first, last in ranges)


def told(ranges: Iterable[Range]) -> str:
    """Ranges as text."""
    return " ".join(f"{first}-{last}" if last > first else str(first) for first, last in ranges)


def read(text: str) -> list[Range]:
    """Ranges from text."""
    pairs = (part.partition("-") for part in text.split())
    return [(int(first), int(last or first)) for first, _dash, last in pairs]


def gaps(ranges: Sequence[Range], above: int) -> Iterator[Range]:
    """What lies between the ranges, above a number and below their end."""
    at = above + 1
    for first, last in ranges:
        if first > at:
            yield at, first - 1
        at = max(at, last + 1)


def within(ranges: Iterable[Range]) -> ColumnElement[bool]:
    """The criterion for entries whose numbers lie in the ranges."""
    return or_(*(and_(AuditEntry.id >= first, AuditEntry.id <= last) for first, last in ranges))


def floor() -> int:
    """The highest number that was sealed so long ago that nothing below it can still be on its way."""
    old = AuditSeal.at < clock.now() - LONGEST_TRANSACTION
    return db.session.scalar(select(func.max(AuditSeal.last_id)).where(old)) or 0


def _unsealed(most: int) -> list[tuple[int, bytes]]:
    above = floor()
    # A seal that reaches above the floor may be older than one that does not.
    lately = db.session.scalars(select(AuditSeal.covers).where(AuditSeal.last_id > above))
    covered = merged(each for text in lately for each in read(text) if each[1] > above)
    top = max([above, *(last for _first, last in covered)])
    # Few places at a time: transactions that were rolled back may have left many gaps.
    places = list(gaps(covered, above))
    if len(places) > PLACES_AT_ONCE and _count_within(above, top) == size_of(covered, above):
        places = []
    places.append((top + 1, HIGHEST))
    found: list[tuple[int, bytes]] = []
    while places and len(found) < most:
        some, places = places[:PLACES_AT_ONCE], places[PLACES_AT_ONCE:]
        query = select(AuditEntry.id, AuditEntry.digest).where(within(some), AuditEntry.digest.is_not(None))
        rows = db.session.execute(query.order_by(AuditEntry.id).limit(most - len(found)))
        found += [(id, digest) for id, digest in rows if digest is not None]
    return found


def _count_within(above: int, top: int) -> int:
    within = (AuditEntry.id > above, AuditEntry.id <= top, AuditEntry.digest.is_not(None))
    return db.session.scalar(select(func.count(AuditEntry.id)).where(*within)) or 0
