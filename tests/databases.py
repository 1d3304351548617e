"""What each test gets a copy of: databases, migrated and seeded once per process, and compiled templates."""

from __future__ import annotations

import shutil
from itertools import count
from pathlib import Path
from typing import Any

from flask import Flask
from flask_migrate import upgrade
from jinja2.bccache import Bucket, BytecodeCache

from backoffice import create_app
from backoffice.accounts.seeding import first_run
from backoffice.foundation.database import db
from tests import postgres

SQLITE, POSTGRESQL = "sqlite", "postgresql"
KINDS = (SQLITE, POSTGRESQL)
#: The password of the account `admin` that the first run makes.
ADMIN_PASSWORD = "keeper of the harbour"


def settings(url: str, folder: Path, **changes: Any) -> dict[str, Any]:
    """The settings of an application under test."""
    return {
        "DATABASE_URL": url,
        "INSTANCE": folder,
        "SECRET_KEY": "a key for the tests, long enough to be taken for a good one",
        "ADMIN_PASSWORD": ADMIN_PASSWORD,
        "DEMO": False,
        "BCRYPT_ROUNDS": 4,
        "RATELIMIT_ENABLED": False,
        "TESTING": True,
        **changes,
    }


class Databases:
    """The databases of one process of the run; `address` is that of the PostgreSQL server, asked for when needed."""

    def __init__(self, folder: Path, name: str, address: Any) -> None:
        self.folder, self.name, self._address = folder, name, address
        self._numbers = count(1)
        self._templates: dict[str, str] = {}
        self._used: dict[str, str] = {}

    def fresh(self, kind: str, folder: Path) -> str:
        """The URL of a new database with every migration, the default roles and the account `admin`."""
        template = self._template(kind)
        if kind == SQLITE:
            shutil.copyfile(template, folder / "backoffice.sqlite3")
            return _sqlite_url(folder)
        return self._new_postgresql(template)

    def empty(self, kind: str, folder: Path) -> str:
        """The URL of a new database with nothing in it."""
        return _sqlite_url(folder) if kind == SQLITE else self._new_postgresql("template0")

    def drop(self, url: str) -> None:
        """Remove a database that `fresh` or `empty` made."""
        if url in self._used:
            postgres.drop_database(self._address(), self._used.pop(url))

    def _new_postgresql(self, template: str) -> str:
        name = f"test_{self.name}_{next(self._numbers)}"
        postgres.create_database(self._address(), name, template)
        url = postgres.url_of(self._address(), name)
        self._used[url] = name
        return url

    def _template(self, kind: str) -> str:
        if kind not in self._templates:
            folder = self.folder / f"template-{kind}"
            folder.mkdir()
            url = self.empty(kind, folder)
            app = create_app(settings(url, folder))
            with app.app_context():
                upgrade()
            first_run(app)
            close(app)
            self._templates[kind] = str(folder / "backoffice.sqlite3") if kind == SQLITE else self._used[url]
        return self._templates[kind]


class CompiledTemplates(BytecodeCache):
    """Templates compiled once per process; every application would compile them anew."""

    def __init__(self) -> None:
        self._code: dict[tuple[str, str], bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Take the code of the template if its source is still the same."""
        if code := self._code.get((bucket.key, bucket.checksum)):
            bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep the code of the template."""
        self._code[bucket.key, bucket.checksum] = bucket.bytecode_to_string()


def close(app: Flask) -> None:
    """Give back the connections of an application."""
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            # Everything into the one file, so that copying it copies the database.
            with db.engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        db.session.remove()
        for engine in db.engines.values():
            engine.dispose()


def _sqlite_url(folder: Path) -> str:
    return f"sqlite:///{folder / 'backoffice.sqlite3'}"
