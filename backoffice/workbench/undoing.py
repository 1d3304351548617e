"""Changes of entries are taken back like any other: one write is one step; what somebody changed since stays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from backoffice.catalogs import editing, history
from backoffice.catalogs.editing import Edit
from backoffice.catalogs.history import Revision, Through
from backoffice.catalogs.library import Shelf
from backoffice.catalogs.places import DOMAINS, Place
from backoffice.foundation.acting import acting, present
from backoffice.foundation.database import after_commit, unit_of_work
from backoffice.foundation.errors import DomainError, NotApplicable
from backoffice.foundation.i18n import _, _l, _n
from backoffice.foundation.permissions import Can
from backoffice.records import undoing
from backoffice.records.audit import AuditEntry
from backoffice.workbench import suggesting
from backoffice.workbench.operations import shelf_at
from backoffice.workbench.rights import catalogs_folder, require

TooLate = Callable[[str], None]


def install() -> None:
    """Tell the undoing how, and settle suggestions after each save."""
    undoing.undo_noted(history.ACTION, take_back)
    if suggesting.settle not in editing.AFTER:
        editing.AFTER.append(suggesting.settle)


def take_back(entry: AuditEntry, *, actor: Any, too_late: TooLate) -> str:
    """Promise to give the entries of one write the texts back that they had; returns in words what has to stay.

    Raises NotAllowed, or NotApplicable where all of them changed since or the history is gone.
    """
    rows = history.written_at_once(_fact(entry, "begun") or 0)
    if not rows or rows[0].domain not in DOMAINS:
        raise NotApplicable(_l("What it held before is not kept any more."))
    place = Place(rows[0].locale, rows[0].domain)
    require(actor, Can.TRANSLATION_TRANSLATE, place)
    shelf = shelf_at(place)
    edits = [edit for row in rows if (edit := _edit(shelf, row)) is not None]
    if not edits:
        raise NotApplicable(_l("It was changed since, so it stays."))
    request_id = present().request_id

    def keep() -> None:
        reason = _saved(place, edits, actor)
        if reason:
            with unit_of_work():
                undoing.nothing_came_of(request_id[:20])
            too_late(reason)

    after_commit(keep)
    left = len(rows) - len(edits)
    if not left:
        return ""
    return _n("%(num)s text was changed since, so it stays.", "%(num)s texts were changed since, so they stay.", left)


def _edit(shelf: Shelf, row: Revision) -> Edit | None:
    """What gives an entry its text back; None where somebody changed it since."""
    item = shelf.find(row.eid)
    entry = item.entry if item is not None else None
    if entry is None or list(entry.forms) != (row.after or []) or entry.is_fuzzy != row.is_fuzzy:
        return None
    before = tuple(row.before) if row.before is not None else ("",) * len(entry.forms)
    return Edit(row.eid, entry.base, before, fuzzy="fuzzy" in row.before_flags)


def _saved(place: Place, edits: list[Edit], actor: Any) -> str:
    """Write them; returns why nothing was written, if nothing was."""
    try:
        with acting(actor=actor), history.by_way_of(Through.UNDO):
            outcomes = editing.save(catalogs_folder(), place.locale, place.domain, edits, overrides_security=False)
    except DomainError as refusal:
        return str(refusal.message)
    if any(outcome.is_success for outcome in outcomes):
        return ""
    if any(outcome.status == "refused" for outcome in outcomes):
        return _("The text before has errors by now, so this one stays.")
    return _("It was changed since, so it stays.")


def _fact(entry: AuditEntry, name: str) -> Any:
    return (entry.changes.get(name) or (None, None))[1]
