"""The one door to the files people share."""

from __future__ import annotations

import builtins
import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace as replaced
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

from backoffice.files.attic import Attic
from backoffice.files.entries import Entry, TextFile, entry_of
from backoffice.files.errors import FileChanged, NameTaken, StorageFull
from backoffice.files.jail import DEEPEST, Parts, opened_file, parts_of
from backoffice.files.kinds import Kind, accepted_kind, check_content
from backoffice.files.listing import bytes_in, height
from backoffice.files.looking import BYTE_ORDER_MARK, LONGEST_TEXT, Looking, too_large, version_of
from backoffice.files.marks import EMPTY, mark_of
from backoffice.files.names import chosen_name, uploaded_name
from backoffice.files.settling import happened
from backoffice.files.steps import Log, Step, What, unlogged
from backoffice.files.writing import Draft, Workshop, publish, room
from backoffice.foundation.errors import NotApplicable, NotFound
from backoffice.foundation.i18n import _l

_CHUNK = 64 * 1024
#: What is kept may take as much room again as what is there.
_KEPT_SHARE = 2


class Storage(Looking):
    """Files and folders below one root, and nothing else.

    Every path is text from outside, relative to the root, with `/` between components; the empty path is the root. A
    path that leads nowhere, or out, is NotFound; links are neither followed nor shown. Nothing is overwritten unless
    somebody asks for that; what fails leaves nothing behind. Safe with any number of threads and processes.

    What is deleted or replaced is kept in the attic, where there is one. Each change is told to a `log` once nothing
    speaks against it and before it is made. With `expecting`, a checksum, nothing else is changed than what has it.
    """

    def __init__(self, root: Path, max_bytes: int, quota_bytes: int | None = None, attic: Attic | None = None) -> None:
        super().__init__(root, quota_bytes)
        self._workshop = Workshop(self._jail)
        self.attic = attic
        self.max_bytes = max_bytes
        #: Inside, no other thread or process changes anything below this root.
        self.alone = self._workshop.alone

    # Adding

    def save(self, path: str, filename: str, stream: BinaryIO, *, replace: bool = False, log: Log = unlogged) -> Entry:
        """Keep what the stream holds as a file in the folder, under `uploaded_name(filename)`.

        A file of that name is replaced if `replace` says so. Raises NameRefused, KindRefused, FileTooLarge,
        StorageFull, NameTaken; the stream is read to its end at most.
        """
        parts = parts_of(path)
        name = uploaded_name(filename)
        kind = accepted_kind(name)
        self._refuse_too_deep(len(parts) + 1)
        with self._jail.folder(parts):
            pass  # Whoever sends a big file for a folder that is not there learns it first.
        with self._workshop.draft() as draft:
            mark = self._fill(draft, stream)
            check_content(kind, draft.file)
            draft.settle()
            size = os.fstat(draft.file.fileno()).st_size
            with self.alone(), self._jail.folder(parts) as folder:
                there = _look(folder, name)
                if there is not None and not (replace and stat.S_ISREG(there.st_mode)):
                    raise NameTaken(name)
                self._refuse_over_quota(freed=there.st_size if there else 0)
                if there is None:
                    with log(Step(What.PUT, _joined(parts, name), sha256=mark, size=size)):
                        publish(draft.folder, draft.name, folder, name)
                else:
                    self._replace(draft, folder, parts, name, mark, size, log)
            return entry_of(parts, name, os.fstat(draft.file.fileno()))

    def make_folder(self, path: str, name: str, *, log: Log = unlogged) -> Entry:
        """A new folder in the folder; raises NameRefused, NameTaken, NotApplicable where it would be too deep."""
        parts = parts_of(path)
        name = chosen_name(name)
        self._refuse_too_deep(len(parts) + 1)
        with self.alone(), self._jail.folder(parts) as folder:
            if _look(folder, name) is not None:
                raise NameTaken(name)
            with log(Step(What.MAKE, _joined(parts, name), sha256=EMPTY, is_dir=True)), _taken_otherwise(name), room():
                os.mkdir(name, 0o700, dir_fd=folder)
            return entry_of(parts, name, os.stat(name, dir_fd=folder, follow_symlinks=False))

    # Changing

    def rename(self, path: str, new_name: str, *, expecting: str = "", log: Log = unlogged) -> Entry:
        """Another name in the same folder; for a file the new ending must fit the content.

        Raises NotFound (for the root too), NameRefused, KindRefused, NameTaken.
        """
        parts = parts_of(path)
        with self.alone(), self._jail.parent(parts) as (folder, name, found):
            new = chosen_name(new_name)
            if not stat.S_ISDIR(found.st_mode):
                self._check_kept(folder, name, accepted_kind(new))
            if new != name:
                self._shift((folder, parts[:-1], name), (folder, parts[:-1], new), found, expecting, log)
            return entry_of(parts[:-1], new, found)

    def move(self, path: str, folder: str, *, expecting: str = "", log: Log = unlogged) -> Entry:
        """The same name in another folder; raises NotFound, NameTaken, NotApplicable for a folder into itself."""
        parts, target = parts_of(path), parts_of(folder)
        if parts and target[: len(parts)] == parts:
            raise NotApplicable(_l("A folder cannot be moved into itself."))
        with (
            self.alone(),
            self._jail.parent(parts) as (source, name, found),
            self._jail.folder(target) as destination,
        ):
            levels = height(self._jail, parts) if stat.S_ISDIR(found.st_mode) else 0
            self._refuse_too_deep(len(target) + 1 + levels)
            if target != parts[:-1]:
                self._shift((source, parts[:-1], name), (destination, target, name), found, expecting, log)
            return entry_of(target, name, found)

    def delete(self, path: str, recursive: bool = False, *, expecting: str = "", log: Log = unlogged) -> Entry:
        """Remove a file, or a folder; one that holds anything only if `recursive` says so. Returns what it was.

        Raises NotFound (for the root too), NotApplicable for a folder that is not empty.
        """
        parts = parts_of(path)
        taken = None
        with self.alone(), self._jail.parent(parts) as (folder, name, found):
            entry = entry_of(parts[:-1], name, found)
            if entry.is_dir and not recursive:
                self._refuse_unless_empty(parts, name)
            mark = _expected(folder, name, expecting)
            kept = self.attic.number() if self.attic else 0
            with log(self._leaving(path, entry, mark, kept)):
                if self.attic:
                    self.attic.take(folder, name, kept)
                elif entry.is_dir:
                    taken = self._workshop.take(folder, name)
                else:
                    os.unlink(name, dir_fd=folder)
        if taken:
            self._workshop.destroy(taken)
        return entry

    def restore(self, number: int, path: str, *, log: Log = unlogged) -> Entry:
        """Put what is kept under the number back to the path. Raises NotFound, NameTaken, StorageFull."""
        parts = parts_of(path)
        if not parts or self.attic is None:
            raise NotFound
        self._refuse_too_deep(len(parts))
        with self.alone(), self._jail.folder(parts[:-1]) as folder, self.attic.folder() as attic:
            if not (mark := self.attic.mark(number)):
                raise NotFound
            if _look(folder, parts[-1]) is not None:
                raise NameTaken(parts[-1])
            found = os.stat(str(number), dir_fd=attic, follow_symlinks=False)
            is_dir = stat.S_ISDIR(found.st_mode)
            with log(Step(What.BRING, path, sha256=mark, source=number, is_dir=is_dir)):
                self._transfer(attic, str(number), folder, parts[-1], found)
            return entry_of(parts[:-1], parts[-1], found)

    def revert(self, number: int, path: str, *, expecting: str, log: Log = unlogged) -> Entry:
        """Put the content kept under the number in place of what is there, which is kept instead.

        Raises NotFound, NotApplicable if there is another content than expected.
        """
        parts = parts_of(path)
        if self.attic is None:
            raise NotFound
        with self.alone(), self._jail.parent(parts) as (folder, name, found), self.attic.folder() as attic:
            before = _expected(folder, name, expecting)
            after = self.attic.mark(number)
            if not after or stat.S_ISDIR(found.st_mode) or self.attic.is_dir(number):
                raise NotFound
            kept = self.attic.number()
            step = Step(What.REVERT, path, sha256=after, sha256_before=before, kept=kept, source=number)
            with log(step):
                self.attic.copy(folder, name, kept)
                os.rename(str(number), name, src_dir_fd=attic, dst_dir_fd=folder)
            return entry_of(parts[:-1], name, os.stat(name, dir_fd=folder, follow_symlinks=False))

    def sweep(self, older_than: timedelta = timedelta(days=1)) -> int:
        """Remove what uploads and deletions left when the machine stopped in the middle; returns how many."""
        return self._workshop.sweep(older_than)

    def happened(self, step: Step) -> bool:
        """Whether a step that was cut off is done; completes or clears away what it left. Enter `alone` first."""
        return happened(self._jail, self.attic, step)

    # Texts

    def write_text(self, path: str, text: str, expected_version: str, *, log: Log = unlogged) -> TextFile:
        """Replace a text at once and as a whole, if it still is the version that was read.

        Line endings and byte order mark stay as they were. Raises NotFound, FileChanged, KindRefused, FileTooLarge,
        StorageFull, NotApplicable.
        """
        parts = parts_of(path)
        with self.alone(), self._jail.parent(parts) as (folder, name, _found):
            old = self._text_of(folder, name)
            if version_of(old) != expected_version:
                raise FileChanged(name)
            new = _like(old, text)
            if len(new) > min(LONGEST_TEXT, self.max_bytes):
                raise too_large(min(LONGEST_TEXT, self.max_bytes))
            with self._workshop.draft() as draft:
                draft.write(new)
                check_content(accepted_kind(name), draft.file)
                draft.settle()
                self._refuse_over_quota(freed=len(old))
                self._replace(draft, folder, parts[:-1], name, version_of(new), len(new), log)
                entry = entry_of(parts[:-1], name, os.fstat(draft.file.fileno()))
            return TextFile(entry, new.decode().removeprefix(BYTE_ORDER_MARK), version_of(new))

    # How

    def _fill(self, draft: Draft, stream: BinaryIO) -> str:
        """Write what the stream holds; returns its checksum."""
        left = None if self.quota_bytes is None else self.quota_bytes - bytes_in(self._jail, ())
        written, digest = 0, hashlib.sha256()
        while chunk := stream.read(_CHUNK):
            written += len(chunk)
            if written > self.max_bytes:
                raise too_large(self.max_bytes)
            if left is not None and written > left:
                raise StorageFull
            draft.write(chunk)
            digest.update(chunk)
        return digest.hexdigest()

    def _refuse_over_quota(self, freed: int = 0) -> None:
        # The new file is counted by now; so are those others are just writing, so that two cannot take the same room.
        if self.quota_bytes is None:
            return
        there = bytes_in(self._jail, ())
        if there - freed > self.quota_bytes:
            raise StorageFull
        if self.attic is not None and there + self.attic.size() > _KEPT_SHARE * self.quota_bytes:
            raise StorageFull

    def _leaving(self, path: str, entry: Entry, mark: str, kept: int) -> Step:
        if not entry.is_dir:
            return Step(What.TAKE, path, sha256=mark, kept=kept, size=entry.size)
        usage = self.usage(path)
        step = Step(What.TAKE, path, sha256=mark, kept=kept, is_dir=True, size=usage.bytes)
        return replaced(step, files=usage.files, folders=usage.folders)

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

    def _replace(self, draft: Draft, folder: int, parts: Parts, name: str, mark: str, size: int, log: Log) -> None:
        """Put the draft in place of the file at once; the same content again changes nothing."""
        before = mark_of(folder, name)
        if before == mark:
            return
        kept = self.attic.number() if self.attic else 0
        path = _joined(parts, name)
        with log(Step(What.REPLACE, path, sha256=mark, sha256_before=before, kept=kept, size=size)):
            if self.attic:
                self.attic.copy(folder, name, kept)
            os.replace(draft.name, name, src_dir_fd=draft.folder, dst_dir_fd=folder)

    def _shift(
        self,
        source: tuple[int, Parts, str],
        target: tuple[int, Parts, str],
        found: os.stat_result,
        expecting: str,
        log: Log,
    ) -> None:
        mark = _expected(source[0], source[2], expecting)
        if _look(target[0], target[2]) is not None:
            raise NameTaken(target[2])
        is_dir = stat.S_ISDIR(found.st_mode)
        step = Step(What.SHIFT, _joined(*source[1:]), to=_joined(*target[1:]), sha256=mark, is_dir=is_dir)
        with log(step):
            self._transfer(source[0], source[2], target[0], target[2], found)

    def _transfer(self, source: int, name: str, target: int, new: str, found: os.stat_result) -> None:
        if stat.S_ISDIR(found.st_mode):
            # A folder has no second name to try. Nobody of ours comes between, because this happens alone.
            if _look(target, new) is not None:
                raise NameTaken(new)
            os.rename(name, new, src_dir_fd=source, dst_dir_fd=target)
            return
        publish(source, name, target, new)
        with suppress(FileNotFoundError):
            os.unlink(name, dir_fd=source)


@contextmanager
def _taken_otherwise(name: str) -> Iterator[None]:
    try:
        yield
    except FileExistsError:
        raise NameTaken(name) from None


def _look(folder: int, name: str) -> os.stat_result | None:
    try:
        return os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None


def _expected(folder: int, name: str, expecting: str) -> str:
    """The mark of what lies there. Raises NotApplicable if another is expected."""
    mark = mark_of(folder, name)
    if expecting and mark != expecting:
        raise NotApplicable(_l("It was changed since, so it stays."))
    return mark


def _joined(parts: Parts, name: str) -> str:
    return "/".join((*parts, name))


def _like(old: bytes, text: str) -> bytes:
    """The text in bytes, with the line endings and the byte order mark of the old one; browsers send their own."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if b"\r\n" in old:
        text = text.replace("\n", "\r\n")
    mark = BYTE_ORDER_MARK if old.startswith(BYTE_ORDER_MARK.encode()) else ""
    # A lone surrogate is no text; as it stands it fails the look at the content, like every other damage.
    return (mark + text.removeprefix(BYTE_ORDER_MARK)).encode(errors="surrogatepass")
