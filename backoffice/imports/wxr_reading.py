"""From XML events to the records of a WordPress export, one at a time."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import BinaryIO

from backoffice.imports.moments import moment
from backoffice.imports.refusals import N_, WxrError
from backoffice.imports.safe_xml import SEPARATOR, SafeParser
from backoffice.imports.wxr_records import Record, TermKind, WxrAuthor, WxrComment, WxrPost, WxrTerm

#: One item with its comments may hold this much text, in characters.
ITEM_LIMIT = 64 * 1024 * 1024
#: What an empty comment or term costs of that limit, so that millions of them are refused too.
_RECORD_COST = 256

_NAMESPACES = (
    (re.compile(r"https?://wordpress\.org/export/1\.\d+/$"), "wp:"),
    (re.compile(r"https?://wordpress\.org/export/1\.\d+/excerpt/$"), "excerpt:"),
    (re.compile(r"https?://purl\.org/rss/1\.0/modules/content/$"), "content:"),
    (re.compile(r"https?://purl\.org/dc/elements/1\.1/$"), "dc:"),
)
_VERSION = re.compile(r"1\.\d+$")

_FACTS = {"title", "link", "wp:wxr_version"}
_RECORDS: Mapping[str, set[str]] = {
    "wp:author": {f"wp:author_{part}" for part in ("id", "login", "email", "display_name", "first_name", "last_name")},
    "wp:category": {"wp:category_nicename", "wp:cat_name"},
    "wp:tag": {"wp:tag_slug", "wp:tag_name"},
    "wp:term": {"wp:term_taxonomy", "wp:term_slug", "wp:term_name"},
    "item": {
        *("title", "link", "guid", "dc:creator", "content:encoded", "excerpt:encoded", "category", "wp:post_id"),
        *("wp:post_type", "wp:post_name", "wp:status", "wp:post_password", "wp:post_parent", "wp:comment_status"),
        *("wp:post_date", "wp:post_date_gmt", "wp:post_modified", "wp:post_modified_gmt"),
    },
}
_COMMENT = {
    f"wp:comment_{part}"
    for part in ("id", "author", "author_email", "author_url", "author_IP", "date", "date_gmt", "content", "approved")
} | {"wp:comment_type", "wp:comment_parent"}
_TERM_KINDS: Mapping[str, TermKind] = {"category": "category", "tag": "tag", "post_tag": "tag"}

#: Numbers above do not fit into the databases.
_GREATEST = 2**63 - 1


class WxrReading:
    """One pass over one export; `facts` and `parser` tell about it afterwards."""

    def __init__(self, item_limit: int = ITEM_LIMIT) -> None:
        self.facts: dict[str, str] = {}
        self.parser = SafeParser(self._on_start, self._on_end, self._on_text, self._on_namespace)
        self._item_limit = item_limit
        self._is_export = False
        self._short_names: dict[str, str] = {}
        self._path: list[str] = []
        self._finished: list[Record] = []
        self._record: dict[str, str] | None = None
        self._terms: list[tuple[str, str, str]] = []
        self._term_attributes: tuple[str, str] = ("", "")
        self._comments: list[WxrComment] = []
        self._comment: dict[str, str] | None = None
        self._pieces: list[str] | None = None
        self._field_depth = 0
        self._size = 0

    def batches(self, stream: BinaryIO) -> Iterator[list[Record]]:
        """Yield, after every chunk of the stream, the records it completed; raise WxrError at what cannot be read."""
        for _chunk in self.parser.feed(stream):
            finished, self._finished = self._finished, []
            yield finished
        if not self._is_export:
            raise _no_export()

    def _on_namespace(self, address: str) -> None:
        if _NAMESPACES[0][0].match(address):
            self._is_export = True

    def _on_start(self, name: str, attributes: dict[str, str]) -> None:
        short = self._short_names.get(name)
        if short is None:
            short = self._short_names[name] = _short(name)
        path = self._path
        path.append(short)
        depth = len(path)
        if depth == 4:
            if self._record is not None:
                self._start_in_record(short, attributes)
        elif depth == 5:
            if self._comment is not None and short in _COMMENT:
                self._start_field(depth)
        elif depth == 3:
            if path[1] == "channel":
                self._start_in_channel(short)
        elif (depth == 1 and short != "rss") or (depth == 2 and not self._is_export):
            raise _no_export()

    def _start_in_channel(self, short: str) -> None:
        self._size = 0
        if short in _RECORDS:
            self._record = {}
            self._terms, self._comments = [], []
        elif short in _FACTS:
            self._start_field(3)

    def _start_in_record(self, short: str, attributes: dict[str, str]) -> None:
        kind = self._path[2]
        if kind == "item" and short == "wp:comment":
            self._comment = {}
            self._grow(_RECORD_COST)
        elif short in _RECORDS[kind]:
            if short == "category":
                self._term_attributes = (attributes.get("domain", ""), attributes.get("nicename", ""))
                self._grow(_RECORD_COST + sum(map(len, self._term_attributes)))
            self._start_field(4)

    def _start_field(self, depth: int) -> None:
        self._pieces = []
        self._field_depth = depth

    def _on_text(self, text: str) -> None:
        if self._pieces is not None:
            self._pieces.append(text)
            self._grow(len(text))

    def _grow(self, amount: int) -> None:
        self._size += amount
        if self._size > self._item_limit:
            raise WxrError(
                N_("The item before line %(line)s, “%(title)s”, holds more than %(limit)s MB of text."),
                line=self.parser.line,
                title=(self._record or {}).get("title", "")[:60].strip(),
                limit=self._item_limit // (1024 * 1024),
            )

    def _on_end(self, name: str) -> None:
        depth = len(self._path)
        short = self._path.pop()
        if self._pieces is not None:
            if depth == self._field_depth:
                text = "".join(self._pieces).strip()
                self._pieces = None
                self._end_field(short, text, depth)
        elif depth == 4 and self._comment is not None:
            self._comments.append(_comment(self._comment))
            self._comment = None
        elif depth == 3 and self._record is not None:
            self._finish(short, self._record)
            self._record = None

    def _end_field(self, short: str, text: str, depth: int) -> None:
        if depth == 3:
            self.facts[short] = text
            if short == "wp:wxr_version" and not _VERSION.match(text):
                raise WxrError(
                    N_("The export is of version %(version)s. Versions 1.0 to 1.2 can be read."), version=text[:20]
                )
        elif depth == 5 and self._comment is not None:
            self._comment[short] = text
        elif short == "category":
            self._terms.append((*self._term_attributes, text))
        elif self._record is not None:
            self._record[short] = text

    def _finish(self, short: str, record: dict[str, str]) -> None:
        if short == "item":
            self._finished.append(_post(record, self._terms, self._comments))
            self._terms, self._comments = [], []
        elif short == "wp:author":
            self._finished.append(_author(record))
        else:
            term = _listed_term(short, record)
            if term:
                self._finished.append(term)


def _no_export() -> WxrError:
    return WxrError(N_("This is not a WordPress export. Get one in WordPress under Tools, Export, All content."))


def _short(name: str) -> str:
    """`wp:post_id` for the expanded name of any version, the name itself without namespace, else nothing."""
    address, separator, local = name.rpartition(SEPARATOR)
    if not separator:
        return name
    for pattern, prefix in _NAMESPACES:
        if pattern.match(address):
            return prefix + local
    return ""


def _number(text: str | None) -> int:
    if text and text.isascii() and text.isdigit() and len(text) < 20 and int(text) <= _GREATEST:
        return int(text)
    return 0


def _author(record: dict[str, str]) -> WxrAuthor:
    login = record.get("wp:author_login", "")
    return WxrAuthor(
        login=login,
        email=record.get("wp:author_email", ""),
        display_name=record.get("wp:author_display_name", "") or login,
        first_name=record.get("wp:author_first_name", ""),
        last_name=record.get("wp:author_last_name", ""),
        id=_number(record.get("wp:author_id")),
    )


def _listed_term(short: str, record: dict[str, str]) -> WxrTerm | None:
    if short == "wp:category":
        return WxrTerm("category", record.get("wp:category_nicename", ""), record.get("wp:cat_name", ""))
    if short == "wp:tag":
        return WxrTerm("tag", record.get("wp:tag_slug", ""), record.get("wp:tag_name", ""))
    kind = _TERM_KINDS.get(record.get("wp:term_taxonomy", ""))
    return WxrTerm(kind, record.get("wp:term_slug", ""), record.get("wp:term_name", "")) if kind else None


def _item_terms(found: list[tuple[str, str, str]]) -> tuple[WxrTerm, ...]:
    """The categories and tags of an item, each once.

    Version 1.0 writes each twice, first by name alone and then with its slug; a bare one counts only if it stays so.
    """
    slugged = {name for _domain, slug, name in found if slug}
    terms: dict[WxrTerm, None] = {}
    for domain, slug, name in found:
        kind = _TERM_KINDS.get(domain or "category")
        if kind and (slug or (name and name not in slugged)):
            terms[WxrTerm(kind, slug, name or slug)] = None
    return tuple(terms)


def _comment(record: dict[str, str]) -> WxrComment:
    return WxrComment(
        id=_number(record.get("wp:comment_id")),
        author=record.get("wp:comment_author", ""),
        email=record.get("wp:comment_author_email", ""),
        url=record.get("wp:comment_author_url", ""),
        ip=record.get("wp:comment_author_IP", ""),
        date=moment(record.get("wp:comment_date_gmt")) or moment(record.get("wp:comment_date")),
        content=record.get("wp:comment_content", ""),
        approved=record.get("wp:comment_approved", ""),
        type=record.get("wp:comment_type", "") or "comment",
        parent=_number(record.get("wp:comment_parent")),
    )


def _post(record: dict[str, str], terms: list[tuple[str, str, str]], comments: list[WxrComment]) -> WxrPost:
    return WxrPost(
        id=_number(record.get("wp:post_id")),
        type=record.get("wp:post_type", "") or "post",
        title=record.get("title", ""),
        link=record.get("link", ""),
        author_login=record.get("dc:creator", ""),
        guid=record.get("guid", ""),
        content=record.get("content:encoded", ""),
        excerpt=record.get("excerpt:encoded", ""),
        slug=record.get("wp:post_name", ""),
        status=record.get("wp:status", ""),
        password=record.get("wp:post_password", ""),
        date=moment(record.get("wp:post_date_gmt")) or moment(record.get("wp:post_date")),
        modified=moment(record.get("wp:post_modified_gmt")) or moment(record.get("wp:post_modified")),
        comment_status=record.get("wp:comment_status", ""),
        parent=_number(record.get("wp:post_parent")),
        terms=_item_terms(terms),
        comments=tuple(comments),
    )
