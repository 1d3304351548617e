"""What people do with the shared files, within their reach, written down before and after.

Each function commits: the beginning before it touches the disk, the end afterwards. Call them with nothing in the
database waiting to be committed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

from flask import current_app

from backoffice.files.entries import Entry, TextFile
from backoffice.files.errors import DiskRefused, NameTaken
from backoffice.files.jail import is_within
from backoffice.files.recording import log_of
from backoffice.files.steps import Log, What
from backoffice.files.storage import Storage
from backoffice.foundation.acting import acting
from backoffice.foundation.errors import NotAllowed, NotFound
from backoffice.foundation.permissions import ALL, OWN, Can, reach_of

PEOPLE = "people"


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
    """Make the person's own folder, where it does not exist yet. That is nobody's deed, so nothing is written down."""
    home = home_of(actor)
    if not home:
        return
    for folder, name in (("", PEOPLE), (PEOPLE, str(actor.id))):
        try:
            storage.make_folder(folder, name)
        except NameTaken:
            continue


def upload(
    storage: Storage, folder: str, filename: str, stream: BinaryIO, *, actor: Any, replace: bool = False
) -> Entry:
    """Keep a new file, or, if `replace` says so, another content of one of that name. Raises what `save` refuses."""
    check_reach(actor, Can.FILE_EDIT, folder)
    with _doing(actor):
        log = log_of(storage, lambda step: "upload" if step.what == What.PUT else "overwrite")
        return storage.save(folder, filename, stream, replace=replace, log=log)


def make_folder(storage: Storage, folder: str, name: str, *, actor: Any) -> Entry:
    """Make a folder in a folder."""
    check_reach(actor, Can.FILE_EDIT, folder)
    with _doing(actor):
        return storage.make_folder(folder, name, log=_named(storage, "make_folder"))


def rename(storage: Storage, path: str, name: str, *, actor: Any) -> Entry:
    """Give a file or folder another name in the same folder; the same name again changes nothing."""
    check_below(actor, Can.FILE_EDIT, path)
    with _doing(actor):
        return storage.rename(path, name, log=_named(storage, "rename"))


def move(storage: Storage, path: str, folder: str, *, actor: Any) -> Entry:
    """Put a file or folder into another folder; the one it lies in changes nothing."""
    check_below(actor, Can.FILE_EDIT, path)
    check_reach(actor, Can.FILE_EDIT, folder)
    with _doing(actor):
        return storage.move(path, folder, log=_named(storage, "move"))


def delete(storage: Storage, path: str, *, actor: Any) -> Entry:
    """Put a file, or a folder with all it holds, into the trash."""
    check_below(actor, Can.FILE_DELETE, path)
    with _doing(actor):
        return storage.delete(path, recursive=True, log=_named(storage, "delete"))


def edit_text(storage: Storage, path: str, text: str, version: str, *, actor: Any) -> TextFile:
    """Replace the text of a file, if nobody saved it since it was read; the same text again changes nothing."""
    check_reach(actor, Can.FILE_EDIT, path)
    with _doing(actor):
        return storage.write_text(path, text, version, log=_named(storage, "edit"))


@contextmanager
def _doing(actor: Any) -> Iterator[None]:
    with acting(actor=actor), disk_in_words():
        yield


@contextmanager
def disk_in_words() -> Iterator[None]:
    """Inside, what the disk refuses is DiskRefused; the log of the application has it as the system says it."""
    try:
        yield
    except OSError as error:
        current_app.logger.exception("the disk refused a change of the shared files")
        raise DiskRefused from error


def _named(storage: Storage, action: str) -> Log:
    return log_of(storage, lambda _step: action)
