"""Changing entries of a .po file and nothing else: every line that does not have to change stays as it is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO

from babel.messages.pofile import PoFileError, normalize, read_po

from backoffice.catalogs import po, rereading
from backoffice.catalogs.checks.finding import Source
from backoffice.catalogs.po import FUZZY, Entry, PoFile
from backoffice.catalogs.reading import forms_of
from backoffice.foundation.errors import DomainError
from backoffice.foundation.i18n import _l

#: Where Babel wraps lines, and so do our own files.
WRAP = 76
#: A line this long that is not wrapped says that the file is not wrapped at all.
_NEVER_WRAPPED = 120
#: A line of a text that goes on in the next line although it does not end there.
_WRAPPED = re.compile(r'^".*[^n]"[ \t\r]*$(?=\n")|^".*[^\\]n"[ \t\r]*$(?=\n")', re.MULTILINE)
_UNWRAPPED = re.compile(rf'^msg(?:id|str) ".{{{_NEVER_WRAPPED}}}', re.MULTILINE)

_FORM = re.compile(
    r'msgstr(?:\[\d+[ \t]*\])?[ \t]*+(?P<text>"[^"\\\n]*+(?:\\.[^"\\\n]*+)*+"'
    r'(?:[ \t\r\n\f\v]*+"[^"\\\n]*+(?:\\.[^"\\\n]*+)*+")*+)'
)
_BLANK = " \t\r\f\v"


class Unsound(DomainError):
    """What was written is not what was meant; nothing has been put in place."""

    status = 500


@dataclass(frozen=True)
class Change:
    """What becomes of one entry; None leaves that part of it as it is."""

    eid: str
    forms: tuple[str, ...] | None = None
    fuzzy: bool | None = None
    comments: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Addition:
    """An entry that a file does not have yet."""

    source: Source
    forms: tuple[str, ...]
    fuzzy: bool = False
    comments: tuple[str, ...] = ()


def spliced(file: PoFile, changes: Iterable[Change]) -> bytes:
    """The file with these changes. Raises KeyError for an entry that it does not have."""
    wrap = wrap_of(file)
    pieces = [piece for change in changes for piece in _pieces(file, file.by_eid[change.eid], change, wrap)]
    return _patched(file.text, pieces).encode("utf-8")


def appended(file: PoFile, entries: Sequence[Addition]) -> bytes:
    """The file with new entries behind its last one, before what is obsolete."""
    if not entries:
        return file.content
    newline, wrap = file.newline, wrap_of(file)
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


def with_header(file: PoFile, fields: Mapping[str, str]) -> bytes:
    """The file with these fields in its header; the lines of the other fields stay as they are."""
    newline = file.newline
    if file.head is None:
        start = 1 if file.text.startswith("\ufeff") else 0
        told = newline.join(f'"{_one_line(name, value)}"' for name, value in fields.items())
        header = f'msgid ""{newline}msgstr ""{newline}{told}{newline}{newline}'
        return (file.text[:start] + header + file.text[start:]).encode("utf-8")
    match = _form_at(file, file.head)[0]
    groups, left = _header_groups(match["text"]), dict(fields)
    for group in groups:
        value = next((left.pop(name) for name in list(left) if name.lower() == group.name.lower()), None)
        if value is not None and value != group.value:
            group.lines = [f'"{_one_line(group.name, value)}"']
    lines = [line for group in groups for line in group.lines]
    lines += [f'"{_one_line(name, value)}"' for name, value in left.items()]
    told = newline.join(['""', *lines])
    start, end = match.span("text")
    return (file.text[:start] + told + file.text[end:]).encode("utf-8") if told != match["text"] else file.content


def verified(before: PoFile, after: bytes, eids: Iterable[str]) -> PoFile:
    """The new file, read again, where only these entries differ. Raises Unsound for any other difference.

    Our parser reads the whole file, Babel's the entries that changed and those around them.
    """
    changed = set(eids)
    try:
        file = rereading.reread(before, after)
    except po.PoFault as fault:
        raise _unsound(fault.in_english()) from fault
    if file.head != before.head:
        raise _unsound("the header changed")
    kept = [entry for entry in before.entries if entry.eid not in changed]
    if kept != [entry for entry in file.entries if entry.eid not in changed]:
        raise _unsound("another entry changed")
    if len(before.obsolete) != len(file.obsolete) or any(map(_differs, before.obsolete, file.obsolete)):
        raise _unsound("an obsolete entry changed")
    _agreed(file, changed)
    return file


def wrap_of(file: PoFile) -> int:
    """Where this file wraps its lines: as Babel does unless its longest wrapped line says otherwise; 0 for never."""
    lengths = [len(line.rstrip(_BLANK)) for line in _WRAPPED.findall(file.text)]
    if not lengths:
        return 0 if _UNWRAPPED.search(file.text) else WRAP
    longest = max((length for length in lengths if length <= _NEVER_WRAPPED), default=0)
    return WRAP if longest < WRAP else longest + 1


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
    if fuzzy == entry.is_fuzzy and comments == entry.comments:
        return
    start, keyword, _end = entry.span
    lines = file.text[start:keyword].split("\n")
    # Behind the last line end there may be an indent of the first keyword.
    indent = lines.pop()
    ends = ["\r" if line.endswith("\r") else "" for line in lines]
    bare = [line.rstrip("\r") for line in lines]
    new = _new_head(bare, entry, fuzzy, comments, is_sorted=_sorts_flags(file))
    style = "\r" if newline == "\r\n" else ""
    told = "".join(f"{line}{ends[old] if old is not None else style}\n" for line, old in new)
    yield start, keyword, told + indent


def _new_head(
    lines: list[str], entry: Entry, fuzzy: bool, comments: tuple[str, ...], *, is_sorted: bool
) -> list[tuple[str, int | None]]:
    """The lines above an entry, each with its number before, None for a new one."""
    new: list[tuple[str, int | None]] = list(zip(lines, range(len(lines)), strict=True))
    if fuzzy and not entry.is_fuzzy:
        new = _with_fuzzy(new, entry, is_sorted)
    elif entry.is_fuzzy and not fuzzy:
        new = [kept for line in new if (kept := _without_fuzzy(line)) and _mark(line[0]) != "#|"]
    if comments != entry.comments:
        new = _with_comments(new, comments)
    return new


def _with_fuzzy(lines: list[tuple[str, int | None]], entry: Entry, is_sorted: bool) -> list[tuple[str, int | None]]:
    flags = [FUZZY, *entry.flags]
    if is_sorted:
        flags.sort()
    at = next((index for index, (line, _old) in enumerate(lines) if _mark(line) == "#,"), None)
    if at is None:
        at = next((index for index, (line, _old) in enumerate(lines) if _mark(line) == "#|"), len(lines))
        return [*lines[:at], (f"#, {', '.join(flags)}", None), *lines[at:]]
    line, old = lines[at]
    own = [flag.strip() for flag in line.strip(_BLANK)[2:].split(",") if flag.strip()]
    own = sorted([FUZZY, *own]) if is_sorted else [FUZZY, *own]
    return [*lines[:at], (f"#, {', '.join(own)}", old), *lines[at + 1 :]]


def _without_fuzzy(line: tuple[str, int | None]) -> tuple[str, int | None] | None:
    if _mark(line[0]) != "#,":
        return line
    flags = [flag.strip() for flag in line[0].strip(_BLANK)[2:].split(",")]
    if FUZZY not in flags:
        return line
    left = [flag for flag in flags if flag and flag != FUZZY]
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


def _form_at(file: PoFile, entry: Entry) -> list[re.Match[str]]:
    """The translation lines of an entry, one match for each form."""
    _start, keyword, end = entry.span
    position = file.text.index("msgstr", _skip_sources(file.text, keyword))
    return list(_FORM.finditer(file.text, position, end))


_SOURCES = re.compile(
    r'(?:msg(?:ctxt|id_plural|id)[ \t]*+"[^"\\\n]*+(?:\\.[^"\\\n]*+)*+"'
    r'(?:[ \t\r\n\f\v]*+"[^"\\\n]*+(?:\\.[^"\\\n]*+)*+")*+[ \t\r\n\f\v]*+)*+'
)


def _skip_sources(text: str, position: int) -> int:
    """Where the translation begins, behind the English texts, which may contain the word `msgstr`."""
    match = _SOURCES.match(text, position)
    return match.end() if match else position


def _new_forms(file: PoFile, entry: Entry, forms: tuple[str, ...], newline: str, wrap: int) -> Iterator[Piece]:
    if entry.plural is None and len(forms) != 1:
        raise ValueError("an entry without a plural has one form")
    found = _form_at(file, entry)
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


@dataclass
class _Group:
    """One field of a header and the quoted lines that spell it."""

    name: str
    value: str
    lines: list[str]


def _header_groups(strings: str) -> list[_Group]:
    groups: list[_Group] = []
    is_open = False
    for quoted in re.findall(r'"[^"\\\n]*(?:\\.[^"\\\n]*)*"', strings):
        if quoted == '""':
            continue
        lines = [quoted]
        if quoted.count("\\n") > 1:
            lines = [f'"{part}\\n"' for part in quoted[1:-1].split("\\n") if part]
        for line in lines:
            if is_open:
                groups[-1].lines.append(line)
                groups[-1].value += po.said_by(line).rstrip("\n")
            else:
                name, _colon, value = po.said_by(line).rstrip("\n").partition(":")
                groups.append(_Group(name.strip(), value.strip(), [line]))
            is_open = not line.endswith('\\n"')
    return groups


def _one_line(name: str, value: str) -> str:
    told = f"{name}: {value}".replace("\\", "\\\\").replace('"', '\\"')
    return " ".join(told.split()) + "\\n"


def _line_end(text: str, position: int) -> int:
    """The beginning of the next line."""
    found = text.find("\n", position)
    return len(text) if found < 0 else found + 1


def _differs(one: Entry, other: Entry) -> bool:
    return one != other


def _unsound(reason: str) -> Unsound:
    return Unsound(_l("The file was not written, as it would not have been right: %(reason)s.", reason=reason))


def _agreed(file: PoFile, changed: set[str]) -> None:
    """Let Babel read what changed, and what stands beside it, and compare."""
    entries = file.entries
    near: set[int] = set()
    for index, entry in enumerate(entries):
        if entry.eid in changed:
            near |= {index - 1, index, index + 1} & set(range(len(entries)))
    if len(near) < len(changed):
        raise _unsound("an entry is missing")
    chosen = [*([file.head] if file.head else []), *(entries[index] for index in sorted(near))]
    excerpt = "\n".join(file.text[entry.span[0] : _line_end(file.text, entry.span[2])] for entry in chosen)
    try:
        catalog = read_po(BytesIO(excerpt.lstrip("\ufeff").encode("utf-8")), abort_invalid=True)
    except (PoFileError, ValueError, LookupError, AssertionError) as error:
        raise _unsound(str(error) or type(error).__name__) from error
    for index in near:
        entry = entries[index]
        message = catalog.get(entry.id, entry.context)
        if message is None:
            raise _unsound("Babel does not find an entry")
        forms = forms_of(message)
        count = min(len(forms), len(entry.forms))
        if entry.eid in changed and (forms[:count] != entry.forms[:count] or message.fuzzy != entry.is_fuzzy):
            raise _unsound("Babel reads an entry differently")
