"""Checking the audit trail against its seals: a stream of findings, the first thing that is wrong named first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import String, bindparam, func, select, type_coerce

from backoffice.foundation import clock
from backoffice.foundation.database import db
from backoffice.foundation.i18n import _
from backoffice.records import digests
from backoffice.records.audit import AuditEntry
from backoffice.records.seals import LONGEST_TRANSACTION, AuditSeal, link_after, merged, read, signature

#: Entries that are fetched at once.
AT_ONCE = 20_000
ERASED = "audit.erase"


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


class _Fault(Exception):
    """Something is wrong; the message says what."""


def verify(key: bytes, *, any_key: bool = False, head: str = "", progress: Callable[[int], Any] = bool) -> Verdict:
    """Read the whole chain and the entries under it. Reads only, in bounded memory.

    `any_key` passes over signatures made with another key; `head` is a link noted earlier that the chain has to hold.
    `progress` is called with the number of entries checked so far.
    """
    verdict = Verdict()
    try:
        _walk(key, any_key, head, verdict, progress)
        _look_outside(verdict)
    except _Fault as fault:
        verdict.fault = str(fault)
    return verdict


def _walk(key: bytes, any_key: bool, head: str, verdict: Verdict, progress: Callable[[int], Any]) -> None:
    checker, before, is_first, passed = _Checker(verdict), None, True, head == ""
    for seal in _seals():
        if not any_key and signature(seal, key) != seal.signature:
            raise _Fault(_("Seal %(id)s was altered, or made with another secret key.", id=seal.id))
        if seal.is_checkpoint:
            if not is_first:
                raise _Fault(_("Seal %(id)s is a checkpoint in the middle of the chain.", id=seal.id))
            for first, last in read(seal.covers):
                within = select(AuditEntry.id).where(AuditEntry.id >= first, AuditEntry.id <= last).limit(1)
                if (id := db.session.scalar(within)) is not None:
                    raise _Fault(_("Entry %(id)s was put in by hand: no seal knows it.", id=id))
        else:
            rows = [row for span in read(seal.covers) for row in checker.entries(*span)]
            if len(rows) != seal.count or link_after(before, rows) != seal.link:
                raise _Fault(_("Seal %(id)s does not follow from the one before it.", id=seal.id))
        before, is_first = seal.link, False
        passed = passed or seal.link == head
        progress(verdict.checked)
    verdict.link = before or ""
    if not passed:
        raise _Fault(_("The chain does not hold the link that was noted: its end was cut off."))


def _seals() -> Iterator[AuditSeal]:
    last = 0
    while some := db.session.scalars(
        select(AuditSeal).where(AuditSeal.id > last).order_by(AuditSeal.id).limit(500)
    ).all():
        yield from some
        last = some[-1].id
        db.session.expunge_all()


def _look_outside(verdict: Verdict) -> None:
    """Entries that no seal covers: those at the end are only waiting, any other was put in by hand."""
    spans = merged(
        span for covers in db.session.scalars(select(AuditSeal.covers).order_by(AuditSeal.id)) for span in read(covers)
    )
    last, settled = (spans[-1][1] if spans else 0), clock.now() - LONGEST_TRANSACTION
    above = AuditEntry.id > last
    verdict.unsealed = db.session.scalar(select(func.count(AuditEntry.id)).where(above)) or 0
    # Whatever has no digest below the first seal was written before there were any.
    first = spans[0][0] if spans else 0
    old = select(func.count(AuditEntry.id)).where(AuditEntry.digest.is_(None), AuditEntry.id < first)
    verdict.undigested = db.session.scalar(old) or 0
    stray = select(AuditEntry.id, AuditEntry.at).where(AuditEntry.digest.is_not(None)).order_by(AuditEntry.id).limit(1)
    at = first
    for start, end in [*spans, (last + 1, last + 1)]:
        if start > at:
            for id, moment in db.session.execute(stray.where(AuditEntry.id >= at, AuditEntry.id < start)):
                if moment < settled:
                    raise _Fault(_("Entry %(id)s was put in by hand: no seal knows it.", id=id))
                verdict.unsealed += 1
        at = max(at, end + 1)


class _Checker:
    """Reads entries in order of their numbers, many at a time, and checks each against its own digest."""

    def __init__(self, verdict: Verdict) -> None:
        self.verdict = verdict
        table: Any = AuditEntry.__table__
        dialect = db.engine.dialect.name
        columns = [table.c.id, table.c.salt, table.c.digest, table.c.values_digest, table.c.erased_by]
        texts = [
            type_coerce(digests.text_in(table, names, dialect), String) for names in (digests.KNOWN, digests.VALUES)
        ]
        self.query = (
            select(*columns, *texts)
            .where(table.c.id >= bindparam("first"), table.c.id <= bindparam("last"))
            .order_by(table.c.id)
            .limit(bindparam("most"))
        )
        self.erasing: dict[int, set[int]] = {}

    def entries(self, first: int, last: int) -> Iterator[tuple[int, bytes]]:
        """Number and digest of each entry of a range that a seal covers. Raises _Fault at the first that is wrong."""
        wanted = first
        while wanted <= last:
            given = {"first": wanted, "last": last, "most": AT_ONCE}
            rows = db.session.connection().execute(self.query, given).all()
            for id, salt, written, values_digest, erased_by, known, values in rows:
                if id != wanted:
                    raise _Fault(_("Entry %(id)s was removed by hand.", id=wanted))
                if erased_by is not None:
                    self._check_erased(id, erased_by, values_digest)
                    inside = values_digest
                elif salt is None:
                    raise _Fault(_("Entry %(id)s was altered by hand.", id=id))
                else:
                    inside = digests.inner(salt, values)
                if digests.digest(known, inside) != written:
                    raise _Fault(_("Entry %(id)s was altered by hand.", id=id))
                wanted += 1
                yield id, written
            self.verdict.checked += len(rows)
            if len(rows) < AT_ONCE and wanted <= last:
                raise _Fault(_("Entry %(id)s was removed by hand.", id=wanted))

    def _check_erased(self, id: int, erased_by: int, values_digest: bytes | None) -> None:
        """The entry that says so has to exist and to name this one."""
        if erased_by not in self.erasing:
            entry = db.session.get(AuditEntry, erased_by)
            named = entry.changes.get("entries", [None, []])[1] if entry and entry.action == ERASED else []
            self.erasing[erased_by] = {
                each for first, last in read(str(named or "")) for each in range(first, last + 1)
            }
        if id not in self.erasing[erased_by] or values_digest is None:
            raise _Fault(_("Entry %(id)s lost its values, and entry %(by)s does not say so.", id=id, by=erased_by))
        self.verdict.erased += 1
