"""What is done to the trash: bringing back, and deleting for good."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from backoffice.foundation.acting import acting
from backoffice.foundation.database import db
from backoffice.foundation.errors import NotAllowed
from backoffice.foundation.forms import AskedField, InputForm
from backoffice.foundation.i18n import _l
from backoffice.foundation.operations import operation
from backoffice.foundation.permissions import Can, is_allowed
from backoffice.records import audit
from backoffice.records.keeping import keeper_of
from backoffice.records.trash import Trashed
from backoffice.records.trash import restore as put_back


class RestoreForm(InputForm):
    """Asks for a new value where another record has it now."""

    instead = AskedField(_l("Instead"))


@operation(
    Trashed,
    needs=Can.TRASH_RESTORE,
    label=_l("Restore"),
    done=_l("Restored"),
    takes=RestoreForm,
    icon="undo",
    tone="approved",
)
def restore(item: Trashed, *, actor: Any, instead: Mapping[str, str] | None = None) -> Any:
    """Put the record back where it was, with what tied it to others; needs what deleting it needs."""
    if keeper := keeper_of(item):
        return keeper.restore(item, actor=actor)
    audit.note("trash.restore", item, kind=item.target_type, number=item.target_id)
    name = f"{item.target_type}.delete"
    can = Can(name) if name in set(Can) else None
    with acting(action=f"{item.target_type}.restore"):
        record = put_back(item, instead)
    if can is None or not is_allowed(actor, can, record):
        raise NotAllowed(permission=name)
    return None


@operation(
    Trashed,
    needs=Can.TRASH_PURGE,
    label=_l("Delete for good"),
    done=_l("Deleted for good"),
    icon="trash",
    tone="rejected",
    is_final=True,
)
def purge(item: Trashed, *, actor: Any) -> None:
    """Remove what was kept of the record; nothing brings it back after that."""
    audit.note("trash.purge", item, kind=item.target_type, number=item.target_id)
    if keeper := keeper_of(item):
        keeper.purge(item, actor=actor)
    db.session.delete(item)
