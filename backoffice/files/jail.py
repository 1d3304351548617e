"""The walls: from an untrusted path to an open folder below the root, without following a single link.

A path is text with `/` between whole components, relative to the root; the root itself is the empty path. Every
component is opened in the folder before it and never through a link, so that neither `..`, nor a sibling with a longer
name, nor a link swapped in at the last moment leads out. Whatever is wrong with a path, it leads nowhere: `NotFound`.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from backoffice.files.names import LONGEST, is_addressable
from backoffice.foundation.errors import NotFound

Parts = tuple[str, ...]

#: Folders within folders.
DEEPEST = 32

_NOWHERE = {
    *(errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG, errno.EINVAL),
    *(errno.ENXIO, errno.ENODEV, errno.EISDIR),
}
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
#: A link is not followed, and a pipe does not keep its reader waiting.
_NO_LINK = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def parts_of(path: str) -> Parts:
    """The components of an untrusted path; the empty path is the root. Raises NotFound for every trick."""
    if not isinstance(path, str):
        raise NotFound
    if not path:
        return ()
    parts = tuple(path.split("/"))
    if len(parts) > DEEPEST or not all(len(part) <= LONGEST and is_addressable(part) for part in parts):
        raise NotFound
    return parts


def is_within(path: str, folder: str) -> bool:
    """Whether the path is the folder or lies in it, comparing whole components. Raises NotFound for every trick."""
    inner, outer = parts_of(path), parts_of(folder)
    return inner[: len(outer)] == outer


@contextmanager
def nowhere() -> Iterator[None]:
    """Inside, whatever the system says about a path that leads nowhere becomes NotFound, without the path.

    What only the operator can mend, such as missing rights on the disk, stays the error it is."""
    try:
        yield
    except OSError as error:
        if error.errno in _NOWHERE:
            raise NotFound from None
        raise


class Jail:
    """One root folder; opens what is below it. The root may itself be a link, followed once, when the jail is made."""

    def __init__(self, root: Path) -> None:
        root.mkdir(parents=True, exist_ok=True)
        self.root = root.resolve(strict=True)

    @contextmanager
    def folder(self, parts: Parts) -> Iterator[int]:
        """A descriptor of the folder; raises NotFound if there is none."""
        descriptor = os.open(self.root, _FOLDER)
        try:
            for part in parts:
                with nowhere():
                    inner = os.open(part, _FOLDER | _NO_LINK, dir_fd=descriptor)
                os.close(descriptor)
                descriptor = inner
            yield descriptor
        finally:
            os.close(descriptor)

    @contextmanager
    def parent(self, parts: Parts) -> Iterator[tuple[int, str, os.stat_result]]:
        """The descriptor of the folder something lies in, its name there and what it is: a file or a folder.

        Raises NotFound for the root, for links, pipes, devices, and for what is not there.
        """
        if not parts:
            raise NotFound
        with self.folder(parts[:-1]) as descriptor:
            with nowhere():
                found = os.stat(parts[-1], dir_fd=descriptor, follow_symlinks=False)
            if not (stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode)):
                raise NotFound
            yield descriptor, parts[-1], found


def opened_file(folder: int, name: str) -> int:
    """A descriptor for reading a regular file in the open folder; raises NotFound for everything else."""
    with nowhere():
        descriptor = os.open(name, os.O_RDONLY | _NO_LINK, dir_fd=folder)
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return descriptor
    os.close(descriptor)
    raise NotFound
