"""What a column is called, what kind of thing it shows, and how a record's value becomes a cell."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from enum import Enum
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

from flask import g
from sqlalchemy import Boolean, Numeric, Text, inspect
from sqlalchemy.orm import ColumnProperty, RelationshipProperty, lazyload, load_only
from sqlalchemy.types import Integer

from backoffice.admin.addresses import address_of
from backoffice.foundation.database import EnumText, UTCDateTime
from backoffice.foundation.html import excerpt
from backoffice.foundation.i18n import _
from backoffice.foundation.permissions import Can, is_allowed
from backoffice.foundation.text import shortened
from backoffice.site.requests import present_actor
from backoffice.site.templating import teller, time_tag

#: A way to show a column of a particular view: takes the record, returns a cell.
Formatter = Callable[[Any], "Cell"]
#: Characters of a long text that two lines of a list show.
LONGEST_SHOWN = 120


class Cell(NamedTuple):
    """What a template prints: its `kind` picks the macro, the rest is its data."""

    kind: str
    value: Any = None
    link: Any = None
    aside: Any = None
    note: Any = None


class Column:
    """A column or relation of a model as the back office shows it."""

    def __init__(self, model: Any, name: str) -> None:
        self.model, self.name = model, name
        self.prop = inspect(model).attrs.get(name)
        if not isinstance(self.prop, ColumnProperty | RelationshipProperty):
            raise LookupError(f"{model.__name__} has no column {name}")

    @cached_property
    def is_relation(self) -> bool:
        """Whether it points to another model."""
        return isinstance(self.prop, RelationshipProperty)

    @cached_property
    def is_many(self) -> bool:
        """Whether it points to several records."""
        return bool(self.is_relation and self.prop.uselist)

    @cached_property
    def type(self) -> Any:
        """The SQL type; None for a relation."""
        return None if self.is_relation else self.prop.columns[0].type

    @cached_property
    def info(self) -> dict[str, Any]:
        """What was said beside the column."""
        return dict(self.prop.info if self.is_relation else self.prop.columns[0].info)

    @cached_property
    def label(self) -> Any:
        """Its label, to be translated when it is read."""
        return self.info.get("label") or self.name

    @cached_property
    def is_secret(self) -> bool:
        """Whether it may never be shown."""
        return bool(self.info.get("secret"))

    @cached_property
    def is_long(self) -> bool:
        """Whether it holds text too long to load for a list that does not show it."""
        return isinstance(self.type, Text)

    @cached_property
    def attribute(self) -> Any:
        """The mapped attribute."""
        return getattr(self.model, self.name)

    @cached_property
    def key(self) -> Any:
        """The column to sort and filter by: itself, or the foreign key of a relation to one."""
        if not self.is_relation:
            return self.attribute
        local = next(iter(self.prop.local_columns))
        return getattr(self.model, inspect(self.model).get_property_by_column(local).key)

    @cached_property
    def kind(self) -> str:
        """Which macro shows it."""
        if self.is_many:
            return "names"
        if self.is_relation:
            return "record"
        for type_, kind in (
            (UTCDateTime, "when"),
            (EnumText, "status"),
            (Boolean, "yes"),
            (Integer, "number"),
            (Numeric, "number"),
        ):
            if isinstance(self.type, type_):
                return kind
        return "long" if self.is_long else "text"

    @cached_property
    def titles(self) -> list[Any]:
        """Of a relation: load what the name of a related record, and the question whose it is, need; nothing else."""
        mapper = self.prop.mapper
        keys = [local.key for prop in mapper.relationships for local in prop.local_columns]
        owners = [key for key in dict.fromkeys(keys) if key in mapper.column_attrs and key != "id"]
        names = dict.fromkeys(("id", *(mapper.class_.titled_by or mapper.class_.named_by), *owners))
        return [load_only(*(getattr(mapper.class_, name) for name in names)), lazyload("*")]

    def may_be_seen(self) -> bool:
        """Whether the person may see it: columns can ask for a permission of their own."""
        needs = self.info.get("needs")
        return not self.is_secret and (not needs or is_allowed(present_actor(), Can(needs)))

    def cell(self, record: Any) -> Cell:
        """The record's value for a list or a page."""
        value = getattr(record, self.name)
        if value is None:
            return Cell("none")
        if self.kind == "record":
            return Cell("record", value.title_text, link=address_of(value))
        if self.kind == "status":
            # Only what becomes of a record has a shape and a colour; other choices are words.
            kind = "status" if self.name in ("status", "state") else "text"
            return Cell(kind, value if kind == "status" else str(value.label), note=str(value.label))
        if self.kind == "names":
            return Cell("names", [item.title_text for item in value])
        return Cell(self.kind, value)

    def in_a_list(self) -> Formatter:
        """The same for many records shown to one person at once: what they share is looked up once."""
        known: dict[Any, Cell] = {}
        tell = teller()

        def status(record: Any) -> Cell:
            value = getattr(record, self.name)
            return known.get(value) or known.setdefault(value, self.cell(record))

        def when(record: Any) -> Cell:
            value = getattr(record, self.name)
            return Cell("none") if value is None else Cell("when", value, note=time_tag(value, tell(value)))

        return {"status": status, "when": when}.get(self.kind, self.cell)

    def exported(self, record: Any) -> Any:
        """The record's value for a spreadsheet: text, number, moment or truth, never markup."""
        value = getattr(record, self.name)
        if self.is_many:
            return ", ".join(item.title_text for item in value)
        if self.is_relation:
            return value.title_text if value is not None else None
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        return told(value)


def told(value: Any) -> Any:
    """An enum by its label, everything else as it is."""
    if isinstance(value, Enum):
        return str(getattr(value, "label", value.value))
    return value if isinstance(value, int | float | datetime) or value is None else str(value)


def quote(text: str, by: str, aside: str | None = None) -> Formatter:
    """A reader's words under her name, with something quiet beside it if the person may see that column."""

    def shown(record: Any) -> Cell:
        beside = getattr(record, aside) if aside and _may_see(type(record), aside) else None
        return Cell("quote", shortened(getattr(record, text), LONGEST_SHOWN), note=getattr(record, by), aside=beside)

    return shown


def shortened_cell(column: Column) -> Formatter:
    """A long text, without markup, as far as two lines go."""

    def shown(record: Any) -> Cell:
        return Cell("text", excerpt(getattr(record, column.name) or "", LONGEST_SHOWN))

    return shown


def named(by: str, aside: str | None = None) -> Formatter:
    """The name of the record in strong letters, with something quiet beside it."""

    def shown(record: Any) -> Cell:
        beside = shortened(getattr(record, aside) or "", LONGEST_SHOWN) if aside else None
        return Cell("name", getattr(record, by), aside=beside)

    return shown


@lru_cache(maxsize=2048)
def column_of(model: Any, name: str) -> Column:
    """The column of that name; the same object each time. Raises LookupError if the model has none."""
    return Column(model, name)


def _may_see(model: Any, name: str) -> bool:
    """Worked out once in a request, as a list asks for every row."""
    known: dict[Any, bool] = g.setdefault("columns_seen", {})
    if (model, name) not in known:
        known[model, name] = column_of(model, name).may_be_seen()
    return known[model, name]
