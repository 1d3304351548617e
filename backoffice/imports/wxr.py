"""Reads WordPress exports (WXR 1.0 to 1.2) as a stream of authors, terms and posts.

Texts are given as they stand in the file: WordPress keeps titles, names and comments with HTML entities (`Fish &amp;
chips`), and posts as HTML with block remarks; making them ours is the importer's work. What cannot be a record is left
out in silence: custom terms, meta data and elements of plug-ins. A number that is missing or absurd is 0.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO

from backoffice.imports.refusals import WxrError
from backoffice.imports.sources import Progress, Source, opened
from backoffice.imports.wxr_reading import ITEM_LIMIT, WxrReading
from backoffice.imports.wxr_records import Record, WxrAuthor, WxrComment, WxrPost, WxrTerm

__all__ = ["Record", "Summary", "WxrAuthor", "WxrComment", "WxrError", "WxrPost", "WxrTerm", "check", "read"]

#: A hostile file could name millions of kinds of items; from the hundredth on they count as "other".
_MOST_KINDS = 100
_LONGEST_KIND = 40


@dataclass(frozen=True)
class Summary:
    """What a whole export holds; `items` and `comments` count by type, `post` and `comment` among them."""

    version: str
    title: str
    link: str
    authors: int
    categories: int
    tags: int
    items: Mapping[str, int]
    comments: Mapping[str, int]
    control_characters: int
    bytes: int

    @property
    def posts(self) -> int:
        """The number of posts, which are what an import brings in."""
        return self.items.get("post", 0)


def read(source: Source, progress: Progress | None = None, *, item_limit: int = ITEM_LIMIT) -> Iterator[Record]:
    """Yield the records of the export in file order; raise WxrError at the place where it cannot be read on.

    `progress(done, total)` is called with bytes after every chunk; `total` is None for a stream.
    """
    reading = WxrReading(item_limit)
    with opened(source, WxrError) as (stream, total):
        yield from _reported(reading, stream, total, progress)


def check(source: Source, progress: Progress | None = None, *, item_limit: int = ITEM_LIMIT) -> Summary:
    """Read the whole export and keep nothing but counts; raise WxrError if any of it cannot be read."""
    reading = WxrReading(item_limit)
    found: Counter[str] = Counter()
    items: Counter[str] = Counter()
    comments: Counter[str] = Counter()
    with opened(source, WxrError) as (stream, total):
        for record in _reported(reading, stream, total, progress):
            if isinstance(record, WxrPost):
                _count(items, record.type)
                for comment in record.comments:
                    _count(comments, comment.type)
            else:
                found["author" if isinstance(record, WxrAuthor) else record.kind] += 1
    return Summary(
        version=reading.facts.get("wp:wxr_version", ""),
        title=reading.facts.get("title", ""),
        link=reading.facts.get("link", ""),
        authors=found["author"],
        categories=found["category"],
        tags=found["tag"],
        items=dict(items),
        comments=dict(comments),
        control_characters=reading.parser.control_characters,
        bytes=reading.parser.bytes_read,
    )


def _reported(reading: WxrReading, stream: BinaryIO, total: int | None, progress: Progress | None) -> Iterator[Record]:
    for records in reading.batches(stream):
        yield from records
        if progress:
            progress(reading.parser.bytes_read, total)


def _count(kinds: Counter[str], kind: str) -> None:
    kind = kind[:_LONGEST_KIND]
    kinds[kind if kind in kinds or len(kinds) < _MOST_KINDS else "other"] += 1
