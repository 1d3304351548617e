"""Reading a catalog again of which little changed: what is the same characters as before is the same entries.

Nothing is believed but the bytes of the moment. The outcome is that of `po.parse`, which is slower.
"""

from __future__ import annotations

from bisect import bisect_right
from pathlib import Path

from backoffice.catalogs import po, torn
from backoffice.catalogs.po import Entry, PoFile

#: The catalogs that were read last, by their files: only something to compare new bytes with.
_LAST: dict[Path, PoFile] = {}
_MOST = 12


def read(path: Path, content: bytes) -> PoFile:
    """What these bytes of a file say. Raises PoFault."""
    before = _LAST.get(path)
    file = po.parse(content) if before is None else reread(before, content)
    remember(path, file)
    return file


def remember(path: Path, file: PoFile) -> None:
    """Compare the next bytes of this file with these."""
    _LAST.pop(path, None)
    while len(_LAST) >= _MOST:
        _LAST.pop(next(iter(_LAST)), None)
    _LAST[path] = file


def reread(before: PoFile, content: bytes) -> PoFile:
    """The same as `po.parse` of the content, made from what is known of a similar file. Raises PoFault."""
    if content == before.content:
        return before
    text, old = torn.decoded(content), before.text
    entries = list(before.entries) if before.head is None else [before.head, *before.entries]
    if len(entries) > 1 and _begin(entries[0]) > _begin(entries[1]):
        entries.sort(key=_begin)
    front = _same_front(old, text)
    back = _same_back(old, text, min(len(old), len(text)) - front)
    # The last entry in front of the first difference may go on there, so the one before it is the last to be kept.
    kept = max(bisect_right(entries, front, key=_end) - 1, 0)
    made = entries[:kept]
    start = _line_end(text, made[-1].span[2]) if made else int(text.startswith("\ufeff"))
    if "#~" in old[start : len(old) - back + 1] or "#~" in text[start : len(text) - back + 1]:
        return po.parse(content)
    # Entries behind the last difference are the same, once reading arrives at the beginning of one.
    shift = len(text) - len(old)
    behind = bisect_right(entries, len(old) - back, key=_begin)
    same = {entry.span[0] + shift: index for index, entry in enumerate(entries[behind:], behind)}
    fresh: list[Entry] = []
    rest = len(entries)
    for entry in po.scanned(text, start, text.count("\n", 0, start) + 1):
        if not entry.line:
            return po.parse(content)
        if entry.span[0] in same:
            rest = same[entry.span[0]]
            break
        fresh.append(entry)
    keys = before.keys.difference((each.context, each.id) for each in entries[kept:rest])
    added = {(each.context, each.id) for each in fresh}
    if len(added) < len(fresh) or not keys.isdisjoint(added):
        return po.parse(content)
    made += fresh
    if rest < len(entries):
        made += _moved(entries[rest:], shift, entry.line - entries[rest].line)
    file = po.of_entries(content, text, made, before.obsolete, keys | added)
    if "wrap" in before.__dict__:
        file.__dict__["wrap"] = before.wrap
    return file


def _moved(entries: list[Entry], shift: int, below: int) -> list[Entry]:
    """The same entries so many characters and lines further down."""
    if not shift and not below:
        return entries
    made, new, give = [], Entry.__new__, object.__setattr__
    with po.many_objects():
        for entry in entries:
            moved = new(Entry)
            start, keyword, end = entry.span
            span = (start + shift, keyword + shift, end + shift)
            give(moved, "__dict__", {**entry.__dict__, "span": span, "line": entry.line + below})
            made.append(moved)
    return made


def _same_front(one: str, other: str) -> int:
    """How many characters two texts begin with together."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _same_back(one: str, other: str, most: int) -> int:
    """How many characters two texts end with together, of so many that are looked at."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        if one[len(one) - middle : len(one) - low] == other[len(other) - middle : len(other) - low]:
            low = middle
        else:
            high = middle - 1
    return low


def _begin(entry: Entry) -> int:
    return entry.span[0]


def _end(entry: Entry) -> int:
    return entry.span[2]


def _line_end(text: str, position: int) -> int:
    """The beginning of the next line."""
    found = text.find("\n", position)
    return len(text) if found < 0 else found + 1
