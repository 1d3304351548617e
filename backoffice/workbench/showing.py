"""What stands beside an entry, in words: its history, suggestions, remarks, and how the same was said elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from backoffice.accounts.models import User
from backoffice.catalogs import history
from backoffice.catalogs.history import Revision, Through
from backoffice.catalogs.library import Item
from backoffice.catalogs.places import Place
from backoffice.foundation.database import db
from backoffice.foundation.i18n import _
from backoffice.foundation.text import shortened
from backoffice.workbench.differences import Parts, words_changed
from backoffice.workbench.models import Remark, Suggestion, SuggestionState

#: Characters of an English text that is named in passing.
LONGEST_NAMED = 120


@dataclass(frozen=True)
class Change:
    """One change of an entry; `told` has the texts with what changed, form by form."""

    who: str
    at: datetime | None
    told: Sequence[Parts]
    way: str = ""
    is_fuzzy: bool = False
    #: The number of the revision that can be gone back to; None for what was changed by other means.
    id: int | None = None
    is_present: bool = False


@dataclass(frozen=True)
class Proposal:
    """A suggestion, compared with what is there now."""

    id: int
    who: str
    at: datetime
    told: Sequence[Parts]
    forms: Sequence[str]
    note: str
    state: SuggestionState
    reason: str
    is_mine: bool
    may_reject: bool
    use: str


@dataclass(frozen=True)
class Talk:
    """A remark."""

    id: int
    who: str
    at: datetime
    text: str
    is_for_all: bool
    is_resolved: bool
    may_resolve: bool


def changes(place: Place, item: Item, most: int | None = None) -> list[Change]:
    """The changes of an entry, newest first, with what was changed by other means than ours at their top."""
    rows = history.of_entry(place.locale, place.domain, item.eid, *(() if most is None else (most,)))
    names = _names(each.by_id for each in rows)
    ours = item.entry.forms if item.entry is not None else None
    found: list[Change] = []
    is_present = True
    if rows and not _is(rows[0], item):
        told = _told(rows[0].after or (), ours or ())
        found.append(Change(_("Changed outside"), None, told, is_fuzzy=item.is_fuzzy, is_present=True))
        is_present = False
    for index, row in enumerate(rows):
        way = str(row.through.label) if row.through is not Through.WORKBENCH else ""
        who = names.get(row.by_id or 0) or row.by_name or _("somebody")
        told = _told(row.before or (), row.after or ())
        found.append(Change(who, row.at, told, way, row.is_fuzzy, row.id, is_present and index == 0))
    return found


def last_change(place: Place, eid: str) -> Revision | None:
    """The newest change of an entry that went through us."""
    rows = history.of_entry(place.locale, place.domain, eid, 1)
    return rows[0] if rows else None


def changed_by(row: Revision | None, forms: Sequence[str]) -> tuple[str | None, datetime | None]:
    """Who made an entry what it is, and when; nothing where it was changed by other means since."""
    if row is None or tuple(row.after or ()) != tuple(forms):
        return None, None
    return _names([row.by_id]).get(row.by_id or 0) or row.by_name or None, row.at


def proposals(rows: Sequence[Suggestion], item: Item, *, actor: Any, may_decide: bool, address: str) -> list[Proposal]:
    """Suggestions in words."""
    names = _names(each.author_id for each in rows)
    return [
        Proposal(
            row.id,
            names.get(row.author_id or 0) or _("somebody"),
            row.at,
            _told(item.forms, row.forms),
            row.forms,
            row.note,
            row.state,
            row.reason,
            is_mine := row.author_id is not None and row.author_id == actor.id,
            may_decide or is_mine,
            f"{address}{'&' if '?' in address else '?'}use=suggestion:{row.id}",
        )
        for row in rows
    ]


def talks(rows: Sequence[Remark], *, actor: Any, may_translate: bool) -> list[Talk]:
    """Remarks in words."""
    names = _names(each.by_id for each in rows)
    return [
        Talk(
            row.id,
            names.get(row.by_id or 0) or _("somebody"),
            row.at,
            row.text,
            row.locale is None,
            row.resolved_at is not None,
            may_translate or (row.by_id is not None and row.by_id == actor.id),
        )
        for row in rows
    ]


def named(text: str) -> str:
    """The beginning of an English text, on one line."""
    return shortened(text, LONGEST_NAMED) or text


def people_of(place: Place) -> list[tuple[str, str]]:
    """Number and name of everybody who has changed a text of a catalog here, by name."""
    query = select(Revision.by_id).where(Revision.locale == place.locale, Revision.domain == place.domain).distinct()
    names = _names(db.session.scalars(query))
    return sorted(((str(id), name) for id, name in names.items()), key=lambda each: each[1].casefold())


def _names(ids: Iterable[int | None]) -> Mapping[int, str]:
    wanted = {id for id in ids if id is not None}
    if not wanted:
        return {}
    return {user.id: user.title_text for user in db.session.scalars(select(User).where(User.id.in_(wanted)))}


def _is(row: Revision, item: Item) -> bool:
    """Whether the file says still what this change left there."""
    if item.entry is None:
        return row.after is None
    return tuple(row.after or ()) == item.entry.forms and row.is_fuzzy == item.is_fuzzy


def _told(before: Sequence[str], after: Sequence[str]) -> list[Parts]:
    """What changed, form by form; forms that stayed the same are told as they are."""
    count = max(len(before), len(after))
    pairs = [(_at(before, index), _at(after, index)) for index in range(count)]
    changed = [pair for pair in pairs if pair[0] != pair[1]] or pairs[:1]
    return [words_changed(old, new) for old, new in changed]


def _at(forms: Sequence[str], index: int) -> str:
    return forms[index] if index < len(forms) else ""
