"""What people do with the shared files, within their reach and in the audit trail."""

from __future__ import annotations

from typing import Any, BinaryIO

from backoffice.files.entries import Entry, TextFile
from backoffice.files.errors import NameTaken
from backoffice.files.jail import is_within
from backoffice.files.names import chosen_name
from backoffice.files.storage import Storage
from backoffice.foundation.acting import acting
from backoffice.foundation.database import db
from backoffice.foundation.errors import NotAllowed, NotFound
from backoffice.foundation.permissions import ALL, OWN, Can, reach_of
from backoffice.records import audit

PEOPLE = "people"
#: The trail cuts what it calls a thing here; a longer path stands among the facts.
_LONGEST_TITLE = 200


def home_of(actor: Any, can: Can = Can.FILE_VIEW) -> str | None:
    """The folder to which a grant reaches: the root for all, `people/<number>` for one's own, None without a grant."""
    reach = reach_of(actor, can)
    if reach == ALL:
        return ""
    return f"{PEOPLE}/{actor.id}" if reach == OWN and actor.id is not None else None


def check_reach(actor: Any, can: Can, path: str) -> None:
    """Refuse a path beyond the grant. Raises NotAllowed without any grant, NotFound outside one's own folder or for a
    path that cannot lead anywhere."""
    home = home_of(actor, can)
    if home is None:
        raise NotAllowed(permission=can.value)
    if not is_within(path, home):
        raise NotFound


def check_below(actor: Any, can: Can, path: str) -> None:
    """The same for what is moved, renamed or removed: neither the root nor one's own folder, which is not one's own to
    move."""
    check_reach(actor, can, path)
    if path == home_of(actor, can):
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
    # What a file is called and how large it is, is known when it lies there; if that cannot be written down, it goes.
    entry = storage.save(folder, filename, stream)
    try:
        _record(actor, "file.upload", entry.path, size=entry.size)
    except BaseException:
        storage.delete(entry.path)
        raise
    return entry


def make_folder(storage: Storage, folder: str, name: str, *, actor: Any) -> Entry:
    """Make a folder in a folder."""
    check_reach(actor, Can.FILE_EDIT, folder)
    _record(actor, "file.make_folder", _joined(folder, chosen_name(name)))
    return storage.make_folder(folder, name)


def rename(storage: Storage, path: str, name: str, *, actor: Any) -> Entry:
    """Give a file or folder another name in the same folder; the same name again changes nothing."""
    check_below(actor, Can.FILE_EDIT, path)
    folder, _slash, old = path.rpartition("/")
    if (new := chosen_name(name)) != old:
        _record(actor, "file.rename", path, to=_joined(folder, new))
    return storage.rename(path, name)


def move(storage: Storage, path: str, folder: str, *, actor: Any) -> Entry:
    """Put a file or folder into another folder; the one it lies in changes nothing."""
    check_below(actor, Can.FILE_EDIT, path)
    check_reach(actor, Can.FILE_EDIT, folder)
    present, _slash, name = path.rpartition("/")
    if folder != present:
        _record(actor, "file.move", path, to=_joined(folder, name))
    return storage.move(path, folder)


def delete(storage: Storage, path: str, *, actor: Any) -> Entry:
    """Remove a file, or a folder with all it holds."""
    check_below(actor, Can.FILE_DELETE, path)
    entry = storage.entry(path)
    usage = storage.usage(path) if entry.is_dir else None
    facts = {"size": usage.bytes, "files": usage.files, "folders": usage.folders} if usage else {"size": entry.size}
    _record(actor, "file.delete", path, **facts)
    return storage.delete(path, recursive=True)


def edit_text(storage: Storage, path: str, text: str, version: str, *, actor: Any) -> TextFile:
    """Replace the text of a file, if nobody saved it since it was read; the same text again changes nothing."""
    check_reach(actor, Can.FILE_EDIT, path)
    found = storage.read_text(path)
    if found.version == version and found.text.replace("\r\n", "\n") == text:
        return found
    _record(actor, "file.edit", path)
    return storage.write_text(path, text, version)


def _record(actor: Any, action: str, path: str, **facts: Any) -> None:
    """Write the entry of the trail before the change itself: a database that takes no entry stops the change, and a
    change that is refused takes the entry with it."""
    if len(path) > _LONGEST_TITLE:
        facts["path"] = path
    with acting(actor=actor):
        audit.note(action, title=path, **facts)
        db.session.flush()


def _joined(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name
