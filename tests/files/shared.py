"""The shared files of an application under test, as its browser and its disk show them."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from backoffice.files.storage import Storage
from backoffice.files.writing import HIDDEN
from backoffice.foundation.database import db
from backoffice.records.audit import AuditEntry
from tests.browser import Browser
from tests.files.places import digests

#: What the scripts of the files page send along.
SCRIPT = {"X-Requested-With": "fetch", "Accept": "application/json"}


@dataclass
class Shared:
    """The folder `instance/files` and its neighbours."""

    app: Flask
    around: Path

    @property
    def root(self) -> Path:
        """The folder itself."""
        return self.around / "files"

    @property
    def storage(self) -> Storage:
        """A way into it past the pages."""
        return Storage(self.root, max_bytes=64_000_000)

    def put(self, path: str, data: bytes = b"words\n") -> str:
        """Lay a file there as an operator could; folders are made as needed."""
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
        return path

    def tree(self) -> dict[str, str]:
        """Everything people have put there, with digests."""
        return digests(self.root, without=self.root / HIDDEN)

    def neighbours(self) -> dict[str, str]:
        """Everything beside it, but for the trash and the database, which is written to all the time."""
        found = digests(self.around, without=self.root)
        return {
            path: digest for path, digest in found.items() if "sqlite3" not in path and path.split("/")[0] != "trash"
        }

    def kept(self) -> list[bytes]:
        """The contents of the files in the trash."""
        return sorted(path.read_bytes() for path in (self.around / "trash").iterdir() if path.is_file())

    def told(self) -> list[tuple[str, str]]:
        """What the trail tells of files that were changed: action and path, oldest first."""
        return [(action, title) for action, title in self.whole_trail() if action != "file.begun"]

    def whole_trail(self) -> list[tuple[str, str]]:
        """The same with the entries that say that something was begun."""
        with self.app.app_context():
            found = db.session.scalars(
                select(AuditEntry).where(AuditEntry.target_type == "file").order_by(AuditEntry.id)
            )
            return [(entry.action, entry.target_title) for entry in found]


def upload(browser: Browser, folder: str, *files: tuple[str, bytes], **kwargs: Any) -> TestResponse:
    """Post the form of the files page with these files."""
    data = {"path": folder, "file": [(io.BytesIO(content), name) for name, content in files]}
    return browser.submit("/admin/file/upload/", data, **kwargs)


def act(browser: Browser, action: str, *paths: str, folder: str = "", **more: Any) -> TestResponse:
    """Press a button over the ticked lines of a folder."""
    headers = more.pop("headers", None)
    data = {"path": folder, "action": action, "rowid": list(paths), **more}
    return browser.submit("/admin/file/action/", data, headers=headers)
