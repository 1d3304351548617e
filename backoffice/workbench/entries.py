"""The entry that is open: its English text, the boxes with what checks say, and everything that stands beside it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from backoffice.catalogs import library
from backoffice.catalogs.checks import Source
from backoffice.catalogs.library import Item, Shelf
from backoffice.catalogs.places import DOMAINS, Place
from backoffice.foundation.i18n import _
from backoffice.workbench import comparing, queries, remarks, showing, sights, suggesting
from backoffice.workbench.clashing import Clash
from backoffice.workbench.comparing import across_of, matches
from backoffice.workbench.glossary import glossary_hits, terms_of
from backoffice.workbench.judging import Judged, judged
from backoffice.workbench.operations import drafts_of, shelf_at
from backoffice.workbench.pieces import Piece
from backoffice.workbench.rights import Rights, catalogs_folder
from backoffice.workbench.sights import Box, Standing, Where

#: What stands beside an entry of its history, of matches, and of its neighbours on either side.
MOST_CHANGES, MOST_MATCHES, AROUND = 3, 6, 2


@dataclass(frozen=True)
class Typed:
    """What somebody typed and the server gives back, with what it says about that."""

    forms: Sequence[str]
    comment: str
    complaints: Sequence[str] = ()
    clash: Clash | None = None
    #: The version to save over; empty for the present one.
    base: str = ""
    was: Sequence[str] | None = None


@dataclass(frozen=True)
class Match:
    """How the same or nearly the same was translated elsewhere."""

    source: str
    forms: Sequence[str]
    percent: int
    use: str


@dataclass(frozen=True)
class Neighbour:
    """An entry that stands near this one in the catalog."""

    text: str
    forms: Sequence[str]
    address: str
    is_here: bool


@dataclass(frozen=True)
class Other:
    """What another language says."""

    name: str
    lang: str
    dir: str
    forms: Sequence[str]


@dataclass
class EntrySight:
    """The entry that is open."""

    eid: str
    address: str
    base: str
    was: Sequence[str]
    source: Source
    singular: Sequence[Piece]
    plural: Sequence[Piece]
    copied: Sequence[str]
    previous: Sequence[tuple[str, str]]
    context: str | None
    notes: Sequence[str]
    places: Sequence[Standing]
    more_places: int
    state_told: str
    status: str
    shape: str
    boxes: Sequence[Box]
    judged: Judged
    comment: str
    shipped: Sequence[str]
    save_label: str
    may_override: bool
    complaints: Sequence[str]
    conflict: Clash | None
    suggestions: Sequence[Any] = ()
    decided: Sequence[Any] = ()
    history: Sequence[Any] = ()
    remarks: Sequence[Any] = ()
    matches: Sequence[Match] = ()
    terms: Sequence[Any] = ()
    others: Sequence[Other] = ()
    nearby: Sequence[Neighbour] = ()
    #: Whether the boxes hold what this person translated and the disk did not take.
    is_draft: bool = False


def judge(shelf: Shelf, item: Item, forms: Sequence[str], *, is_fuzzy: bool = False) -> Judged:
    """What the checks say about these forms, without what somebody called right."""
    place = shelf.place
    told = tuple(forms)
    names = sights.labels_of(shelf, item)
    if not any(told):
        return judged(item.source, told, (), names)
    previous = item.previous[1] if item.previous is not None else None
    terms = terms_of(place.locale)
    source = item.source if told == item.forms else item.source.strict
    found = [*library.judged(shelf, source, told, is_fuzzy=is_fuzzy, previous=previous, terms=terms)]
    if told == item.forms:
        # What it says beside other entries is known of what is saved only.
        found += across_of(catalogs_folder(), place.locale).get(place.domain, {}).get(item.eid, ())
    digest = remarks.digest_of(told)
    dismissed = {code for _eid, code, said in remarks.dismissed_in(place, item.eid) if said == digest}
    return judged(item.source, told, found, names, dismissed)


def lines_of(text: str) -> str:
    """A text from a form with line feeds as its line ends."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def used(shelf: Shelf, item: Item, wanted: str) -> Typed | None:
    """The words of another entry, `messages:0123456789abcdef`, or of a suggestion, `suggestion:12`, for the boxes."""
    kind, _colon, name = wanted.partition(":")
    forms: Sequence[str] | None = None
    if kind == "suggestion":
        open_ones = suggesting.open_ones(shelf.place, item.eid)
        forms = next((each.forms for each in open_ones if str(each.id) == name), None)
    elif kind in DOMAINS:
        other = shelf_at(Place(shelf.place.locale, kind)).find(name)
        forms = other.forms if other is not None else None
    if not forms:
        return None
    count = len(sights.labels_of(shelf, item))
    # Of another number of forms the last stands in for those that are missing.
    whole = [*forms[:count], *(forms[-1] for _missing in range(count - len(forms)))]
    return Typed(whole, "\n".join(item.comments))


