"""The header of a .po file: changing some of its fields, and no line of the others."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from backoffice.catalogs import po
from backoffice.catalogs.po import PoFile

_PIECE = re.compile(r'"[^"\\\n]*+(?:\\.[^"\\\n]*+)*+"')

_ASCII = re.compile(r"charset=(?:us-)?ascii\b|charset=charset\b", re.IGNORECASE)


def with_header(file: PoFile, fields: Mapping[str, str]) -> bytes:
    """The file with these fields in its header; the lines of the other fields stay as they are."""
    newline = file.newline
    if file.head is None:
        start = 1 if file.text.startswith("\ufeff") else 0
        told = newline.join(f'"{_one_line(name, value)}"' for name, value in fields.items())
        header = f'msgid ""{newline}msgstr ""{newline}{told}{newline}{newline}'
        return (file.text[:start] + header + file.text[start:]).encode("utf-8")
    match = file.forms_at(file.head)[0]
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


def encoding(file: PoFile) -> dict[str, str]:
    """The field that a header needs for what the file holds by now: one of ASCII says so until a letter is none."""
    told = file.header.get("Content-Type", "")
    if not _ASCII.search(told) or file.text.isascii():
        return {}
    return {"Content-Type": _ASCII.sub("charset=UTF-8", told)}


@dataclass
class _Group:
    """One field of a header and the quoted lines that spell it."""

    name: str
    value: str
    lines: list[str]


def _header_groups(strings: str) -> list[_Group]:
    groups: list[_Group] = []
    is_open = False
    for quoted in _PIECE.findall(strings):
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
