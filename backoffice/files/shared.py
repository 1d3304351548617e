"""The one folder that people share, and how much it takes."""

from __future__ import annotations

from pathlib import Path

from backoffice.files.storage import Storage

#: One file at most, and all together, in bytes.
MOST_BYTES = 16_000_000
QUOTA_BYTES = 10 * 1024**3


def shared_files(instance: Path) -> Storage:
    """The storage below the instance folder, which is made if it is not there yet."""
    root = instance / "files"
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    return Storage(root, MOST_BYTES, QUOTA_BYTES)
