"""Looking into folders. Links, pipes and what cannot be addressed do not exist; everything else is told apart here."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import suppress

from backoffice.files.entries import Entry, entry_of
from backoffice.files.jail import DEEPEST, Jail, Parts
from backoffice.files.names import is_addressable
from backoffice.foundation.errors import NotFound


def entries_in(jail: Jail, parts: Parts) -> list[Entry]:
    """What a folder shows, in no order; raises NotFound if there is no such folder."""
    return [entry_of(parts, name, found) for name, found in _contents(jail, parts) if is_addressable(name)]


def walk(jail: Jail, parts: Parts) -> Iterator[Entry]:
    """Everything a folder shows, at any depth, each folder before what it holds."""
    waiting = entries_in(jail, parts)
    while waiting:
        entry = waiting.pop()
        yield entry
        if entry.is_dir:
            # It may have been removed since it was listed.
            with suppress(NotFound):
                waiting.extend(entries_in(jail, tuple(entry.path.split("/"))))


def height(jail: Jail, parts: Parts) -> int:
    """How many levels a folder has below itself."""
    return max((entry.path.count("/") + 1 - len(parts) for entry in walk(jail, parts)), default=0)


def bytes_in(jail: Jail, parts: Parts) -> int:
    """The size of all files below a folder, those that are not shown among them."""
    total = 0
    waiting = [parts]
    while waiting:
        folder = waiting.pop()
        with suppress(NotFound):
            for name, found in _contents(jail, folder):
                if not stat.S_ISDIR(found.st_mode):
                    total += found.st_size
                elif len(folder) < 2 * DEEPEST:
                    waiting.append((*folder, name))
    return total


def _contents(jail: Jail, parts: Parts) -> Iterator[tuple[str, os.stat_result]]:
    with jail.folder(parts) as folder, os.scandir(folder) as items:
        for item in items:
            try:
                found = item.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue
            if stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode):
                yield item.name, found
