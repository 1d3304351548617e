"""Connections that rested are asked whether they live, and short questions stand without a transaction."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import create_engine, text

from backoffice.foundation import connections
from backoffice.foundation.database import db, unit_of_work
from tests import factories
from tests.browser import Browser

SignIn = Callable[[str], Browser]
on_postgresql = pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)


def ended_elsewhere(app: Flask) -> int:
    """How many resting connections of the application somebody ends behind its back."""
    with app.app_context():
        url: Any = db.engine.url
    other = create_engine(url)
    with other.connect() as connection:
        found = connection.execute(
            text(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        ).scalar_one()
    other.dispose()
    return int(found)


@on_postgresql
def test_nobody_sees_that_the_database_was_started_anew(
    app: Flask, client: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "TRUSTED", 0.0)
    assert client.get("/blog/").status_code == 200
    assert ended_elsewhere(app) > 0
    assert client.get("/blog/").status_code == 200


@on_postgresql
def test_a_connection_in_use_is_not_asked_each_time(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    with app.app_context():
        dialect: Any = db.engine.dialect
        ping = dialect.do_ping
        monkeypatch.setattr(dialect, "do_ping", lambda raw: asked.append(raw) or ping(raw))
        for _ in range(3):
            db.session.execute(text("SELECT 1"))
            db.session.rollback()
        assert asked == []
        monkeypatch.setattr(connections, "TRUSTED", 0.0)
        db.session.execute(text("SELECT 1"))
        assert len(asked) == 1


@on_postgresql
def test_what_stands_alone_leaves_no_transaction_open_and_the_next_work_is_whole_again(app: Flask) -> None:
    with app.app_context():
        connections.read_alone()
        db.session.execute(text("SELECT 1"))
        raw: Any = db.session.connection().connection.dbapi_connection
        assert raw.info.transaction_status.name == "IDLE"
        db.session.rollback()
        with pytest.raises(RuntimeError, match="half way"), unit_of_work():
            factories.tag(name="Half way", slug="half-way")
            db.session.flush()
            raise RuntimeError("half way")
        assert db.session.execute(text("SELECT count(*) FROM tags WHERE slug = 'half-way'")).scalar_one() == 0


def test_reading_alone_changes_nothing_on_sqlite(app: Flask) -> None:
    with app.app_context():
        connections.read_alone()
        assert db.session.execute(text("SELECT 1")).scalar_one() == 1
