"""Two people saved the same form: what only one of them changed is merged, the rest is put side by side.

The version a form was opened with says which entries of the trail its writer has not seen; going back through them
gives what stood there when the form was opened.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from flask import request
from sqlalchemy import inspect, select

from backoffice.admin.columns import Column, column_of
from backoffice.foundation.database import db
from backoffice.foundation.errors import DomainError
from backoffice.foundation.html import plain_text
from backoffice.records.actors import who_said
from backoffice.records.audit import AuditEntry
from backoffice.records.values import plain

#: Words beyond this are not compared one by one.
MOST_WORDS = 4000
#: Parts of a text with what happened to each: `same`, `ins` or `del`.
Parts = list[tuple[str, str]]


@dataclass
class Conflict:
    """A field that both changed: what it was, and what each made of it."""

    name: str
    label: Any
    original: str
    theirs: Parts
    mine: Parts
    #: Who saved this one, where the parts of a form are records of their own.
    who: str | None = None
    when: datetime | None = None


@dataclass
class Merge:
    """What became of a form that was opened with an older version."""

    who: str | None
    when: datetime | None
    version: int
    #: Labels of what only others changed and the form now holds.
    taken: list[Any] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)


def merge(view: Any, form: Any, record: Any, base: int) -> Merge:
    """Put what others changed since version `base` into the form, except where its writer changed the same."""
    entries = unseen(record, base)
    found = Merge(
        who=who_said(entries[0].actor_id, entries[0].actor_name) if entries else None,
        when=entries[0].at if entries else None,
        version=record.version,
    )
    before = _before(record, entries)
    # Where entries were erased or pruned nobody knows what else was changed, so everything that differs is asked.
    is_known = bool(entries) and not any(entry.erased_by for entry in entries)
    is_known = is_known and min(entry.target_version or 0 for entry in entries) == base + 1
    for each in form:
        if each.name in ("csrf_token", "version"):
            continue
        key, theirs, mine = _read(view, record, each)
        if mine == theirs:
            continue
        label = each.label.text
        if is_known and key not in before:
            continue
        if key in before and mine == before[key]:
            _put(each, record)
            found.taken.append(label)
            continue
        told = [_told(view, each.name, value) for value in (before.get(key), theirs, mine)]
        found.conflicts.append(
            Conflict(each.name, label, told[0], words_changed(told[0], told[1]), words_changed(told[0], told[2]))
        )
    return found


def choose(form: Any, record: Any) -> None:
    """Put what is saved into the fields for which the person chose it, `keep.<field>=theirs`."""
    for each in form:
        if request.form.get(f"keep.{each.name}") == "theirs":
            _put(each, record)


def _put(each: Any, record: Any) -> None:
    """Make the field hold what is saved, as if that had been typed."""
    each.process_data(getattr(record, each.name))
    if each.raw_data:
        each.raw_data = None
        each.raw_data = [each._value() if hasattr(each, "_value") else str(each.data)]


def words_changed(old: str, new: str) -> Parts:
    """The new text in parts, with what was taken out and put in, word by word."""
    first, second = (re.findall(r"\S+\s*|\s+", text) for text in (old, new))
    if len(first) + len(second) > MOST_WORDS:
        return [("del", old), ("ins", new)] if old else [("ins", new)]
    parts: Parts = []
    for what, start, end, begin, finish in difflib.SequenceMatcher(None, first, second, autojunk=False).get_opcodes():
        if what == "equal":
            parts.append(("same", "".join(first[start:end])))
            continue
        if end > start:
            parts.append(("del", "".join(first[start:end])))
        if finish > begin:
            parts.append(("ins", "".join(second[begin:finish])))
    return parts


def unseen(record: Any, base: int) -> Sequence[AuditEntry]:
    """The entries about the record after that version, newest first."""
    query = select(AuditEntry).where(
        AuditEntry.target_type == record.resource,
        AuditEntry.target_id == record.id,
        AuditEntry.target_version > base,
    )
    return db.session.scalars(query.order_by(AuditEntry.id.desc())).all()


def _before(record: Any, entries: Sequence[AuditEntry]) -> dict[str, Any]:
    """What each column and collection that the entries changed held before the oldest of them."""
    held: dict[str, Any] = {}
    for entry in entries:
        for name, told in entry.changes.items():
            first, last = (entry.exact or {}).get(name) or told
            prop = inspect(type(record)).relationships.get(name)
            if prop is None or prop.secondary is None:
                held[name] = None if first == "" else first
                continue
            now = held[name] if name in held else {each.id for each in getattr(record, name)}
            held[name] = (now - set(last or ())) | set(first or ())
    return held


def _read(view: Any, record: Any, each: Any) -> tuple[str, Any, Any]:
    """The key of a field in the trail, what is saved there, and what the form holds, all comparable."""
    name, attributes = each.name, inspect(view.model).attrs
    if name not in attributes:
        # A column that changes by operation under a name of the form's own; the trail tells of its parts.
        return _parts_of(view, name), getattr(record, name), each.data
    column = column_of(view.model, name)
    if column.is_many:
        return name, {item.id for item in getattr(record, name)}, {item.id for item in each.data or ()}
    if column.is_relation:
        key = column.key.key
        return key, getattr(record, key), each.data.id if each.data is not None else None
    return name, _comparable(getattr(record, name)), _comparable(_checked(view.model, name, each.data))


def _comparable(value: Any) -> Any:
    if isinstance(value, datetime):
        value = value.astimezone(UTC)
    return None if value == "" else plain(value)


def _checked(model: Any, name: str, value: Any) -> Any:
    """The value as the model would keep it; as it is if the model refuses it, which saving will say."""
    found = inspect(model).validators.get(name)
    try:
        return found[0](model(), name, value) if found else value
    except DomainError:
        return value


def _parts_of(view: Any, name: str) -> str:
    owned = [prop.key for prop in inspect(view.model).relationships if prop.cascade.delete_orphan]
    return owned[0] if owned else name


def _told(view: Any, name: str, value: Any) -> str:
    """A value as text that can be compared word by word."""
    if value in (None, ""):
        return ""
    column: Column | None = column_of(view.model, name) if name in inspect(view.model).attrs else None
    if column is not None and column.is_relation:
        model = column.prop.mapper.class_
        ids = sorted(value) if isinstance(value, set) else [value]
        return ", ".join(item.title_text for item in db.session.scalars(select(model).where(model.id.in_(ids))))
    if isinstance(value, dict):
        return ", ".join(f"{key} ({reach})" for key, reach in sorted(value.items()))
    if isinstance(value, list | set):
        return ", ".join(map(str, sorted(value)))
    if name in view.rich_text:
        return plain_text(value)
    return str(value)
