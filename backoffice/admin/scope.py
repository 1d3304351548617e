"""One criterion decides which records exist for the person: list, id, lookup, export and bulk all ask here."""

from __future__ import annotations

from typing import Any

from flask import abort
from sqlalchemy import BigInteger, Select, select

from backoffice.foundation.database import db
from backoffice.foundation.permissions import Can, reachable_by
from backoffice.site.requests import present_actor


def key_of(text: Any, model: Any) -> int | None:
    """A primary key of the model from an address or a form; None if the text cannot be one on either database."""
    text = str(text or "")
    if not (text.isascii() and text.isdecimal() and len(text) <= 19):
        return None
    bits = 63 if isinstance(model.__table__.c.id.type, BigInteger) else 31
    return key if 0 < (key := int(text)) < 2**bits else None


def keys_in(text: str, model: Any, most: int) -> list[int]:
    """Primary keys of the model from `12,14` in an address, no more than `most`; whatever is none is left out."""
    return [key for part in text.split(",")[:most] if (key := key_of(part, model)) is not None]


def versions_in(text: str, model: Any, most: int) -> list[tuple[int, int]]:
    """Primary keys with the version that was seen, from `12.3,14.1`, in the same way."""
    found = []
    for part in text.split(",")[:most]:
        number, _dot, version = part.partition(".")
        key = key_of(number, model)
        if key is not None and version.isascii() and version.isdecimal() and len(version) < 10:
            found.append((key, int(version)))
    return found


class Scoped:
    """Gives a view its records through `scope`."""

    model: Any
    resource: str

    def scope(self, query: Select[Any], verb: str = "view") -> Select[Any]:
        """Narrow the query to the records the person may use in this way."""
        return query.where(reachable_by(present_actor(), Can(f"{self.resource}.{verb}"), self.model))

    def records(self, verb: str = "view") -> Select[Any]:
        """All records the person may use in this way."""
        return self.scope(select(self.model), verb)

    def get_one(self, id: Any, verb: str = "view", *options: Any) -> Any:
        """The record of this id within the scope, or None."""
        key = key_of(id, self.model)
        if key is None:
            return None
        return db.session.scalars(self.records(verb).where(self.model.id == key).options(*options)).one_or_none()

    def one_or_404(self, id: Any, verb: str = "view", *options: Any) -> Any:
        """The record of this id within the scope; 404 if there is none."""
        record = self.get_one(id, verb, *options)
        if record is None:
            abort(404)
        return record
