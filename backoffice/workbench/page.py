"""The page of one catalog put together: the list, the entry that is open, and what stands beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from backoffice.catalogs.checks import REGISTRY, Check, Severity
from backoffice.catalogs.languages import language_of
from backoffice.catalogs.library import Item, Shelf
from backoffice.catalogs.places import Place
from backoffice.foundation.i18n import _, _n
from backoffice.workbench import attending, listing, queries, showing
from backoffice.workbench.asking import Asked
from backoffice.workbench.listing import Row, Tab
from backoffice.workbench.operations import drafts_of
from backoffice.workbench.queries import Look
from backoffice.workbench.rights import Rights, catalogs_folder, places_for, rights_of
from backoffice.workbench.sights import Where


@dataclass(frozen=True)
class Link:
    """An address with its name."""

    name: str
    address: str
    is_here: bool = False


@dataclass(frozen=True)
class Notice:
    """A sentence above the list about the catalog as a whole."""

    text: str
    tone: str


@dataclass(frozen=True)
class Pill:
    """A filter that is on, and the address without it."""

    label: str
    value: str
    address: str


@dataclass
class Listing:
    """The list with its tabs and filters."""

    tabs: Sequence[Tab]
    rows: Sequence[Row]
    total: int
    kept: Mapping[str, str]
    pills: Sequence[Pill]
    asked: Asked
    files: Sequence[str]
    people: Sequence[tuple[str, str]]
    told: str
    newer: str
    older: str
    clear: str
    empty: str
    is_narrowed: bool
    checks: Sequence[Check]


@dataclass
class Desk:
    """One catalog as one person looks at it: what she asked for and what she may do. `base` is its address."""

    place: Place
    actor: Any
    reader: str
    base: str
    overview: str
    asked: Asked
    #: A pattern for the addresses of code on the web, with `{path}` and `{line}`; empty where there is none.
    link: str = ""
    #: The entry that the address names.
    opened: str = ""

    @cached_property
    def where(self) -> Where:
        """The catalog in words."""
        return Where.of(self.place, self.reader)

    @cached_property
    def may(self) -> Rights:
        """What the person may do there."""
        return rights_of(self.actor, self.place)

    @cached_property
    def look(self) -> Look:
        """The catalog as it is now."""
        return queries.look_at(self.place)

    @property
    def shelf(self) -> Shelf:
        """All its texts."""
        return self.look.shelf

    @cached_property
    def counts(self) -> Mapping[str, int]:
        """How many entries are in each state."""
        return queries.counts(self.look)

    @cached_property
    def asked_for(self) -> Asked:
        """What was asked for; without a state that of the entry, or the first in which work is left."""
        if self.asked.state:
            return self.asked
        item = self.shelf.find(self.opened) if self.opened else None
        if self.asked.is_narrowed:
            state = "all"
        elif item is not None:
            state = "failing" if self.look.is_failing(item) else item.state
            state = state if state in listing.WORK else "all"
        else:
            state = next((each for each in listing.WORK if self.counts[each]), "all")
        return replace(self.asked, state=state)

    @cached_property
    def found(self) -> Sequence[Item]:
        """The entries that were asked for, in the order of the catalog."""
        return queries.filtered(self.look, self.asked_for.wanted(self.actor))

    @cached_property
    def taken(self) -> Mapping[str, str]:
        """The entries that others have open."""
        return attending.open_in(self.place, actor=self.actor)

    @property
    def needs_review(self) -> bool:
        """Whether what the person saves waits for a reviewer."""
        return not self.may.review and language_of(self.place.locale, catalogs_folder()).needs_review

    def address(self, eid: str = "", **changes: str) -> str:
        """The address of an entry, or of the list, with what was asked for and some of it changed."""
        args = self.asked_for.args(**changes)
        return f"{self.base}{eid}" + (f"?{urlencode(args)}" if args else "")

    def next_of(self, eid: str, by: int = 1) -> str | None:
        """The entry to go on with after this one."""
        wraps = by > 0 and self.asked_for.state in listing.WORK
        return listing.neighbour(self.shelf, self.found, eid, self.taken, by=by, wraps=wraps)

    def title(self, words: Callable[[Any], str]) -> str:
        """What is left."""
        return listing.entitled(self.where.name, self.counts, words)

    def notices(self) -> list[Notice]:
        """What whoever works on this catalog has to know first."""
        told: list[Notice] = []
        if self.shelf.fault is not None:
            told.append(Notice(_("The file has to be mended first: %(fault)s", fault=self.shelf.fault), "bad"))
        if self.shelf.file is not None:
            errors = [each for each in self.shelf.file_findings if each.severity is Severity.ERROR]
            told += [Notice(str(each.text), "warn") for each in errors[:2]]
        if count := len(drafts_of(self.place, actor=self.actor)):
            sentence = _n(
                "%(num)s of your translations waits as the disk takes nothing now.",
                "%(num)s of your translations wait as the disk takes nothing now.",
                count,
            )
            told.append(Notice(sentence, "warn"))
        if self.may.translate and self.needs_review:
            told.append(Notice(_("A reviewer looks at what you save before it goes live."), "info"))
        return told

    def elsewhere(self, eid: str | None) -> str:
        """Who works in how many other entries."""
        names = [who for each, who in self.taken.items() if each != eid]
        if not names:
            return ""
        first = names[0]
        if len(set(names)) > 1:
            return _n("%(num)s person is in other strings", "%(num)s people are in other strings", len(set(names)))
        return _n("%(name)s is in %(num)s other string", "%(name)s is in %(num)s other strings", len(names), name=first)

    def domains(self) -> list[Link]:
        """The other catalogs of the language, and this one."""
        root = self.base.rsplit("/", 3)[0]
        return [
            Link(place.domain, f"{root}/{place.locale}/{place.domain}/", place.domain == self.place.domain)
            for place in places_for(self.actor)
            if place.locale == self.place.locale
        ]

    def languages(self) -> list[Link]:
        """The same catalog in other languages that the person may see."""
        root = self.base.rsplit("/", 3)[0]
        return [
            Link(Where.of(place, self.reader).name, f"{root}/{place.locale}/{place.domain}/")
            for place in places_for(self.actor)
            if place.domain == self.place.domain and place.locale != self.place.locale
        ]

    # The list.

    def listing(self, eid: str | None, number: int) -> Listing:
        """The list on the page that has the entry, or on the one asked for."""
        page = listing.page_of(self.found, eid, number)
        last = listing.page_of(self.found, None, len(self.found) + 1)
        asked = self.asked_for
        people = showing.people_of(self.place)
        return Listing(
            tabs=[
                Tab(
                    state,
                    str(label),
                    self.counts.get(state, 0),
                    f"{self.base}?state={state}",
                    asked.state == state,
                )
                for state, label in listing.TABS.items()
                if state != "warnings" or self.counts.get(state) or asked.state == state
            ],
            rows=listing.rows(
                self.shelf,
                self.found,
                page,
                eid=eid,
                taken=self.taken,
                judged=self.look.findings,
                suggested=self.look.suggestions,
                address=self.address,
            ),
            total=len(self.found),
            kept=asked.args(),
            pills=self._pills(dict(people)),
            asked=asked,
            files=listing.files_of(self.shelf),
            people=people,
            told=listing.told_page(page, len(self.found)),
            newer=self.address(page=str(page - 1)) if page > 1 else "",
            older=self.address(page=str(page + 1)) if page < last else "",
            clear=f"{self.base}?state={asked.state}",
            empty=str(listing.EMPTY[asked.state]),
            is_narrowed=asked.is_narrowed,
            checks=[check for check in REGISTRY.values() if check.severity is not Severity.SOURCE],
        )

    def _pills(self, people: Mapping[str, str]) -> list[Pill]:
        asked = self.asked_for
        check = REGISTRY.get(asked.check)
        given = (
            ("q", _("Search"), asked.q),
            ("check", _("Check"), str(check.title) if check else ""),
            ("file", _("File"), asked.file),
            ("since", _("Changed since"), asked.since),
            ("by", _("Changed by"), people.get(asked.by, asked.by)),
            ("mine", _("Changed by"), str(self.actor.title_text) if asked.mine else ""),
        )
        return [Pill(label, value, self.address(**{name: ""})) for name, label, value in given if value]
