"""Who may do what with which catalog: asked by pages, buttons and operations alike."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import current_app

from backoffice.catalogs.languages import languages
from backoffice.catalogs.places import DOMAINS, Place, is_locale, locales_in
from backoffice.foundation.errors import NotAllowed, NotFound
from backoffice.foundation.i18n import SOURCE_LOCALE, _l
from backoffice.foundation.permissions import ALL, OWN, Can, is_allowed, reach_of


@dataclass(frozen=True)
class Rights:
    """What a person may do in one place."""

    view: bool
    suggest: bool
    translate: bool
    review: bool
    manage: bool


def catalogs_folder() -> Path:
    """Where the catalogs of this installation lie."""
    return Path(current_app.config["TRANSLATIONS"])


def place_of(locale: str, domain: str) -> Place:
    """The catalog that an address means. Raises NotFound for what is no begun language or no domain."""
    # Compared with what is there, so that nothing from an address ever becomes a path.
    if domain not in DOMAINS or not is_locale(locale) or locale not in locales_in(catalogs_folder()):
        raise NotFound(_l("There is no such catalog."))
    return Place(locale, domain)


def rights_of(actor: Any, place: Place) -> Rights:
    """What the actor may do there."""
    may = {can: is_allowed(actor, can, place) for can in _TRANSLATING}
    return Rights(
        view=may[Can.TRANSLATION_VIEW],
        suggest=may[Can.TRANSLATION_SUGGEST] or may[Can.TRANSLATION_TRANSLATE],
        translate=may[Can.TRANSLATION_TRANSLATE],
        review=may[Can.TRANSLATION_REVIEW],
        manage=may[Can.TRANSLATION_MANAGE],
    )


def require(actor: Any, can: Can, place: Place) -> None:
    """Raise NotAllowed unless the actor's grant reaches the place."""
    if not is_allowed(actor, can, place):
        raise NotAllowed(permission=can.value)


def places_for(actor: Any, can: Can = Can.TRANSLATION_VIEW) -> list[Place]:
    """Every catalog of a begun language that the actor's grant reaches, in the order of menus."""
    if reach_of(actor, can) in (None, OWN):
        return []
    folder = catalogs_folder()
    begun = set(locales_in(folder))
    places = [
        Place(locale, domain)
        for locale in languages(folder)
        if locale != SOURCE_LOCALE and locale in begun
        for domain in DOMAINS
    ]
    return [place for place in places if reach_of(actor, can) == ALL or is_allowed(actor, can, place)]


_TRANSLATING = (
    Can.TRANSLATION_VIEW,
    Can.TRANSLATION_SUGGEST,
    Can.TRANSLATION_TRANSLATE,
    Can.TRANSLATION_REVIEW,
    Can.TRANSLATION_MANAGE,
)
