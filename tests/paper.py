"""What tests of the public pages share: records that are kept, and how often a page asks the database."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask
from sqlalchemy import event

from backoffice.foundation.database import db, unit_of_work
from tests.browser import Browser


def kept(app: Flask, factory: Callable[..., Any], **values: Any) -> Any:
    """A record made by a factory and committed."""
    with app.app_context(), unit_of_work():
        return factory(**values)


def changed(app: Flask, record: Any, **values: Any) -> None:
    """Save the record with other values, past every operation."""
    with app.app_context(), unit_of_work():
        found = db.session.get(type(record), record.id)
        for name, value in values.items():
            setattr(found, name, value)


def all_of(app: Flask, model: Any) -> list[Any]:
    """All records of a model, in the order they were made."""
    with app.app_context():
        return list(db.session.scalars(db.select(model).order_by(model.id)))


def questions(app: Flask, client: Browser, address: str) -> int:
    """How many statements it takes to answer with the page."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        assert client.get(address).status_code == 200
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return len(seen)
