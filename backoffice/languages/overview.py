"""How far each language is, for one person within what she may see, and what somebody should mend."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from gettext import GNUTranslations
from io import BytesIO
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from flask import current_app
from sqlalchemy import func, select

from backoffice.catalogs import checks, compiling, library, po, serving
from backoffice.catalogs.checks import Severity
from backoffice.catalogs.languages import Language, language_of, languages
from backoffice.catalogs.layers import Stamp, stamp_of
from backoffice.catalogs.library import Shelf
from backoffice.catalogs.places import Place
from backoffice.catalogs.po import PoFault
from backoffice.foundation import clock
from backoffice.foundation.database import db
from backoffice.foundation.i18n import Text, _, _l, _n
from backoffice.foundation.permissions import ALL, Can, is_allowed, reach_of
from backoffice.languages import arrivals
from backoffice.languages.keeping import has_right_rule, may_publish
from backoffice.workbench.glossary import terms_of
from backoffice.workbench.models import Draft, Suggestion, SuggestionState
from backoffice.workbench.numbers import FormLabel, labels
from backoffice.workbench.operations import shelf_at
from backoffice.workbench.rights import catalogs_folder, places_for
from backoffice.workbench.statistics import Statistics, statistics_of, together

#: What catalogs are called for people.
DOMAIN_TITLES: dict[str, Text] = {
    "messages": _l("Back office and site"),
    "admin": _l("Lists and forms"),
    "wtforms": _l("Form errors"),
}
#: Strings that the page lists of those that fail or are new.
MOST_LISTED = 20


@dataclass(frozen=True)
class Cell:
    """One catalog."""

    place: Place
    shelf: Shelf = field(repr=False)
    figures: Statistics

    @property
    def fault(self) -> str:
        """Why its file cannot be read; empty where it can."""
        return str(self.shelf.fault) if self.shelf.fault is not None else ""

    @property
    def share(self) -> float:
        """How much is translated, from 0 to 1; 1 only when nothing is left."""
        return self.figures.percent / 100

    @cached_property
    def unserved(self) -> int:
        """How many strings read otherwise on pages, because the catalog was not compiled since."""
        return _unserved(self.shelf.path, stamp_of(self.shelf.path), stamp_of(self.shelf.path.with_suffix(".mo")))


@dataclass(frozen=True)
class Row:
    """One language with the catalogs that the person may see."""

    language: Language
    cells: Sequence[Cell]

    @property
    def locale(self) -> str:
        """Its code."""
        return self.language.locale

    @property
    def by_domain(self) -> Mapping[str, Cell]:
        """The catalogs by domain."""
        return {cell.place.domain: cell for cell in self.cells}

    @cached_property
    def figures(self) -> Statistics:
        """All its catalogs as one."""
        return together((cell.figures for cell in self.cells), Place(self.language.locale))

    @property
    def share(self) -> float:
        """How much is translated, from 0 to 1; 1 only when nothing is left."""
        return self.figures.percent / 100


@dataclass(frozen=True)
class Problem:
    """Something to mend: `kind` is `torn`, `rule`, `unserved` or `fault`."""

    kind: str
    tone: str
    place: Place
    text: str
    detail: str = ""
    #: Which strings of the catalog to look at.
    state: str = ""
    may_mend: bool = False


@dataclass(frozen=True)
class Named:
    """An English text, and the languages that it is named for."""

    text: str
    locales: Sequence[str]


@dataclass(frozen=True)
class Facts:
    """What the overview says beside the matrix."""

    left: int
    fuzzy: int
    failing: int
    is_read_only: bool
    drafts: int
    problems: Sequence[Problem]
    new: Sequence[Named]
    failing_in_several: Sequence[Named]


def rows_for(actor: Any) -> list[Row]:
    """Each language of which the person may see anything, in the order of menus."""
    found: dict[str, list[Cell]] = {}
    for cell in _cells(places_for(actor)):
        found.setdefault(cell.place.locale, []).append(cell)
    folder = catalogs_folder()
    return [Row(language_of(locale, folder), cells) for locale, cells in found.items()]


def brief_for(actor: Any) -> list[Row]:
    """The languages of the person for the first page; of whoever sees all, those that people may choose."""
    is_local = reach_of(actor, Can.TRANSLATION_VIEW) != ALL
    return [row for row in rows_for(actor) if is_local or row.language.is_offered]


def row_for(actor: Any, locale: str) -> Row:
    """One language with the catalogs that the person may see, perhaps none."""
    cells = _cells([place for place in places_for(actor) if place.locale == locale])
    return Row(language_of(locale, catalogs_folder()), cells)


def facts_of(rows: Sequence[Row], *, actor: Any) -> Facts:
    """What stands beside the matrix of these languages."""
    cells = [cell for row in rows for cell in row.cells]
    return Facts(
        left=sum(row.figures.untranslated.strings for row in rows),
        fuzzy=sum(row.figures.fuzzy.strings for row in rows),
        failing=sum(row.figures.failing.strings for row in rows),
        is_read_only=is_read_only(cells),
        drafts=_drafts(cells),
        problems=list(_problems(rows, actor)),
        new=_new(cells),
        failing_in_several=_failing_in_several(cells),
    )


def waiting_for(actor: Any) -> int:
    """How many strings wait for the person: left and to check where she translates, suggestions where she decides.

    Whoever translates all languages is told of those that people may choose.
    """
    known = languages(catalogs_folder())
    is_local = reach_of(actor, Can.TRANSLATION_TRANSLATE) != ALL
    places = [
        place for place in places_for(actor, Can.TRANSLATION_TRANSLATE) if is_local or known[place.locale].is_offered
    ]
    return sum(_todo(shelf_at(place)) for place in places) + _suggested(places)


_todos: WeakKeyDictionary[Shelf, int] = WeakKeyDictionary()


def _todo(shelf: Shelf) -> int:
    """Strings left or to check, counted once for each version of the files, for the sidebar of every page asks."""
    if shelf not in _todos:
        _todos[shelf] = sum(item.state != library.TRANSLATED for item in shelf.items)
    return _todos[shelf]


def _suggested(places: Sequence[Place]) -> int:
    query = select(Suggestion.locale, Suggestion.domain, func.count()).where(Suggestion.state == SuggestionState.OPEN)
    grouped = query.group_by(Suggestion.locale, Suggestion.domain)
    return sum(count for locale, domain, count in db.session.execute(grouped) if Place(locale, domain) in places)


def plurals_of(locale: str) -> tuple[str, tuple[FormLabel, ...]]:
    """The rule for plural forms that a language has, and what each form is for."""
    count, expression = checks.usual_rule(locale)
    return f"nplurals={count}; plural={expression};", labels(expression, count, locale)


def is_read_only(cells: Sequence[Cell]) -> bool:
    """Whether any of these catalogs cannot be written by this process."""
    return any(not os.access(cell.shelf.path.parent, os.W_OK) for cell in cells if cell.shelf.path.parent.is_dir())


def _cells(places: Sequence[Place]) -> list[Cell]:
    return [Cell(each.place, shelf_at(each.place), each) for each in statistics_of(places)]


def _drafts(cells: Sequence[Cell]) -> int:
    mine = {(cell.place.locale, cell.place.domain) for cell in cells}
    query = select(Draft.locale, Draft.domain, func.count()).group_by(Draft.locale, Draft.domain)
    return sum(count for locale, domain, count in db.session.execute(query) if (locale, domain) in mine)


def _problems(rows: Sequence[Row], actor: Any) -> Iterator[Problem]:
    for row in rows:
        for cell in row.cells:
            yield from _problems_of(row.language, cell, actor)
    seen = {row.language.locale: row for row in rows}
    for locale, count in serving.left_out(current_app).items():
        if count and locale in seen:
            row = seen[locale]
            text = _n("%(num)s string is shown in English because of a fault.",
                      "%(num)s strings are shown in English because of a fault.", count)  # fmt: skip
            # What the list of one catalog names is called there; the rest is known to the log of the server.
            place = next((cell.place for cell in row.cells if cell.figures.failing.strings), row.cells[0].place)
            yield Problem("fault", "bad", place, f"{row.language.name}: {text}", state="failing")


def _problems_of(language: Language, cell: Cell, actor: Any) -> Iterator[Problem]:
    place, shelf = cell.place, cell.shelf
    name = f"{language.name}, {DOMAIN_TITLES[place.domain]}"
    if shelf.fault is not None:
        yield Problem("torn", "bad", place, _("%(catalog)s cannot be read.", catalog=name), cell.fault)
        return
    if shelf.file is None:
        return
    if not has_right_rule(shelf.file, place.locale):
        text = _("%(catalog)s has another rule for plural forms than the language.", catalog=name)
        may_mend = is_allowed(actor, Can.TRANSLATION_MANAGE, place)
        yield Problem("rule", "warn", place, text, shelf.file.header.get("Plural-Forms", ""), may_mend=may_mend)
    if cell.unserved:
        may_mend = may_publish(actor, place)
        text = _n("%(catalog)s: %(num)s change is not published.", "%(catalog)s: %(num)s changes are not published.",
                  cell.unserved, catalog=name)  # fmt: skip
        if language.is_manual:
            yield Problem("unserved", "info", place, text, may_mend=may_mend)


def _new(cells: Sequence[Cell]) -> list[Named]:
    """The strings of this week that wait in some language."""
    new = arrivals.since(clock.now() - arrivals.NEW_FOR)
    if not new:
        return []
    found: dict[tuple[str, str], tuple[str, list[str]]] = {}
    for cell in cells:
        for item in cell.shelf.items:
            key = (cell.place.domain, item.eid)
            if key in new and item.state != library.TRANSLATED:
                found.setdefault(key, (item.source.id, []))[1].append(cell.place.locale)
    return [Named(text, locales) for text, locales in found.values()]


def _failing_in_several(cells: Sequence[Cell]) -> list[Named]:
    """Strings with an error in two languages or more, those of most languages first."""
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    texts: dict[tuple[str, str], str] = {}
    for cell in cells:
        for eid, findings in cell.shelf.findings(terms_of(cell.place.locale)).items():
            if any(each.severity is Severity.ERROR for each in findings):
                key = (cell.place.domain, eid)
                found[key].append(cell.place.locale)
                texts[key] = cell.shelf.by_eid[eid].source.id
    several = [Named(texts[key], locales) for key, locales in found.items() if len(locales) > 1]
    return sorted(several, key=lambda each: -len(each.locales))[:MOST_LISTED]


@lru_cache(maxsize=128)
def _unserved(path: Path, _written: Stamp | None, made: Stamp | None) -> int:
    """How many entries of a .mo are not what the .po says now; none where there is no .mo, for then the .po is read."""
    if made is None:
        return 0
    locale = path.parts[-3]
    try:
        served = _texts(path.with_suffix(".mo").read_bytes())
        present = _texts(compiling.compiled(po.parse(path.read_bytes()), locale)[0])
    except (OSError, PoFault, ValueError, LookupError):
        return 0
    return len({key[0] if isinstance(key, tuple) else key for key, _text in served.items() ^ present.items()} - {""})


def _texts(content: bytes) -> dict[Any, str]:
    found: dict[Any, str] = GNUTranslations(BytesIO(content))._catalog  # type: ignore[attr-defined]  # not in stubs
    return found
