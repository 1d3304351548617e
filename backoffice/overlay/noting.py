"""Noting which texts a page asks its catalogs for, while it is made."""

from __future__ import annotations

from typing import Any

from backoffice.catalogs.po import eid_of

#: A page that says more is a list of texts itself, and nobody looks through it.
MOST = 2000


class Noted:
    """The texts a page has asked for: catalog and short name, each once, in the order of asking."""

    def __init__(self) -> None:
        self.texts: dict[tuple[str, str], None] = {}
        self.is_noting = True

    def over(self, domain: str, translations: Any) -> Noting:
        """The translations of a catalog that note what they are asked for."""
        return Noting(domain, translations, self)

    def note(self, domain: str, text: str, context: str | None = None) -> None:
        """Remember the text, as long as the page is being made."""
        if self.is_noting and text and len(self.texts) < MOST:
            self.texts[domain, eid_of(str(text), context)] = None


class Noting:
    """Translations that say the same as those they stand before; everything but texts is asked of those."""

    def __init__(self, domain: str, translations: Any, noted: Noted) -> None:
        self._domain, self._translations, self._noted = domain, translations, noted

    def gettext(self, message: str) -> str:
        """The text of this message."""
        self._noted.note(self._domain, message)
        return str(self._translations.ugettext(message))

    def ngettext(self, singular: str, plural: str, number: Any) -> str:
        """The form for this number."""
        self._noted.note(self._domain, singular)
        return str(self._translations.ungettext(singular, plural, number))

    def pgettext(self, context: str, message: str) -> str:
        """The text of this message in its context."""
        self._noted.note(self._domain, message, context)
        return str(self._translations.upgettext(context, message))

    def npgettext(self, context: str, singular: str, plural: str, number: Any) -> str:
        """The form for this number in its context."""
        self._noted.note(self._domain, singular, context)
        return str(self._translations.unpgettext(context, singular, plural, number))

    ugettext, ungettext, upgettext, unpgettext = gettext, ngettext, pgettext, npgettext

    def __getattr__(self, name: str) -> Any:
        return getattr(self._translations, name)
