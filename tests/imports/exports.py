"""Small WordPress exports, written for these tests."""

from __future__ import annotations

import io
from collections.abc import Iterator

NAMESPACES = (
    'xmlns:excerpt="http://wordpress.org/export/{version}/excerpt/" '
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:wfw="http://wellformedweb.org/CommentAPI/" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:wp="http://wordpress.org/export/{version}/"'
)


def export(*parts: str, version: str = "1.2", declaration: str = '<?xml version="1.0" encoding="UTF-8"?>') -> str:
    """A whole export around the given elements of the channel."""
    return (
        f'{declaration}\n<rss version="2.0" {NAMESPACES.format(version=version)}>\n<channel>\n'
        "<title>The Lantern</title>\n<link>https://lantern.example</link>\n"
        f"<wp:wxr_version>{version}</wp:wxr_version>\n{''.join(parts)}\n</channel>\n</rss>\n"
    )


def stream(text: str | bytes) -> io.BytesIO:
    return io.BytesIO(text.encode() if isinstance(text, str) else text)


def item(inside: str = "", *, post_id: int = 7, title: str = "A walk", content: str = "<p>Rain.</p>") -> str:
    return (
        f"<item><title>{title}</title><link>https://lantern.example/?p={post_id}</link>"
        f"<dc:creator><![CDATA[vera]]></dc:creator><guid isPermaLink='false'>https://lantern.example/?p={post_id}</guid>"
        f"<description></description><content:encoded><![CDATA[{content}]]></content:encoded>"
        f"<excerpt:encoded><![CDATA[Wet.]]></excerpt:encoded><wp:post_id>{post_id}</wp:post_id>"
        "<wp:post_name>a-walk</wp:post_name><wp:status>publish</wp:status><wp:post_type>post</wp:post_type>"
        f"<wp:comment_status>open</wp:comment_status>{inside}</item>\n"
    )


def comment(inside: str = "", *, comment_id: int = 3, content: str = "Lovely.") -> str:
    return (
        f"<wp:comment><wp:comment_id>{comment_id}</wp:comment_id><wp:comment_author><![CDATA[Otto]]></wp:comment_author>"
        f"<wp:comment_author_email>otto@example.org</wp:comment_author_email>"
        f"<wp:comment_content><![CDATA[{content}]]></wp:comment_content>"
        f"<wp:comment_approved>1</wp:comment_approved>{inside}</wp:comment>\n"
    )


class LongExport(io.RawIOBase):
    """An export of about `size` bytes that is made while it is read and never stands anywhere as a whole."""

    def __init__(self, size: int, repeated: str) -> None:
        head, _, tail = export("@@").partition("@@")
        self._parts = self._made(head, repeated, tail, size)
        self._left = b""

    @staticmethod
    def _made(head: str, repeated: str, tail: str, size: int) -> Iterator[bytes]:
        piece = repeated.encode()
        yield head.encode()
        for _ in range(size // len(piece)):
            yield piece
        yield tail.encode()

    def read(self, size: int = -1) -> bytes:
        pieces = [self._left]
        length = len(self._left)
        while length < size and (piece := next(self._parts, b"")):
            pieces.append(piece)
            length += len(piece)
        data = b"".join(pieces)
        self._left = data[size:]
        return data[:size]
