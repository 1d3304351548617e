"""The languages of an installation: which are offered to people, how each is published and whether it is reviewed.

Kept in `languages.cfg` beside the catalogs, so that what goes with the translations stays with them. Without the file
the languages of the product are offered, those begun since are not, and everything is published at once.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from configparser import ConfigParser
from configparser import Error as ConfigError
from contextlib import nullcontext
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask, current_app
from flask_babel import _get_current_context

from babel import Locale
from backoffice.catalogs import locking, pseudo, recording
from backoffice.catalogs.layers import Stamp, stamp_of
from backoffice.catalogs.places import Place, is_locale, locales_in
from backoffice.catalogs.replacing import replace_file
from backoffice.foundation.acting import acting
from backoffice.foundation.errors import NotAllowed, NotApplicable, NotFound
from backoffice.foundation.i18n import LOCALES, SOURCE_LOCALE, _l, direction_of
from backoffice.foundation.permissions import Can, is_allowed
from backoffice.records import journal

log = logging.getLogger(__name__)

FILE = "languages.cfg"
#: What changing the settings of a language is called in the trail.
ACTION = "translation.configure"
_SLOT = "offered languages"


@dataclass(frozen=True)
class Language:
    """One language of the installation."""

    locale: str
    #: Its own name.
    name: str
    #: Whether people may choose it.
    is_offered: bool
    #: Whether changes are served only when somebody publishes them.
    is_manual: bool = False
    #: Whether what translators save waits to be checked by a reviewer.
    needs_review: bool = False

    @property
    def is_begun(self) -> bool:
        """Whether it is one that the product does not come with."""
        return self.locale not in LOCALES


def languages(folder: Path) -> Mapping[str, Language]:
    """The languages by code: those of the product in the order of menus, then those begun since, by code.

    The settings are read again when their file changed.
    """
    return _languages(folder, stamp_of(folder / FILE), tuple(locales_in(folder)))


def offered() -> Mapping[str, str]:
    """The languages that people may choose now, their own names by code, English always among them.

    Asked many times a page; the disk is asked once for each.
    """
    context = _get_current_context()
    held: Mapping[str, str] | None = context.__dict__.get(_SLOT) if context is not None else None
    if held is None:
        held = _offered(folder := _folder(), stamp_of(folder / FILE), stamp_of(folder))
        if pseudo.is_spoken(current_app):
            held = {**held, pseudo.LOCALE: pseudo.pseudo("English")}
        if context is not None:
            context.__dict__[_SLOT] = held
    return held


def kept() -> Mapping[str, str]:
    """All languages of the installation, offered or only begun."""
    return {locale: language.name for locale, language in languages(_folder()).items()}


def language_of(locale: str, folder: Path | None = None) -> Language:
    """The settings of one language; those of a new one where it is not begun yet."""
    found = languages(folder or _folder()).get(locale)
    return found or Language(locale, name_of(locale), is_offered=False)


def name_of(locale: str) -> str:
    """What a language is called in itself, as menus show it."""
    if locale in LOCALES:
        return LOCALES[locale]
    name = Locale.parse(locale).display_name or locale
    return name[:1].upper() + name[1:]


def set_language(
    locale: str,
    *,
    is_offered: bool,
    is_manual: bool,
    needs_review: bool,
    actor: Any,
    folder: Path | None = None,
) -> Language:
    """Keep the settings of a language; what the file says of others stays as it is. Commits.

    Raises NotAllowed for who does not manage all of the language, NotFound for one that is not begun, NotApplicable for
    English, which is always offered, or Busy and ReadOnly.
    """
    if not is_allowed(actor, Can.TRANSLATION_MANAGE, Place(locale)):
        raise NotAllowed(permission=Can.TRANSLATION_MANAGE.value)
    folder = folder or _folder()
    path = folder / FILE
    if locale == SOURCE_LOCALE:
        raise NotApplicable(_l("English is the language of the product and always offered."))
    if not is_locale(locale) or locale not in locales_in(folder):
        raise NotFound(_l("This language is not begun yet."))
    wanted = {
        "offered": "yes" if is_offered else "no",
        "publish": "manual" if is_manual else "auto",
        "review": "yes" if needs_review else "no",
    }
    with locking.alone(path):
        before = path.read_bytes() if path.exists() else b""
        content = _with_section(before.decode("utf-8-sig", "replace"), locale, wanted).encode("utf-8")
        if content != before:
            facts = {"file": FILE, "sha256": hashlib.sha256(content).hexdigest(), "locale": locale, **wanted}
            with acting(actor=actor):
                told = journal.written_down(recording.CatalogWitness(folder), ACTION, locale, facts)
                with told if recording.can_be_recorded() else nullcontext():
                    replace_file(path, content)
    context = _get_current_context()
    if context is not None:
        context.__dict__.pop(_SLOT, None)
    return language_of(locale, folder)


def _with_section(text: str, locale: str, wanted: Mapping[str, str]) -> str:
    """The file with these lines for a locale; everything else in it stays."""
    lines, found = text.splitlines(), [f"{name} = {value}" for name, value in wanted.items()]
    begin = next((at for at, line in enumerate(lines) if line.strip() == f"[{locale}]"), None)
    if begin is None:
        gap = [""] if lines and lines[-1].strip() else []
        return "\n".join([*lines, *gap, f"[{locale}]", *found]) + "\n"
    end = next((at for at in range(begin + 1, len(lines)) if lines[at].lstrip().startswith("[")), len(lines))
    kept = [line for line in lines[begin + 1 : end] if line.partition("=")[0].strip().lower() not in wanted]
    return "\n".join([*lines[: begin + 1], *found, *kept, *lines[end:]]) + "\n"


def install(app: Flask) -> None:
    """Let the whole application offer these languages."""
    app.extensions["offered_locales"] = offered
    app.extensions["kept_locales"] = kept
    app.jinja_env.globals.update(kept_locales=kept, direction_of=direction_of)
    app.jinja_env.tests["in_catalog"] = lambda part: ":" in part


@lru_cache(maxsize=8)
def _languages(folder: Path, written: Stamp | None, begun: tuple[str, ...]) -> Mapping[str, Language]:
    settings = _read(folder / FILE) if written else {}
    found = {}
    for locale in dict.fromkeys((*LOCALES, *begun)):
        told: Mapping[str, str] = settings.get(locale, {})
        is_offered = _yes(told.get("offered"), locale in LOCALES) or locale == SOURCE_LOCALE
        is_manual, needs_review = told.get("publish") == "manual", _yes(told.get("review"), False)
        found[locale] = Language(locale, name_of(locale), is_offered, is_manual, needs_review)
    return found


@lru_cache(maxsize=8)
def _offered(folder: Path, _written: Stamp | None, _folders: Stamp | None) -> Mapping[str, str]:
    return {locale: language.name for locale, language in languages(folder).items() if language.is_offered}


def _read(path: Path) -> dict[str, dict[str, str]]:
    """What the file says of each locale; a file that is not what it should be says nothing, and the log says why."""
    parser = ConfigParser(interpolation=None, default_section="")
    try:
        parser.read_string(path.read_text(encoding="utf-8-sig"), str(path))
    except (OSError, UnicodeDecodeError, ConfigError) as error:
        log.warning("%s: %s; it is not heeded", path, error)
        return {}
    return {name: dict(parser[name]) for name in parser.sections() if is_locale(name)}


def _yes(told: Any, otherwise: bool) -> bool:
    return ConfigParser.BOOLEAN_STATES.get(str(told).lower(), otherwise)


def _folder() -> Path:
    return Path(current_app.config["TRANSLATIONS"])
