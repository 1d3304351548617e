"""Looking at what lies below the root; nothing here changes anything."""

from __future__ import annotations

import builtins
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from backoffice.files import pictures
from backoffice.files.entries import Entry, TextFile, Usage, entry_of
from backoffice.files.errors import FileTooLarge
from backoffice.files.jail import Jail, opened_file, parts_of
from backoffice.files.kinds import check_content, kind_of
from backoffice.files.listing import bytes_in, entries_in, walk
from backoffice.files.marks import mark_of
from backoffice.foundation.errors import NotApplicable, NotFound
from backoffice.foundation.i18n import _l

#: Larger texts are not edited in a browser.
LONGEST_TEXT = 1024 * 1024
BYTE_ORDER_MARK = "\ufeff"


class Looking:
    """The files and folders below one root as they are now."""

    def __init__(self, root: Path, quota_bytes: int | None) -> None:
        self._jail = Jail(root)
        self.quota_bytes = quota_bytes

    def entry(self, path: str) -> Entry:
        """What lies at the path; raises NotFound."""
        parts = parts_of(path)
        with self._jail.parent(parts) as (_folder, name, found):
            return entry_of(parts[:-1], name, found)

    def list(self, path: str = "") -> builtins.list[Entry]:
        """What a folder holds, folders first, then by name; raises NotFound for a file."""
        entries = entries_in(self._jail, parts_of(path))
        return sorted(entries, key=lambda entry: (not entry.is_dir, entry.name.casefold(), entry.name))

    def walk(self, path: str = "") -> Iterator[Entry]:
        """Everything below a folder, each folder before what it holds; what goes away meanwhile is passed over."""
        yield from walk(self._jail, parts_of(path))

    def usage(self, path: str = "") -> Usage:
        """How much lies below a folder; raises NotFound for a file."""
        counts = {True: 0, False: 0}
        for entry in self.walk(path):
            counts[entry.is_dir] += 1
        return Usage(bytes_in(self._jail, parts_of(path)), counts[False], counts[True], self.quota_bytes)

    def open(self, path: str) -> BinaryIO:
        """The content of a file for reading; raises NotFound. Serve it with `entry(path).content_type` only."""
        parts = parts_of(path)
        with self._jail.parent(parts) as (folder, name, _found):
            return builtins.open(opened_file(folder, name), "rb")

    def thumbnail(self, path: str, size: int) -> bytes:
        """A small upright WebP of a picture; raises NotFound, or NotApplicable for what cannot be shown small."""
        kind = kind_of(parts_of(path)[-1]) if path else None
        with self.open(path) as file:
            if kind is None or kind.family != "image":
                raise NotApplicable(_l("Only pictures have a preview."))
            try:
                return pictures.preview(file, kind.content_type.partition("/")[2].upper(), size)
            except pictures.TooManyPixels:
                raise NotApplicable(_l("This picture is too large for a preview.")) from None
            except pictures.NoPicture:
                raise NotApplicable(_l("This picture is damaged and has no preview.")) from None

    def mark(self, path: str) -> str:
        """The checksum of what lies at the path, see `marks`; "" if nothing does."""
        try:
            with self._jail.parent(parts_of(path)) as (folder, name, _found):
                return mark_of(folder, name)
        except NotFound:
            return ""

    def read_text(self, path: str) -> TextFile:
        """A text for editing; raises NotFound, NotApplicable for what is no text, FileTooLarge for a long one."""
        parts = parts_of(path)
        with self._jail.parent(parts) as (folder, name, found):
            data = self._text_of(folder, name)
            text = data.decode().removeprefix(BYTE_ORDER_MARK)
            return TextFile(entry_of(parts[:-1], name, found), text, version_of(data))

    def _text_of(self, folder: int, name: str) -> bytes:
        kind = kind_of(name)
        if kind is None or kind.family != "text":
            raise NotApplicable(_l("Only plain texts are edited here."))
        with builtins.open(opened_file(folder, name), "rb") as file:
            data = file.read(LONGEST_TEXT + 1)
            if len(data) > LONGEST_TEXT:
                raise too_large(LONGEST_TEXT)
            check_content(kind, file)
        return data


def version_of(data: bytes) -> str:
    """The version of a text: the checksum of its bytes."""
    return hashlib.sha256(data).hexdigest()


def too_large(limit: int) -> FileTooLarge:
    """The refusal of what is larger than that many bytes."""
    return FileTooLarge(_l("The file is larger than the %(limit)s MB that are taken.", limit=f"{limit / 1e6:.3g}"))
