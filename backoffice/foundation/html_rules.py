"""What the text of a post may consist of: the tags of the editor, their attributes, and the values these may have."""

from __future__ import annotations

import re
from collections.abc import Callable

from backoffice.foundation.addresses import image_address, link_address, video_address

Rule = Callable[[str], str | None]

_LANGUAGE = re.compile(r"language-[a-zA-Z0-9+#._-]{1,40}")
FIGURES = ("image", "table", "media")


def _size(value: str) -> str | None:
    """A number of pixels."""
    value = value.strip().lower().removesuffix("px")
    return value if re.fullmatch(r"[1-9][0-9]{0,4}", value) else None


def _span(value: str) -> str | None:
    """The number of rows or columns a cell covers."""
    value = value.strip()
    return value if re.fullmatch(r"[1-9][0-9]{0,2}", value) else None


def _number(value: str) -> str | None:
    """The number a list starts with."""
    value = value.strip()
    return value if re.fullmatch(r"-?[0-9]{1,6}", value) else None


def _scope(value: str) -> str | None:
    """What a table's heading cell is the heading of."""
    value = value.strip().lower()
    return value if value in {"row", "col", "rowgroup", "colgroup"} else None


def _language(value: str) -> str | None:
    """The class that names the language of a block of code."""
    return next((name for name in value.split() if _LANGUAGE.fullmatch(name)), None)


def _figure(value: str) -> str | None:
    """The class that says what kind of figure this is."""
    return next((name for name in value.split() if name in FIGURES), None)


def _text(value: str) -> str | None:
    """Any text."""
    return value


_CELL: dict[str, Rule] = {"colspan": _span, "rowspan": _span, "scope": _scope}
_PLAIN = [
    "h2", "h3", "h4", "p", "br", "strong", "b", "em", "i", "u", "s", "pre", "blockquote", "ul", "li", "figcaption",
    "table", "thead", "tbody", "tr", "hr",
]  # fmt: skip

ALLOWED: dict[str, dict[str, Rule]] = {
    **{tag: {} for tag in _PLAIN},
    "a": {"href": link_address},
    "code": {"class": _language},
    "figure": {"class": _figure},
    "img": {"src": image_address, "alt": _text, "width": _size, "height": _size},
    "oembed": {"url": video_address},
    "ol": {"start": _number},
    "td": _CELL,
    "th": _CELL,
}

# The editor's tag for what others write differently.
SAME_AS = {
    "h1": "h2", "h5": "h4", "h6": "h4", "strike": "s", "del": "s", "ins": "u", "kbd": "code", "samp": "code",
    "tt": "code", "tfoot": "tbody", "dir": "ul", "menu": "ul",
}  # fmt: skip

INLINE = frozenset(["a", "strong", "b", "em", "i", "u", "s", "code"])
HEADINGS = frozenset(["h2", "h3", "h4"])
LISTS = frozenset(["ul", "ol"])
TABLE_PARTS = frozenset(["table", "thead", "tbody", "tr"])

# Not kept, but what is inside begins and ends a paragraph.
BLOCKS = frozenset([
    "address", "article", "aside", "body", "caption", "center", "dd", "details", "dialog", "div", "dl", "dt",
    "fieldset", "footer", "form", "header", "hgroup", "html", "legend", "listing", "main", "nav", "option",
    "search", "section", "summary", "xmp",
])  # fmt: skip
# Tags that lead to something to watch or hear.
MEDIA = frozenset(["iframe", "embed", "video", "audio", "source"])

# Words on the two sides of these belong to different lines.
SEPARATING = (
    BLOCKS
    | HEADINGS
    | LISTS
    | TABLE_PARTS
    | frozenset(["p", "pre", "blockquote", "li", "br", "hr", "td", "th", "figure", "figcaption"])
)


def permitted(tag: str, attribute: str, value: str) -> str | None:
    """The value this attribute of this tag is kept with, None when it goes."""
    rule = ALLOWED.get(tag, {}).get(attribute)
    return rule(value) if rule else None
