"""A difference between two versions of a file that `git apply` takes, byte for byte."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Iterator, Sequence

#: Lines around a change, as git shows them.
CONTEXT = 3
#: The header that names the version of a catalog that changes were made from.
BASE_HEADER = "X-Workbench-Base"
_NO_NEWLINE = b"\\ No newline at end of file\n"


def digest_of(content: bytes) -> str:
    """What names this version of a file."""
    return hashlib.sha256(content).hexdigest()


def patch(before: bytes, after: bytes, path: str) -> bytes:
    """The difference of a file under its path in the repository; empty where there is none.

    What stands above the difference names the version before; git passes over it.
    """
    if before == after:
        return b""
    old, new = _lines(before), _lines(after)
    name = path.encode()
    mode = b"" if before else b"new file mode 100644\n"
    was = b"a/" + name if before else b"/dev/null"
    head = b"%s: %s\n\ndiff --git a/%s b/%s\n%s--- %s\n+++ b/%s\n" % (
        BASE_HEADER.encode(), digest_of(before).encode(), name, name, mode, was, name,
    )  # fmt: skip
    return head + b"".join(_hunks(old, new))


def _lines(content: bytes) -> list[bytes]:
    """The lines as git counts them: only a line feed ends one."""
    lines = [line + b"\n" for line in content.split(b"\n")]
    lines[-1] = lines[-1][:-1]
    return lines if lines[-1] else lines[:-1]


def _hunks(old: Sequence[bytes], new: Sequence[bytes]) -> Iterator[bytes]:
    for group in difflib.SequenceMatcher(None, old, new).get_grouped_opcodes(CONTEXT):
        first, last = group[0], group[-1]
        spans = _span(first[1], last[2]), _span(first[3], last[4])
        yield b"@@ -%s +%s @@\n" % spans
        for what, start, end, begin, finish in group:
            if what == "equal":
                yield from (_told(b" ", line) for line in old[start:end])
                continue
            yield from (_told(b"-", line) for line in old[start:end])
            yield from (_told(b"+", line) for line in new[begin:finish])


def _span(start: int, end: int) -> bytes:
    count = end - start
    first = start + 1 if count else start
    return str(first).encode() if count == 1 else b"%d,%d" % (first, count)


def _told(mark: bytes, line: bytes) -> bytes:
    return mark + line if line.endswith(b"\n") else mark + line + b"\n" + _NO_NEWLINE