def entry_sight(
    shelf: Shelf,
    item: Item,
    *,
    actor: Any,
    may: Rights,
    base: str,
    address: Callable[[str], str],
    waits: bool,
    reader: str,
    link: str,
    typed: Typed | None,
) -> EntrySight:
    """Everything about one entry; with what was `typed`, if the server gives that back."""
    place, own = shelf.place, f"{base}{item.eid}"
    draft = _draft(place, item, actor) if typed is None else None
    typed = typed or draft
    names = sights.labels_of(shelf, item)
    forms = sights.fitted(typed.forms if typed is not None else item.forms, len(names))
    found = judge(shelf, item, forms, is_fuzzy=item.is_fuzzy and typed is None)
    has_error = library.has_error(library.findings_of(shelf, item, terms_of(place.locale)))
    state, status, shape = sights.state_of(item, has_error)
    singular, plural = sights.source_pieces(item)
    standings, more = sights.standings(item, f"{base}?state=all&file=", link)
    changes = showing.changes(place, item, MOST_CHANGES)
    may_decide = may.translate or may.review
    return EntrySight(
        eid=item.eid,
        address=own,
        base=(typed.base if typed is not None else "") or item.base,
        was=typed.was if typed is not None and typed.was is not None else item.forms,
        source=item.source,
        singular=singular,
        plural=plural,
        copied=sights.to_copy(item),
        previous=sights.before(item),
        context=item.source.context,
        notes=item.source.notes,
        places=standings,
        more_places=more,
        state_told=state,
        status=status,
        shape=shape,
        boxes=sights.boxes(shelf, item, forms, found),
        judged=found,
        comment=typed.comment if typed is not None else "\n".join(item.comments),
        shipped=item.shipped if item.shipped is not None and not item.is_shipped else (),
        save_label=_("Save, to be checked") if waits else _("Save and next"),
        may_override=may.manage and found.only_security,
        complaints=typed.complaints if typed is not None else (),
        conflict=typed.clash if typed is not None else None,
        suggestions=showing.proposals(
            suggesting.open_ones(place, item.eid), item, actor=actor, may_decide=may_decide, address=address(item.eid)
        ),
        history=changes,
        remarks=showing.talks(remarks.remarks_on(place, item.eid), actor=actor, may_translate=may.translate),
        matches=[
            Match(showing.named(each.source.id), each.forms, each.percent, _use(address(item.eid), each))
            for each in matches(catalogs_folder(), place, item.source, without=item.eid)[:MOST_MATCHES]
        ],
        terms=glossary_hits(place.locale, item.source),
        others=[_other(each, place, reader) for each in queries.other_languages(place, item.eid)],
        nearby=_around(shelf, item, address),
        is_draft=draft is not None,
    )


def _draft(place: Place, item: Item, actor: Any) -> Typed | None:
    """What this person translated here and the disk did not take, for the boxes."""
    held = drafts_of(place, actor=actor, eid=item.eid)
    if not held:
        return None
    comments = item.comments if held[-1].comments is None else held[-1].comments
    return Typed(held[-1].forms, "\n".join(comments), base=held[-1].base)


def _use(address: str, match: comparing.Match) -> str:
    """The address that opens the entry with the words of another one in its boxes."""
    return f"{address}{'&' if '?' in address else '?'}use={match.place.domain}:{match.eid}"


def _around(shelf: Shelf, item: Item, address: Callable[[str], str]) -> list[Neighbour]:
    """The entries before and after this one, with itself between them."""
    at = shelf.positions[item.eid]
    shown = shelf.items[max(0, at - AROUND) : at + 1 + AROUND]
    return [
        Neighbour(
            showing.named(each.source.id),
            [form for form in each.forms[:1] if form.strip()],
            address(each.eid),
            each.eid == item.eid,
        )
        for each in shown
    ]


def _other(said: queries.Elsewhere, place: Place, reader: str) -> Other:
    where = Where.of(Place(said.locale, place.domain), reader)
    # Of several plural forms the first and the last show enough.
    forms = list(dict.fromkeys((said.forms[0], said.forms[-1])))
    return Other(where.name, where.lang, where.dir, forms)
