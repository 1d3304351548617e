"""What people do with the shared files, within their reach and in the audit trail."""

from __future__ import annotations

from typing import Any, BinaryIO

from backoffice.files.entries import Entry, TextFile
from backoffice.files.errors import NameTaken
from backoffice.files.jail import is_within
from backoffice.files.storage import Storage
from backoffice.foundation.acting import acting
from backoffice.foundation.errors import NotAllowed, NotFound
from backoffice.foundation.permissions import ALL, OWN, Can, reach_of
from backoffice.records import audit

PEOPLE = "people"


def home_of(actor: Any, can: Can = Can.FILE_VIEW) -> str | None:
    """The folder to which a grant reaches: the root for all, `people/<number>` for one's own, None without a grant."""
    reach = reach_of(actor, can)
    if reach == ALL:
        return ""
    return f"{PEOPLE}/{actor.id}" if reach == OWN and actor.id is not None else None


def check_reach(actor: Any, can: Can, path: str) -> None:
    """Refuse a path beyond the grant. Raises NotAllowed without any grant, NotFound outside one's own folder."""
    home = home_of(actor, can)
    if home is None:
        raise NotAllowed(permission=can.value)
    if home and not is_within(path, home):
        raise NotFound


def make_home(storage: Storage, actor: Any) -> None:
    """Make the person's own folder, where it does not exist yet."""
    home = home_of(actor)
    if not home:
        return
    for folder, name in (("", PEOPLE), (PEOPLE, str(actor.id))):
        try:
            storage.make_folder(folder, name)
        except NameTaken:
            continue


def upload(storage: Storage, folder: str, filename: str, stream: BinaryIO, *, actor: Any) -> Entry:
    """Keep a new file. Raises what `Storage.save` refuses."""
    check_reach(actor, Can.FILE_EDIT, folder)
    with acting(actor=actor):
        entry = storage.save(folder, filename, stream)
        audit.note("file.upload", title=entry.path, size=entry.size)
    return entry


def make_folder(storage: Storage, folder: str, name: str, *, actor: Any) -> Entry:
    """Make a folder in a folder."""
    check_reach(actor, Can.FILE_EDIT, folder)
    with acting(actor=actor):
        entry = storage.make_folder(folder, name)
        audit.note("file.make_folder", title=entry.path)
    return entry


def rename(storage: Storage, path: str, name: str, *, actor: Any) -> Entry:
    """Give a file or folder another name in the same folder."""
    _check_below(actor, Can.FILE_EDIT, path)
    with acting(actor=actor):
        entry = storage.rename(path, name)
        audit.note("file.rename", title=path, to=entry.path)
    return entry


def move(storage: Storage, path: str, folder: str, *, actor: Any) -> Entry:
    """Put a file or folder into another folder."""
    _check_below(actor, Can.FILE_EDIT, path)
    check_reach(actor, Can.FILE_EDIT, folder)
    with acting(actor=actor):
        entry = storage.move(path, folder)
        audit.note("file.move", title=path, to=entry.path)
    return entry


def delete(storage: Storage, path: str, *, actor: Any) -> Entry:
    """Remove a file, or a folder with all it holds."""
    _check_below(actor, Can.FILE_DELETE, path)
    with acting(actor=actor):
        entry = storage.delete(path, recursive=True)
        audit.note("file.delete", title=path, size=entry.size)
    return entry


def edit_text(storage: Storage, path: str, text: str, version: str, *, actor: Any) -> TextFile:
    """Replace the text of a file, if nobody saved it since it was read."""
    check_reach(actor, Can.FILE_EDIT, path)
    with acting(actor=actor):
        found = storage.write_text(path, text, version)
        audit.note("file.edit", title=path, size=found.entry.size)
    return found


def _check_below(actor: Any, can: Can, path: str) -> None:
    """One's own folder is not one's own to move or remove."""
    check_reach(actor, can, path)
    if path == home_of(actor, can):
        raise NotFound
