"""The comments of a WordPress export as ours: thread, status, author, address and date; pingbacks are left out."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from backoffice.comments.models import LONGEST_TEXT, Comment, CommentStatus
from backoffice.foundation import clock
from backoffice.foundation.database import db
from backoffice.foundation.html import plain_text
from backoffice.foundation.i18n import _, _l
from backoffice.foundation.text import clean_line, clean_text, is_email
from backoffice.imports.comment_text import text_of
from backoffice.imports.ledger import Ledger, digest_of
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
        keys = [_key(comment, post_id) for comment in comments]
        entries = self._ledger.entries(KIND, [*keys, *(str(item.parent) for item in comments if item.parent)])
        for comment, key in zip(comments, keys, strict=True):
            if comment.type != "comment":
                kind = _KINDS.get(comment.type) or _("of a kind of its own: %(kind)s", kind=comment.type[:40])
                tally.leave_out(kind)
            elif comment.approved in _TRASH:
                tally.leave_out(_("in the trash there"))
            else:
                self._bring_in(post_id, comment, key, entries, tally)

    def _bring_in(
        self, post_id: int, comment: WxrComment, key: str, entries: dict[str, ImportedRecord], tally: Tally
    ) -> None:
        entry, digest = entries.get(key), _digest(comment)
        text = ""
        if entry is None or entry.digest != digest:
            text = fitting(text_of(comment.content), tally)
            if not text:
                tally.leave_out(_("without text"))
                return
        parent_id = _answered(comment, post_id, entries)
        if comment.parent and parent_id is None and entry is None:
            tally.remarks[_("answers what is not here, now stands on its own")] += 1
        _number, entry = self._ledger.bring_in(
            Comment,
            entry,
            kind=KIND,
            key=key,
            digest=digest,
            values=lambda known: _values(comment, text, known, post_id, parent_id),
            tally=tally,
        )
        if entry is not None:
            entries[key] = entry


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
    comment: WxrComment, text: str, known: Comment | None, post_id: int, parent_id: int | None
) -> dict[str, Any]:
    status = _STATUSES.get(comment.approved, CommentStatus.PENDING)
    moment = comment.date or clock.now()
    values = {
        "parent_id": parent_id,
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


def _answered(comment: WxrComment, post_id: int, entries: dict[str, ImportedRecord]) -> int | None:
    """The number of the comment it answers, if that is here and under the same post."""
    entry = entries.get(str(comment.parent)) if comment.parent else None
    if entry is None or entry.comment_id is None:
        return None
    parent = db.session.get(Comment, entry.comment_id)
    return parent.id if parent is not None and parent.post_id == post_id else None


def _network_address(written: str) -> str | None:
    try:
        return str(ipaddress.ip_address(written.strip()))[:_LONGEST_ADDRESS]
    except ValueError:
        return None


def _key(comment: WxrComment, post_id: int) -> str:
    return str(comment.id) if comment.id else digest_of(post_id, comment.author, comment.date, comment.content)


def _digest(comment: WxrComment) -> str:
    return digest_of(
        *(comment.author, comment.email, comment.ip, comment.date, comment.content, comment.approved, comment.parent)
    )
