"""What was deleted or replaced, kept under numbers in a folder that no address leads to."""

from __future__ import annotations

import os
import secrets
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from backoffice.files.jail import opened_file
from backoffice.files.marks import mark_of
from backoffice.files.writing import NO_HARD_LINKS, room
from backoffice.foundation.errors import NotFound

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class Attic:
    """A folder on the same disk as the files, so that what is kept goes there and back in one step."""

    def __init__(self, place: Path) -> None:
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.place = place.resolve(strict=True)

    @contextmanager
    def folder(self) -> Iterator[int]:
        """A descriptor of the folder."""
        descriptor = os.open(self.place, _FOLDER)
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    def number(self) -> int:
        """A number under which nothing is kept yet."""
        while (number := 1 + secrets.randbelow(2**47)) and self.mark(number):
            pass
        return number

    def mark(self, number: int) -> str:
        """The mark of what is kept under the number; "" for nothing."""
        with self.folder() as folder:
            return mark_of(folder, str(number))

    def is_dir(self, number: int) -> bool:
        """Whether a folder is kept under the number. Raises NotFound for nothing."""
        return stat.S_ISDIR(self._stat(number).st_mode)

    def read(self, number: int) -> bytes:
        """The content of a file that is kept. Raises NotFound."""
        with self.folder() as folder, open(opened_file(folder, str(number)), "rb") as file:
            return file.read()

    def take(self, source: int, name: str, number: int) -> None:
        """Move a file or folder here."""
        with self.folder() as folder, room():
            os.rename(name, str(number), src_dir_fd=source, dst_dir_fd=folder)

    def copy(self, source: int, name: str, number: int) -> None:
        """Keep a file's content while the file stays; whoever replaces the file leaves this one alone."""
        with self.folder() as folder, room():
            try:
                os.link(name, str(number), src_dir_fd=source, dst_dir_fd=folder, follow_symlinks=False)
            except OSError as error:
                if error.errno not in NO_HARD_LINKS:
                    raise
                _copy(source, name, folder, str(number))

    def is_same(self, number: int, folder: int, name: str) -> bool:
        """Whether what is kept is the very file that lies there under a second name."""
        with suppress(FileNotFoundError, NotFound):
            there = os.stat(name, dir_fd=folder, follow_symlinks=False)
            return os.path.samestat(self._stat(number), there)
        return False

    def destroy(self, number: int) -> None:
        """Remove what is kept under the number from the disk; nothing brings it back."""
        with self.folder() as folder, suppress(FileNotFoundError):
            try:
                os.unlink(str(number), dir_fd=folder)
            except (IsADirectoryError, PermissionError):  # Which of the two depends on the system.
                shutil.rmtree(str(number), dir_fd=folder)

    def numbers(self) -> list[int]:
        """Everything that is kept."""
        with self.folder() as folder:
            return [int(name) for name in os.listdir(folder) if name.isascii() and name.isdecimal()]

    def changed(self, number: int) -> float:
        """When it came here, in seconds since 1970. Raises NotFound."""
        return self._stat(number).st_ctime

    def size(self) -> int:
        """Bytes of all that is kept."""
        total = 0
        for place, _folders, files in os.walk(self.place):
            for name in files:
                with suppress(OSError):
                    total += os.lstat(os.path.join(place, name)).st_size
        return total

    def _stat(self, number: int) -> os.stat_result:
        with self.folder() as folder:
            try:
                return os.stat(str(number), dir_fd=folder, follow_symlinks=False)
            except FileNotFoundError:
                raise NotFound from None


def _copy(source: int, name: str, folder: int, copied: str) -> None:
    try:
        with (
            open(opened_file(source, name), "rb") as old,
            open(os.open(copied, _NEW, 0o600, dir_fd=folder), "wb") as new,
        ):
            shutil.copyfileobj(old, new)
            new.flush()
            os.fsync(new.fileno())
    except BaseException:
        with suppress(OSError):
            os.unlink(copied, dir_fd=folder)
        raise
