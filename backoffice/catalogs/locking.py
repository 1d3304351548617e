"""One writer of a file at a time, over all processes and, where the file system can, over all machines."""

from __future__ import annotations

import errno
import fcntl
import os
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from backoffice.catalogs.layers import Stamp
from backoffice.foundation.errors import DomainError
from backoffice.foundation.i18n import _l
from backoffice.records.journal import is_gone, process_name

#: A lock by the mere existence of a file is nobody's any more after so many seconds.
LONGEST = 60.0

#: So many characters of a lock say how its file was left.
_LEFT = 80
_UNSUPPORTED = {errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOLCK, errno.EINVAL}
_UNWRITABLE = {errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOSPC, errno.EDQUOT}


class Busy(DomainError):
    """Somebody else has been writing the file for longer than one waits."""

    status = 409


class ReadOnly(DomainError):
    """The file cannot be written here."""

    status = 409


def lock_path(path: Path) -> Path:
    """The file beside the real file that stands for the right to write it; it is never removed."""
    real = Path(os.path.realpath(path))
    return real.with_name(f".{real.name}.lock")


class Lock:
    """The right to write one file, and a memory of what the last one who had it left there."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    @property
    def left(self) -> Stamp | None:
        """The stamp of the file as the last holder wrote it; what has another stamp was written by somebody else."""
        try:
            inode, written, size = map(int, os.pread(self._descriptor, _LEFT, 0).split())
        except ValueError:
            return None
        return inode, written, size

    def leave(self, stamp: Stamp | None) -> None:
        """Remember how the file was left."""
        # On a full disk it is forgotten, and the next one waits a moment longer.
        with suppress(OSError):
            os.pwrite(self._descriptor, " ".join(map(str, stamp or ())).ljust(_LEFT).encode(), 0)


@contextmanager
def alone(path: Path, seconds: float = 5.0) -> Iterator[Lock]:
    """Inside, nobody else who asks writes this file. Raises Busy after so many seconds, ReadOnly where nobody can.

    Not to be entered again inside by the same thread.
    """
    lock = lock_path(path)
    descriptor = _opened(lock)
    try:
        until = time.monotonic() + seconds
        if _flocked(descriptor, until):
            yield Lock(descriptor)
            return
        with _held(lock, until):
            yield Lock(descriptor)
    finally:
        os.close(descriptor)


def read_only(error: OSError) -> ReadOnly | None:
    """The refusal that an error of the disk means, or None where it means something else."""
    return ReadOnly(_l("The catalogs cannot be written here.")) if error.errno in _UNWRITABLE else None


def _opened(lock: Path) -> int:
    try:
        return os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except OSError as error:
        raise read_only(error) or error from error


def _flocked(descriptor: int, until: float) -> bool:
    """Wait for the lock; says whether this file system has locks at all."""
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except OSError as error:
            if error.errno in _UNSUPPORTED:
                return False
            if error.errno not in (errno.EWOULDBLOCK, errno.EACCES, errno.EINTR):
                raise
        _wait(until)


@contextmanager
def _held(lock: Path, until: float) -> Iterator[None]:
    """The lock of file systems without any: a file that only one can make, with its owner and, by its time, its age."""
    held = lock.with_suffix(".held")
    owner = f"{process_name()} {random.getrandbits(64):x}"  # only told apart, not kept secret
    while not _made(held, owner):
        _take_away(held)
        _wait(until)
    try:
        yield
    finally:
        with suppress(OSError):
            if held.read_text() == owner:
                held.unlink()


def _made(held: Path, owner: str) -> bool:
    try:
        descriptor = os.open(held, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
    except FileExistsError:
        return False
    with os.fdopen(descriptor, "w") as file:
        file.write(owner)
    return True


def _take_away(held: Path) -> None:
    """Remove what a process left that has ended or stands still; what somebody else just made is put back."""
    try:
        owner, age = held.read_text(), time.time() - held.stat().st_mtime
    except OSError:
        return
    if age <= LONGEST and not (" " in owner and is_gone(owner.split(" ", 1)[0])):
        return
    aside = held.with_suffix(f".{os.getpid()}.{random.getrandbits(32):x}")
    with suppress(OSError):
        os.rename(held, aside)
        if aside.read_text() != owner:
            os.link(aside, held)
        aside.unlink()


def _wait(until: float) -> None:
    if time.monotonic() >= until:
        raise Busy(_l("Somebody else is writing this catalog. Try again."))
    time.sleep(random.uniform(0.002, 0.012))  # noqa: S311  # so that those who wait do not ask in step
