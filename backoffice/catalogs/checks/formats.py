"""Which parts of a text are filled in: `%(name)s`, `%s`, `%1$s`, `{name}`. Found in the text, whatever its flags."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from string import Formatter
from typing import Any

_PERCENT = re.compile(
    r"%(?:(?P<escaped>%)"
    r"|\((?P<name>[^()%]*)\)(?P<options>[#0\-+]*(?:\d+|\*)?(?:\.\d+)?[hlL]?)(?P<kind>[diouxXeEfFgGcrsa])?"
    r"|\((?P<torn>[^()%\s]*)"
    r"|(?P<place>\d{1,2})\$[\-+0#']*\d*(?:\.\d+)?(?:hh|ll|[hlLqjzt])?(?P<placed>[a-zA-Z@])"
    r"|(?P<width>[#0\-+]*(?:\d+|\*)?(?:\.(?:\d+|\*))?(?:hh|ll|[hlLqjzt])?)(?P<bare>[diouxXeEfFgGcrsap@])"
    r")?"
)
_KINDS = {**dict.fromkeys("sra@", "text"), **dict.fromkeys("dioux", "number"), "X": "number"}
_KINDS |= {**dict.fromkeys("eEfFgG", "fraction"), "c": "character", "p": "address"}
#: A letter after these may belong to the text, as in "%ds" for seconds.
_FOLLOWED = "sd"
#: A width that would fill the memory.
_WIDE = re.compile(r"%(?:\([^()]*\))?[^a-zA-Z%]{0,9}\d{4}")
_HANDLEBARS = re.compile(r"\{\{\{?\s*[\w.]+\s*\}?\}\}")
_FIELD = re.compile(r"\w*(?:\.\w+|\[[^\]]*\])*\Z")


@dataclass(frozen=True)
class Percents:
    """The percent signs of a text, in order: named placeholders with their kinds, others by kind, and the rest."""

    names: tuple[tuple[str, str, str], ...] = ()  # name, kind, as written
    bare: tuple[tuple[str, str], ...] = ()  # kind, as written
    placed: tuple[tuple[int, str, str], ...] = ()  # number, kind, as written
    torn: tuple[str, ...] = ()
    stray: int = 0
    escaped: int = 0

    @property
    def is_filled(self) -> bool:
        """Whether something is filled in."""
        return bool(self.names or self.bare or self.placed)


_NO_PERCENTS = Percents()


def percents(text: str) -> Percents:
    """The percent signs of a text."""
    return _percents(text) if "%" in text else _NO_PERCENTS


@lru_cache(maxsize=8192)
def _percents(text: str) -> Percents:
    names, bare, placed, torn = [], [], [], []
    stray = escaped = 0
    for match in _PERCENT.finditer(text):
        if match["escaped"]:
            escaped += 1
        elif match["kind"]:
            names.append((match["name"], _KINDS[match["kind"]], match[0]))
        elif match["name"] is not None or match["torn"] is not None:
            torn.append(match[0])
        elif match["placed"]:
            placed.append((int(match["place"]), _KINDS.get(match["placed"], match["placed"]), match[0]))
        elif match["bare"] and _is_meant(text, match):
            bare.append((_KINDS[match["bare"]], match[0]))
        else:
            stray += 1
    return Percents(tuple(names), tuple(bare), tuple(placed), tuple(torn), stray, escaped)


def _is_meant(text: str, match: re.Match[str]) -> bool:
    """Whether `%s` and its kin are a placeholder and not, as in "100%sure", a percent sign before a word."""
    before, after = text[match.start() - 1 : match.start()], text[match.end() : match.end() + 1]
    if not after.isalnum() and after != "_":
        return not (before.isdigit() and match["bare"] not in _FOLLOWED)
    return match["bare"] in _FOLLOWED and not before.isdigit() and not match["width"].isdigit()


@lru_cache(maxsize=8192)
def is_fillable(text: str) -> bool:
    """Whether Python can fill the text in, given what its placeholders ask for."""
    return failure(text, text) is None


def failure(text: str, source: str) -> Exception | None:
    """What filling in the text raises when it is given what its English text asks for; None where it works."""
    if _WIDE.search(text):
        return ValueError("a width of a thousand or more")
    found = percents(source)
    given: Any = {name: _SAMPLES[kind] for name, kind, _written in found.names}
    if found.bare and not found.names:
        given = tuple(_SAMPLES[kind] for kind, _written in found.bare)
    try:
        text % given
    except (KeyError, ValueError, TypeError, OverflowError) as error:
        return error
    return None


_SAMPLES: dict[str, Any] = {"text": "x", "number": 1, "fraction": 1.5, "character": "x", "address": 1}


@dataclass(frozen=True)
class Braces:
    """The placeholders in braces of a text, as written; `is_broken` where Python could not fill it in."""

    fields: tuple[str, ...] = ()
    is_broken: bool = False


_NO_BRACES = Braces()


def braces(text: str) -> Braces:
    """The placeholders in braces of a text; none where its braces are something else, such as a program."""
    return _braces(text) if "{" in text or "}" in text else _NO_BRACES


@lru_cache(maxsize=4096)
def _braces(text: str) -> Braces:
    doubled = [re.sub(r"\s", "", found) for found in _HANDLEBARS.findall(text)]
    rest = _HANDLEBARS.sub("", text)
    try:
        parsed = list(Formatter().parse(rest))
    except ValueError:
        return Braces(tuple(doubled), is_broken=True)
    fields = [field for _text, field, _spec, _conversion in parsed if field is not None]
    if not all(_FIELD.match(field) for field in fields):
        return Braces(tuple(doubled), is_broken=True)
    written = []
    for _text, field, spec, conversion in parsed:
        if field is not None:
            written.append("{" + field + (f"!{conversion}" if conversion else "") + (f":{spec}" if spec else "") + "}")
    return Braces((*doubled, *written))
