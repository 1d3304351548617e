"""Bringing a catalog back that somebody edited elsewhere: first a report row by row, then the rows that were chosen."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

from backoffice.catalogs import editing, history, merging, po, upkeep
from backoffice.catalogs.checks import Facts
from backoffice.catalogs.editing import Outcome
from backoffice.catalogs.history import Through
from backoffice.catalogs.languages import language_of
from backoffice.catalogs.locking import ReadOnly
from backoffice.catalogs.merging import APPLICABLE, Kind, Row
from backoffice.catalogs.places import Place
from backoffice.catalogs.po import PoFile
from backoffice.foundation.acting import acting
from backoffice.foundation.errors import NotAllowed, NotApplicable, StaleRecord, TooLarge
from backoffice.foundation.i18n import _l, known_locale
from backoffice.foundation.permissions import Can, is_allowed
from backoffice.languages.exchange import keep, kept
from backoffice.languages.patches import BASE_HEADER, digest_of
from backoffice.workbench.glossary import terms_of
from backoffice.workbench.operations import keep_draft, shelf_at
from backoffice.workbench.rights import catalogs_folder

#: The largest file that is read, in bytes.
MOST_BYTES = 8 * 1024 * 1024
#: Rows of one kind that have a box of their own.
MOST_SHOWN = 300
#: Kinds in the order of the report; those that are chosen unless somebody says otherwise.
KINDS: tuple[Kind, ...] = ("conflicting", "failing", "changed", "added", "unknown", "same")
CHOSEN: tuple[Kind, ...] = ("changed", "added")


@dataclass(frozen=True)
class Report:
    """What an uploaded catalog would change. `digest` names the file, `stamp` what it was compared with."""

    place: Place
    digest: str
    stamp: str
    rows: Sequence[Row]
    #: Whether the version is known that the file was made from; without it every difference is a conflict.
    has_base: bool
    #: The language that the file says it is in, where that is another one.
    other_language: str

    def of_kind(self, kind: Kind) -> list[Row]:
        """The rows of one kind, in the order of the file."""
        return [row for row in self.rows if row.kind == kind]


def received(content: bytes, place: Place, *, actor: Any) -> str:
    """Keep an uploaded file until somebody decides about its rows; returns what names it. Never commits.

    Raises PoFault, with the line, for what cannot be read, TooLarge, or NotAllowed.
    """
    _may(actor, place)
    if len(content) > MOST_BYTES:
        raise TooLarge(_l("A catalog has at most %(num)s megabytes.", num=MOST_BYTES // 2**20))
    po.parse(content)
    return keep(content, place, actor=actor)


def report(place: Place, digest: str, *, actor: Any) -> Report:
    """What the kept file of this name would change now. Raises NotApplicable if it is not kept any more."""
    _may(actor, place)
    content = kept(digest, place)
    if content is None:
        raise NotApplicable(_l("This file is not kept any more. Upload it once more."))
    theirs, present = po.parse(content), _present(place)
    named = theirs.header.get(BASE_HEADER, "")
    base = kept(named, place) if named else None
    shelf = shelf_at(place)
    known = {item.eid: item.source for item in shelf.items if item.entry is None}
    rows = merging.compare(po.parse(base) if base else None, theirs, present, locale=place.locale, known=known)
    return Report(place, digest, digest_of(present.content), rows, base is not None, _other_language(theirs, place))


def carry_out(told: Report, stamp: str, chosen: Collection[str], *, actor: Any) -> list[Outcome]:
    """Write the chosen rows in one go; one outcome for each. Commits.

    Where the language is reviewed and the person is no reviewer they are saved to be checked. Raises StaleRecord if the
    catalog is another one than in the report, ReadOnly once the rows are kept as drafts, NotAllowed, Busy, PoFault.
    """
    _may(actor, told.place)
    if stamp != told.stamp:
        raise StaleRecord(_l("Somebody changed some of these texts meanwhile. Look at the preview once more."))
    place, folder = told.place, catalogs_folder()
    edits = merging.edits_for([row for row in told.rows if row.kind in APPLICABLE], chosen)
    if language_of(place.locale, folder).needs_review and not is_allowed(actor, Can.TRANSLATION_REVIEW, place):
        edits = [replace(edit, fuzzy=True) if any(edit.forms) else edit for edit in edits]
    facts = Facts(terms=terms_of(place.locale))
    try:
        with acting(actor=actor), history.by_way_of(Through.UPLOAD):
            return editing.save(folder, place.locale, place.domain, edits, facts=facts)
    except ReadOnly:
        sources = {row.eid: row.theirs.source for row in told.rows}
        for edit in edits:
            keep_draft(place, edit, sources[edit.eid], actor=actor)
        raise


def chosen_of(told: Report, ticked: Collection[str], rest: Collection[str]) -> set[str]:
    """The rows that were ticked, and all beyond those shown of the kinds in `rest`."""
    found = {row.eid for row in told.rows if row.eid in set(ticked)}
    for kind in APPLICABLE:
        if kind in rest:
            found |= {row.eid for row in told.of_kind(kind)[MOST_SHOWN:]}
    return found


def _present(place: Place) -> PoFile:
    shelf = shelf_at(place)
    if shelf.fault is not None:
        raise shelf.fault
    return shelf.file if shelf.file is not None else po.parse(upkeep.begun(place.locale, place.domain))


def _other_language(theirs: PoFile, place: Place) -> str:
    told = theirs.header.get("Language", "").strip()
    return told if told and known_locale(told, [place.locale]) != place.locale else ""


def _may(actor: Any, place: Place) -> None:
    if not is_allowed(actor, Can.TRANSLATION_TRANSLATE, place):
        raise NotAllowed(permission=Can.TRANSLATION_TRANSLATE.value)
