"""Reading HTML: a tokenizer that takes whatever people paste, in time proportional to its length."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Literal

# (kind, name of the tag or the text as written, attributes as written)
Token = tuple[Literal["text", "start", "end"], str, str]

SPACE = " \t\n\f\r"

# Possessive throughout: the standard library's parser needs quadratic time for some malformed input, this must not.
_ATTRIBUTE = (
    r"""[^ \t\n\f\r/>][^ \t\n\f\r/>=]*+"""
    r"""(?:[ \t\n\f\r]*+=[ \t\n\f\r]*+(?:"[^"]*+(?:"|\Z)|'[^']*+(?:'|\Z)|[^ \t\n\f\r>]*+))?+"""
)
TAG = rf"<(?P<close>/?)(?P<name>[a-zA-Z][^ \t\n\f\r/>]*+)(?P<rest>(?:[ \t\n\f\r/]++|{_ATTRIBUTE})*+)(?:>|\Z)"
COMMENT = r"<!--(?:-?>|.*?(?:--!?>|\Z))|<[!?][^>]*+(?:>|\Z)|</(?![a-zA-Z])[^>]*+(?:>|\Z)"
_MARKUP = re.compile(f"{COMMENT}|{TAG}", re.DOTALL)
_ATTRIBUTES = re.compile(
    r"""([^ \t\n\f\r/>][^ \t\n\f\r/>=]*+)"""
    r"""(?:[ \t\n\f\r]*+=[ \t\n\f\r]*+(?:"([^"]*+)"?|'([^']*+)'?|([^ \t\n\f\r>]*+)))?+"""
)
# Without its semicolon "&copy" stays as written: in "?a=1&copy=2" it is no character.
_REFERENCE = re.compile(r"&(?:#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[a-zA-Z][a-zA-Z0-9]*;)")

# Their content is not text of the page.
_UNREAD = ("script", "style", "iframe", "title", "noembed", "noframes")
_END_OF_UNREAD = {name: re.compile(rf"</{name}(?=[ \t\n\f\r/>]|\Z)", re.IGNORECASE) for name in _UNREAD}

# Control characters, and halves of surrogate pairs, which no encoding can carry.
_UNWANTED = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


def without_controls(text: str) -> str:
    """The text with line ends as "\\n" and without control characters other than tab and line end."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\f" in text:
        text = text.replace("\f", " ")
    return _UNWANTED.sub("", text)


def tokens(html: str) -> Iterator[Token]:
    """The text and tags of `html` in order; comments, and the content of scripts and the like, are left out."""
    at, end = 0, len(html)
    search = _MARKUP.search
    while found := search(html, at):
        start = found.start()
        if start > at:
            yield "text", html[at:start], ""
        at = found.end()
        name = found["name"]
        if name is None:
            continue
        name = name.lower()
        if found["close"]:
            yield "end", name, ""
            continue
        yield "start", name, found["rest"]
        if name in _END_OF_UNREAD:
            closing = _END_OF_UNREAD[name].search(html, at)
            at = closing.start() if closing else end
    if at < end:
        yield "text", html[at:], ""


def attributes(written: str) -> dict[str, str]:
    """The attributes of a tag by lower-case name, decoded; the first of a name counts, as in browsers."""
    values: dict[str, str] = {}
    for name, double, single, bare in _ATTRIBUTES.findall(written):
        values.setdefault(name.lower(), double or single or bare)
    return {name: decoded(value) for name, value in values.items()}


def decoded(value: str) -> str:
    """The value of an attribute with its character references replaced."""
    return _REFERENCE.sub(lambda found: unescape(found[0]), value) if "&" in value else value


def attribute(name: str, value: str) -> str:
    """One attribute with a space before it, written the way the sanitiser writes it."""
    value = value.replace("&", "&amp;").replace("\u00a0", "&nbsp;").replace('"', "&quot;")
    return f' {name}="{value.replace("<", "&lt;").replace(">", "&gt;")}"'
