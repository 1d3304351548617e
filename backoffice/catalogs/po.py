"""A .po file in memory as it is on the disk: what it says, where each entry stands, and byte for byte the rest.

One pattern reads an entry at a time; where it does not fit, `torn` says which line is wrong and why.
"""

from __future__ import annotations

import gc
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property

from backoffice.catalogs import reading, torn
from backoffice.catalogs.checks.finding import Source
from backoffice.catalogs.patterns import (
    BLANK,
    ENTRY,
    ESCAPE,
    ESCAPES,
    FORM,
    MARK,
    NEVER_WRAPPED,
    OBSOLETE,
    OBSOLETE_LINE,
    PIECE,
    PLURALS,
    PREVIOUS,
    REST,
    SOURCES,
    UNWRAPPED,
    WRAP,
    WRAPPED,
)
from backoffice.catalogs.torn import PoFault

__all__ = ["ABSENT", "FUZZY", "Entry", "PoFault", "PoFile", "base_of", "eid_of", "parse"]

FUZZY = "fuzzy"

#: The version of an entry that is not in the file yet.
ABSENT = "absent"

Key = tuple[str | None, str]

#: Catalogs of all languages have the same texts, and every reading asks for all names.
_EIDS: dict[tuple[str | None, str], str] = {}
_MOST_EIDS = 50_000


def eid_of(id: str, context: str | None = None) -> str:
    """The short name of an entry, the same wherever it stands: 16 hexadecimal digits."""
    eid = _EIDS.get((context, id))
    if eid is None:
        key = id if context is None else f"{context}\x04{id}"
        eid = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:16]
        if len(_EIDS) >= _MOST_EIDS:
            _EIDS.clear()
        _EIDS[context, id] = eid
    return eid


def base_of(
    forms: tuple[str, ...], flags: tuple[str, ...] = (), comments: tuple[str, ...] = (), plural: str | None = None
) -> str:
    """The version of an entry: changes with its forms, flags, translator's comment or English plural."""
    told = json.dumps([list(forms), sorted(flags), list(comments), plural], ensure_ascii=True)
    return hashlib.sha256(told.encode()).hexdigest()


@dataclass(frozen=True)
class Entry:
    """One entry; entries are equal when they say the same in the same words, wherever they stand."""

    context: str | None
    id: str
    plural: str | None
    forms: tuple[str, ...]
    #: The comment lines above it, as they are in the file.
    head: str = field(default="", repr=False)
    #: The line of its first keyword, counted from 1.
    line: int = field(default=0, compare=False)
    #: Where the head begins, where the first keyword stands, and where the last string ends, in characters.
    span: tuple[int, int, int] = field(default=(0, 0, 0), compare=False, repr=False)

    @cached_property
    def eid(self) -> str:
        """Its short name."""
        return eid_of(self.id, self.context)

    @cached_property
    def base(self) -> str:
        """Its version."""
        return base_of(self.forms, self.flags, self.comments, self.plural)

    @cached_property
    def source(self) -> Source:
        """Its English side."""
        flags = tuple(flag for flag in self.flags if flag != FUZZY)
        return Source(self.id, self.plural, self.context, flags, self.notes, self.places)

    @cached_property
    def _lines(self) -> tuple[str, ...]:
        return tuple(line.strip(BLANK) for line in self.head.split("\n") if line.strip(BLANK))

    @cached_property
    def flags(self) -> tuple[str, ...]:
        """The flags, in their order."""
        if "#," not in self.head:
            return ()
        flags = (flag.strip() for line in self._lines if line[:2] == "#," for flag in line[2:].split(","))
        return tuple(dict.fromkeys(flag for flag in flags if flag))

    @cached_property
    def comments(self) -> tuple[str, ...]:
        """The lines of the translator's comment, without their mark."""
        plain = (line[1:] for line in self._lines if line[1:2] not in (".", ":", ",", "|", "~"))
        return tuple(line.removeprefix(" ") for line in plain)

    @cached_property
    def notes(self) -> tuple[str, ...]:
        """The lines of the developer's comment."""
        return tuple(line[2:].strip() for line in self._lines if line[:2] == "#.")

    @cached_property
    def places(self) -> tuple[str, ...]:
        """Where the text stands in the code."""
        return tuple(place for line in self._lines if line[:2] == "#:" for place in torn.places_in(line[2:]))

    @cached_property
    def previous(self) -> tuple[str | None, str, str | None] | None:
        """Context, text and plural before the English text changed, where the file remembers them."""
        lines = "\n".join(line[2:].strip() for line in self._lines if line[:2] == "#|")
        found = {match["which"]: match["text"] for match in PREVIOUS.finditer(lines)}
        if "id" not in found:
            return None
        context, plural = found.get("ctxt"), found.get("id_plural")
        try:
            said = [None if each is None else said_by(each) for each in (context, found["id"], plural)]
        except ValueError:
            return None
        return said[0], said[1] or "", said[2]

    @cached_property
    def is_fuzzy(self) -> bool:
        """Whether somebody has to check it."""
        return "#," in self.head and FUZZY in self.flags

    @cached_property
    def is_translated(self) -> bool:
        """Whether every form is there and nobody marked the entry for checking."""
        return all(map(str.strip, self.forms)) and not self.is_fuzzy

    @property
    def state(self) -> str:
        """`translated`, `fuzzy` (there is a text to check) or `untranslated`."""
        if self.is_translated:
            return "translated"
        return "fuzzy" if self.is_fuzzy and any(map(str.strip, self.forms)) else "untranslated"


