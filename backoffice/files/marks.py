"""Checksums: by them it is known later whether something is still what it was."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator

from backoffice.files.jail import opened_file
from backoffice.foundation.errors import NotFound

#: The mark of a folder that holds nothing.
EMPTY = hashlib.sha256().hexdigest()
#: A larger file is not read; people upload none, but operators may lay some there.
LARGEST_READ = 256 * 1024 * 1024

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def mark_of(folder: int, name: str) -> str:
    """The SHA-256 of a file's content, or of names, sizes and moments of all that a folder holds; "" for neither.

    What may be gigabytes is not read: of folders and very large files, sizes and moments count.
    """
    try:
        found = os.stat(name, dir_fd=folder, follow_symlinks=False)
        if stat.S_ISDIR(found.st_mode):
            return _mark_of_folder(folder, name)
        if found.st_size > LARGEST_READ:
            return hashlib.sha256(f"{found.st_size} {found.st_mtime_ns}".encode()).hexdigest()
        return _mark_of_file(folder, name)
    except (FileNotFoundError, NotFound):
        return ""


def _mark_of_file(folder: int, name: str) -> str:
    with open(opened_file(folder, name), "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _mark_of_folder(folder: int, name: str) -> str:
    digest = hashlib.sha256()
    for line in _lines(folder, name, ""):
        digest.update(line.encode(errors="surrogateescape") + b"\0")
    return digest.hexdigest()


def _lines(folder: int, name: str, path: str) -> Iterator[str]:
    inner = os.open(name, _FOLDER, dir_fd=folder)
    try:
        with os.scandir(inner) as items:
            names = sorted(item.name for item in items)
        for each in names:
            found = os.stat(each, dir_fd=inner, follow_symlinks=False)
            here = f"{path}/{each}"
            if stat.S_ISDIR(found.st_mode):
                yield f"{here}/"
                yield from _lines(inner, each, here)
            else:
                yield f"{here} {found.st_mode} {found.st_size} {found.st_mtime_ns}"
    finally:
        os.close(inner)
