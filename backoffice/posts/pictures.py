"""The picture a post is announced with."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape

# The text was sanitised: quotation marks and angle brackets in values are escaped.
_IMAGE = re.compile(r"<img ([^>]*)>")
_ATTRIBUTE = re.compile(r'([a-z]+)="([^"]*)"')


@dataclass(frozen=True)
class Picture:
    """An image by its https address, and what it shows in words."""

    address: str
    words: str


def first_picture(body: str) -> Picture | None:
    """The first image in the text of a post, or None."""
    if not (found := _IMAGE.search(body)):
        return None
    attributes = {name: unescape(value) for name, value in _ATTRIBUTE.findall(found[1])}
    address = attributes.get("src")
    return Picture(address, attributes.get("alt", "")) if address else None
