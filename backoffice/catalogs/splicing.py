"""Changing entries of a .po file and nothing else: every line that does not have to change stays as it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from babel.messages.pofile import normalize

from backoffice.catalogs.checks.finding import ALLOWED, Source
from backoffice.catalogs.headers import with_header as with_header
from backoffice.catalogs.patterns import WRAP
from backoffice.catalogs.po import FUZZY, Entry, PoFile
from backoffice.catalogs.proving import Unsound as Unsound
from backoffice.catalogs.proving import verified as verified

_BLANK = " \t\r\f\v"


@dataclass(frozen=True)
class Change:
    """What becomes of one entry; None leaves that part of it as it is."""

    eid: str
    forms: tuple[str, ...] | None = None
    fuzzy: bool | None = None
    comments: tuple[str, ...] | None = None
    #: Whether what a check of security finds in the forms is allowed.
    allowed: bool | None = None


@dataclass(frozen=True)
class Addition:
    """An entry that a file does not have yet."""

    source: Source
    forms: tuple[str, ...]
    fuzzy: bool = False
    comments: tuple[str, ...] = ()


def spliced(file: PoFile, changes: Iterable[Change]) -> bytes:
    """The file with these changes. Raises KeyError for an entry that it does not have."""
    wrap = file.wrap
    pieces = [piece for change in changes for piece in _pieces(file, file.by_eid[change.eid], change, wrap)]
    return _patched(file.text, pieces).encode("utf-8")


def appended(file: PoFile, entries: Sequence[Addition]) -> bytes:
    """The file with new entries behind its last one, before what is obsolete."""
    if not entries:
        return file.content
    newline, wrap = file.newline, file.wrap
    last = file.entries[-1] if file.entries else file.head
    at = _line_end(file.text, last.span[2]) if last else len(file.text)
    before = file.text[:at]
    gap = "" if not before.strip("\ufeff") or before.endswith(("\n\n", "\r\n\r\n")) else newline
    if before and not before.endswith("\n"):
        gap = newline + gap
    told = newline.join(_rendered(entry, newline, wrap) for entry in entries)
    after = file.text[at:]
    end = newline if after and not after.lstrip(_BLANK).startswith("\n") else ""
    return (before + gap + told + end + after).encode("utf-8")


def rendered(text: str, newline: str = "\n", wrap: int = WRAP) -> str:
    """A text as quoted strings, as Babel would write it."""
    return str(normalize(text, width=wrap)).replace("\n", newline)


Piece = tuple[int, int, str]


def _patched(text: str, pieces: list[Piece]) -> str:
    made, position = [], 0
    for start, end, told in sorted(pieces):
        made += [text[position:start], told]
        position = end
    return "".join([*made, text[position:]])


def _pieces(file: PoFile, entry: Entry, change: Change, wrap: int) -> Iterator[Piece]:
    """What to put where, in the text of the file."""
    newline = file.newline
    if change.forms is not None and change.forms != entry.forms:
        yield from _new_forms(file, entry, change.forms, newline, wrap)
    fuzzy = change.fuzzy if change.fuzzy is not None else entry.is_fuzzy
    comments = change.comments if change.comments is not None else entry.comments
    is_allowed = ALLOWED in entry.flags
    allowed = change.allowed if change.allowed is not None else is_allowed
    if (fuzzy, comments, allowed) == (entry.is_fuzzy, entry.comments, is_allowed):
        return
    start, keyword, _end = entry.span
    lines = file.text[start:keyword].split("\n")
    # Behind the last line end there may be an indent of the first keyword.
    indent = lines.pop()
    ends = ["\r" if line.endswith("\r") else "" for line in lines]
    bare = [line.rstrip("\r") for line in lines]
    new = _new_head(bare, entry, fuzzy, comments, allowed, is_sorted=_sorts_flags(file))
    style = "\r" if newline == "\r\n" else ""
    told = "".join(f"{line}{ends[old] if old is not None else style}\n" for line, old in new)
    yield start, keyword, told + indent


def _new_head(
    lines: list[str], entry: Entry, fuzzy: bool, comments: tuple[str, ...], allowed: bool, *, is_sorted: bool
) -> list[tuple[str, int | None]]:
    """The lines above an entry, each with its number before, None for a new one."""
    new: list[tuple[str, int | None]] = list(zip(lines, range(len(lines)), strict=True))
    if fuzzy and not entry.is_fuzzy:
        new = _with_flag(FUZZY, new, is_sorted)
    elif entry.is_fuzzy and not fuzzy:
        new = [kept for line in new if (kept := _without_flag(FUZZY, line)) and _mark(line[0]) != "#|"]
    if allowed and ALLOWED not in entry.flags:
        new = _with_flag(ALLOWED, new, is_sorted)
    elif not allowed:
        new = [kept for line in new if (kept := _without_flag(ALLOWED, line))]
    if comments != entry.comments:
        new = _with_comments(new, comments)
    return new


def _with_flag(flag: str, lines: list[tuple[str, int | None]], is_sorted: bool) -> list[tuple[str, int | None]]:
    at = next((index for index, (line, _old) in enumerate(lines) if _mark(line) == "#,"), None)
    if at is None:
        at = next((index for index, (line, _old) in enumerate(lines) if _mark(line) == "#|"), len(lines))
        return [*lines[:at], (f"#, {flag}", None), *lines[at:]]
    line, old = lines[at]
    own = [flag, *(each.strip() for each in line.strip(_BLANK)[2:].split(",") if each.strip())]
    own = sorted(own) if is_sorted else own
    return [*lines[:at], (f"#, {', '.join(own)}", old), *lines[at + 1 :]]


def _without_flag(flag: str, line: tuple[str, int | None]) -> tuple[str, int | None] | None:
    if _mark(line[0]) != "#,":
        return line
    flags = [each.strip() for each in line[0].strip(_BLANK)[2:].split(",")]
    if flag not in flags:
        return line
    left = [each for each in flags if each and each != flag]
    return (f"#, {', '.join(left)}", line[1]) if left else None


def _with_comments(lines: list[tuple[str, int | None]], comments: tuple[str, ...]) -> list[tuple[str, int | None]]:
    is_own = [_mark(line) == "# " for line, _old in lines]
    at = (
        is_own.index(True)
        if True in is_own
        else next((index for index, (line, _old) in enumerate(lines) if line.strip(_BLANK)), len(lines))
    )
    kept = [line for line, own in zip(lines, is_own, strict=True) if not own]
    told = [(f"# {line}" if line else "#", None) for each in comments for line in (each.splitlines() or [""])]
    return [*kept[:at], *told, *kept[at:]]


def _mark(line: str) -> str:
    """`#,` and its like; `# ` for a line of the translator; empty for a blank line."""
    bare = line.strip(_BLANK)
    if not bare.startswith("#"):
        return ""
    return bare[:2] if bare[1:2] in (".", ":", ",", "|", "~") and len(bare) > 1 else "# "


def _sorts_flags(file: PoFile) -> bool:
    return "babel" in file.header.get("Generated-By", "").lower()


def _new_forms(file: PoFile, entry: Entry, forms: tuple[str, ...], newline: str, wrap: int) -> Iterator[Piece]:
    if entry.plural is None and len(forms) != 1:
        raise ValueError("an entry without a plural has one form")
    found = file.forms_at(entry)
    for index, form in enumerate(forms):
        if index >= len(found):
            end = entry.span[2]
            yield end, end, f"{newline}msgstr[{index}] {rendered(form, newline, wrap)}"
        elif form != entry.forms[index]:
            yield *found[index].span("text"), rendered(form, newline, wrap)
    if len(forms) < len(found):
        yield found[len(forms) - 1].end(), entry.span[2], ""


def _rendered(entry: Addition, newline: str, wrap: int) -> str:
    source = entry.source
    flags = [*([FUZZY] if entry.fuzzy else []), *(flag for flag in source.flags if flag != FUZZY)]
    lines = [f"# {line}" if line else "#" for each in entry.comments for line in (each.splitlines() or [""])]
    lines += [f"#. {note}" for note in source.notes]
    lines += [f"#, {', '.join(flags)}"] if flags else []
    lines += [f"msgctxt {rendered(source.context, newline, wrap)}"] if source.context is not None else []
    lines += [f"msgid {rendered(source.id, newline, wrap)}"]
    if source.plural is None:
        lines += [f"msgstr {rendered(entry.forms[0], newline, wrap)}"]
    else:
        lines += [f"msgid_plural {rendered(source.plural, newline, wrap)}"]
        lines += [f"msgstr[{index}] {rendered(form, newline, wrap)}" for index, form in enumerate(entry.forms)]
    return newline.join(lines) + newline


def _line_end(text: str, position: int) -> int:
    """The beginning of the next line."""
    found = text.find("\n", position)
    return len(text) if found < 0 else found + 1
