"""Statements compiled once for each kind of database, not once for each application.

SQLAlchemy remembers compiled statements by engine and dialect, and every test has an application with an engine of its
own; half of the time of a request went into compiling what the test before had compiled already.
"""

from __future__ import annotations

from typing import Any

from flask import Flask
from sqlalchemy.util import LRUCache

from backoffice.foundation.database import db

#: The dialect and the statements of the first engine of each kind.
_KNOWN: dict[str, tuple[Any, LRUCache[Any, Any]]] = {}
_MOST = 5_000


def share_compiled_statements(app: Flask) -> None:
    """Let the engine of this application use what those before it have compiled."""
    with app.app_context():
        engine: Any = db.engine
        known = _KNOWN.get(engine.dialect.name)
        if known is None:
            # What the first connection asks the server belongs to the dialect, so it is asked now.
            engine.connect().close()
            known = _KNOWN[engine.dialect.name] = engine.dialect, LRUCache(_MOST)
        engine.dialect, engine._compiled_cache = known
