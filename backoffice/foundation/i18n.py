"""Words in the reader's language: marking them, choosing the language, and never letting one become markup.

English is the source. `_` inside requests, `_l` wherever a string is made before one (models, enums, labels), `_n` for
every count. Placeholders are `%(name)s` only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from flask import current_app
from flask_babel import _get_current_context, force_locale, get_domain, ngettext
from flask_babel.speaklater import LazyString
from markupsafe import escape
from pytz import timezone

from babel import Locale, UnknownLocaleError

SOURCE_LOCALE = "en"

#: The languages that the product comes with, by their own names, in the order in which menus show them. Which of them,
#: and which others, an installation offers to people tells `offered_locales`.
LOCALES: dict[str, str] = {
    "en": "English",
    "de": "Deutsch",
    "es": "Español",
    "fr": "Français",
    "pt": "Português",
    "ar": "العربية",
}

#: Tags that browsers still send for a language that has another code today.
_ALIASES = {"iw": "he", "in": "id", "ji": "yi", "no": "nb", "mo": "ro"}


class Text(LazyString):
    """A string translated when it is read. Printed by a template it is escaped, unlike its parent."""

    def __html__(self) -> str:
        return str(escape(str(self)))


def _(message: str, **values: Any) -> str:
    """The message in the language of the reader, with its placeholders filled."""
    return str(get_domain().gettext(message, **values))


def _l(message: str, **values: Any) -> Text:
    """The message, to be translated when it is read."""
    return Text(_, message, **values)


def _n(singular: str, plural: str, num: int, **values: Any) -> str:
    """The form of the message that fits `num`; `%(num)s` is filled with the number in the reader's digits."""
    return ngettext(singular, plural, num, **values)


def message_of(text: Any) -> str:
    """The English source of a lazy text, whatever the reader's language; other values as a string."""
    if isinstance(text, LazyString):
        return str(text._args[0])
    return str(text)


def offered_locales() -> Mapping[str, str]:
    """The languages that people may choose now, own names by code; those of the product without an application."""
    ask = current_app.extensions.get("offered_locales") if current_app else None
    return ask() if ask is not None else LOCALES


def kept_locales() -> Mapping[str, str]:
    """All languages of the installation, those included that are begun and not offered yet."""
    ask = current_app.extensions.get("kept_locales") if current_app else None
    return ask() if ask is not None else LOCALES


def direction_of(locale: str) -> str:
    """`rtl` or `ltr`."""
    return str(Locale.parse(locale).text_direction)


def known_locale(tag: str | None, offered: Iterable[str] | None = None) -> str | None:
    """The offered locale that a tag such as `pt-BR` or `ar` means, or None. Never raises, whatever the tag."""
    if not tag or len(tag) > 35:
        return None
    wanted = tag.strip().replace("-", "_")
    offered = list(offered_locales() if offered is None else offered)
    for choice in offered:
        if choice.lower() == wanted.lower():
            return choice
    language = wanted.split("_", 1)[0].lower()
    language = _ALIASES.get(language, language)
    try:
        parsed = Locale.parse(wanted, resolve_likely_subtags=True)
    except (ValueError, UnknownLocaleError, TypeError):
        parsed = None
    candidates = [f"{parsed.language}_{parsed.script}"] if parsed and parsed.script else []
    for candidate in [*candidates, language]:
        for choice in offered:
            if choice.lower() == candidate.lower():
                return choice
    return None


def negotiated_locale(accepted: Iterable[str], offered: Iterable[str] | None = None) -> str | None:
    """The first offered locale among the tags a browser accepts, best first."""
    offered = list(offered_locales() if offered is None else offered)
    for tag in accepted:
        if found := known_locale(tag, offered):
            return found
    return None


@contextmanager
def speaking(locale: str, time_zone: str | None = None) -> Iterator[None]:
    """Translate into `locale` inside the block, and tell moments in this IANA zone if one is given.

    For mail, jobs and commands: nothing is asked of the request, and there may be none.
    """
    context = _get_current_context()
    before = getattr(context, "babel_tzinfo", None)
    with force_locale(known_locale(locale) or SOURCE_LOCALE):
        if context is not None and time_zone:
            context.babel_tzinfo = timezone(time_zone)
        try:
            yield
        finally:
            if context is not None:
                context.babel_tzinfo = before
