"""Files and folders in the trash: how they come back, under which name, and how they go for good."""

from __future__ import annotations

from typing import Any

from backoffice.files.names import LONGEST
from backoffice.files.operations import check_below
from backoffice.files.recording import RESOURCE
from backoffice.files.shared import the_files
from backoffice.files.storage import Storage
from backoffice.files.undoing import promise_back, refuse_without_folder
from backoffice.foundation.database import after_commit
from backoffice.foundation.errors import NotApplicable, NotFound
from backoffice.foundation.i18n import _, _l
from backoffice.foundation.permissions import Can
from backoffice.records import journal
from backoffice.records.keeping import kept_by
from backoffice.records.trash import Trashed

#: So many names are tried for what comes back where its own is taken.
_MOST_NAMES = 100


class FileKeeper:
    """Knows files in the trash; see `records.keeping.Keeper`."""

    def kind(self, item: Trashed) -> Any:
        """File, folder, or what a file held before."""
        if item.kept.get("is_former"):
            return _l("Former content of a file")
        return _l("Folder") if item.kept.get("is_dir") else _l("File")

    def restore(self, item: Trashed, *, actor: Any) -> Any:
        """Put it back where it lay, under another name where its own is taken; the sentence says which."""
        storage, path = the_files(), str(item.kept["path"])
        # Who may not touch the place does not learn what lies there either.
        check_below(actor, Can.FILE_DELETE, path)
        refuse_without_folder(storage, path)
        free, title = _free(storage, path, bool(item.kept.get("is_dir"))), item.title
        promise_back(
            storage,
            item.target_id,
            free,
            actor=actor,
            too_late=lambda reason: journal.refuse_late(title, reason),
        )
        if free == path:
            return None
        names = {"name": path.rpartition("/")[2], "other": free.rpartition("/")[2]}
        return _("There is a %(name)s already, so it is back as %(other)s.", **names)

    def purge(self, item: Trashed, *, actor: Any) -> None:
        """Remove the bytes once it is committed that nobody wants them."""
        attic, number = the_files().attic, item.target_id
        if attic is not None:
            after_commit(lambda: attic.destroy(number))


def install() -> None:
    """Leave files in the trash to this keeper."""
    kept_by(RESOURCE, FileKeeper())


def _free(storage: Storage, path: str, is_dir: bool) -> str:
    """The path, or one beside it with a number in the name that nothing has. Raises NotApplicable without any."""
    folder, slash, name = path.rpartition("/")
    stem, dot, ending = ("", "", "") if is_dir else name.rpartition(".")
    if not stem:
        stem, dot, ending = name, "", ""
    for number in range(1, _MOST_NAMES):
        addition = f" ({number}){dot}{ending}" if number > 1 else f"{dot}{ending}"
        tried = f"{folder}{slash}{stem}{addition}"
        try:
            if len(f"{stem}{addition}".encode()) <= LONGEST:
                storage.entry(tried)
        except NotFound:
            return tried
    raise NotApplicable(_l("There is already a %(name)s here. Choose another name.", name=name))
