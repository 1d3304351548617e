"""Putting a file in place of another at once: readers see the old one or the new one, whole.

Programs that know no lock, such as editors, may write the same file at any moment. What they wrote is never written
over: the two files change places in one step, and if what comes out is not what was read, they change back.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from backoffice.catalogs.layers import Stamp, stamp_of
from backoffice.catalogs.locking import read_only

#: A file that was written so short a time ago may still be being written, in seconds.
QUIET = 0.05
#: Nobody who writes a draft takes longer; older ones were left by a process that died.
_DRAFT_AGE = 600.0

_AT_FDCWD, _EXCHANGE = -100, 2


class Moved(Exception):
    """The file is not any more what was read."""


@contextmanager
def drafted_over(path: Path, stamp: Stamp | None, content: bytes) -> Iterator[Callable[[], None]]:
    """Write the content beside a file that was read when it had this stamp, or was not there (None).

    What is given puts it in place, or raises Moved where the file is another by then. Without that the draft is gone at
    the end. A link stays a link to the file that it names. Raises ReadOnly where nothing can be written.
    """
    with _draft(path, content) as (draft, real):
        yield lambda: _put_over(draft, real, stamp)


def replace_file(path: Path, content: bytes, *, is_kept: bool = True) -> None:
    """Put the content in place of the file. Raises ReadOnly where nothing can be written.

    Where it is not `is_kept`, a power failure may take it back, which is quicker for what can be made again.
    """
    with _draft(path, content, is_kept) as (draft, real):
        os.replace(draft, real)
        if is_kept:
            _keep_names(real.parent)


def quiet(path: Path, ours: Stamp | None, seconds: float = 2.0) -> Stamp | None:
    """The stamp of a file once nobody seems to be in the middle of writing it; at once for one that we wrote."""
    until = time.monotonic() + seconds
    while True:
        stamp = stamp_of(path)
        if stamp is None or stamp == ours or time.monotonic() >= until:
            return stamp
        if not 0 <= time.time() - stamp[1] / 1e9 < QUIET:
            return stamp
        time.sleep(QUIET / 4)


@contextmanager
def _draft(path: Path, content: bytes, is_kept: bool = True) -> Iterator[tuple[str, Path]]:
    real = Path(os.path.realpath(path))
    try:
        real.parent.mkdir(parents=True, exist_ok=True)
        _clear_away(real)
        descriptor, draft = tempfile.mkstemp(dir=real.parent, prefix=f".{real.name}.draft-")
    except OSError as error:
        raise read_only(error) or error from error
    try:
        try:
            _fill(descriptor, real, content, is_kept)
        except OSError as error:
            raise read_only(error) or error from error
        yield draft, real
    finally:
        with contextlib.suppress(OSError):
            os.unlink(draft)


def _fill(descriptor: int, real: Path, content: bytes, is_kept: bool) -> None:
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fchmod(file.fileno(), real.stat().st_mode & 0o777 if real.exists() else 0o644)
        if is_kept:
            os.fsync(file.fileno())


def _clear_away(path: Path) -> None:
    """Remove drafts of processes that died."""
    for left in path.parent.glob(f".{path.name}.draft-*"):
        with contextlib.suppress(OSError):
            if time.time() - left.stat().st_mtime > _DRAFT_AGE:
                left.unlink()


def _put_over(draft: str, path: Path, stamp: Stamp | None) -> None:
    if stamp_of(path) != stamp:
        raise Moved
    if stamp is None:
        try:
            os.link(draft, path)
        except FileExistsError as error:
            raise Moved from error
        except OSError:
            os.replace(draft, path)
    elif _exchanged(draft, path):
        if stamp_of(Path(draft)) != stamp:
            _exchanged(draft, path)
            raise Moved
    else:
        os.replace(draft, path)
    _keep_names(path.parent)


@lru_cache(maxsize=1)
def _system_call() -> Any:
    return getattr(ctypes.CDLL(None), "renameat2", None)


def _exchanged(one: str, other: Path) -> bool:
    """Let two files change their places in one step; False where the system cannot."""
    call = _system_call()
    if call is None:
        return False
    return bool(call(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _EXCHANGE) == 0)


def _keep_names(folder: Path) -> None:
    """A file's new name is on the disk only when its folder is."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        with contextlib.suppress(OSError):
            os.fsync(descriptor)
    finally:
        os.close(descriptor)
