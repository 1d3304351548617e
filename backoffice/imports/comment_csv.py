"""Reads a table of comments from a CSV file as a stream.

The first row names the columns, in any case and order. Needed: an author, a date and a text; welcome: an id, an e-mail
address, and a label (`1` or `spam`, `0` or `approved`; without one a comment is pending). Separators are comma,
semicolon or tab. The file is UTF-8, with or without a byte order mark, or UTF-16 with one; what is not UTF-8 is read as
Windows-1252. Control characters, NUL among them, are removed. Rows of nothing but blanks are passed over; a row
without a text is given, for the importer to leave out by name.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import BinaryIO, Literal

from backoffice.imports.moments import moment
from backoffice.imports.refusals import N_, CsvError
from backoffice.imports.sources import Progress, Source, opened

__all__ = ["CsvComment", "CsvError", "Label", "Summary", "check", "read"]

Label = Literal["spam", "approved", "pending", "rejected"]

#: The names of the columns, the preferred ones first.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "author": ("author", "name", "author_name", "comment_author", "user", "username"),
    "date": ("date", "created_at", "created", "datetime", "timestamp", "published_at", "comment_date", "time"),
    "text": ("content", "text", "comment", "body", "message", "comment_content"),
    "label": ("class", "label", "status"),
    "id": ("id", "comment_id"),
    "email": ("email", "e-mail", "mail", "author_email", "comment_author_email"),
}
NEEDED = ("author", "date", "text")

LABELS: Mapping[str, Label] = {
    **dict.fromkeys(("1", "1.0", "true", "spam"), "spam"),
    **dict.fromkeys(("0", "0.0", "false", "approved", "ham", "not spam", "legitimate"), "approved"),
    **dict.fromkeys(("", "pending", "hold", "unapproved"), "pending"),
    "rejected": "rejected",
}

#: One field may be this long, in characters, and one row with all its columns.
LONGEST_FIELD = 131_072
LONGEST_ROW = 1_000_000
MOST_COLUMNS = 200
#: A longer id is replaced by its digest.
LONGEST_ID = 100

_CHUNK = 128 * 1024
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True, slots=True)
class CsvComment:
    """One row; `row` counts records with the header as row 1, `key` is the same whenever the same row is read again."""

    row: int
    key: str
    author: str
    email: str
    date: datetime | None
    text: str
    label: Label


@dataclass(frozen=True)
class Summary:
    """What a whole table holds; `labels` counts the rows by label, `columns` tells which header serves as what."""

    rows: int
    labels: Mapping[Label, int]
    without_date: int
    without_text: int
    columns: Mapping[str, str]
    encoding: str
    control_characters: int
    bytes: int


def read(source: Source, progress: Progress | None = None) -> Iterator[CsvComment]:
    """Yield the comments in file order; raise CsvError at the row that cannot be read.

    A stream must be able to go back to its beginning. `progress(done, total)` is called with bytes now and then.
    """
    with opened(source, CsvError) as (stream, _total):
        yield from _Table(stream, progress).comments()


def check(source: Source, progress: Progress | None = None) -> Summary:
    """Read the whole table and keep nothing but counts; raise CsvError if any of it cannot be read."""
    labels: Counter[Label] = Counter()
    without_date = without_text = 0
    with opened(source, CsvError) as (stream, _total):
        table = _Table(stream, progress)
        for comment in table.comments():
            labels[comment.label] += 1
            without_date += comment.date is None
            without_text += not comment.text
        return Summary(
            rows=labels.total(),
            labels=dict(labels),
            without_date=without_date,
            without_text=without_text,
            columns={role: table.header[index] for role, index in table.columns.items()},
            encoding=table.encoding,
            control_characters=table.control_characters,
            bytes=table.size,
        )


@dataclass
class _Table:
    """One pass over one table; what it learns on the way stays in its attributes."""

    stream: BinaryIO
    progress: Progress | None = None
    header: list[str] = field(default_factory=list)
    columns: dict[str, int] = field(default_factory=dict)
    encoding: str = ""
    control_characters: int = 0
    size: int = 0
    row: int = 1
    row_length: int = 0

    def comments(self) -> Iterator[CsvComment]:
        self.encoding, self.size = _encoding(self.stream)
        self.stream.seek(0)
        text = io.TextIOWrapper(self.stream, encoding=self.encoding, newline="")
        try:
            yield from self._rows(text)
        finally:
            # Without this the wrapper would close a stream that belongs to the caller.
            text.detach()

    def _rows(self, text: io.TextIOWrapper) -> Iterator[CsvComment]:
        lines = self._lines(text)
        first = ""
        for first in lines:
            if first.strip():
                break
            self.row += 1
        delimiter = max(",;\t", key=first.count)
        try:
            self.header = next(csv.reader([first.rstrip("\r\n")], delimiter=delimiter, strict=True), [])
        except csv.Error as error:
            raise self._broken(error) from None
        self.columns = _columns(self.header, self.row)
        records = csv.reader(lines, delimiter=delimiter, strict=True)
        while True:
            self.row += 1
            self.row_length = 0
            try:
                cells = next(records, None)
            except csv.Error as error:
                raise self._broken(error) from None
            if cells is None:
                break
            if any(cell.strip() for cell in cells):
                yield self._comment(cells)
        if self.progress:
            self.progress(self.size, self.size)

    def _lines(self, text: io.TextIOWrapper) -> Iterator[str]:
        reported = 0
        while line := text.readline(LONGEST_ROW + 1):
            self.row_length += len(line)
            if self.row_length > LONGEST_ROW:
                raise CsvError(N_("Row %(row)s has more than %(limit)s characters."), row=self.row, limit=LONGEST_ROW)
            line, removed = _CONTROL.subn("", line)
            self.control_characters += removed
            if self.progress and (done := self.stream.tell()) > reported:
                reported = done
                self.progress(done, self.size)
            yield line

    def _broken(self, error: csv.Error) -> CsvError:
        if "field larger" in str(error):
            return CsvError(
                N_("Row %(row)s has a field of more than %(limit)s characters. Is a quotation mark missing before it?"),
                row=self.row,
                limit=csv.field_size_limit(),
            )
        if "unexpected end of data" in str(error):
            return CsvError(N_("The file ends inside the quotation marks of row %(row)s."), row=self.row)
        return CsvError(N_("Row %(row)s has a quotation mark in a wrong place."), row=self.row)

    def _comment(self, cells: list[str]) -> CsvComment:
        while len(cells) > len(self.header) and not cells[-1].strip():
            cells.pop()
        if len(cells) != len(self.header):
            raise CsvError(
                N_("Row %(row)s has %(found)s columns, the header has %(expected)s."),
                row=self.row,
                found=len(cells),
                expected=len(self.header),
            )
        if max(map(len, cells)) > LONGEST_FIELD:
            raise CsvError(
                N_("Row %(row)s has a field of more than %(limit)s characters. Is a quotation mark missing before it?"),
                row=self.row,
                limit=LONGEST_FIELD,
            )
        values = {role: cells[index].strip() for role, index in self.columns.items()}
        label = LABELS.get(" ".join(values.get("label", "").casefold().split()))
        if label is None:
            raise CsvError(
                N_("Row %(row)s is labelled “%(label)s”. Known are 1 or spam, 0 or approved, pending and rejected."),
                row=self.row,
                label=values["label"][:40],
            )
        return CsvComment(
            row=self.row,
            key=_key(values),
            author=values["author"],
            email=values.get("email", ""),
            date=moment(values["date"]),
            text=values["text"],
            label=label,
        )


def _encoding(stream: BinaryIO) -> tuple[str, int]:
    """The encoding of the whole stream, which is read once for it, and its size in bytes."""
    stream.seek(0)
    chunk = stream.read(_CHUNK)
    if not chunk.strip():
        raise CsvError(N_("The file is empty."))
    if chunk.startswith((b"PK\x03\x04", b"\x1f\x8b", b"\xd0\xcf\x11\xe0")):
        raise CsvError(N_("This is a spreadsheet or a packed file. Save it as CSV (UTF-8) and import that."))
    marked = "utf-16" if chunk.startswith(_UTF16) else "utf-8-sig" if chunk.startswith(codecs.BOM_UTF8) else ""
    candidates = [marked] if marked else ["utf-8", "cp1252"]
    decoders = {name: codecs.getincrementaldecoder(name)("strict") for name in candidates}
    size = 0
    while decoders:
        size += len(chunk)
        for name, decoder in list(decoders.items()):
            try:
                decoder.decode(chunk, not chunk)
            except UnicodeDecodeError:
                del decoders[name]
        if not chunk:
            break
        chunk = stream.read(_CHUNK)
    for name in decoders:
        return name, size
    raise CsvError(N_("The file is neither UTF-8 nor Windows-1252 throughout. Save it as CSV (UTF-8)."))


def _columns(header: list[str], row: int) -> dict[str, int]:
    """Which column plays which part; raises CsvError if a needed one is missing."""
    if len(header) > MOST_COLUMNS:
        raise CsvError(N_("Row %(row)s names more than %(limit)s columns."), row=row, limit=MOST_COLUMNS)
    places: dict[str, int] = {}
    for index, name in enumerate(header):
        places.setdefault(re.sub(r"[\s_]+", "_", name.strip().casefold()), index)
    found: dict[str, int] = {}
    for role, names in COLUMNS.items():
        for name in names:
            if name in places:
                found.setdefault(role, places[name])
    missing = [role for role in NEEDED if role not in found]
    if missing:
        raise CsvError(
            N_("Row %(row)s must name the columns, but it has none for %(missing)s. It may be called %(names)s."),
            row=row,
            missing=missing[0],
            names=", ".join(COLUMNS[missing[0]]),
        )
    return found


def _key(values: Mapping[str, str]) -> str:
    identity = values.get("id", "")
    if identity and len(identity) <= LONGEST_ID:
        return identity
    parts = [identity] if identity else [values["author"], values["date"], values["text"]]
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()
