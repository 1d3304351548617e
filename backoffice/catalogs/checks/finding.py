"""What a check is given and what it answers: an English text, its translation, and what is wrong with that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from babel.messages import Catalog, Message

from backoffice.foundation.enums import LabelledEnum
from backoffice.foundation.i18n import Text, _l, message_of

#: The flag of an entry for which somebody who manages the language has allowed what a check of security finds.
ALLOWED = "unsafe-allowed"


class Severity(LabelledEnum):
    """What a finding does: stop a translation, warn its translator, or tell developers about the English text."""

    ERROR = "error", _l("Error")
    WARNING = "warning", _l("Possible mistake")
    SOURCE = "source", _l("English text")


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong. `form` is the plural form it is in, None for the whole entry; `use` what to put in."""

    code: str
    severity: Severity
    text: Text
    form: int | None = None
    is_security: bool = False
    use: str | None = None

    def in_english(self) -> str:
        """The sentence, without asking for a translation of it."""
        values: Mapping[str, Any] = self.text._kwargs
        return message_of(self.text) % {name: message_of(value) for name, value in values.items()}


@dataclass(frozen=True)
class Source:
    """One English text as the catalogs have it."""

    id: str
    plural: str | None = None
    context: str | None = None
    flags: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    places: tuple[str, ...] = ()

    @property
    def texts(self) -> tuple[str, ...]:
        """The singular, and the plural where there is one."""
        return (self.id,) if self.plural is None else (self.id, self.plural)

    @classmethod
    def of(cls, message: Message) -> Source:
        """The source of an entry that Babel read."""
        text, plural = (message.id, None) if isinstance(message.id, str) else (message.id[0], message.id[1])
        places = tuple(path for path, _line in message.locations)
        notes = tuple(message.auto_comments)
        return cls(text, plural, message.context, tuple(sorted(message.flags)), notes, places)

    @property
    def strict(self) -> Source:
        """The same without what was allowed for an earlier translation."""
        if ALLOWED not in self.flags:
            return self
        return replace(self, flags=tuple(flag for flag in self.flags if flag != ALLOWED))


@dataclass(frozen=True)
class Rule:
    """How a catalog chooses among its plural forms: the two values of its header `Plural-Forms`."""

    nplurals: int
    expression: str

    @classmethod
    def of(cls, catalog: Catalog) -> Rule:
        """The rule in the header of a catalog that Babel read."""
        return cls(catalog.num_plurals, catalog.plural_expr)


class Term(NamedTuple):
    """An agreed word of the glossary, or one that must not be used for a term."""

    term: str
    translation: str
    is_forbidden: bool = False
    is_case_sensitive: bool = False


@dataclass(frozen=True)
class Facts:
    """What is known beyond the entry: agreed words, of a guess the English text it was made for, and a habit."""

    terms: tuple[Term, ...] = ()
    is_fuzzy: bool = False
    previous: str | None = None
    #: Whether the catalog as a whole ends sentences without a stop.
    leaves_stops_out: bool = False


NOTHING = Facts()
