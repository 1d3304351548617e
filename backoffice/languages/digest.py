"""Telling translators of new texts: one mail to each person, with the languages she translates and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from backoffice.accounts import notices
from backoffice.accounts.models import Role, User
from backoffice.catalogs import languages, library
from backoffice.catalogs.library import TRANSLATED, Item
from backoffice.catalogs.places import DOMAINS, Place, locales_in
from backoffice.foundation import clock
from backoffice.foundation.database import db
from backoffice.foundation.i18n import SOURCE_LOCALE
from backoffice.foundation.permissions import Can, is_allowed
from backoffice.languages import arrivals
from backoffice.records import outbox

#: New texts of a language that the mail shows.
MOST_SHOWN = 5
LONGEST_SHOWN = 80


@dataclass(frozen=True)
class News:
    """What is new in one language and waits for somebody to translate it."""

    locale: str
    name: str
    count: int
    first: Sequence[str]


def tell() -> int:
    """Promise a mail to everybody for whom something is new; returns how many. Never commits.

    Nothing is sent where nothing came, where others translated it meanwhile, or to whom does not want to be told.
    """
    new = arrivals.untold()
    if not new:
        return 0
    last = new[-1].id
    waiting = _waiting({(each.domain, each.eid) for each in new})
    now = clock.now()
    for each in new:
        each.told_at = now
    told = 0
    for person in _translators() if waiting else ():
        mine = _for(person, waiting)
        if mine:
            key = f"new texts {person.id} {last}"
            outbox.promise(
                "new_texts",
                notices.address_of(person) or "",
                user=person,
                key=key,
                stop=notices.stop_of(person, notices.Notice.TRANSLATIONS),
                news=mine,
                count=sum(each.count for each in mine),
            )
            told += 1
    return told


def _waiting(new: set[tuple[str, str]]) -> dict[Place, list[Item]]:
    """The items of these texts that nobody has translated, by place, in the order of menus."""
    folder = Path(current_app.config["TRANSLATIONS"])
    begun = set(locales_in(folder)) - {SOURCE_LOCALE}
    found: dict[Place, list[Item]] = {}
    for locale in languages.languages(folder):
        for domain in DOMAINS if locale in begun else ():
            items = library.shelf_of(folder, locale, domain).items
            waits = [item for item in items if (domain, item.eid) in new and item.state != TRANSLATED]
            if waits:
                found[Place(locale, domain)] = waits
    return found


def _translators() -> Iterable[User]:
    """Active people with an address who translate and want to be told."""
    query = select(User).where(User.is_active, User.email.is_not(None)).order_by(User.id)
    for person in db.session.scalars(query.options(selectinload(User.roles).selectinload(Role.grants))).unique():
        if _is_translator(person) and notices.address_of(person, notices.Notice.TRANSLATIONS):
            yield person


def _is_translator(person: User, place: Place | None = None) -> bool:
    return any(is_allowed(person, can, place) for can in (Can.TRANSLATION_TRANSLATE, Can.TRANSLATION_SUGGEST))


def _for(person: User, waiting: dict[Place, list[Item]]) -> list[News]:
    mine: dict[str, list[Item]] = {}
    for place, items in waiting.items():
        if _is_translator(person, place):
            mine.setdefault(place.locale, []).extend(items)
    return [
        News(locale, languages.name_of(locale), len(items), [_short(item) for item in items[:MOST_SHOWN]])
        for locale, items in mine.items()
    ]


def _short(item: Item) -> str:
    text = " ".join(item.source.id.split())
    return text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 1]}…"
