"""Putting a file in place of another at once: readers see the old one or the new one, whole."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from backoffice.catalogs.locking import read_only


@contextmanager
def drafted(path: Path, content: bytes) -> Iterator[Callable[[], None]]:
    """Write the content beside a file; what is given puts it in place. Without that the draft is gone at the end.

    A link stays a link to the file that it names. Raises ReadOnly where nothing can be written.
    """
    real = Path(os.path.realpath(path))
    try:
        real.parent.mkdir(parents=True, exist_ok=True)
        descriptor, draft = tempfile.mkstemp(dir=real.parent, prefix=f".{real.name}.")
    except OSError as error:
        raise read_only(error) or error from error
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            os.fchmod(file.fileno(), _mode_of(real))
        yield lambda: _put(draft, real)
    finally:
        with contextlib.suppress(OSError):
            os.unlink(draft)


def replace_file(path: Path, content: bytes) -> None:
    """Put the content in place of the file. Raises ReadOnly where nothing can be written."""
    with drafted(path, content) as put:
        put()


def _mode_of(path: Path) -> int:
    return path.stat().st_mode & 0o777 if path.exists() else 0o644


def _put(draft: str, path: Path) -> None:
    os.replace(draft, path)
    # The file's new name is on the disk only when its folder is.
    folder = os.open(path.parent, os.O_RDONLY | os.O_CLOEXEC)
    try:
        with contextlib.suppress(OSError):
            os.fsync(folder)
    finally:
        os.close(folder)
