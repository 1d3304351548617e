"""What a WordPress export is made of. Texts are as they stand in the file; moments are aware and in UTC, or None."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

TermKind = Literal["category", "tag"]


@dataclass(frozen=True, slots=True)
class WxrAuthor:
    """A person the export lists. Exports carry no passwords and no roles."""

    login: str
    email: str
    display_name: str
    first_name: str = ""
    last_name: str = ""
    id: int = 0


@dataclass(frozen=True, slots=True)
class WxrTerm:
    """A category or tag; the slug may be percent-encoded, and is empty where a version 1.0 export gives none."""

    kind: TermKind
    slug: str
    name: str


@dataclass(frozen=True, slots=True)
class WxrComment:
    """A comment; `approved` is `1`, `0`, `spam`, `trash` or `post-trashed`, `type` is `comment`, `pingback`, …"""

    id: int
    author: str
    email: str
    url: str
    ip: str
    date: datetime | None
    content: str
    approved: str
    type: str
    parent: int


@dataclass(frozen=True, slots=True)
class WxrPost:
    """An item: `type` is `post`, `page`, `attachment`, `nav_menu_item`, …; dates are aware and in UTC, or None."""

    id: int
    type: str
    title: str
    link: str
    author_login: str
    guid: str
    content: str
    excerpt: str
    slug: str
    status: str
    password: str
    date: datetime | None
    modified: datetime | None
    comment_status: str
    parent: int
    terms: tuple[WxrTerm, ...]
    comments: tuple[WxrComment, ...]


Record = WxrAuthor | WxrTerm | WxrPost
