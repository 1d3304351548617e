"""The catalogs that pages read: ours, and overlays over the words of Flask-Admin and WTForms.

Files are looked at once per request and read again when they changed, so a saved .po is live in every process without a
restart. Nothing is kept outside the application: the libraries' own domains ask the application of the moment.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Protocol

import flask_admin.babel
import flask_wtf.i18n
from babel.support import NullTranslations
from flask import Flask, current_app
from flask_babel import Domain, LazyString, _get_current_context, format_decimal, get_babel, get_locale

from backoffice.catalogs import languages, pseudo
from backoffice.catalogs.filling import escaped, unfilled
from backoffice.catalogs.layers import Layer, Stamp, shipped_for, stamp_of, translations_of
from backoffice.catalogs.places import DOMAINS, OURS, catalog_path, locales_in, names_of
from backoffice.foundation.i18n import SOURCE_LOCALE, Text

_ENGLISH = NullTranslations()
#: Where a request keeps the catalog of the time before, and who wants to know what it says.
_SLOT, _NOTER = "catalog of ", "noter"


@dataclass(frozen=True)
class _Held:
    stamps: tuple[Stamp | None, ...]
    translations: Any


class Noter(Protocol):
    """Wants to know what a page says."""

    def over(self, domain: str, translations: Any) -> Any:
        """The translations of a domain, with the noter before them."""


class LayeredDomain(Domain):
    """One domain of one application: the catalog under `translations/` over the one its package ships."""

    def __init__(self, name: str, folder: Path) -> None:
        super().__init__(str(folder), domain=name)
        self.name = name
        self.folder = folder
        self._slot = f"{_SLOT}{name}"
        self._paths: dict[str, list[Path]] = {}
        self._shipped: dict[str, Layer | None] = {}

    def get_translations(self) -> Any:
        """The translations for this request; asks the disk once for each."""
        context = _get_current_context()
        if context is None:
            return _ENGLISH
        # A page asks hundreds of times, nearly always for the language of the time before.
        locale = getattr(context, "babel_locale", None) or get_locale()
        last = context.__dict__.get(self._slot)
        if last is None or last[0] is not locale:
            last = context.__dict__[self._slot] = (locale, self._once(context, str(locale)))
        return last[1]

    def _once(self, context: SimpleNamespace, locale: str) -> Any:
        noter: Noter | None = context.__dict__.get(_NOTER)
        if locale == SOURCE_LOCALE:
            return noter.over(self.name, _ENGLISH) if noter else _ENGLISH
        seen = context.__dict__.setdefault("catalogs", {})
        if (self.name, locale) not in seen:
            found = self.translations_for(locale)
            seen[self.name, locale] = noter.over(self.name, found) if noter else found
        return seen[self.name, locale]

    def translations_for(self, locale: str) -> Any:
        """The translations of a locale as its files are now."""
        if locale == pseudo.LOCALE and pseudo.is_spoken(current_app):
            return pseudo.TRANSLATIONS
        paths = self._paths.get(locale) or self._paths.setdefault(locale, self._places(locale))
        stamps = tuple(map(stamp_of, paths))
        held = self.cache.get(locale)
        if held is None or held.stamps != stamps:
            held = self.cache[locale] = _Held(stamps, self._read(locale))
        return held.translations

    def speaker(self) -> Callable[..., str]:
        """`gettext` for one page: the catalog is found once for all its words."""
        say: Callable[[str], str] = self.get_translations().ugettext

        def speak(message: str, **values: Any) -> str:
            return say(message) % values if values else unfilled(say(message))

        return speak

    def gettext(self, string: str, **variables: Any) -> str:
        """The text in the reader's language; English where the translation cannot be filled in."""
        said = self.get_translations().ugettext(string)
        return str(said % variables if variables else unfilled(said))

    def pgettext(self, context: str, string: str, **variables: Any) -> str:
        """The text of a context in the reader's language."""
        said = self.get_translations().upgettext(context, string)
        return str(said % variables if variables else unfilled(said))

    def ngettext(self, singular: str, plural: str, num: Any, **variables: Any) -> str:
        """The form for `num`; the number is written as the reader writes numbers."""
        variables.setdefault("num", format_decimal(num))
        return str(self.get_translations().ungettext(singular, plural, num) % variables)

    def _places(self, locale: str) -> list[Path]:
        sources = [catalog_path(self.folder, name, self.name) for name in names_of(locale)]
        files = [path for source in sources for path in (source, source.with_suffix(".mo"))]
        # It says whether a language is published by hand.
        return [*files, self.folder / languages.FILE]

    def _read(self, locale: str) -> Any:
        if locale not in self._shipped:
            self._shipped[locale] = shipped_for(self.name, locale)
        return translations_of(self.name, locale, self.folder, self._shipped[locale], self._is_manual) or _ENGLISH

    def _is_manual(self, locale: str) -> bool:
        return languages.language_of(locale, self.folder).is_manual


def install(app: Flask) -> None:
    """Let the application speak from the folder of its setting `TRANSLATIONS`. Babel has to be there already."""
    domains = {name: LayeredDomain(name, Path(app.config["TRANSLATIONS"])) for name in DOMAINS}
    app.extensions["catalogs"] = domains
    pseudo.install(app)
    get_babel(app).instance.domain_instance = domains[OURS]
    # Jinja's own would print translations as markup.
    app.jinja_env.globals.update(pgettext=domains[OURS].pgettext, npgettext=domains[OURS].npgettext)
    app.jinja_env.filters.update(e=escaped, escape=escaped)
    _ask_the_application(flask_admin.babel.domain, "admin")
    _ask_the_application(flask_admin.babel.wtforms_domain, "wtforms")
    flask_wtf.i18n._get_translations = _words_of_forms
    # The lazy texts of the libraries claim to be markup; a translation is not.
    LazyString.__html__ = Text.__html__


def note_with(noter: Noter) -> None:
    """Let the noter stand before every catalog for the rest of this request."""
    context: Any = _get_current_context()
    for name in ("catalogs", *(f"{_SLOT}{domain}" for domain in DOMAINS)):
        context.__dict__.pop(name, None)
    context.__dict__[_NOTER] = noter


def of(app: Flask, name: str) -> LayeredDomain | None:
    """The domain of this application; None where the application has no catalogs of this kind."""
    found = app.extensions.get("catalogs", {}).get(name)
    return found if isinstance(found, LayeredDomain) else None


def left_out(app: Flask) -> dict[str, int]:
    """How many texts each language with a catalog of ours shows in English because their translations have faults."""
    found: dict[str, int] = {}
    for name in DOMAINS:
        domain = of(app, name)
        for locale in locales_in(domain.folder) if domain else ():
            layer = domain.translations_for(locale) if domain and locale != SOURCE_LOCALE else None
            if isinstance(layer, Layer):
                found[locale] = found.get(locale, 0) + len(layer.left_out) + len(layer.unfilled)
    return found


def _ask_the_application(shared: Domain, name: str) -> None:
    """Make a library's domain, of which there is one per process, answer from the application of the moment."""
    own = type(shared).get_translations

    def get_translations() -> Any:
        ours = of(current_app, name) if current_app else None
        return ours.get_translations() if ours else own(shared)

    shared.get_translations = get_translations


def _words_of_forms() -> Any:
    ours = of(current_app, "wtforms") if current_app else None
    return ours.get_translations() if ours else None
