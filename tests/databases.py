"""What each test gets a copy of: databases, migrated and seeded once per process, and compiled templates."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
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

    def __init__(self, name: str, address: Callable[[], str]) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="bo-databases-", dir=postgres.fast_folder()))
        self.name, self._address = name, address
        self._numbers = count(1)
        self._templates: dict[str, str] = {}
        self._used: dict[str, str] = {}

    def fresh(self, kind: str) -> str:
        """The URL of a new database with every migration, the default roles and the account `admin`."""
        template = self._template(kind)
        if kind == POSTGRESQL:
            return self._new_postgresql(template)
        url = self.empty(SQLITE)
        shutil.copyfile(template, self._used[url])
        return url

    def empty(self, kind: str) -> str:
        """The URL of a new database with nothing in it."""
        if kind == POSTGRESQL:
            return self._new_postgresql("template0")
        path = self.folder / f"{next(self._numbers)}.sqlite3"
        url = f"sqlite:///{path}"
        self._used[url] = str(path)
        return url

    def drop(self, url: str) -> None:
        """Remove a database that `fresh` or `empty` made."""
        name = self._used.pop(url)
        if url.startswith(POSTGRESQL):
            postgres.drop_database(self._address(), name)
        else:
            for ending in ("", "-wal", "-shm"):
                Path(name + ending).unlink(missing_ok=True)

    def close(self) -> None:
        """Remove what is left."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _new_postgresql(self, template: str) -> str:
        name = f"test_{self.name}_{next(self._numbers)}"
        postgres.create_database(self._address(), name, template)
        url = postgres.url_of(self._address(), name)
        self._used[url] = name
        return url

    def _template(self, kind: str) -> str:
        if kind not in self._templates:
            url = self.empty(kind)
            app = create_app(settings(url, self.folder / "instance"))
            with app.app_context():
                upgrade()
            first_run(app)
            close(app)
            self._templates[kind] = self._used[url]
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
        db.session.remove()
        for engine in db.engines.values():
            engine.dispose()