@dataclass(frozen=True, eq=False)
class PoFile:
    """A whole .po file without a mistake of form."""

    content: bytes = field(repr=False)
    #: The content as text, with its byte order mark and the ends of its lines.
    text: str = field(repr=False)
    #: The entry without a text that stands for the file, where there is one.
    head: Entry | None
    entries: tuple[Entry, ...] = field(repr=False)
    obsolete: tuple[Entry, ...] = field(repr=False)
    #: Context and text of every entry, the header among them.
    keys: set[Key] = field(repr=False)

    @cached_property
    def header(self) -> Mapping[str, str]:
        """The fields of the header by name, as they are written."""
        return dict(_fields(self.head.forms[0])) if self.head else {}

    @cached_property
    def _plurals(self) -> tuple[int, str] | None:
        given = next((value for name, value in self.header.items() if name.lower() == "plural-forms"), "")
        match = PLURALS.search(given)
        if not match or not 0 < int(match[1]) <= reading.MOST_FORMS:
            return None
        return int(match[1]), match[2].strip()

    @property
    def nplurals(self) -> int:
        """How many forms the header asks for; where it asks for none, the most that an entry has."""
        if self._plurals:
            return self._plurals[0]
        return max((len(entry.forms) for entry in self.entries if entry.plural is not None), default=2)

    @property
    def plural(self) -> str:
        """The header's rule for the forms; empty where it has none that can be read."""
        return self._plurals[1] if self._plurals else ""

    @cached_property
    def by_eid(self) -> Mapping[str, Entry]:
        """The entries by their short names."""
        return {entry.eid: entry for entry in self.entries}

    def find(self, eid: str) -> Entry | None:
        """The entry of this short name, or None."""
        return self.by_eid.get(eid)

    def get(self, id: str, context: str | None = None) -> Entry | None:
        """The entry of a text and its context, or None."""
        return self.by_eid.get(eid_of(id, context))

    def forms_at(self, entry: Entry) -> list[re.Match[str]]:
        """Where the forms of an entry stand, one match each; its group `text` spans the quoted strings."""
        _start, keyword, end = entry.span
        sources = SOURCES.match(self.text, keyword)
        return list(FORM.finditer(self.text, sources.end() if sources else keyword, end))

    @cached_property
    def wrap(self) -> int:
        """Where it wraps lines: as Babel does unless its longest wrapped line says otherwise; 0 for never."""
        lengths = [len(line.rstrip(BLANK)) for line in WRAPPED.findall(self.text)]
        if not lengths:
            return 0 if UNWRAPPED.search(self.text) else WRAP
        longest = max((length for length in lengths if length <= NEVER_WRAPPED), default=0)
        return WRAP if longest < WRAP else longest + 1

    @cached_property
    def newline(self) -> str:
        """How its lines end."""
        return "\r\n" if "\r\n" in self.text else "\n"


def parse(content: bytes) -> PoFile:
    """Read the bytes of a .po file. Raises PoFault, with the line, for one with a mistake of form."""
    text = torn.decoded(content)
    with many_objects():
        found = list(scanned(text, 1 if text.startswith("\ufeff") else 0))
    return assembled(
        content, text, [each for each in found if each.line], tuple(each for each in found if not each.line)
    )


@contextmanager
def many_objects() -> Iterator[None]:
    """Inside, thousands of objects are made that all stay; looking for garbage among them would take half of it."""
    is_collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if is_collecting:
            gc.enable()


def scanned(text: str, position: int, line: int = 1) -> Iterator[Entry]:
    """The entries from a position, in a line, to the end; obsolete ones are in no line. Raises PoFault."""
    end, counted, count, match_at = len(text), position, text.count, ENTRY.match
    while position < end:
        match = match_at(text, position)
        if match is None:
            left = OBSOLETE.match(text, position)
            if left is not None:
                yield from _obsolete(left)
                position = left.end()
                continue
            if REST.match(text, position):
                return
            raise torn.fault_at(text, position)
        first = match.end(1)
        line += count("\n", counted, first)
        counted = first
        try:
            yield _entry(match, line)
        except ValueError as error:
            raise torn.fault_in(text, position, error) from error
        position = match.end()


