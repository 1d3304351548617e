"""How far the translations are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from flask import current_app

from backoffice.catalogs import layers, reading
from backoffice.catalogs.layers import Stamp, stamp_of
from backoffice.catalogs.places import OURS, TEMPLATE, catalog_path, locales_in
from backoffice.catalogs.reading import UnreadableCatalog
from backoffice.foundation.i18n import LOCALES, SOURCE_LOCALE


@dataclass(frozen=True)
class Progress:
    """One language: how many of our texts are translated without a fault."""

    locale: str
    name: str
    translated: int
    total: int

    @property
    def percent(self) -> int:
        """Full per cents, 100 only when nothing is missing."""
        return self.translated * 100 // self.total if self.total else 100


def progress() -> list[Progress]:
    """Each language but English, in the order of the menus, then those only begun; files are read when they changed."""
    folder = Path(current_app.config["TRANSLATIONS"])
    offered = [locale for locale in LOCALES if locale != SOURCE_LOCALE]
    begun = [locale for locale in locales_in(folder) if locale not in LOCALES]
    return [_of(folder, locale) for locale in (*offered, *begun)]


def _of(folder: Path, locale: str) -> Progress:
    path = catalog_path(folder, locale, OURS)
    stamps = (stamp_of(TEMPLATE), stamp_of(path))
    held: dict[str, tuple[tuple[Stamp | None, ...], Progress]]
    held = current_app.extensions.setdefault("translation_progress", {})
    if locale not in held or held[locale][0] != stamps:
        held[locale] = (stamps, count(path, locale))
    return held[locale][1]


def count(path: Path, locale: str, template: Path = TEMPLATE) -> Progress:
    """Count one catalog; against itself where there is no template, as nothing where it cannot be read."""
    catalog = layer = wanted = None
    try:
        catalog, _problems = reading.read_po(path, locale)
        layer = layers.Layer(catalog, locale)
    except UnreadableCatalog:
        pass
    try:
        wanted, _problems = reading.read_po(template)
    except UnreadableCatalog:
        wanted = catalog
    texts = [reading.key_of(message)[0] for message in reading.entries(wanted)] if wanted else []
    done = sum(layer.forms(text) is not None for text in texts) if layer else 0
    return Progress(locale, LOCALES.get(locale, locale), done, len(texts))
