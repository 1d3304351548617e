"""The memory of an import: which record of ours came from which thing in the source, and whether it may be updated."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from backoffice.foundation.acting import acting
from backoffice.foundation.database import db
from backoffice.foundation.i18n import _
from backoffice.imports.models import LONGEST_KEY, LONGEST_SOURCE, ImportedRecord
from backoffice.imports.outcome import Tally

#: So many keys are looked up in one query.
_AT_ONCE = 200
#: The version of an entry whose record was here before the import, which therefore leaves it as it is.
NOT_OURS = 0

#: The attributes of a record, given the one that is to be updated, or None.
Values = Callable[[Any], dict[str, Any]]


@dataclass(frozen=True)
class Thing:
    """Something in a source: what it is, its key there, and a digest of all that is imported of it."""

    kind: str
    key: str
    digest: str


class Ledger:
    """The entries of one source."""

    def __init__(self, source: str) -> None:
        self.source = _short(source, LONGEST_SOURCE)
        self._waiting: list[tuple[Any, Thing, ImportedRecord | None]] = []

    def entries(self, kind: str, keys: Iterable[str]) -> dict[str, ImportedRecord]:
        """The entries with these keys."""
        wanted = list(dict.fromkeys(_short(key, LONGEST_KEY) for key in keys))
        found: dict[str, ImportedRecord] = {}
        for start in range(0, len(wanted), _AT_ONCE):
            query = select(ImportedRecord).where(
                ImportedRecord.source == self.source,
                ImportedRecord.kind == kind,
                ImportedRecord.key.in_(wanted[start : start + _AT_ONCE]),
            )
            found.update({entry.key: entry for entry in db.session.scalars(query)})
        return found

    def entry(self, kind: str, key: str) -> ImportedRecord | None:
        """The entry with this key."""
        return self.entries(kind, [key]).get(_short(key, LONGEST_KEY))

    def remember(self, kind: str, key: str, record: Any, digest: str, *, ours: bool = True) -> ImportedRecord:
        """Note that the record, which has been flushed, came from this thing."""
        entry = ImportedRecord(
            source=self.source,
            kind=kind,
            key=_short(key, LONGEST_KEY),
            digest=digest,
            version=record.version if ours else NOT_OURS,
        )
        setattr(entry, target_of(type(record)), record.id)
        db.session.add(entry)
        return entry

    def bring_in(self, model: Any, thing: Thing, entry: ImportedRecord | None, values: Values, tally: Tally) -> Any:
        """Make the record, update it, or leave it, and count which; `write` is to be called afterwards.

        Returns the record if it is made or updated, its number if it is left as it is, None if it was deleted here.
        `values` gives the attributes, from the record that is to be updated or None. A record is updated if the thing
        has changed in the source and nobody has changed the record here.
        """
        tally.read += 1
        if entry is None:
            record = model(**values(None))
            self._waiting.append((record, thing, None))
            tally.imported += 1
            return record
        number: int | None = getattr(entry, target_of(model))
        if number is None:
            tally.left_out[_("deleted here since")] += 1
            return None
        if entry.digest == thing.digest:
            tally.unchanged += 1
            return number
        record = db.session.get(model, number)
        if record is None or record.version != entry.version:
            tally.unchanged += 1
            reason = _("kept: was here before") if entry.version == NOT_OURS else _("kept: edited here")
            tally.remarks[reason] += 1
            return number
        for name, value in values(record).items():
            setattr(record, name, value)
        self._waiting.append((record, thing, entry))
        tally.updated += 1
        return record

    def write(self, model: Any) -> None:
        """Flush what was brought in, as `<resource>.import` in the trail, and remember where it came from."""
        waiting, self._waiting = self._waiting, []
        if not waiting:
            return
        with acting(action=f"{model.resource}.import"):
            db.session.add_all(record for record, _thing, _entry in waiting)
            db.session.flush()
        for record, thing, entry in waiting:
            if entry is None:
                self.remember(thing.kind, thing.key, record, thing.digest)
            else:
                entry.digest, entry.version = thing.digest, record.version

    def forget(self) -> None:
        """Drop what was brought in and not written, because its step was taken back."""
        self._waiting.clear()


def digest_of(*parts: Any) -> str:
    """A digest of values, the same for the same values in any run."""
    return hashlib.sha256(json.dumps(parts, default=str).encode("utf-8", "surrogatepass")).hexdigest()


def target_of(model: Any) -> str:
    """The name of the key to records of the model."""
    return f"{model.resource}_id"


def _short(text: str, longest: int) -> str:
    """The text, or a digest of it where it is too long or holds what no database keeps."""
    if len(text) <= longest and text.isprintable():
        return text
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
