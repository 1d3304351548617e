"""Why a comment was rejected: chosen from a list or typed, remembered for the next time, and mailed if wanted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from backoffice.foundation.database import Model, db
from backoffice.foundation.errors import InvalidInput
from backoffice.foundation.i18n import _l
from backoffice.foundation.text import clean_line
from backoffice.readers.models import LONGEST_REASON, CannedReason
from backoffice.readers.queries import offered

#: Among so many of her newest decisions a person's last reason is looked for.
LOOKED_AT = 500


@dataclass(frozen=True)
class LastReason:
    """What a person said last: the words, and the number of the reason they were chosen from, if they were."""

    text: str
    id: int | None = None


def words_of(reason: str | None, reason_id: int | None) -> str:
    """What is kept with the comment: what was typed, else the text of the chosen one. Raises InvalidInput."""
    if typed := clean_line(reason)[:LONGEST_REASON]:
        return typed
    if reason_id is None:
        return ""
    chosen = db.session.get(CannedReason, reason_id)
    if chosen is None:
        raise InvalidInput(_l("This reason is not in the list any more."), field="reason_id")
    return chosen.text


def last_of(actor: Any) -> LastReason | None:
    """The reason this person gave last, None if there is none among her newest decisions; two small queries.

    Read from what she decided, so that what was taken back does not count.
    """
    if getattr(actor, "id", None) is None:
        return None
    comments = Model.metadata.tables["comments"]
    newest = (
        select(comments.c.status, comments.c.reason, comments.c.decided_at)
        .where(comments.c.decided_by_id == actor.id)
        .order_by(comments.c.decided_at.desc())
        .limit(LOOKED_AT)
        .subquery()
    )
    given = select(newest.c.reason).where(newest.c.status == "rejected", newest.c.reason != "")
    text = db.session.scalar(given.order_by(newest.c.decided_at.desc()).limit(1))
    if not text:
        return None
    known = offered().with_only_columns(CannedReason.id).where(CannedReason.text == text)
    return LastReason(text, db.session.scalar(known.limit(1)))
