"""The comments of a WordPress export as ours: thread, status, author, address and date; pingbacks are left out."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from backoffice.comments.models import LONGEST_TEXT, Comment, CommentStatus
from backoffice.foundation import clock
from backoffice.foundation.database import db
from backoffice.foundation.html import plain_text
from backoffice.foundation.i18n import _, _l
from backoffice.foundation.text import clean_line, clean_text, is_email
from backoffice.imports.comment_text import text_of
from backoffice.imports.ledger import Ledger, Thing, digest_of
from backoffice.imports.models import ImportedRecord
from backoffice.imports.outcome import Outcome, Tally
from backoffice.imports.wxr_records import WxrComment

KIND = "comment"
COMMENTS = _l("Comments")
_LONGEST_NAME, _LONGEST_ADDRESS = 80, 45

_STATUSES = {
    **dict.fromkeys(("1", "approved", "approve"), CommentStatus.APPROVED),
    "spam": CommentStatus.SPAM,
}
_TRASH = ("trash", "post-trashed")
_KINDS = {
    "pingback": _l("pingback"),
    "trackback": _l("trackback"),
}


class Comments:
    """Makes or updates the comment for each one under a post."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def take(self, post_id: int, comments: Sequence[WxrComment], outcome: Outcome) -> None:
        """Bring in some comments under a post; those that are answered come before the answers."""
        tally = outcome.of(COMMENTS)
        wanted: list[tuple[WxrComment, Thing]] = []
        for comment in comments:
            if comment.type != "comment":
                kind = _KINDS.get(comment.type) or _("of a kind of its own: %(kind)s", kind=comment.type[:40])
                tally.leave_out(kind)
            elif comment.approved in _TRASH:
                tally.leave_out(_("in the trash there"))
            else:
                wanted.append((comment, Thing(KIND, _key(comment, post_id), _digest(comment))))
        keys = {thing.key for _comment, thing in wanted} | {_parent_key(comment) for comment, _thing in wanted}
        entries = self._ledger.entries(KIND, keys)
        answerable: dict[str, int | Comment] = dict(_under(post_id, entries))
        for comment, thing in wanted:
            self._bring_in(post_id, comment, thing, entries.get(thing.key), answerable, tally)
        self._ledger.write(Comment)

    def _bring_in(
        self,
        post_id: int,
        comment: WxrComment,
        thing: Thing,
        entry: ImportedRecord | None,
        answerable: dict[str, int | Comment],
        tally: Tally,
    ) -> None:
        text = ""
        if entry is None or entry.digest != thing.digest:
            text = fitting(text_of(comment.content), tally)
            if not text:
                tally.leave_out(_("without text"))
                return
        parent = answerable.get(_parent_key(comment))
        if comment.parent and parent is None and entry is None:
            tally.remarks[_("answers what is not here, now stands on its own")] += 1
        made = self._ledger.bring_in(
            Comment, thing, entry, lambda known: _values(comment, text, known, post_id, parent), tally
        )
        if isinstance(made, Comment):
            answerable[thing.key] = made


def answered_first(comments: Sequence[WxrComment]) -> list[WxrComment]:
    """The comments in an order in which no answer comes before what it answers; circles are broken somewhere."""
    by_id = {comment.id: comment for comment in comments if comment.id}
    placed: set[int] = set()
    ordered: list[WxrComment] = []
    for comment in comments:
        chain: dict[int, WxrComment] = {}
        link: WxrComment | None = comment
        while link is not None and id(link) not in placed and id(link) not in chain:
            chain[id(link)] = link
            link = by_id.get(link.parent)
        ordered += reversed(chain.values())
        placed.update(chain)
    return ordered


def count_left_out(comments: Iterable[WxrComment], outcome: Outcome, reason: Any) -> None:
    """Count comments that are left out with what they stand under."""
    tally = outcome.of(COMMENTS)
    for _comment in comments:
        tally.leave_out(reason)


def name_of(written: str) -> str:
    """The name as it may stand above a comment."""
    return clean_line(written)[:_LONGEST_NAME].strip() or _("Anonymous")


def email_of(written: str) -> str | None:
    """The address if it is one."""
    email = clean_line(written).lower()
    return email if email and is_email(email) else None


def fitting(text: str, tally: Tally) -> str:
    """The text, cut where it is longer than a comment may be."""
    text = clean_text(text)
    if len(text) > LONGEST_TEXT:
        tally.remarks[_("shortened to %(num)s characters", num=LONGEST_TEXT)] += 1
        text = f"{text[: LONGEST_TEXT - 1].rstrip()}…"
    return text


def decision_of(status: CommentStatus, moment: datetime) -> datetime | None:
    """When it was decided, which exports do not tell: when it was written, if it was decided at all."""
    return None if status is CommentStatus.PENDING else moment


def _values(
    comment: WxrComment, text: str, known: Comment | None, post_id: int, parent: int | Comment | None
) -> dict[str, Any]:
    status = _STATUSES.get(comment.approved, CommentStatus.PENDING)
    moment = comment.date or clock.now()
    values = {
        # A parent that is not written yet has no number.
        **({"parent": parent} if isinstance(parent, Comment) else {"parent_id": parent}),
        "author_name": name_of(plain_text(comment.author)),
        "author_email": email_of(comment.email),
        "author_address": _network_address(comment.ip),
        "text": text,
        "status": status,
        "decided_at": decision_of(status, moment),
    }
    if known is None:
        values |= {"post_id": post_id, "created_at": moment, "updated_at": moment}
    return values


def _under(post_id: int, entries: dict[str, ImportedRecord]) -> Iterator[tuple[str, int]]:
    """Those of the comments that stand under the post, by key: nobody answers what is said elsewhere."""
    numbers = [entry.comment_id for entry in entries.values() if entry.comment_id is not None]
    query = select(Comment.id).where(Comment.post_id == post_id, Comment.id.in_(numbers))
    there = set(db.session.scalars(query)) if numbers else set()
    for key, entry in entries.items():
        if entry.comment_id in there:
            yield key, entry.comment_id


def _network_address(written: str) -> str | None:
    try:
        return str(ipaddress.ip_address(written.strip()))[:_LONGEST_ADDRESS]
    except ValueError:
        return None


def _key(comment: WxrComment, post_id: int) -> str:
    return str(comment.id) if comment.id else digest_of(post_id, comment.author, comment.date, comment.content)


def _parent_key(comment: WxrComment) -> str:
    return str(comment.parent) if comment.parent else ""


def _digest(comment: WxrComment) -> str:
    return digest_of(
        *(comment.author, comment.email, comment.ip, comment.date, comment.content, comment.approved, comment.parent)
    )
