"""What is wrong with the form of a .po file: the line and the reason, for whoever has to mend it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from backoffice.foundation.errors import DomainError
from backoffice.foundation.i18n import Text, _l, message_of

_CONFLICT = re.compile(r"(?:<{7}|>{7}|\|{7})(?: |$)|={7}$")
_KEYWORD = re.compile(
    r"(?P<word>msgctxt|msgid_plural|msgid|msgstr)(?P<index>\[(?P<number>[^\]]*)\])?[ \t]*(?P<rest>.*)\Z"
)
_STRINGS = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"(?:[ \t]*"[^"\\]*(?:\\.[^"\\]*)*")*\Z')
_WRONG_ESCAPE = re.compile(r"(?<!\\)(?:\\\\)*\\(?![ntr\"\\abfv'?0-7]|x[0-9a-fA-F]{2})")
_CHARSET = re.compile(r"charset=\s*([\w.:-]+)", re.IGNORECASE)
#: What a header may call the only encoding there is; the second is what a template says before it has one.
_UTF_8 = {"utf-8", "utf8", "charset", "us-ascii", "ascii"}
_BLANK = " \t\r\f\v"
#: Names with a space stand between marks that do not show.
_PLACES = re.compile("(?:\u2068[^\u2068\u2069]*\u2069|[^\\s])+")
_SHOWN = 60


class PoFault(DomainError):
    """A .po file with a mistake of form: `line` counts from 1, `reason` is a sentence."""

    def __init__(self, line: int, reason: Text) -> None:
        super().__init__(_l("Line %(line)s: %(reason)s", line=line, reason=reason))
        self.line = line
        self.reason = reason

    def in_english(self) -> str:
        """Line and reason for a log or a command."""
        values = {name: message_of(value) for name, value in self.reason._kwargs.items()}
        return f"line {self.line}: {message_of(self.reason) % values if values else message_of(self.reason)}"


class WrongOrder(ValueError):
    """The plural forms of an entry are not numbered 0, 1, 2 and so on."""


class WrongEscape(ValueError):
    """A backslash with something behind it that means nothing."""


def content_of(path: Path) -> bytes:
    """The bytes of a file. Raises FileNotFoundError, and PoFault for one that is there and cannot be read."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise PoFault(1, _l(reason)) from error


def decoded(content: bytes) -> str:
    """The content as text; only a file of UTF-8 can be read. Raises PoFault."""
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise PoFault(line, _l("These bytes are not UTF-8.")) from error


def must_be_utf8(header: str, line: int) -> None:
    """Raise PoFault where the header says that the file has another encoding."""
    match = _CHARSET.search(header)
    if match and match[1].lower() not in _UTF_8:
        raise PoFault(line, _l("The header asks for %(charset)s; only UTF-8 can be read.", charset=match[1]))


def twice(line: int, first: int, id: str) -> PoFault:
    """An entry that stands in the file for the second time."""
    if not id:
        return PoFault(line, _l("This is a second header; the first is in line %(first)s.", first=first))
    return PoFault(line, _l("“%(text)s” is in line %(first)s already.", text=shortened(id), first=first))


def shortened(text: str) -> str:
    """The beginning of a text, enough to recognize it."""
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def places_in(text: str) -> Iterator[str]:
    """The places that a `#:` line names."""
    return (match[0].replace("\u2068", "").replace("\u2069", "") for match in _PLACES.finditer(text))


def fault_in(text: str, position: int, error: ValueError) -> PoFault:
    """Why the entry that begins at a position cannot be read, although its lines have the right form."""
    first = text.count("\n", 0, position) + 1
    for line, content in enumerate(text[position:].split("\n"), first):
        bare = content.strip(_BLANK)
        if isinstance(error, WrongOrder) and bare.startswith("msgstr["):
            return PoFault(line, _l("The plural forms of this entry are not numbered 0, 1, 2 and so on."))
        wrong = None if bare.startswith("#") else _WRONG_ESCAPE.search(bare)
        if isinstance(error, WrongEscape) and wrong:
            escape = bare[wrong.end() - 1 : wrong.end() + 1]
            return PoFault(line, _l("“%(text)s” means nothing; a backslash itself is written twice.", text=escape))
    return PoFault(first, _l("This entry cannot be read."))


def fault_at(text: str, position: int) -> PoFault:
    """Why no entry can be read at a position: the first line that does not follow from the one before."""
    first = text.count("\n", 0, position) + 1
    lines = text[position:].split("\n")
    state, start = "", first
    for line, content in enumerate(lines, first):
        bare = content.strip(_BLANK)
        if not bare or (bare.startswith("#") and not state):
            continue
        reason = _reason(bare, state)
        if reason is not None:
            return PoFault(line, reason)
        word = _word(bare)
        if word:
            start = line if not state else start
            state = word
    return PoFault(start, _l("This entry has no translation line (msgstr)."))


def _word(line: str) -> str:
    match = _KEYWORD.match(line)
    return match["word"] + ("[" if match["index"] else "") if match else ""


def _reason(line: str, state: str) -> Text | None:
    """What is wrong with a line after one of the state; None where nothing is."""
    if _CONFLICT.match(line):
        return _l("Here is a mark of a conflict between two versions of the file.")
    if line.startswith("#"):
        if line.startswith("#~"):
            return _l("An obsolete line stands inside an entry.")
        return None if state.startswith("msgstr") else _l("A comment stands inside an entry.")
    if "\r" in line:
        return _l("This line has a line end of old Macintosh files inside.")
    match = _KEYWORD.match(line)
    strings = match["rest"] if match else line
    if not match and not line.startswith('"'):
        return _l("This is neither a comment, nor a keyword, nor a text in quotation marks.")
    if not _STRINGS.match(strings):
        return _l("A quotation mark is missing, or there is one too many.")
    if not match:
        return None if state else _l("This text follows no keyword.")
    return _out_of_order(match, state)


def _out_of_order(match: re.Match[str], state: str) -> Text | None:
    word, is_form = match["word"], bool(match["index"])
    if is_form and (word != "msgstr" or not (match["number"] or "").strip().isdecimal()):
        return _l("The number of this plural form cannot be read.")
    if word == "msgctxt":
        return None if not state or state.startswith("msgstr") else _l("This entry has no translation line (msgstr).")
    if word == "msgid":
        fits = state in ("", "msgctxt") or state.startswith("msgstr")
        return None if fits else _l("This entry has no translation line (msgstr).")
    if word == "msgid_plural":
        return None if state == "msgid" else _l("This plural follows no English text (msgid).")
    if is_form:
        if state in ("msgid_plural", "msgstr["):
            return None
        return _l("This plural form belongs to an entry without an English plural (msgid_plural).")
    if state == "msgid":
        return None
    if state == "msgid_plural":
        return _l("This entry has an English plural and needs numbered forms (msgstr[0]).")
    return _l("This translation follows no English text (msgid).")
