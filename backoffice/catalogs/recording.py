"""Catalogs that are written are in the trail: begun before the file is touched, done or not done afterwards."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import current_app
from sqlalchemy import inspect
from sqlalchemy.exc import SQLAlchemyError

from backoffice.catalogs.upkeep import replace_file
from backoffice.foundation.database import db
from backoffice.records import journal
from backoffice.records.journal import Ending, Facts, OpenAction, Opened

#: What catalogs are called in the trail.
RESOURCE = "translation"


class CatalogWitness:
    """Knows what the catalogs of a folder hold; see `journal.Witness`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @contextmanager
    def alone(self) -> Iterator[None]:
        """A catalog is put in place at once, by whoever comes last; nobody has to wait."""
        yield

    def found(self, opened: Opened) -> Ending:
        """Whether the file holds what was to be written."""
        return Ending(_checksum(self.folder / opened.facts["file"]) == opened.facts["sha256"])

    def told(self, facts: Facts) -> Facts:
        """The checksums before and after."""
        return {name: value for name, value in facts.items() if name != "file"}

    def follow(self, opened: Opened, ending: Ending) -> None:
        """No row depends on a catalog."""


def install() -> None:
    """Let the journal look into the catalogs."""
    journal.witnessed_by(RESOURCE, lambda: CatalogWitness(_folder()))


def can_be_recorded() -> bool:
    """Whether there is a database with a trail; catalogs are also kept where there is none, as in a fresh checkout."""
    try:
        return inspect(db.engine).has_table(OpenAction.__tablename__)
    except SQLAlchemyError:
        return False


def write_recorded(path: Path, content: bytes) -> None:
    """Put the content in place of a catalog below the folder of translations, and write that down. Commits."""
    folder = _folder()
    file = path.relative_to(folder).as_posix()
    facts = {"file": file, "sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
    if before := _checksum(path):
        facts["sha256_before"] = before
    with journal.written_down(CatalogWitness(folder), f"{RESOURCE}.{'update' if before else 'create'}", file, facts):
        replace_file(path, content)


def _folder() -> Path:
    return Path(current_app.config["TRANSLATIONS"])


def _checksum(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except FileNotFoundError:
        return ""
