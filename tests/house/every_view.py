"""What the tests of all managed views share: the views, records from the factories, lists walked, forms filled in."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from enum import Enum
from html import unescape
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Boolean, String, event, func, inspect, select
from sqlalchemy.orm import InstanceState

from backoffice import registry
from backoffice.admin.columns import Column
from backoffice.admin.view import ManagedView
from backoffice.foundation.database import EnumText, Model, UTCDateTime, db, unit_of_work
from backoffice.foundation.errors import DomainError
from backoffice.foundation.permissions import Can
from backoffice.records.audit import AuditEntry
from tests import factories
from tests.browser import Browser

VIEWS: list[Any] = [view for section in registry.ADMIN_MENU for view in section.views if issubclass(view, ManagedView)]
#: A moment no clock of a test shows.
BASE = datetime(2026, 3, 10, 12, tzinfo=UTC)


def every_view(*verbs: str, where: Callable[[Any], bool] = lambda view: True) -> pytest.MarkDecorator:
    """The test runs for each managed view that has these verbs."""
    chosen = [view for view in VIEWS if set(verbs) <= set(view.verbs) and where(view)]
    return pytest.mark.parametrize("view", chosen, ids=[view.model.resource for view in chosen])


def is_owned(view: Any) -> bool:
    """Whether the records of the view belong to somebody."""
    return view.model.owned_by.__func__ is not Model.owned_by.__func__


def url(view: Any, rest: str = "") -> str:
    """An address of the view."""
    return f"/admin/{view.place or view.model.resource}/{rest}"


def live(app: Flask, view: Any) -> Any:
    """The view of this application."""
    return app.extensions["managed_views"][view.model.resource]


def make(view: Any, **changes: Any) -> Any:
    """A record of the view by the factory of its name."""
    factory = getattr(factories, view.model.resource, None)
    if factory is None:
        pytest.fail(f"add `def {view.model.resource}(**changes)` to tests/factories.py; the tests of all views need it")
    return factory(**changes)


def made(app: Flask, view: Any, many: int = 1) -> list[int]:
    """The numbers of new records, saved."""
    with app.app_context(), unit_of_work():
        return [make(view).id for _ in range(many)]


def all_ids(app: Flask, view: Any) -> set[int]:
    """The numbers of all records of the view."""
    with app.app_context():
        return set(db.session.scalars(select(view.model.id)))


def record(view: Any, id: int) -> Any:
    """The record as the database has it now."""
    return db.session.scalars(select(view.model).where(view.model.id == id)).unique().one()


def holder(app: Flask, view: Any, reach: str, *verbs: str) -> str:
    """A new person whose only role grants the permissions of the view, or these verbs, with this reach.

    What lies in the trash is seen only by who may see such a record: the factory's are tags.
    """
    cans = [can for can in Can if can.resource == view.model.resource and (not verbs or can.verb in verbs)]
    more = [Can.TAG_VIEW] if view.model.resource == "trash" else []
    if not verbs:
        # Whoever holds everything here holds what columns and operations ask for of another area, too.
        columns = (prop.columns[0].info for prop in inspect(view.model).column_attrs)
        more += {Can(info["needs"]) for info in columns if info.get("needs")} - set(cans)
        more += {operation.needs for operation in view.operations} - {*cans, *more}
    with app.app_context(), unit_of_work():
        role = factories.role(permissions={can.value: reach for can in (*cans, *more)})
        return str(factories.user(roles=[role]).username)


def row_ids(page: str) -> list[int]:
    """The records of a list page in their order."""
    return [int(number) for number in re.findall(r"<tr data-id=(\d+)", page)]


def link(page: str, rel: str) -> str | None:
    """The address of the link to the next or the previous page."""
    found = re.search(rf'rel="{rel}" href="([^"]+)"', page)
    return unescape(found.group(1)) if found else None


def walked(browser: Browser, address: str, rel: str = "next") -> tuple[list[int], str]:
    """The records of all pages from this one on, and the address of the last page."""
    seen: list[int] = []
    while True:
        answer = browser.get(address)
        assert answer.status_code == 200, f"{address}: {answer.status_code}"
        ids = row_ids(answer.text)
        seen = [*seen, *ids] if rel == "next" else [*ids, *seen]
        following = link(answer.text, rel)
        if following is None:
            return seen, address
        assert ids, f"{address} is empty and offers more"
        assert len(seen) < 5000, f"{address} never ends"
        address = following


def shown(browser: Browser, view: Any, query: str = "") -> list[int]:
    """The records that the list shows for this query, on all its pages."""
    return walked(browser, url(view, f"?page_size=100&{query}"))[0]


def varied(view: Any, many: int) -> list[Any]:
    """Records whose columns differ, agree and are empty here and there, as lists have to bear."""
    records = [make(view) for _ in range(many)]
    mapper = inspect(view.model)
    many_to_many = [prop for prop in mapper.relationships if prop.secondary is not None and not prop.viewonly]
    related = {prop.key: [getattr(factories, prop.mapper.class_.resource)() for _ in "12"] for prop in many_to_many}
    for position, one in enumerate(records):
        for prop in mapper.column_attrs:
            column = prop.columns[0]
            if column.primary_key or column.unique or column.foreign_keys or prop.info.get("secret"):
                continue
            value = _varied_value(column, position)
            if value is not _LEFT:
                setattr(one, prop.key, value)
        for prop in mapper.relationships:
            if not prop.uselist and not prop.viewonly and position % 3 == 1:
                setattr(one, prop.key, getattr(records[0], prop.key))
        for key, others in related.items():
            if position % 3:
                setattr(one, key, others[: position % 3])
    db.session.flush()
    return records


_LEFT = object()


def _varied_value(column: Any, position: int) -> Any:
    if column.info.get("secret") or column.info.get("derived") or column.name == "version":
        return _LEFT
    if isinstance(column.type, UTCDateTime):
        if column.nullable and position % 4 == 0:
            return None
        return BASE + timedelta(days=position % 7, seconds=position % 2)
    if isinstance(column.type, EnumText):
        members = list(column.type.enum)
        return members[position % len(members)]
    if isinstance(column.type, Boolean):
        return position % 2 == 0
    if isinstance(column.type, String) and column.nullable and position % 4 == 0:
        return None
    return _LEFT


def form_values(app: Flask, view: Any, one: Any, names: list[str]) -> dict[str, str]:
    """What a person would type into these fields of the form to get this record."""
    values = {}
    for name in names:
        prop = inspect(view.model).attrs.get(name)
        if prop is None:
            continue
        value = getattr(one, name)
        if Column(view.model, name).is_relation:
            picker = live(app, view).pickers[name]
            value = ", ".join(picker.handle(item) for item in (value if prop.uselist else filter(None, [value])))
        values[name] = _typed(value)
    return values


def _typed(value: Any) -> str:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, bool):
        return "y" if value else ""
    return "" if value is None else str(value)


def text_field(view: Any) -> str:
    """The first column of the edit form that takes words."""
    for name in view.form_columns:
        prop = inspect(view.model).attrs.get(name)
        column = Column(view.model, name) if prop is not None else None
        if column is not None and isinstance(column.type, String) and name not in view.form_create_only:
            return str(name)
    raise LookupError(f"{view.__name__} has no text in its form")


def columns_of(one: Any) -> dict[str, Any]:
    """Every column of the record but those that count and date its changes."""
    state: InstanceState[Any] = inspect(one)
    return {
        prop.key: getattr(one, prop.key)
        for prop in state.mapper.column_attrs
        if prop.key not in ("version", "updated_at")
    }


def relations_of(one: Any) -> dict[str, list[Any]]:
    """The related records of the record, by relation."""
    found = {}
    for prop in inspect(type(one)).relationships:
        value = getattr(one, prop.key)
        found[prop.key] = sorted(item.id for item in value) if prop.uselist else [getattr(value, "id", None)]
    return found


def entries(view: Any, id: int) -> list[AuditEntry]:
    """The trail of a record, oldest first."""
    return list(
        db.session.scalars(
            select(AuditEntry)
            .where(AuditEntry.target_type == view.model.resource, AuditEntry.target_id == id)
            .order_by(AuditEntry.id)
        )
    )


def last_entry_id() -> int:
    """The number of the newest entry of the trail."""
    return db.session.scalar(select(func.max(AuditEntry.id))) or 0


def set_word(one: Any, name: str, word: str) -> None:
    """Put a word into a column, as an address where only an address is taken."""
    try:
        setattr(one, name, word)
    except DomainError:
        setattr(one, name, f"{word}@example.org")


@contextmanager
def statements(app: Flask) -> Iterator[list[str]]:
    """The statements that reach the database inside the block."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)
