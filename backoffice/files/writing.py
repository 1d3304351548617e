"""Writing so that a file is there completely or not at all, and nothing is overwritten by accident."""

from __future__ import annotations

import errno
import fcntl
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import BinaryIO

from backoffice.files.errors import NameTaken, StorageFull
from backoffice.files.jail import Jail

#: A folder in the root. Names that begin with a dot are never shown and never found.
HIDDEN = ".storage"
_LOCK = "lock"
_DRAFT = "draft-"

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
#: What a disk says that knows no second names.
NO_HARD_LINKS = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK}
_NEW = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True)
class Draft:
    """A file that nobody sees yet, open for writing and reading, and where it lies."""

    file: BinaryIO
    folder: int
    name: str

    def write(self, data: bytes) -> None:
        """Write every byte; raises StorageFull if there is no room."""
        view = memoryview(data)
        with room():
            while view:
                view = view[self.file.write(view) :]

    def settle(self) -> None:
        """Bring what was written to the disk; raises StorageFull if there is no room."""
        with room():
            os.fsync(self.file.fileno())


class Workshop:
    """The hidden folder with what is being written or thrown away, and the lock.

    Drafts lie here and not where they are going, so that a folder can be deleted while somebody is writing for it.
    The root and all below it are therefore one file system.
    """

    def __init__(self, jail: Jail) -> None:
        self._jail = jail

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Inside, no other thread or process changes names or texts below this root."""
        with self._folder() as folder, room():
            lock = os.open(_LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600, dir_fd=folder)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    @contextmanager
    def draft(self) -> Iterator[Draft]:
        """A new draft, which is gone at the end unless it was given another name."""
        with self._folder() as folder:
            name = _new_name()
            with room():
                descriptor = os.open(name, _NEW, 0o600, dir_fd=folder)
            try:
                # Unbuffered: nothing is left to be written, and to fail, when the file is closed.
                with open(descriptor, "w+b", buffering=0) as file:
                    yield Draft(file, folder, name)
            finally:
                with suppress(FileNotFoundError):
                    os.unlink(name, dir_fd=folder)

    def take(self, source: int, name: str) -> str:
        """Take a folder and all it holds away from where it lies, at once; returns its name in the workshop."""
        with self._folder() as folder:
            taken = _new_name()
            with room():
                os.rename(name, taken, src_dir_fd=source, dst_dir_fd=folder)
            return taken

    def destroy(self, taken: str) -> None:
        """Remove what was taken from the disk. If that is cut short, `sweep` completes it."""
        with self._folder() as folder:
            shutil.rmtree(taken, dir_fd=folder, ignore_errors=True)

    def sweep(self, older_than: timedelta) -> int:
        """Remove what is left from writing and deleting that was cut off before; returns how many."""
        horizon = time.time() - older_than.total_seconds()
        swept = 0
        with self._folder() as folder:
            for name in os.listdir(folder):
                with suppress(FileNotFoundError):
                    if not name.startswith(_DRAFT) or _changed(folder, name) > horizon:
                        continue
                    try:
                        os.unlink(name, dir_fd=folder)
                    except (IsADirectoryError, PermissionError):  # Which of the two depends on the system.
                        shutil.rmtree(name, dir_fd=folder)
                    swept += 1
        return swept

    @contextmanager
    def _folder(self) -> Iterator[int]:
        with self._jail.folder(()) as root:
            with suppress(FileExistsError), room():
                os.mkdir(HIDDEN, 0o700, dir_fd=root)
            folder = os.open(HIDDEN, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=root)
        try:
            yield folder
        finally:
            os.close(folder)


def publish(source: int, old: str, target: int, new: str) -> None:
    """Give a file a further name that nothing has; raises NameTaken. The old name may be gone afterwards."""
    try:
        with room():
            os.link(old, new, src_dir_fd=source, dst_dir_fd=target, follow_symlinks=False)
    except FileExistsError:
        raise NameTaken(new) from None
    except OSError as error:
        if error.errno not in NO_HARD_LINKS:
            raise
        _publish_without_links(source, old, target, new)


def _publish_without_links(source: int, old: str, target: int, new: str) -> None:
    # Some file systems have no hard links. Reserving the name first is as safe, but shows an empty file for a moment.
    try:
        with room():
            os.close(os.open(new, _NEW, 0o600, dir_fd=target))
    except FileExistsError:
        raise NameTaken(new) from None
    os.replace(old, new, src_dir_fd=source, dst_dir_fd=target)


@contextmanager
def room() -> Iterator[None]:
    """Inside, a full disk is StorageFull."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise StorageFull from None
        raise


def _new_name() -> str:
    return _DRAFT + secrets.token_hex(12)


def _changed(folder: int, name: str) -> float:
    return os.stat(name, dir_fd=folder, follow_symlinks=False).st_ctime
