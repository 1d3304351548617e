"""Keyset paging: a page is found by where the last one ended, so the fifteen-thousandth costs what the first costs."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from sqlalchemy import BigInteger, Select, and_, func, inspect, literal, literal_column, or_, select, tuple_, union_all
from sqlalchemy.sql import ColumnElement

from backoffice.foundation.database import UTCDateTime, db

#: Counts stop here; the page then says "10,000+".
MOST_COUNTED = 10_000
#: SQLite puts no more than 500 queries together.
MOST_BRANCHES = 400


@dataclass(frozen=True)
class Order:
    """An order that ends in the primary key, so that no two records share a place."""

    model: Any
    columns: tuple[Any, ...]
    descending: bool

    @classmethod
    def by(cls, model: Any, column: Any, descending: bool, then: Any = None) -> Order:
        """Order by a column; `then` comes second where an index of the table carries both."""
        names = [item.key for item in (column, then) if item is not None]
        mapped = [inspect(model).attrs[name].columns[0].name for name in names]
        both = then is not None and mapped[0] != mapped[1] and _has_index(model, [*mapped, "id"])
        columns: tuple[Any, ...] = (column, then, model.id) if both else (column, model.id)
        return cls(model, tuple(dict.fromkeys(columns)), descending)

    @property
    def nullable(self) -> bool:
        """Whether the first column may be empty; empty ones come first upwards and last downwards."""
        return bool(self.columns[0].expression.nullable)

    def applied(self, query: Select[Any], backwards: bool = False) -> Select[Any]:
        """The query in this order, or in the opposite one."""
        down = self.descending != backwards
        terms = [column.desc() if down else column.asc() for column in self.columns]
        if self.nullable:
            terms[0] = terms[0].nulls_last() if down else terms[0].nulls_first()
        return query.order_by(*terms)

    def beyond(self, place: Sequence[Any], backwards: bool = False) -> ColumnElement[bool]:
        """The criterion for records that come after `place`, or before it."""
        down = self.descending != backwards
        values = [literal(value, column.type) for column, value in zip(self.columns, place, strict=True)]
        if not self.nullable:
            left, right = tuple_(*self.columns), tuple_(*values)
            return left < right if down else left > right
        first, rest = self.columns[0], self.columns[1:]
        left, right = tuple_(*rest), tuple_(*values[1:])
        further = left < right if down else left > right
        if place[0] is None:
            return and_(first.is_(None), further) if down else or_(first.is_not(None), and_(first.is_(None), further))
        same = and_(first == values[0], further)
        if down:
            return or_(first < values[0], same, first.is_(None))
        return or_(first > values[0], same)

    def place_of(self, record: Any) -> str:
        """Where a record stands, as text for an address."""
        values = [getattr(record, column.key) for column in self.columns]
        return urlsafe_b64encode(json.dumps([_plain(value) for value in values]).encode()).decode().rstrip("=")

    def place_from(self, text: str | None) -> list[Any] | None:
        """The place a text stands for; None if it was not made by `place_of` for this order."""
        if not text or len(text) > 2000 or not text.isascii():
            return None
        try:
            values = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
            if not isinstance(values, list) or len(values) != len(self.columns):
                return None
            return [_typed(value, column.type) for value, column in zip(values, self.columns, strict=True)]
        except (ValueError, TypeError, OverflowError):
            return None


@dataclass(frozen=True)
class Page:
    """Some records and whether there are more on either side."""

    records: list[Any]
    newer: str | None
    older: str | None


def page_of(
    query: Select[Any],
    order: Order,
    size: int,
    *,
    after: str | None = None,
    before: str | None = None,
    skip: int = 0,
    branches: Sequence[ColumnElement[bool]] = (),
) -> Page:
    """The page after or before a place, or the one that begins after `skip` records.

    `branches` are criteria of which every record that the query finds fulfils one. Each has an index in this order, so
    the first records of each are found and merged, where "one of many" would make a database sort them all.
    """
    place = order.place_from(after) or order.place_from(before)
    backwards = place is not None and order.place_from(after) is None
    narrowed = query if place is None else query.where(order.beyond(place, backwards))
    if 1 < len(branches) <= MOST_BRANCHES:
        ids = _first_of_each(narrowed, order, backwards, branches, skip + size + 1)
        narrowed = query.where(order.model.id.in_(ids))
    found = list(db.session.scalars(order.applied(narrowed, backwards).offset(skip or None).limit(size + 1)))
    more, records = len(found) > size, found[:size]
    if backwards:
        records.reverse()
    has_newer = more if backwards else (place is not None or skip > 0)
    has_older = True if backwards else more
    return Page(
        records,
        newer=order.place_of(records[0]) if records and has_newer else None,
        older=order.place_of(records[-1]) if records and has_older else None,
    )


def _first_of_each(
    query: Select[Any], order: Order, backwards: bool, branches: Sequence[ColumnElement[bool]], most: int
) -> Sequence[int]:
    """The keys of the first records that fulfil one branch or another, in order."""
    parts = []
    for branch in branches:
        some: Select[Any] = query.where(branch).order_by(None).with_only_columns(*order.columns)
        parts.append(select(order.applied(some, backwards).limit(most).subquery()))
    merged = union_all(*parts).subquery()
    down = order.descending != backwards
    terms = [column.desc() if down else column.asc() for column in merged.c]
    return list(db.session.execute(select(merged.c.id).order_by(*terms).limit(most)).scalars())


def capped_count(query: Select[Any], most: int = MOST_COUNTED) -> int:
    """How many records there are, counted no further than one beyond `most`."""
    return capped_counts([query], most)[0]


def capped_counts(queries: Iterable[Select[Any]], most: int = MOST_COUNTED) -> Sequence[int]:
    """The same for several queries at once, in their order."""
    counts = []
    for query in queries:
        some: Select[Any] = query.order_by(None).with_only_columns(literal_column("1"), maintain_column_froms=True)
        counts.append(select(func.count()).select_from(some.limit(most + 1).subquery()).scalar_subquery())
    return tuple(db.session.execute(select(*counts)).one()) if counts else ()


def _has_index(model: Any, names: list[str]) -> bool:
    return any([column.name for column in index.columns][: len(names)] == names for index in model.__table__.indexes)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return value.value if isinstance(value, Enum) else value


def _typed(value: Any, type_: Any) -> Any:
    if value is None:
        return None
    if isinstance(type_, UTCDateTime):
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise ValueError("a moment without a zone")
        UTCDateTime().process_bind_param(moment, _ANY_DIALECT)
        return moment
    wanted: Any = type_.python_type
    if issubclass(wanted, Enum):
        return wanted(value)
    if wanted is int:
        bits = 63 if isinstance(type_, BigInteger) else 31
        if isinstance(value, bool) or not isinstance(value, int) or abs(value) >= 2**bits:
            raise ValueError("not a number the column holds")
    # Half a surrogate pair is no text for either database; encoding it raises.
    if wanted is str and (not isinstance(value, str) or b"\x00" in value.encode()):
        raise ValueError("not a text")
    return wanted(value)


class _AnyDialect:
    name = "any"


_ANY_DIALECT: Any = _AnyDialect()
