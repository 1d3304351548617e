"""Filters of a list: each reads its part of the address, narrows the query, and says in words what it does.

Addresses name columns, never labels, so that a link works in every language: `flt_status=pending`,
`flt_created_at_from=2026-01-01`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from dateutil import tz
from flask_babel import format_date, get_timezone
from sqlalchemy import Boolean, ColumnElement, Select
from werkzeug.datastructures import MultiDict

from backoffice.admin.columns import Column
from backoffice.admin.lookups import Picker
from backoffice.foundation import clock
from backoffice.foundation.database import EnumText, UTCDateTime
from backoffice.foundation.i18n import _, _l
from backoffice.foundation.text import clean_line

LONGEST_VALUE = 200


class Filter:
    """One filter: `inputs` are its form controls, `pills` what is in force."""

    def __init__(self, column: Column) -> None:
        self.column = column
        self.name = f"flt_{column.name}"

    @property
    def label(self) -> Any:
        """The label of the column."""
        return self.column.label

    @property
    def is_status(self) -> bool:
        """Whether it is what the list is mostly looked at by, so that it stands as tabs above it."""
        return bool(self.column.kind == "status")

    def arguments(self) -> list[str]:
        """The names in the address it reads."""
        return [self.name]

    def applied(self, query: Select[Any], args: MultiDict[str, str]) -> Select[Any]:
        """The query narrowed by what the address says; nonsense narrows nothing."""
        raise NotImplementedError

    def branches(self, args: MultiDict[str, str]) -> Sequence[ColumnElement[bool]]:
        """Criteria of which one or another holds, each of which an index serves; none where that does not matter."""
        return ()

    def pills(self, args: MultiDict[str, str]) -> list[tuple[str, str]]:
        """What is in force: the argument and its value in words."""
        raise NotImplementedError


class Choice(Filter):
    """Is one of the members of an enumeration, or yes or no."""

    template = "choice"

    def choices(self) -> list[tuple[str, Any]]:
        """Values and labels."""
        if isinstance(self.column.type, Boolean):
            return [("1", _l("yes")), ("0", _l("no"))]
        return list(self.column.type.enum.choices())

    def value(self, args: MultiDict[str, str]) -> str | None:
        """The chosen value, if it is one of the choices."""
        chosen = args.get(self.name)
        return chosen if chosen in [value for value, _label in self.choices()] else None

    def applied(self, query: Select[Any], args: MultiDict[str, str]) -> Select[Any]:
        """Equal to the chosen value."""
        chosen = self.value(args)
        if chosen is None:
            return query
        wanted: Any = chosen == "1" if isinstance(self.column.type, Boolean) else chosen
        return query.where(self.column.attribute == wanted)

    def pills(self, args: MultiDict[str, str]) -> list[tuple[str, str]]:
        """The label of the chosen value."""
        chosen = self.value(args)
        return [(self.name, str(dict(self.choices())[chosen]))] if chosen is not None else []


class Period(Filter):
    """Between two days in the reader's zone, both included."""

    template = "period"

    def arguments(self) -> list[str]:
        """From and to."""
        return [f"{self.name}_from", f"{self.name}_to"]

    def applied(self, query: Select[Any], args: MultiDict[str, str]) -> Select[Any]:
        """From the beginning of the first day to the end of the last."""
        first, last = (day_from(args.get(name)) for name in self.arguments())
        if first:
            query = query.where(self.column.attribute >= start_of(first))
        if last:
            query = query.where(self.column.attribute < start_of(last + timedelta(days=1)))
        return query

    def pills(self, args: MultiDict[str, str]) -> list[tuple[str, str]]:
        """The days in words."""
        first, last = (day_from(args.get(name)) for name in self.arguments())
        shown = []
        if first:
            shown.append(
                (
                    self.arguments()[0],
                    _("from %(day)s", day=format_date(first, "medium")),
                )
            )
        if last:
            shown.append((self.arguments()[1], _("to %(day)s", day=format_date(last, "medium"))))
        return shown


class Same(Filter):
    """Is exactly this text, case aside where the column keeps small letters."""

    template = "text"

    def applied(self, query: Select[Any], args: MultiDict[str, str]) -> Select[Any]:
        """Equal to the text."""
        wanted = clean_line(args.get(self.name))[:LONGEST_VALUE]
        return query.where(self.column.attribute == wanted) if wanted else query

    def pills(self, args: MultiDict[str, str]) -> list[tuple[str, str]]:
        """The text itself."""
        wanted = clean_line(args.get(self.name))[:LONGEST_VALUE]
        return [(self.name, wanted)] if wanted else []


class Related(Filter):
    """Belongs to a record named by typing."""

    template = "related"

    def __init__(self, column: Column, picker: Picker) -> None:
        super().__init__(column)
        self.picker = picker

    def applied(self, query: Select[Any], args: MultiDict[str, str]) -> Select[Any]:
        """The foreign key of the record; one nobody knows finds nothing."""
        wanted = args.get(self.name)
        if not clean_line(wanted):
            return query
        record = self._record(wanted)
        if record is None:
            return query.where(self.column.model.id == -1)
        if self.column.is_many:
            return query.where(self.column.attribute.any(self.picker.model.id == record.id))
        return query.where(self.column.key == record.id)

    def pills(self, args: MultiDict[str, str]) -> list[tuple[str, str]]:
        """The name of the record."""
        wanted = args.get(self.name)
        if not clean_line(wanted):
            return []
        record = self._record(wanted)
        return [
            (
                self.name,
                record.title_text if record is not None else clean_line(wanted)[:LONGEST_VALUE],
            )
        ]

    def _record(self, wanted: str | None) -> Any:
        found = self.picker.named(clean_line(wanted)[:LONGEST_VALUE])
        return found[0] if len(found) == 1 else None


def filter_for(column: Column, picker: Picker | None) -> Filter:
    """The filter that fits the type of a column."""
    if column.is_relation:
        if picker is None:
            raise LookupError(f"a filter over {column.name} needs a picker")
        return Related(column, picker)
    if isinstance(column.type, UTCDateTime):
        return Period(column)
    if isinstance(column.type, EnumText | Boolean):
        return Choice(column)
    return Same(column)


def day_from(text: str | None) -> date | None:
    """A day `2026-11-20` within the storable years; None for anything else."""
    try:
        found = date.fromisoformat(text or "")
    except ValueError:
        return None
    return found if clock.EARLIEST.date() < found < clock.LATEST.date() else None


def start_of(day: date) -> datetime:
    """The first moment of a day in the reader's zone."""
    return datetime.combine(day, time.min, tz.gettz(str(get_timezone())))
