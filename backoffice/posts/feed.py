"""The Atom feed: the newest posts for feed readers."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element, SubElement, tostring

from backoffice.foundation import clock
from backoffice.foundation.html import for_reading
from backoffice.posts.models import Post

#: How many posts a feed holds at most.
MOST_ENTRIES = 20
MEDIA_TYPE = "application/atom+xml"
ATOM = "http://www.w3.org/2005/Atom"
# What XML 1.0 cannot carry, not even escaped.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Feed:
    """The newest posts under the name of the publication; every address in it is absolute.

    `home` and `here` are the addresses of the front page and of the feed, `address_of` gives that of a post and
    `page_of` that of an author.
    """

    title: str
    home: str
    here: str
    posts: Sequence[Post]
    address_of: Callable[[Post], str]
    page_of: Callable[[Post], str]

    @property
    def updated(self) -> datetime:
        """When anything in the feed changed last; to the second, as feed and headers carry it."""
        return max(map(_updated, self.posts), default=clock.EARLIEST).replace(microsecond=0)

    @property
    def stamp(self) -> str:
        """A short text that changes whenever the feed does; cheaper than the feed itself."""
        digest = hashlib.sha256(f"{self.title}\n{self.home}\n{self.here}\n".encode())
        for post in self.posts:
            digest.update(repr((_told(post), self.address_of(post), self.page_of(post))).encode("utf-8", "replace"))
        return digest.hexdigest()[:32]

    def xml(self, video_label: str) -> bytes:
        """The feed as UTF-8; a video in a post becomes a link that says `video_label`."""
        # Addresses within the site, which texts may contain, are read against the base.
        feed = Element("feed", {"xmlns": ATOM, "{http://www.w3.org/XML/1998/namespace}base": self.home})
        _add(feed, "title", self.title)
        _add(feed, "id", f"tag:{urlsplit(self.home).hostname},2026:blog")
        _add(feed, "updated", _moment(self.updated))
        SubElement(feed, "link", rel="self", type=MEDIA_TYPE, href=self.here)
        SubElement(feed, "link", rel="alternate", type="text/html", href=self.home)
        for post in self.posts:
            self._add_entry(feed, post, video_label)
        return tostring(feed, encoding="utf-8", xml_declaration=True)

    def _add_entry(self, feed: Element, post: Post, video_label: str) -> None:
        entry = SubElement(feed, "entry")
        _add(entry, "title", post.title)
        # The number never changes; the address of a post may.
        _add(entry, "id", f"tag:{urlsplit(self.home).hostname},2026:post/{post.id}")
        SubElement(entry, "link", rel="alternate", type="text/html", href=self.address_of(post))
        _add(entry, "published", _moment(post.published_at or post.created_at))
        _add(entry, "updated", _moment(_updated(post)))
        author = SubElement(entry, "author")
        _add(author, "name", post.author.title_text)
        _add(author, "uri", self.page_of(post))
        for tag in post.tags:
            SubElement(entry, "category", term=tag.slug, label=_clean(tag.name))
        _add(entry, "summary", post.teaser)
        _add(entry, "content", str(for_reading(post.body, video_label=video_label)), "html")


def _told(post: Post) -> tuple[object, ...]:
    tags = [(tag.slug, tag.name) for tag in post.tags]
    return post.id, post.title, post.teaser, post.body, post.author.title_text, _updated(post), tags


def _updated(post: Post) -> datetime:
    return max(post.updated_at, post.published_at or post.created_at)


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _clean(text: str) -> str:
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)


def _add(parent: Element, name: str, text: str, kind: str = "") -> None:
    SubElement(parent, name, {"type": kind} if kind else {}).text = _clean(text)
