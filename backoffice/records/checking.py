"""Checking entries of the audit trail against their own digests, many at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import String, bindparam, select, type_coerce

from backoffice.foundation.database import db
from backoffice.foundation.errors import DomainError
from backoffice.foundation.i18n import _l
from backoffice.records import digests
from backoffice.records.audit import AuditEntry
from backoffice.records.seals import HIGHEST, Range, read
from backoffice.records.shapes import AuditShape, number_of

#: Entries that are fetched at once.
AT_ONCE = 20_000
#: Ranges that lie as near to each other are read in one go.
NEAR = 50
#: Erasing entries that are remembered.
REMEMBERED = 100
ERASED = "audit.erase"
#: What the contents of an entry without values look like to the digest.
EMPTY = digests.text_of({"changes": {}, "exact": None, "target_title": ""}, digests.VALUES)


class Tampered(DomainError):
    """Something is wrong with the trail; the message says what."""


def unknown(id: int) -> Tampered:
    """An entry that no seal covers and none is going to."""
    return Tampered(_l("Entry %(id)s was put in by hand: no seal knows it.", id=id))


class Checker:
    """Reads entries in order of their numbers and checks each; without a key signatures are passed over."""

    def __init__(self, key: bytes | None) -> None:
        self.key = key
        self.checked = self.erased = 0
        table: Any = AuditEntry.__table__
        dialect = db.engine.dialect.name
        columns = [table.c[name] for name in ("id", "salt", "digest", "mac", "values_digest", "erased_by", "shape_id")]
        texts = [
            type_coerce(digests.text_in(table, names, dialect), String) for names in (digests.KNOWN, digests.VALUES)
        ]
        self._query = (
            select(*columns, *texts)
            .where(table.c.id >= bindparam("first"), table.c.id <= bindparam("last"))
            .order_by(table.c.id)
            .limit(bindparam("most"))
        )
        self._shapes: set[int] = set()
        self._erasing: dict[int, list[Range]] = {}

    def entries(self, spans: list[Range]) -> Iterator[tuple[int, bytes]]:
        """Number and digest of each entry that a seal covers. Raises Tampered at the first that is wrong."""
        for group in _groups(spans):
            numbers = (number for first, last in group for number in range(first, last + 1))
            wanted = next(numbers, None)
            for row in self._rows(group[0][0], group[-1][1]):
                id = row[0]
                if id != wanted:
                    if wanted is None:
                        break
                    if id < wanted:
                        continue  # another seal has it, as it was committed earlier or later
                    raise Tampered(_l("Entry %(id)s was removed by hand.", id=wanted))
                self._check(row)
                self.checked += 1
                yield id, row[2]
                wanted = next(numbers, None)
            if wanted is not None:
                raise Tampered(_l("Entry %(id)s was removed by hand.", id=wanted))

    def loose(self, above: int) -> int:
        """Check the entries above a number that wait for a seal; how many. Raises Tampered at the first wrong one."""
        count, erased = 0, self.erased
        for row in self._rows(above + 1, HIGHEST):
            if row.digest is None and above:
                raise unknown(row.id)
            if row.digest is not None:
                self._check(row)
                count += 1
        self.erased = erased
        return count

    def _rows(self, first: int, last: int) -> Iterator[Any]:
        while True:
            given = {"first": first, "last": last, "most": AT_ONCE}
            rows = db.session.connection().execute(self._query, given).all()
            yield from rows
            if len(rows) < AT_ONCE:
                return
            first = rows[-1].id + 1

    def _check(self, row: Any) -> None:
        id, salt, written, signed, values_digest, erased_by, shape, known, values = row
        try:
            if erased_by is not None:
                self._check_erased(id, erased_by, values_digest)
                inside = values_digest if values_digest and values == EMPTY and salt is None else b""
            else:
                inside = digests.inner(salt, values)
            is_whole = digests.digest(known, inside) == written
            is_signed = self.key is None or digests.mac(written, self.key) == signed
        except (TypeError, ValueError, LookupError, AttributeError):
            is_whole = False
        if not is_whole:
            raise Tampered(_l("Entry %(id)s was altered by hand.", id=id))
        if not is_signed:
            raise Tampered(_l("Entry %(id)s was put in by hand, or written under another secret key.", id=id))
        if shape not in self._shapes and not self._is_known(shape):
            raise Tampered(_l("The trail does not know the fields of entry %(id)s any more.", id=id))

    def _check_erased(self, id: int, erased_by: int, values_digest: bytes | None) -> None:
        """The entry that says so has to exist and to name this one."""
        if erased_by not in self._erasing:
            query = select(AuditEntry.action, AuditEntry.changes).where(AuditEntry.id == erased_by)
            found = db.session.execute(query).first()
            named = found.changes["entries"][1] if found is not None and found.action == ERASED else ""
            if len(self._erasing) >= REMEMBERED:
                self._erasing.clear()
            self._erasing[erased_by] = read(str(named))
        if values_digest is None or not any(first <= id <= last for first, last in self._erasing[erased_by]):
            raise Tampered(_l("Entry %(id)s lost its values, and entry %(by)s does not say so.", id=id, by=erased_by))
        self.erased += 1

    def _is_known(self, shape: int | None) -> bool:
        # New ones may have come meanwhile.
        rows = db.session.execute(select(AuditShape.id, AuditShape.kind, AuditShape.names))
        self._shapes = {row.id for row in rows if row.id == number_of(row.kind, row.names)}
        return shape in self._shapes


def _groups(spans: list[Range]) -> Iterator[list[Range]]:
    """Ranges that lie near each other, together."""
    group: list[Range] = []
    for span in spans:
        if group and span[0] - group[-1][1] > NEAR:
            yield group
            group = []
        group.append(span)
    if group:
        yield group
