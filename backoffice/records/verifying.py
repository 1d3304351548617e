"""Checking the audit trail against its seals: a stream of findings, the first thing that is wrong named first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from backoffice.foundation import clock
from backoffice.foundation.database import db
from backoffice.foundation.i18n import _l
from backoffice.records import seals
from backoffice.records.audit import AuditEntry
from backoffice.records.checking import Checker, Tampered, unknown
from backoffice.records.seals import LONGEST_TRANSACTION, PLACES_AT_ONCE, AuditSeal, Range

__all__ = ["Tampered", "Verdict", "check_seals", "verify"]


@dataclass
class Verdict:
    """What a check found."""

    checked: int = 0
    erased: int = 0
    unsealed: int = 0
    undigested: int = 0
    link: str = ""
    #: What is wrong, in words; the check stops at the first.
    fault: str = ""


@dataclass
class _Reach:
    """How far the seals go: the lowest and the highest number, and below which one nothing can be on its way."""

    first: int = 0
    last: int = 0
    settled: int = 0
    settled_at: datetime = field(default_factory=lambda: clock.now() - LONGEST_TRANSACTION)

    def add(self, seal: AuditSeal, spans: list[Range]) -> None:
        self.first = min(self.first or spans[0][0], spans[0][0])
        self.last = max(self.last, spans[-1][1])
        if seal.at < self.settled_at:
            self.settled = max(self.settled, seal.last_id)


def verify(key: bytes, *, any_key: bool = False, head: str = "", progress: Callable[[int], Any] = bool) -> Verdict:
    """Read the whole chain and the entries under it. Reads only, in bounded memory.

    `any_key` passes over signatures made with another key; `head` is a link noted earlier that the chain has to hold.
    `progress` is called with the number of entries checked so far.
    """
    while True:
        began, verdict = _first_seal(), Verdict()
        checker = Checker(None if any_key else key)
        try:
            reach = _walk(checker, head, verdict, progress)
            _look_outside(checker, reach, verdict)
        except Tampered as fault:
            verdict.fault = str(fault)
        # Where entries were pruned meanwhile, what seems to be missing may have gone by policy.
        if not verdict.fault or _first_seal() == began:
            return verdict


def check_seals(some: list[AuditSeal], key: bytes, *, any_key: bool = False) -> None:
    """Check the first seals of the chain with all they cover. Raises Tampered at the first thing that is wrong."""
    checker, before = Checker(None if any_key else key), None
    for seal in some:
        _check_seal(checker, seal, before)
        before = seal


def _walk(checker: Checker, head: str, verdict: Verdict, progress: Callable[[int], Any]) -> _Reach:
    before, passed = None, head == ""
    reach = _Reach()
    for seal in _seals():
        reach.add(seal, _check_seal(checker, seal, before))
        before, verdict.link = seal, seal.link
        passed = passed or seal.link == head
        verdict.checked, verdict.erased = checker.checked, checker.erased
        progress(verdict.checked)
    if not passed:
        raise Tampered(_l("The chain does not hold the link that was noted: its end was cut off."))
    return reach


def _check_seal(checker: Checker, seal: AuditSeal, before: AuditSeal | None) -> list[Range]:
    """What the seal covers. Raises Tampered."""
    if checker.key is not None and seals.signature(seal, checker.key) != seal.signature:
        raise Tampered(_l("Seal %(id)s was altered, or made with another secret key.", id=seal.id))
    does_not_follow = Tampered(_l("Seal %(id)s does not follow from the one before it.", id=seal.id))
    try:
        spans = seals.read(seal.covers)
    except ValueError:
        spans = []
    if not spans:
        raise does_not_follow
    if not seal.is_checkpoint:
        rows = list(checker.entries(spans))
        try:
            if len(rows) != seal.count or seals.link_after(before.link if before else None, rows) != seal.link:
                raise does_not_follow
        except (ValueError, OverflowError):
            raise does_not_follow from None
        return spans
    if before is not None:
        raise Tampered(_l("Seal %(id)s is a checkpoint in the middle of the chain.", id=seal.id))
    for some in _parts(spans):
        if (id := db.session.scalar(select(AuditEntry.id).where(seals.within(some)).limit(1))) is not None:
            raise unknown(id)
    return spans


def _first_seal() -> tuple[Any, ...] | None:
    found = db.session.execute(select(AuditSeal.id, AuditSeal.link).order_by(AuditSeal.id).limit(1)).first()
    return tuple(found) if found is not None else None


def _seals() -> Iterator[AuditSeal]:
    last = None
    while True:
        following = select(AuditSeal).order_by(AuditSeal.id).limit(500)
        some = db.session.scalars(following if last is None else following.where(AuditSeal.id > last)).all()
        if not some:
            return
        last = some[-1].id
        yield from some
        db.session.expunge_all()


def _look_outside(checker: Checker, reach: _Reach, verdict: Verdict) -> None:
    """Entries that no seal covers: those at the end are only waiting, most others were put in by hand."""
    none = AuditEntry.digest.is_(None)
    if not reach.last:
        verdict.undigested = _count(none)
        verdict.unsealed = checker.loose(0)
        return
    if (lowest := db.session.scalar(select(func.min(AuditEntry.id)))) is not None and lowest <= 0:
        raise unknown(lowest)
    # Whatever has no digest below the first seal was written before there were any.
    verdict.undigested = _count(none, AuditEntry.id < reach.first)
    # The numbers of all seals are asked for only where there is something to look for.
    if _count() - _count(AuditEntry.id > reach.last) != checker.checked + verdict.undigested:
        verdict.unsealed += _count_late(reach)
    verdict.unsealed += checker.loose(reach.last)


def _count(*criteria: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(AuditEntry).where(*criteria)) or 0


def _count_late(reach: _Reach) -> int:
    """Entries below the end that wait for a seal, for they were committed late. Raises Tampered for any other."""
    spans = seals.merged(span for seal in _seals() for span in seals.read(seal.covers))
    late = 0
    for some in _parts(list(seals.gaps(spans, 0))):
        query = select(AuditEntry.id, AuditEntry.at, AuditEntry.digest).where(seals.within(some))
        for id, at, digest in db.session.execute(query.order_by(AuditEntry.id)):
            if digest is None and id < reach.first:
                continue
            if digest is None or id <= reach.settled or at < reach.settled_at:
                raise unknown(id)
            late += 1
    return late


def _parts(spans: list[Range]) -> Iterator[list[Range]]:
    for at in range(0, len(spans), PLACES_AT_ONCE):
        yield spans[at : at + PLACES_AT_ONCE]
