"""Filters of the audit trail that no column alone makes: the kind of record, the record, and the field that changed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_
from werkzeug.datastructures import MultiDict

from backoffice.admin.columns import column_of
from backoffice.admin.filters import Filter
from backoffice.admin.words import resource_title, views
from backoffice.foundation.i18n import Text, _l
from backoffice.foundation.text import clean_line
from backoffice.records import shapes
from backoffice.records.audit import AuditEntry
from backoffice.records.visible import kinds_seen_by
from backoffice.site.requests import present_actor

_RECORD = re.compile(r"(?P<kind>[^\d:#]+)[:#\s]*(?P<number>\d{1,18})")


class _Further(Filter):
    label: Text
    is_status = False

    def __init__(self, model: Any) -> None:
        self.model = model


class Kind(_Further):
    """What kind of record it is about. Also what makes a trail fast of which the person may see only some kinds."""

    name, template, label = "flt_kind", "choice", _l("Kind")

    def choices(self) -> list[tuple[str, Any]]:
        """The kinds that the person may see, by title."""
        kinds = kinds_seen_by(present_actor())
        found = [(kind, resource_title(kind)) for kind in sorted(kinds.everywhere | set(kinds.own))]
        return sorted(found, key=lambda pair: str(pair[1]))

    def value(self, args: MultiDict[str, str]) -> str | None:
        """The chosen kind, if it is one of them."""
        chosen = args.get(self.name)
        return chosen if chosen in [kind for kind, _label in self.choices()] else None

    def applied(self, query: Select[Any], args: MultiDict[str, str]) -> Select[Any]:
        """Equal to the chosen kind."""
        chosen = self.value(args)
        return query.where(AuditEntry.target_type == chosen) if chosen else query

    def pills(self, args: MultiDict[str, str]) -> list[tuple[str, str]]:
        """Its title."""
        chosen = self.value(args)
        return [(self.name, str(resource_title(chosen)))] if chosen else []


class Field(_Further):
    """Which field of which kind of record the entry tells of: `comment.status`."""

    name, template, label = "flt_field", "choice", _l("Field")

    def choices(self) -> list[tuple[str, Any]]:
        """Every field that entries tell of, as far as the person may see it."""
        seen = kinds_seen_by(present_actor())
        found = []
        for kind, name in shapes.kinds_and_names():
            view = views().get(kind)
            if kind not in seen.everywhere and kind not in seen.own:
                continue
            if view is None or name not in view.model.__mapper__.attrs:
                continue
            column = column_of(view.model, name)
            if column.may_be_seen():
                found.append((f"{kind}.{name}", f"{resource_title(kind)}: {column.label}"))
        return sorted(found, key=lambda pair: pair[1])

    def value(self, args: MultiDict[str, str]) -> str | None:
        """The chosen field, if it is one of them."""
        chosen = args.get(self.name)
        return chosen if chosen and chosen in [value for value, _label in self.choices()] else None

    def applied(self, query: Select[Any], args: MultiDict[str, str]) -> Select[Any]:
        """Entries of the shapes that tell of it."""
        found = self._shapes(args)
        return query if found is None else query.where(AuditEntry.shape_id.in_(found))

    def branches(self, args: MultiDict[str, str]) -> Sequence[ColumnElement[bool]]:
        """One for each shape."""
        return [AuditEntry.shape_id == shape for shape in self._shapes(args) or ()]

    def pills(self, args: MultiDict[str, str]) -> list[tuple[str, str]]:
        """Its title."""
        chosen = self.value(args)
        return [(self.name, str(dict(self.choices())[chosen]))] if chosen else []

    def _shapes(self, args: MultiDict[str, str]) -> list[int] | None:
        chosen = self.value(args)
        return None if chosen is None else shapes.shapes_with(*chosen.split(".", 1))


class Record(_Further):
    """One record, typed as its kind and its number: `post 7`, or a number beside a chosen kind."""

    name, template, label = "flt_record", "text", _l("Record")

    def applied(self, query: Select[Any], args: MultiDict[str, str]) -> Select[Any]:
        """About this record; what names none finds nothing."""
        typed = clean_line(args.get(self.name))
        if not typed:
            return query
        found = self._found(typed, args)
        if found is None:
            return query.where(AuditEntry.id == -1)
        kind, number = found
        return query.where(AuditEntry.target_type == kind, AuditEntry.target_id == number)

    def pills(self, args: MultiDict[str, str]) -> list[tuple[str, str]]:
        """What was typed."""
        typed = clean_line(args.get(self.name))[:60]
        return [(self.name, typed)] if typed else []

    def _found(self, typed: str, args: MultiDict[str, str]) -> tuple[str, int] | None:
        if typed.lstrip("#").isdecimal() and typed.isascii() and len(typed) < 19:
            kind = args.get(Kind.name)
            return (kind, int(typed.lstrip("#"))) if kind else None
        parts = _RECORD.fullmatch(typed)
        if parts is None or not parts["number"].isascii():
            return None
        word = parts["kind"].strip().casefold()
        for kind, view in views().items():
            if word in (kind, str(view.model.singular).casefold(), str(view.model.plural).casefold()):
                return kind, int(parts["number"])
        return None


class Seen(_Further):
    """No filter to choose: what the person may see at all, kind by kind, so that an index finds it."""

    name, template, label = "flt_seen", "none", _l("Kind")

    def applied(self, query: Select[Any], args: MultiDict[str, str]) -> Select[Any]:
        """The scope has narrowed it already."""
        return query

    def arguments(self) -> list[str]:
        """None."""
        return []

    def pills(self, args: MultiDict[str, str]) -> list[tuple[str, str]]:
        """None."""
        return []

    def branches(self, args: MultiDict[str, str]) -> Sequence[ColumnElement[bool]]:
        """One for each kind, unless everything may be seen or something narrower was chosen."""
        seen = kinds_seen_by(present_actor())
        if seen.is_everything or any(args.get(name) for name in (Kind.name, Record.name)):
            return ()
        return [
            *(AuditEntry.target_type == kind for kind in seen.everywhere),
            *(and_(AuditEntry.target_type == kind, AuditEntry.target_id.in_(own)) for kind, own in seen.own.items()),
        ]
