"""Whether a translation has characters that cannot be seen, lines and spaces that the English text lacks."""

from __future__ import annotations

import re
from collections.abc import Iterator

from backoffice.catalogs.checks.finding import Finding, Source
from backoffice.catalogs.checks.formats import percents
from backoffice.catalogs.checks.registry import finding
from backoffice.catalogs.checks.repairing import edge_newlines, edge_spaces
from backoffice.foundation.i18n import _l

#: What no text needs: control characters but tab and line ends, separators of lines, halves of characters.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")
_INVISIBLE = re.compile("[\u200b\ufeff\ufffd\u2060\u180e\u034f]")
#: Languages that are written without spaces, where a space without width shows where a line may end.
_WITHOUT_SPACES = frozenset(("km", "lo", "th", "my", "bo", "dz", "ja", "zh"))

_DIRECTIONS = re.compile("[\u202a-\u202e\u2066-\u2069]")
_OVERRIDES = "\u202d\u202e"
_CLOSES = {"\u202c": "\u202a\u202b\u202d\u202e", "\u2069": "\u2066\u2067\u2068"}

_ESCAPED = re.compile(r"\\[nrt\"]|\\u[0-9a-fA-F]{4}")
_INSIDE_SPACES = re.compile(r"(?<=[^\s.!?]) {2,}(?=\S)")
_AFTER_SENTENCE = re.compile(r"(?<=\S) {2,}(?=\S)")


def judged(source: Source, form: str, index: int | None) -> Iterator[Finding]:
    """The errors of one form."""
    texts = source.texts
    if (found := _CONTROL.search(form)) and found[0] not in "".join(texts):
        text = _l("It contains the control character %(code)s.", code=f"U+{ord(found[0]):04X}")
        yield finding("control_character", text, index)
    if _DIRECTIONS.search(form):
        yield from _directions(texts, form, index)
    ends = edge_newlines(form)
    if ends not in [edge_newlines(text) for text in texts]:
        yield finding("edge_newline", _l("It begins or ends with a new line, unlike the English text."), index)


def _directions(texts: tuple[str, ...], form: str, index: int | None) -> Iterator[Finding]:
    if not is_balanced(form):
        yield finding("direction", _l("It opens a change of writing direction and does not close it."), index)
    elif any(mark in form for mark in _OVERRIDES) and not any(mark in "".join(texts) for mark in _OVERRIDES):
        yield finding("direction", _l("It turns its letters round."), index)


def is_balanced(text: str) -> bool:
    """Whether every change of writing direction ends, in the right order."""
    open_marks: list[str] = []
    for mark in _DIRECTIONS.findall(text):
        if mark not in _CLOSES:
            open_marks.append(mark)
        elif not open_marks or open_marks.pop() not in _CLOSES[mark]:
            return False
    return not open_marks


def warned(source: Source, form: str, index: int | None, language: str) -> Iterator[Finding]:
    """The warnings of one form."""
    texts = source.texts
    if "\n" in form or "\n" in source.id:
        lines = form.strip("\n").count("\n")
        if lines not in [text.strip("\n").count("\n") for text in texts]:
            given, wanted = lines + 1, texts[-1].strip("\n").count("\n") + 1
            text = _l("It has %(given)s lines, the English text has %(wanted)s.", given=given, wanted=wanted)
            yield finding("newline_count", text, index)
    yield from _escapes(texts, form, index)
    if edge_spaces(form) not in [edge_spaces(text) for text in texts]:
        yield finding("edge_space", _l("It begins or ends with spaces, unlike the English text."), index)
    if "  " in form and _doubled(texts, form):
        yield finding("double_space", _l("It has two spaces in a row."), index)
    found = _INVISIBLE.search(form)
    if found and found[0] not in "".join(texts) and not (found[0] == "\u200b" and language in _WITHOUT_SPACES):
        text = _l("It contains the invisible character %(code)s.", code=f"U+{ord(found[0]):04X}")
        yield finding("invisible_character", text, index)


def _doubled(texts: tuple[str, ...], form: str) -> bool:
    """Whether there are two spaces in a row; between sentences only where the English text has one."""
    if any("\n" in text or _INSIDE_SPACES.search(text) for text in texts):
        return False
    pattern = _INSIDE_SPACES if any("  " in text for text in texts) else _AFTER_SENTENCE
    return bool(pattern.search(form))


def _escapes(texts: tuple[str, ...], form: str, index: int | None) -> Iterator[Finding]:
    if sorted(_ESCAPED.findall(form)) not in [sorted(_ESCAPED.findall(text)) for text in texts]:
        yield finding("escapes", _l("Its backslashes are not those of the English text."), index)
    if "\r" in form and not any("\r" in text for text in texts):
        yield finding("escapes", _l("It contains a carriage return."), index)
    if form.count("\t") not in [text.count("\t") for text in texts]:
        yield finding("escapes", _l("Its tabs are not those of the English text."), index)
    single = "%%" in form and any("%" in text for text in texts)
    if single and not any("%%" in text or percents(text).is_filled for text in texts):
        yield finding("escapes", _l("It doubles a percent sign that the English text does not."), index)
