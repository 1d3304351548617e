"""Two people changed one text: what they changed in different lines is brought together, the rest is put side by side.

Lines that neither changed hold the three texts together; between them stands what one changed, or both.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from sqlalchemy import select

from backoffice.files.looking import BYTE_ORDER_MARK
from backoffice.files.recording import RESOURCE
from backoffice.files.storage import Storage
from backoffice.foundation.database import db
from backoffice.foundation.errors import NotFound
from backoffice.records.journal import LONGEST_TITLE
from backoffice.records.trash import Trashed

#: More lines that differ are not compared one by one.
MOST_LINES = 5000
#: So many former contents of a file are looked through for the one a form was opened with.
MOST_FORMER = 200

Lines = Sequence[str]


@dataclass(frozen=True)
class Clash:
    """Lines that both changed; `line` is the number of the first in the text that is saved, from 1."""

    line: int
    original: str
    theirs: str
    mine: str


@dataclass(frozen=True)
class TextMerge:
    """What becomes of a text when it is brought together with the one that is saved now.

    `version` is that of the saved one, `base` that of the original, `has_original` whether that is still kept.
    """

    pieces: tuple[str | Clash, ...]
    base: str
    version: str
    has_original: bool
    who: str | None
    when: datetime | None

    @property
    def clashes(self) -> list[Clash]:
        """What cannot be brought together without asking."""
        return [piece for piece in self.pieces if isinstance(piece, Clash)]

    def text(self, chosen: Callable[[int], str] = lambda _number: "mine") -> str:
        """The whole text; `chosen` says for each clash, counted from 0, whether `theirs` or `mine` is taken."""
        numbers = iter(range(len(self.pieces)))
        return "".join(
            piece if isinstance(piece, str) else (piece.theirs if chosen(next(numbers)) == "theirs" else piece.mine)
            for piece in self.pieces
        )


def merge_text(storage: Storage, path: str, base: str, mine: str) -> TextMerge:
    """Bring what somebody typed into version `base` of a text together with what is saved. Raises what reading does."""
    saved = storage.read_text(path)
    theirs = plain(saved.text)
    rows = _former(path)
    original = saved.text if base == saved.version else _kept_text(storage, rows, base)
    if original is None:
        pieces = tuple(two_way(theirs, mine))
    else:
        pieces = tuple(three_way(plain(original), theirs, mine))
    newest = rows[0] if rows and original is not None else None
    who, when = (newest.actor_name, newest.at) if newest is not None else (None, None)
    return TextMerge(pieces, base, saved.version, original is not None, who, when)


def plain(text: str) -> str:
    """The text as a browser has it: without byte order mark, lines ended by line feeds."""
    return text.removeprefix(BYTE_ORDER_MARK).replace("\r\n", "\n").replace("\r", "\n")


def three_way(base: str, theirs: str, mine: str) -> Iterator[str | Clash]:
    """The text brought together, in pieces."""
    first, second, third = (_lines(text) for text in (base, theirs, mine))
    place = there = here = 0
    for start, end, in_theirs, in_mine in _anchors(first, second, third):
        yield from _between(first[place:start], second[there:in_theirs], third[here:in_mine], there)
        if end > start:
            yield "".join(first[start:end])
        place, there, here = end, in_theirs + end - start, in_mine + end - start


def two_way(theirs: str, mine: str) -> Iterator[str | Clash]:
    """The same without an original: every difference is a clash."""
    first, second = _lines(theirs), _lines(mine)
    for what, start, end, begin, finish in _opcodes(first, second):
        if what == "equal":
            yield "".join(first[start:end])
        else:
            yield Clash(start + 1, "", "".join(first[start:end]), "".join(second[begin:finish]))


def _between(original: Lines, theirs: Lines, mine: Lines, place: int) -> Iterator[str | Clash]:
    if theirs == mine or mine == original:
        text = "".join(theirs)
    elif theirs == original:
        text = "".join(mine)
    else:
        yield Clash(place + 1, "".join(original), "".join(theirs), "".join(mine))
        return
    if text:
        yield text


def _anchors(base: Lines, theirs: Lines, mine: Lines) -> Iterator[tuple[int, int, int, int]]:
    """Runs of lines that all three have: where they begin and end in the original, and begin in the two others."""
    first, second = _matches(base, theirs), _matches(base, mine)
    one = two = 0
    while one < len(first) and two < len(second):
        (start, place, length), (begin, spot, size) = first[one], second[two]
        low, high = max(start, begin), min(start + length, begin + size)
        if low < high:
            yield low, high, place + low - start, spot + low - begin
        if start + length < begin + size:
            one += 1
        else:
            two += 1
    yield len(base), len(base), len(theirs), len(mine)


def _matches(old: Lines, new: Lines) -> list[tuple[int, int, int]]:
    return [(start, begin, end - start) for what, start, end, begin, _finish in _opcodes(old, new) if what == "equal"]


def _opcodes(old: Lines, new: Lines) -> Iterator[tuple[str, int, int, int, int]]:
    """What turns one into the other; the long common beginning and end of most edits costs nothing."""
    least = min(len(old), len(new))
    head = next((number for number in range(least) if old[number] != new[number]), least)
    tail = next((number for number in range(least - head) if old[-1 - number] != new[-1 - number]), least - head)
    if head:
        yield "equal", 0, head, 0, head
    between, put = old[head : len(old) - tail], new[head : len(new) - tail]
    if len(between) + len(put) > MOST_LINES:
        yield "replace", head, head + len(between), head, head + len(put)
    elif between or put:
        matcher = difflib.SequenceMatcher(None, between, put)
        for what, start, end, begin, finish in matcher.get_opcodes():
            yield what, head + start, head + end, head + begin, head + finish
    if tail:
        yield "equal", len(old) - tail, len(old), len(new) - tail, len(new)


def _lines(text: str) -> list[str]:
    """The lines with their ends, so that together they are the text."""
    parts = text.split("\n")
    lines = chain((f"{part}\n" for part in parts[:-1]), parts[-1:])
    return [line for line in lines if line]


def _former(path: str) -> list[Trashed]:
    """The rows of what the file held before, newest first."""
    query = select(Trashed).where(Trashed.target_type == RESOURCE, Trashed.title == path[:LONGEST_TITLE])
    rows = db.session.scalars(query.order_by(Trashed.id.desc()).limit(MOST_FORMER))
    return [row for row in rows if row.kept.get("is_former") and row.kept.get("path") == path]


def _kept_text(storage: Storage, rows: list[Trashed], version: str) -> str | None:
    for row in rows:
        if row.kept.get("sha256") == version and storage.attic is not None:
            try:
                return storage.attic.read(row.target_id).decode()
            except (NotFound, UnicodeDecodeError):
                continue
    return None
