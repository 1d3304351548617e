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