def assembled(content: bytes, text: str, entries: list[Entry], obsolete: tuple[Entry, ...]) -> PoFile:
    """The file of these entries. Raises PoFault where one is there twice, or the header asks for another encoding."""
    seen = {(entry.context, entry.id): entry for entry in reversed(entries)}
    if len(seen) < len(entries):
        second = next(entry for entry in entries if seen[entry.context, entry.id] is not entry)
        raise torn.twice(second.line, seen[second.context, second.id].line, second.id)
    return of_entries(content, text, entries, obsolete, set(seen))


def of_entries(content: bytes, text: str, entries: list[Entry], obsolete: tuple[Entry, ...], keys: set[Key]) -> PoFile:
    """The file of these entries, of which none is there twice. Raises PoFault where it should not be UTF-8."""
    head = None
    if (None, "") in keys:
        head = next(entry for entry in entries if not entry.id and entry.context is None)
        entries = [entry for entry in entries if entry is not head]
        torn.must_be_utf8(head.forms[0], head.line)
    return PoFile(content, text, head, tuple(entries), obsolete, keys)


def _entry(match: re.Match[str], line: int) -> Entry:
    """The entry that was found; made past its constructor, which would be the slowest part of reading."""
    head, context, id, plural, forms, form = match.groups()
    if forms is None:
        said: tuple[str, ...] = (said_by(form),)
    else:
        found = FORM.findall(forms)
        if [int(index) for index, _text in found] != list(range(len(found))):
            raise torn.WrongOrder
        said = tuple([said_by(each) for _index, each in found])
    entry = Entry.__new__(Entry)
    known = entry.__dict__
    known["context"] = None if context is None else said_by(context)
    known["id"] = said_by(id)
    known["plural"] = None if plural is None else said_by(plural)
    known["forms"] = said
    known["head"] = head
    known["line"] = line
    known["span"] = (match.start(), match.end(1), match.end(6 if forms is None else 5))
    return entry


def said_by(strings: str) -> str:
    """The text that quoted strings spell. Raises ValueError for an escape that is none."""
    if '"' not in (text := strings[1:-1]):
        return ESCAPE.sub(_unescaped, text) if "\\" in text else text
    text = "".join(PIECE.findall(strings))
    return ESCAPE.sub(_unescaped, text) if "\\" in text else text


def _unescaped(match: re.Match[str]) -> str:
    if match["one"] is not None:
        if match["one"] not in ESCAPES:
            raise torn.WrongEscape(match[0])
        return ESCAPES[match["one"]]
    codes = match["bytes"].split("\\")
    try:
        return bytes(int(code[1:], 16) if code[0] == "x" else int(code, 8) for code in codes).decode()
    except ValueError as error:
        raise torn.WrongEscape(match[0]) from error


def _obsolete(left: re.Match[str]) -> Iterator[Entry]:
    """The obsolete entries of some lines; lines that make none are kept in the file and passed over."""
    return (entry for _start, _end, entry in _obsolete_pieces(left) if entry is not None)


def pieces(text: str, position: int) -> Iterator[tuple[int, int, Entry | None]]:
    """A text without a fault cut up: where each entry begins with what stands above it, and where it ends.

    Obsolete entries are in line 0; None is what is no entry, such as a comment at the end.
    """
    line, counted = 1, 0
    while position < len(text):
        match = ENTRY.match(text, position)
        if match is not None:
            line += text.count("\n", counted, match.end(1))
            counted = match.end(1)
            yield position, match.end(), _entry(match, line)
            position = match.end()
            continue
        left = OBSOLETE.match(text, position)
        if left is None:
            yield position, len(text), None
            return
        yield from _obsolete_pieces(left)
        position = left.end()


def _obsolete_pieces(left: re.Match[str]) -> Iterator[tuple[int, int, Entry | None]]:
    text, start = left.string, left.start()
    for end in [*_ends(left), left.end()]:
        said = MARK.sub(lambda match: "#" if match.string.startswith("|", match.end()) else "", text[start:end])
        match, entry = ENTRY.match(said), None
        if match is not None:
            with suppress(ValueError):
                entry = _entry(match, 0)
        if start < end:
            yield start, end, entry
        start = end


def _ends(left: re.Match[str]) -> Iterator[int]:
    """Where one obsolete entry ends because another begins."""
    is_full = False
    for line in OBSOLETE_LINE.finditer(left.string, left.start("lines"), left.end()):
        word = line["word"]
        if is_full and word in ("|", "msgctxt", "msgid"):
            yield line.start()
            is_full = False
        is_full = is_full or word == "msgstr"


def _fields(header: str) -> Iterator[tuple[str, str]]:
    for line in header.split("\n"):
        name, colon, value = line.partition(":")
        if colon:
            yield name.strip(), value.strip()
