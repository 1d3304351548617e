"""A storage on the disk and what lies around it."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from pathlib import Path

from backoffice.files.entries import Entry
from backoffice.files.storage import Storage
from backoffice.files.writing import HIDDEN


@dataclass
class Place:
    """The storage, its root on the disk, and what lies around it."""

    storage: Storage
    root: Path
    around: Path

    def save(self, name: str, data: bytes = b"words\n", folder: str = "") -> Entry:
        return self.storage.save(folder, name, io.BytesIO(data))

    def content(self, path: str) -> bytes:
        with self.storage.open(path) as file:
            return file.read()

    def names(self, folder: str = "") -> list[str]:
        return [entry.name for entry in self.storage.list(folder)]

    def tree(self) -> dict[str, str]:
        """Everything people have put below the root, with digests."""
        return digests(self.root, without=self.root / HIDDEN)


def digests(folder: Path, without: Path | None = None) -> dict[str, str]:
    """Every file, folder and link below a folder with its content's digest, links not followed."""
    found: dict[str, str] = {}
    for path in sorted(folder.rglob("*")):
        if without and (path == without or without in path.parents):
            continue
        if path.is_symlink():
            found[str(path.relative_to(folder))] = f"-> {path.readlink()}"
        elif path.is_file():
            found[str(path.relative_to(folder))] = hashlib.sha256(path.read_bytes()).hexdigest()
        else:
            found[str(path.relative_to(folder))] = "folder"
    return found
