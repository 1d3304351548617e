"""Beginning a language: those Babel knows, found by their own name, by that in the reader's language, or by code."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from babel.localedata import locale_identifiers
from flask import current_app

from babel import Locale
from backoffice.catalogs import checks, languages, reading, recording, upkeep
from backoffice.catalogs.places import TEMPLATE, Place, is_locale, locales_in
from backoffice.catalogs.reading import UnreadableCatalog
from backoffice.foundation.errors import InvalidInput, NotAllowed, NotApplicable
from backoffice.foundation.i18n import LOCALES, _l
from backoffice.foundation.permissions import Can, is_allowed
from backoffice.foundation.text import clean_line
from backoffice.workbench.numbers import FormLabel, labels

#: Languages that one page shows.
MOST_FOUND = 60
LONGEST_QUERY = 60


@dataclass(frozen=True)
class Candidate:
    """A language that can be begun: its names, its direction, and what each of its plural forms is for."""

    locale: str
    own: str
    said: str
    direction: str
    rule: str
    forms: tuple[FormLabel, ...]


def candidates(query: str, begun: Collection[str], reader: str) -> tuple[list[Candidate], int]:
    """The first languages that fit what is typed, by their names for the reader, and how many fit in all.

    Without a query these are languages as such; with one also those of a country (`pt_BR`) or a script (`sr_Latn`).
    """
    wanted = _plain(clean_line(query)[:LONGEST_QUERY])
    found = []
    for locale in _known():
        if locale in begun or (not wanted and "_" in locale):
            continue
        own, said = _own_name(locale), _said_name(locale, reader)
        names = (_plain(own), _plain(said), _plain(locale).replace("_", "-"))
        rank = _rank(wanted.replace("_", "-"), names)
        if rank is not None:
            found.append((rank, "_" in locale, _plain(said), locale))
    found.sort()
    return [_candidate(locale, reader) for *_rank, locale in found[:MOST_FOUND]], len(found)


def begin(locale: str, *, actor: Any) -> list[Path]:
    """Make the catalogs of a language, which nobody may choose yet; returns the files made. Commits, file by file.

    Raises NotAllowed, InvalidInput for what is no language, NotApplicable where it is begun already.
    """
    if not is_allowed(actor, Can.TRANSLATION_MANAGE, Place(locale)):
        raise NotAllowed(permission=Can.TRANSLATION_MANAGE.value)
    if not is_locale(locale):
        raise InvalidInput(_l("Choose one of the languages in the list."), field="locale")
    folder = Path(current_app.config["TRANSLATIONS"])
    if locale in LOCALES or locale in locales_in(folder):
        raise NotApplicable(_l("%(name)s is here already.", name=languages.name_of(locale)))
    try:
        template, _problems = reading.read_po(TEMPLATE)
    except UnreadableCatalog as fault:
        raise NotApplicable(_l("There is no list of texts to begin from (%(why)s).", why=str(fault))) from fault
    return upkeep.begin(folder, locale, template, recording.write_recorded)


@lru_cache(maxsize=1)
def _known() -> tuple[str, ...]:
    # What Babel has no own name of, nobody could choose in a menu.
    return tuple(
        sorted(code for code in locale_identifiers() if code != "root" and is_locale(code) and _has_name(code))
    )


def _has_name(locale: str) -> bool:
    return bool(Locale.parse(locale).display_name)


@lru_cache(maxsize=2048)
def _own_name(locale: str) -> str:
    return languages.name_of(locale)


@lru_cache(maxsize=8192)
def _said_name(locale: str, reader: str) -> str:
    parsed = Locale.parse(locale)
    return parsed.get_display_name(reader) or parsed.english_name or locale


def _candidate(locale: str, reader: str) -> Candidate:
    count, expression = checks.usual_rule(locale)
    return Candidate(
        locale,
        _own_name(locale),
        _said_name(locale, reader),
        str(Locale.parse(locale).text_direction),
        f"nplurals={count}; plural={expression};",
        labels(expression, count, locale),
    )


def _rank(wanted: str, names: tuple[str, str, str]) -> int | None:
    """0 for the name itself, 1 where a name begins so, 2 where it stands within; None where it does not."""
    if not wanted or wanted in names:
        return 0
    if any(name.startswith(wanted) for name in names):
        return 1
    return 2 if any(wanted in name for name in names[:2]) else None


def _plain(text: str) -> str:
    """Without case and accents, so that `francais` finds Français."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in apart if not unicodedata.combining(letter))
