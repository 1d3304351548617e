"""The one folder that people share, how much it takes, and where it keeps what was deleted or replaced."""

from __future__ import annotations

from pathlib import Path

from flask import current_app

from backoffice.files.attic import Attic
from backoffice.files.storage import Storage
from backoffice.files.writing import HIDDEN

#: One file at most, and all together, in bytes.
MOST_BYTES = 16_000_000
QUOTA_BYTES = 10 * 1024**3


def shared_files(instance: Path) -> Storage:
    """The storage below the instance folder, which is made if it is not there yet."""
    root = instance / "files"
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    return Storage(root, MOST_BYTES, QUOTA_BYTES, attic_of(root, instance / "trash"))


def the_files() -> Storage:
    """The storage of the application in force."""
    return shared_files(Path(current_app.config["INSTANCE"]))


def attic_of(root: Path, place: Path) -> Attic:
    """The attic at the place; in the hidden folder of the root if that lies on another disk.

    What is kept goes there by getting another name, which no file has across disks.
    """
    attic = Attic(place)
    return attic if place.stat().st_dev == root.stat().st_dev else Attic(root / HIDDEN / "kept")
