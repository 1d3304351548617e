"""What lies in the folder, as others see it."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from datetime import UTC, datetime

from backoffice.files.jail import Parts
from backoffice.files.kinds import UNKNOWN_TYPE, kind_of


@dataclass(frozen=True, slots=True)
class Entry:
    """A file or folder; `path` is relative to the root, `size` in bytes, `modified` aware and in UTC.

    `kind` is folder, image, text, document, archive, audio, video, or other for what lies there by another way and
    would not be taken; `content_type` is the only type with which it may be served.
    """

    name: str
    path: str
    is_dir: bool
    size: int
    modified: datetime
    kind: str
    content_type: str


@dataclass(frozen=True, slots=True)
class Usage:
    """How much lies in a folder and all below it; `bytes` counts hidden ones too, `quota` is None without one."""

    bytes: int
    files: int
    folders: int
    quota: int | None


@dataclass(frozen=True, slots=True)
class TextFile:
    """A text and the version it had when it was read, which saving it asks for."""

    entry: Entry
    text: str
    version: str


def entry_of(folder: Parts, name: str, found: os.stat_result) -> Entry:
    """The entry for what a folder holds under a name."""
    is_dir = stat.S_ISDIR(found.st_mode)
    kind = None if is_dir else kind_of(name)
    return Entry(
        name=name,
        path="/".join((*folder, name)),
        is_dir=is_dir,
        size=0 if is_dir else found.st_size,
        modified=_moment(found.st_mtime),
        kind="folder" if is_dir else kind.family if kind else "other",
        content_type="" if is_dir else kind.content_type if kind else UNKNOWN_TYPE,
    )


def _moment(seconds: float) -> datetime:
    try:
        return datetime.fromtimestamp(int(seconds), UTC)
    except (OverflowError, OSError, ValueError):
        return datetime.fromtimestamp(0, UTC)
