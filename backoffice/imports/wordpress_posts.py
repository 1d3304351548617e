"""The posts of a WordPress export as ours: cleaned text, status, dates, address and tags."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from backoffice.foundation import clock
from backoffice.foundation.database import db
from backoffice.foundation.html import from_wordpress, plain_text
from backoffice.foundation.i18n import _, _l
from backoffice.foundation.text import clean_line, shortened
from backoffice.imports.addresses import FreeSlugs, slug_from, stems_from
from backoffice.imports.ledger import Ledger, Thing, digest_of
from backoffice.imports.outcome import Outcome, Tally
from backoffice.imports.wordpress_people import People
from backoffice.imports.wordpress_tags import Tags
from backoffice.imports.wxr_records import WxrPost
from backoffice.posts.models import Post, PostStatus

KIND = "post"
POSTS = _l("Posts")
_LONGEST_TITLE, _LONGEST_SUMMARY, _LONGEST_SLUG = 200, 500, 200

#: What WordPress says of posts that are not simply published, scheduled or drafts.
_DRAFTS = {
    "pending": _l("waits for review there, a draft here"),
    "private": _l("private there, a draft here"),
}


class Posts:
    """Makes or updates the post for each item."""

    def __init__(self, ledger: Ledger, people: People, tags: Tags) -> None:
        self._ledger = ledger
        self._people = people
        self._tags = tags
        self._slugs = FreeSlugs(Post, _LONGEST_SLUG)

    def take(self, item: WxrPost, outcome: Outcome) -> int | None:
        """The number of the post for the item, None if it is left out."""
        tally = outcome.of(POSTS)
        if item.status == "trash":
            tally.leave_out(_("in the trash there"))
            return None
        key = str(item.id) if item.id else item.guid or digest_of(item.slug, item.title, item.date)
        author = self._people.number_of(item.author_login, outcome)
        tags = self._tags.all_of(item.terms, outcome)
        post = self._ledger.bring_in(
            Post,
            Thing(KIND, key, _digest(item)),
            self._ledger.entry(KIND, key),
            lambda known: self._values(item, known, author, tags, tally),
            tally,
        )
        self._ledger.write(Post)
        return post.id if isinstance(post, Post) else post

    def _values(self, item: WxrPost, post: Post | None, author: int, tags: list[Any], tally: Tally) -> dict[str, Any]:
        status, published_at, remark = _status_of(item)
        if remark:
            tally.remarks[str(remark)] += 1
        title, now = _title_of(item), clock.now()
        values = {
            "title": title,
            "slug": self._slug_of(item, title, post),
            "summary": shortened(plain_text(item.excerpt), _LONGEST_SUMMARY - 1),
            "body": from_wordpress(item.content),
            "status": status,
            "published_at": published_at,
            "author_id": author,
            "tags": tags,
            "updated_at": _past(item.modified or item.date, now),
        }
        if post is None:
            values["created_at"] = _past(item.date or item.modified, now)
        return values

    def _slug_of(self, item: WxrPost, title: str, post: Post | None) -> str:
        wanted = slug_from(item.slug, title, _LONGEST_SLUG)
        if post is not None and stems_from(post.slug, wanted):
            return post.slug
        with db.session.no_autoflush:
            return self._slugs.free(wanted)


def _status_of(item: WxrPost) -> tuple[PostStatus, datetime | None, Any]:
    """Status, moment of publishing, and what to remark about it."""
    moment = item.date or item.modified
    if item.password and item.status in ("publish", "future"):
        return PostStatus.DRAFT, moment, _l("protected by a password there, a draft here")
    if item.status in ("publish", "future"):
        moment = moment or clock.now()
        if moment > clock.now():
            return PostStatus.SCHEDULED, moment, None
        remark = _l("was to be published by now, and is") if item.status == "future" else None
        return PostStatus.PUBLISHED, moment, remark
    if item.status in ("draft", "auto-draft"):
        return PostStatus.DRAFT, None, None
    if item.status in _DRAFTS:
        return PostStatus.DRAFT, moment if item.status == "private" else None, _DRAFTS[item.status]
    return PostStatus.DRAFT, None, _l("of a status we do not know, a draft here")


def _past(moment: datetime | None, now: datetime) -> datetime:
    """The moment, or the present one if there is none or it lies ahead, as the date of a scheduled post does."""
    return min(moment, now) if moment else now


def _title_of(item: WxrPost) -> str:
    title = shortened(clean_line(plain_text(item.title)), _LONGEST_TITLE - 1)
    if title:
        return title
    return _("Untitled (no. %(number)s)", number=str(item.id)) if item.id else _("Untitled")


def _digest(item: WxrPost) -> str:
    """A digest of all that is imported of the item, without its comments, which have their own."""
    return digest_of(
        *(item.title, item.author_login, item.content, item.excerpt, item.slug, item.status, bool(item.password)),
        *(item.date, item.modified, [(term.kind, term.slug, term.name) for term in item.terms]),
    )
