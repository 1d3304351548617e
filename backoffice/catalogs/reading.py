"""Reading catalogs, whole or broken: what can be read is read, and what is wrong is said."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from babel.messages import Catalog, Message
from babel.messages.mofile import read_mo
from babel.messages.pofile import PoFileParser

#: What Babel's readers raise for files that are not what they should be.
BROKEN = (ValueError, LookupError, TypeError, AssertionError, AttributeError, OSError, struct.error)

#: More forms than any language has; a header that asks for more is not believed.
MOST_FORMS = 10

_STRING = re.compile(r'"(?:[^"\\]|\\.)*"\Z')


class UnreadableCatalog(Exception):
    """Nothing can be read from the file; the message says why, in English."""


class _Catalog(Catalog):
    """Babel's catalog that passes over what it cannot read in a header, such as a date with seconds."""

    def _heed(self, headers: Iterable[tuple[str, str]]) -> None:
        for field in headers:
            with suppress(ValueError):
                self._set_mime_headers([field])
            if self.charset in ("", "charset", "ascii", "us-ascii"):
                self.charset = "utf-8"
            if self.num_plurals > MOST_FORMS:
                self._num_plurals = self._plural_expr = None

    mime_headers = property(Catalog._get_mime_headers, _heed)


class _Reader(PoFileParser):
    """Babel's reader that remembers what is wrong instead of printing it, and leaves torn texts empty."""

    def __init__(self, catalog: Catalog) -> None:
        super().__init__(catalog)
        self.problems: list[str] = []

    def _invalid_pofile(self, line: str, lineno: int, msg: str) -> None:
        self.problems.append(f"line {lineno + 1}: {msg}")

    def _process_keyword_line(self, lineno: int, line: str, obsolete: bool = False) -> None:
        keyword, _space, text = line.partition(" ")
        if keyword.startswith("msg") and not _STRING.match(text.strip()):
            self._invalid_pofile(line, lineno, "a quotation mark is missing")
            line = f'{keyword} ""'
        super()._process_keyword_line(lineno, line, obsolete)

    def _process_string_continuation_line(self, line: str, lineno: int) -> None:
        if not _STRING.match(line.strip()):
            self._invalid_pofile(line, lineno, "a quotation mark is missing")
            if self.in_msgstr and self.translations:
                self.translations[-1][1].clear()
            return
        super()._process_string_continuation_line(line, lineno)

    def _add_message(self) -> None:
        text, context = self.messages[0].denormalize(), self.context.denormalize() if self.context else None
        if text and not self.obsolete and self.catalog.get(text, context):
            self._invalid_pofile("", self.offset, f"{text!r} is there twice")
        super()._add_message()


def read_po(path: Path, locale: str | None = None) -> tuple[Catalog, list[str]]:
    """The catalog and what is wrong with its file, by line. Raises UnreadableCatalog when nothing can be read."""
    catalog = _Catalog(locale)
    reader = _Reader(catalog)
    try:
        with path.open("rb") as file:
            reader.parse(file)
    except OSError as error:
        raise UnreadableCatalog(error.strerror or type(error).__name__) from error
    except BROKEN as error:
        if not len(catalog):
            raise UnreadableCatalog(str(error) or type(error).__name__) from error
        reader.problems.append(f"after line {reader.offset + 1}: {error}")
    if locale is not None:
        catalog.locale = locale
    return catalog, reader.problems


def read_compiled(path: Path, locale: str) -> Catalog:
    """The catalog in a .mo file. Raises UnreadableCatalog when it is damaged."""
    try:
        with path.open("rb") as file:
            catalog = read_mo(file)
        if catalog.num_plurals > MOST_FORMS:
            raise ValueError(f"the header asks for {catalog.num_plurals} plural forms")
    except BROKEN as error:
        raise UnreadableCatalog(str(error) or type(error).__name__) from error
    catalog.locale = locale
    return catalog


def is_readable_field(name: str, value: str) -> bool:
    """Whether Babel can read a catalog with this field in its header."""
    try:
        Catalog()._set_mime_headers([(name, value)])
    except ValueError:
        return False
    return True


def key_of(message: Message) -> tuple[str, str | None]:
    """What identifies an entry: its English text, singular, and its context."""
    return (message.id if isinstance(message.id, str) else message.id[0]), message.context


def forms_of(message: Message) -> tuple[str, ...]:
    """The translations of an entry: one, or one for each plural form."""
    return (message.string or "",) if isinstance(message.string, (str, type(None))) else tuple(message.string)


def entries(catalog: Catalog) -> list[Message]:
    """The entries without the header."""
    return [message for message in catalog if message.id]


def is_translated(message: Message) -> bool:
    """Whether every form is there and nobody marked the entry as a guess."""
    return not message.fuzzy and all(form.strip() for form in forms_of(message))


def find(catalog: Catalog, message: Message) -> Any:
    """The entry of the same text and context, or None."""
    return catalog.get(message.id, message.context)
