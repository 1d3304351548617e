"""Bringing a catalog that somebody edited elsewhere together with ours: three versions, entry by entry."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from backoffice.catalogs import compiling, editing
from backoffice.catalogs.checks import Finding, Rule, Severity, Source
from backoffice.catalogs.editing import Edit
from backoffice.catalogs.po import ABSENT, Entry, PoFile

Kind = Literal["same", "added", "changed", "conflicting", "unknown", "failing"]

#: What may be written; the others have nothing to write, or nowhere.
APPLICABLE: tuple[Kind, ...] = ("added", "changed", "conflicting", "failing")


@dataclass(frozen=True)
class Row:
    """One entry of an uploaded catalog.

    `same`: there is nothing to do. `added`: we have no text. `changed`: only they changed ours. `conflicting`: we have
    another text, and it is not the one they began with, or nobody knows which that was. `unknown`: we do not have the
    entry. `failing`: their text has an error and can only be kept to be checked.
    """

    eid: str
    kind: Kind
    base: Entry | None
    theirs: Entry
    present: Entry | None
    findings: tuple[Finding, ...] = ()
    #: The English side, for an entry that our file lacks but may have.
    source: Source | None = None


def compare(
    base: PoFile | None,
    theirs: PoFile,
    present: PoFile,
    *,
    locale: str = "",
    known: Mapping[str, Source] | None = None,
) -> list[Row]:
    """A row for each entry of theirs, in their order. `base` is the catalog that they were given, where that is known.

    `known` are the texts that our file may have although it does not yet, as overlays do, by eid.
    """
    locale = locale or present.header.get("Language") or theirs.header.get("Language") or "en"
    rule = compiling.rule_of(present, locale)[0]
    return [_row(base, entry, present.find(entry.eid), rule, locale, known or {}) for entry in theirs.entries]


def edits_for(rows: Collection[Row], chosen: Collection[str]) -> list[Edit]:
    """The edits that write the chosen rows, each bound to the version that was compared.

    What fails is to be checked. A translator's comment that they left as it was stays what it is now.
    """
    return [edit for row in rows if row.eid in chosen for edit in _edits(row)]


def _row(
    base: PoFile | None, theirs: Entry, present: Entry | None, rule: Rule, locale: str, known: Mapping[str, Source]
) -> Row:
    eid = theirs.eid
    began = base.find(eid) if base else None
    source = present.source if present else known.get(eid)
    if source is None or (source.plural is None) != (theirs.plural is None):
        return Row(eid, "unknown", began, theirs, present)
    kind = _kind(base is not None, began, theirs, present)
    if kind == "same":
        return Row(eid, kind, began, theirs, present)
    findings = tuple(editing.judged(source.strict, theirs.forms, rule, locale, fuzzy=theirs.is_fuzzy))
    is_failing = not theirs.is_fuzzy and any(each.severity is Severity.ERROR for each in findings)
    return Row(eid, "failing" if is_failing else kind, began, theirs, present, findings, source)


def _kind(has_base: bool, began: Entry | None, theirs: Entry, present: Entry | None) -> Kind:
    if present is not None and _said(theirs) == _said(present):
        return "same"
    if has_base and _said(theirs) == _said(began):
        return "same"
    if not has_base and not any(map(str.strip, theirs.forms)):
        # An empty entry of a file that is not known to come from here is one that nobody translated.
        return "same"
    if present is None or not any(map(str.strip, present.forms)):
        return "added"
    return "changed" if has_base and _said(present) == _said(began) else "conflicting"


Said = tuple[tuple[str, ...], bool, tuple[str, ...]]


def _said(entry: Entry | None) -> Said:
    """What a translator decides about an entry; one that is not there says nothing."""
    if entry is None:
        return (), False, ()
    forms = entry.forms if any(entry.forms) else ()
    return forms, entry.is_fuzzy and bool(forms), entry.comments


def _edits(row: Row) -> Iterator[Edit]:
    if row.kind not in APPLICABLE:
        return
    theirs = row.theirs
    began = row.base.comments if row.base else ()
    yield Edit(
        row.eid,
        row.present.base if row.present else ABSENT,
        theirs.forms,
        fuzzy=theirs.is_fuzzy or row.kind == "failing",
        comments=None if theirs.comments == began else theirs.comments,
        source=None if row.present else row.source,
    )
