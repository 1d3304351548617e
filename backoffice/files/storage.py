"""The one door to the files people share."""

from __future__ import annotations

import builtins
import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

from backoffice.files import pictures
from backoffice.files.entries import Entry, TextFile, Usage, entry_of
from backoffice.files.errors import FileChanged, FileTooLarge, NameTaken, StorageFull
from backoffice.files.jail import DEEPEST, Jail, Parts, opened_file, parts_of
from backoffice.files.kinds import Kind, accepted_kind, check_content, kind_of
from backoffice.files.listing import bytes_in, entries_in, height, walk
from backoffice.files.names import chosen_name, uploaded_name
from backoffice.files.writing import Draft, Workshop, publish, room
from backoffice.foundation.errors import NotApplicable
from backoffice.foundation.i18n import _l

#: Larger texts are not edited in a browser.
LONGEST_TEXT = 1024 * 1024

_CHUNK = 64 * 1024
_BYTE_ORDER_MARK = "\ufeff"


class Storage:
    """Files and folders below one root, and nothing else.

    Every path is text from outside, relative to the root, with `/` between components; the empty path is the root. A
    path that leads nowhere, or out, is NotFound; links are neither followed nor shown. Nothing is ever overwritten;
    what fails leaves nothing behind. Safe with any number of threads and processes.
    """

    def __init__(self, root: Path, max_bytes: int, quota_bytes: int | None = None) -> None:
        self._jail = Jail(root)
        self._workshop = Workshop(self._jail)
        self.max_bytes = max_bytes
        self.quota_bytes = quota_bytes

    # Looking

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

    # Adding

    def save(self, path: str, filename: str, stream: BinaryIO) -> Entry:
        """Keep what the stream holds as a new file in the folder, under `uploaded_name(filename)`.

        Raises NameRefused, KindRefused, FileTooLarge, StorageFull, NameTaken; the stream is read to its end at most.
        """
        parts = parts_of(path)
        name = uploaded_name(filename)
        kind = accepted_kind(name)
        self._refuse_too_deep(len(parts) + 1)
        with self._jail.folder(parts):
            pass  # Whoever sends a big file for a folder that is not there learns it first.
        with self._workshop.draft() as draft:
            self._fill(draft, stream)
            check_content(kind, draft.file)
            draft.settle()
            with self._workshop.alone(), self._jail.folder(parts) as folder:
                self._refuse_over_quota()
                publish(draft.folder, draft.name, folder, name)
            return entry_of(parts, name, os.fstat(draft.file.fileno()))

    def make_folder(self, path: str, name: str) -> Entry:
        """A new folder in the folder; raises NameRefused, NameTaken, NotApplicable where it would be too deep."""
        parts = parts_of(path)
        name = chosen_name(name)
        self._refuse_too_deep(len(parts) + 1)
        with self._workshop.alone(), self._jail.folder(parts) as folder:
            try:
                with room():
                    os.mkdir(name, 0o700, dir_fd=folder)
            except FileExistsError:
                raise NameTaken(name) from None
            return entry_of(parts, name, os.stat(name, dir_fd=folder, follow_symlinks=False))

    # Changing

    def rename(self, path: str, new_name: str) -> Entry:
        """Another name in the same folder; for a file the new ending must fit the content.

        Raises NotFound (for the root too), NameRefused, KindRefused, NameTaken.
        """
        parts = parts_of(path)
        with self._workshop.alone(), self._jail.parent(parts) as (folder, name, found):
            new = chosen_name(new_name)
            if not stat.S_ISDIR(found.st_mode):
                self._check_kept(folder, name, accepted_kind(new))
            if new != name:
                self._transfer(folder, name, folder, new, found)
            return entry_of(parts[:-1], new, found)

    def move(self, path: str, folder: str) -> Entry:
        """The same name in another folder; raises NotFound, NameTaken, NotApplicable for a folder into itself."""
        parts, target = parts_of(path), parts_of(folder)
        if parts and target[: len(parts)] == parts:
            raise NotApplicable(_l("A folder cannot be moved into itself."))
        with (
            self._workshop.alone(),
            self._jail.parent(parts) as (source, name, found),
            self._jail.folder(target) as destination,
        ):
            levels = height(self._jail, parts) if stat.S_ISDIR(found.st_mode) else 0
            self._refuse_too_deep(len(target) + 1 + levels)
            if target != parts[:-1]:
                self._transfer(source, name, destination, name, found)
            return entry_of(target, name, found)

    def delete(self, path: str, recursive: bool = False) -> Entry:
        """Remove a file, or a folder; one that holds anything only if `recursive` says so. Returns what it was.

        Raises NotFound (for the root too), NotApplicable for a folder that is not empty.
        """
        parts = parts_of(path)
        with self._workshop.alone(), self._jail.parent(parts) as (folder, name, found):
            entry = entry_of(parts[:-1], name, found)
            if not entry.is_dir:
                os.unlink(name, dir_fd=folder)
                return entry
            if not recursive:
                self._refuse_unless_empty(parts, name)
            taken = self._workshop.take(folder, name)
        self._workshop.destroy(taken)
        return entry

    def sweep(self, older_than: timedelta = timedelta(days=1)) -> int:
        """Remove what uploads and deletions left when the machine stopped in the middle; returns how many."""
        return self._workshop.sweep(older_than)

    # Texts

    def read_text(self, path: str) -> TextFile:
        """A text for editing; raises NotFound, NotApplicable for what is no text, FileTooLarge for a long one."""
        parts = parts_of(path)
        with self._jail.parent(parts) as (folder, name, found):
            data = self._text_of(folder, name)
            text = data.decode().removeprefix(_BYTE_ORDER_MARK)
            return TextFile(entry_of(parts[:-1], name, found), text, _version(data))

    def write_text(self, path: str, text: str, expected_version: str) -> TextFile:
        """Replace a text at once and as a whole, if it still is the version that was read.

        Line endings and byte order mark stay as they were. Raises NotFound, FileChanged, KindRefused, FileTooLarge,
        StorageFull, NotApplicable.
        """
        parts = parts_of(path)
        with self._workshop.alone(), self._jail.parent(parts) as (folder, name, _found):
            old = self._text_of(folder, name)
            if _version(old) != expected_version:
                raise FileChanged(name)
            new = _like(old, text)
            if len(new) > min(LONGEST_TEXT, self.max_bytes):
                raise _too_large(min(LONGEST_TEXT, self.max_bytes))
            with self._workshop.draft() as draft:
                draft.write(new)
                check_content(accepted_kind(name), draft.file)
                draft.settle()
                self._refuse_over_quota(freed=len(old))
                os.replace(draft.name, name, src_dir_fd=draft.folder, dst_dir_fd=folder)
                entry = entry_of(parts[:-1], name, os.fstat(draft.file.fileno()))
            return TextFile(entry, new.decode().removeprefix(_BYTE_ORDER_MARK), _version(new))

    # How

    def _fill(self, draft: Draft, stream: BinaryIO) -> None:
        left = None if self.quota_bytes is None else self.quota_bytes - bytes_in(self._jail, ())
        written = 0
        while chunk := stream.read(_CHUNK):
            written += len(chunk)
            if written > self.max_bytes:
                raise _too_large(self.max_bytes)
            if left is not None and written > left:
                raise StorageFull
            draft.write(chunk)

    def _refuse_over_quota(self, freed: int = 0) -> None:
        # The new file is counted by now; so are those others are just writing, so that two cannot take the same room.
        if self.quota_bytes is not None and bytes_in(self._jail, ()) - freed > self.quota_bytes:
            raise StorageFull

    def _refuse_too_deep(self, levels: int) -> None:
        if levels > DEEPEST:
            raise NotApplicable(_l("Folders can be nested %(levels)s deep and no deeper.", levels=DEEPEST))

    def _refuse_unless_empty(self, parts: Parts, name: str) -> None:
        with self._jail.folder(parts) as folder:
            if os.listdir(folder):
                raise NotApplicable(_l("%(name)s is not empty.", name=name))

    def _check_kept(self, folder: int, name: str, kind: Kind) -> None:
        with builtins.open(opened_file(folder, name), "rb") as file:
            check_content(kind, file)

    def _transfer(self, source: int, name: str, target: int, new: str, found: os.stat_result) -> None:
        if stat.S_ISDIR(found.st_mode):
            # A folder has no second name to try. Nobody of ours comes between, because this happens alone.
            if _exists(target, new):
                raise NameTaken(new)
            os.rename(name, new, src_dir_fd=source, dst_dir_fd=target)
            return
        publish(source, name, target, new)
        with suppress(FileNotFoundError):
            os.unlink(name, dir_fd=source)

    def _text_of(self, folder: int, name: str) -> bytes:
        kind = kind_of(name)
        if kind is None or kind.family != "text":
            raise NotApplicable(_l("Only plain texts are edited here."))
        with builtins.open(opened_file(folder, name), "rb") as file:
            data = file.read(LONGEST_TEXT + 1)
            if len(data) > LONGEST_TEXT:
                raise _too_large(LONGEST_TEXT)
            check_content(kind, file)
        return data


def _exists(folder: int, name: str) -> bool:
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def _version(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _like(old: bytes, text: str) -> bytes:
    """The text in bytes, with the line endings and the byte order mark of the old one; browsers send their own."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if b"\r\n" in old:
        text = text.replace("\n", "\r\n")
    mark = _BYTE_ORDER_MARK if old.startswith(_BYTE_ORDER_MARK.encode()) else ""
    # A lone surrogate is no text; as it stands it fails the look at the content, like every other damage.
    return (mark + text.removeprefix(_BYTE_ORDER_MARK)).encode(errors="surrogatepass")


def _too_large(limit: int) -> FileTooLarge:
    return FileTooLarge(_l("The file is larger than the %(limit)s MB that are taken.", limit=f"{limit / 1e6:.3g}"))
