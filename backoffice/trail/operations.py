"""What is done to the trash and the trail: bringing back, deleting for good, erasing values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import and_
from wtforms import BooleanField, StringField
from wtforms.validators import InputRequired, Length

from backoffice.foundation.acting import acting
from backoffice.foundation.database import db
from backoffice.foundation.errors import NotAllowed
from backoffice.foundation.forms import AskedField, InputForm
from backoffice.foundation.i18n import _l
from backoffice.foundation.operations import operation
from backoffice.foundation.permissions import Can, is_allowed
from backoffice.records import audit, retention
from backoffice.records.audit import AuditEntry
from backoffice.records.checking import ERASED
from backoffice.records.keeping import keeper_of
from backoffice.records.trash import Trashed
from backoffice.records.trash import restore as put_back


class EraseForm(InputForm):
    """Why values are erased, which stays in the trail, and how far that goes."""

    reason = StringField(_l("Reason"), [InputRequired(), Length(max=200)])
    whole = BooleanField(_l("All entries about this record"))


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
    AuditEntry,
    needs=Can.AUDIT_ERASE,
    label=_l("Erase values"),
    done=_l("Values erased"),
    when=lambda entry: entry.erased_by is None and entry.action != ERASED,
    takes=EraseForm,
    icon="trash",
    tone="rejected",
    as_button=False,
    is_final=True,
)
def erase(entry: AuditEntry, *, actor: Any, reason: str, whole: bool = False) -> None:
    """Remove what the entry tells of a person's data, or what every entry about its record tells; nothing undoes it."""
    about = AuditEntry.id == entry.id
    if whole and entry.target_id is not None:
        about = and_(AuditEntry.target_type == entry.target_type, AuditEntry.target_id == entry.target_id)
    while retention.erase(about, reason):
        pass


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
