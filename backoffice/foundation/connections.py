"""Connections to PostgreSQL: no way to the server and back that a short question does not need."""

from __future__ import annotations

import time
from typing import Any

from flask import Flask
from sqlalchemy import event
from sqlalchemy.exc import DisconnectionError

from backoffice.foundation.database import db

#: Seconds that a connection may have rested and still be trusted; after that it is asked whether it lives.
TRUSTED = 1.0
_RESTED_SINCE = "rested_since"


def install(app: Flask) -> None:
    """Ask a connection whether it lives only when nobody has used it for a while; a dead one is replaced unseen."""
    with app.app_context():
        engine = db.engine
    if engine.dialect.name != "postgresql":
        return
    event.listen(engine, "checkin", _rests)
    event.listen(engine, "checkout", lambda raw, record, _proxy: _ask(engine.dialect, raw, record))


def _rests(_raw: Any, record: Any) -> None:
    record.info[_RESTED_SINCE] = time.monotonic()


def _ask(dialect: Any, raw: Any, record: Any) -> None:
    since = record.info.get(_RESTED_SINCE)
    if since is None or time.monotonic() - since < TRUSTED:
        return
    try:
        dialect.do_ping(raw)
    except dialect.loaded_dbapi.Error as error:
        raise DisconnectionError("the connection died while it rested") from error


def read_alone() -> None:
    """Let what is asked until the next rollback stand alone, without a transaction around it.

    For requests that read a row or two: beginning and ending a transaction would be most of their work. Whoever has to
    write after all rolls back first and begins a unit of work.
    """
    if db.engine.dialect.name == "postgresql":
        db.session.connection(execution_options={"isolation_level": "AUTOCOMMIT"})
