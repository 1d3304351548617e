"""Reads labelled texts from a CSV file.

The first row names the columns, in any case and order: a text, a label and, if there is one, an author. Separators are
comma, semicolon or tab. The file is UTF-8, with or without a byte order mark; other bytes are read as Windows-1252.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from backoffice.foundation.errors import InvalidInput
from backoffice.foundation.i18n import Text, _l
from backoffice.foundation.text import clean_line, clean_text

TEXTS = ("text", "content", "comment")
LABELS = ("label", "class", "spam")
NAMES = ("author", "name")
MEANINGS: Mapping[str, bool] = {
    **dict.fromkeys(("1", "1.0", "spam", "yes", "true"), True),
    **dict.fromkeys(("0", "0.0", "ham", "no", "false", "not spam"), False),
}
LARGEST_FILE = 200 * 2**20
MOST_ROWS = 100_000
LONGEST_TEXT = 10_000
_PACKED = (b"PK\x03\x04", b"\x1f\x8b", b"\xd0\xcf\x11\xe0")


@dataclass(frozen=True, slots=True)
class Labelled:
    """One row that can be learned from."""

    text: str
    name: str
    is_spam: bool


@dataclass
class Read:
    """What was read: rows that can be learned from, and how many were left out for which reason."""

    rows: list[Labelled] = field(default_factory=list)
    left_out: Counter[Text | str] = field(default_factory=Counter)


NO_TEXT = _l("without a text")
NO_LABEL = _l("without a label that says spam or not")
TWICE = _l("more than once in the file")
BOTH_WAYS = _l("labelled both ways")


def read(path: str | Path) -> Read:
    """Read the file. Raises InvalidInput, in one sentence, if it is no such table, and OSError if it cannot be read."""
    outcome = Read()
    labels: dict[str, bool | None] = {}
    found: dict[str, Labelled] = {}
    for row in rows(path):
        if not row.text:
            outcome.left_out[NO_TEXT] += 1
        elif row.label is None:
            outcome.left_out[NO_LABEL] += 1
        elif row.text not in found:
            found[row.text] = Labelled(row.text, row.name, row.label)
            labels[row.text] = row.label
        else:
            outcome.left_out[TWICE] += 1
            if labels[row.text] is not row.label:
                labels[row.text] = None
    for text, each in found.items():
        if labels[text] is None:
            outcome.left_out[BOTH_WAYS] += 1
        else:
            outcome.rows.append(each)
    return outcome


@dataclass(frozen=True, slots=True)
class Row:
    """One row as it is; the text may be empty, and a label that says nothing is None."""

    text: str
    name: str
    label: bool | None


def rows(path: str | Path) -> Iterator[Row]:
    """Every row of the file. Raises as `read` does."""
    yield from _rows(_text_of(Path(path)))


def _text_of(path: Path) -> str:
    with path.open("rb") as file:
        data = file.read(LARGEST_FILE + 1)
    if len(data) > LARGEST_FILE:
        raise InvalidInput(_l("The file is too large."))
    if data.startswith(_PACKED):
        raise InvalidInput(_l("This is a spreadsheet or a packed file. Save it as CSV (UTF-8) first."))
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not text.strip():
            raise InvalidInput(_l("The file is empty."))
        return text.replace("\x00", "")
    raise InvalidInput(_l("The file is neither UTF-8 nor Windows-1252 throughout. Save it as CSV (UTF-8)."))


def _rows(text: str) -> Iterator[Row]:
    first = text.lstrip().split("\n", 1)[0]
    records = csv.reader(io.StringIO(text.lstrip(), newline=""), delimiter=max(",;\t", key=first.count), strict=True)
    number = 1
    try:
        header = [cell.strip().casefold() for cell in next(records)]
        places = [_place(header, names) for names in (TEXTS, LABELS)]
        author = next((header.index(name) for name in NAMES if name in header), None)
        for number, cells in enumerate(records, 2):
            if number > MOST_ROWS + 1:
                raise InvalidInput(_l("The file has more than %(limit)s rows.", limit=MOST_ROWS))
            if not any(cell.strip() for cell in cells):
                continue
            body, label = (cells[place] if place < len(cells) else "" for place in places)
            yield Row(
                clean_text(body)[:LONGEST_TEXT],
                clean_line(cells[author])[:80] if author is not None and author < len(cells) else "",
                MEANINGS.get(" ".join(label.casefold().split())),
            )
    except csv.Error:
        raise InvalidInput(_l("Row %(row)s cannot be read as CSV. Is a quotation mark missing?", row=number)) from None


def _place(header: list[str], names: tuple[str, ...]) -> int:
    for name in names:
        if name in header:
            return header.index(name)
    raise InvalidInput(
        _l("The first row must name the columns; one of them must be called %(names)s.", names=", ".join(names))
    )
