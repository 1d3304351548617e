"""Texts that were labelled elsewhere, kept to begin with."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from sqlalchemy import delete, func, insert, select, update

from backoffice.foundation import clock
from backoffice.foundation.database import db
from backoffice.spam.labelled import Labelled
from backoffice.spam.models import SpamExample
from backoffice.spam.training import Example

#: More are not kept; the oldest go.
MOST_KEPT = 100_000
_AT_ONCE = 500


def add(rows: Iterable[Labelled], source: str) -> tuple[int, int]:
    """Keep labelled texts; how many are new, and how many were known and are labelled otherwise now. Never commits."""
    waiting = {_digest(row.text): row for row in rows}
    digests = list(waiting)
    added = changed = 0
    for start in range(0, len(digests), _AT_ONCE):
        some = digests[start : start + _AT_ONCE]
        query = select(SpamExample.digest, SpamExample.is_spam).where(SpamExample.digest.in_(some))
        known = dict(db.session.execute(query).all())
        new = [_values(digest, waiting[digest], source) for digest in some if digest not in known]
        if new:
            db.session.execute(insert(SpamExample), new)
        for is_spam in (True, False):
            other = [
                one for one in some if one in known and known[one] is not is_spam and waiting[one].is_spam is is_spam
            ]
            if other:
                db.session.execute(update(SpamExample).where(SpamExample.digest.in_(other)).values(is_spam=is_spam))
            changed += len(other)
        added += len(new)
    _drop_oldest()
    return added, changed


def newest_examples(most: int) -> list[Example]:
    """The newest texts of both kinds, half of `most` of either at most, the newest first."""
    found: list[tuple[int, Example]] = []
    for is_spam in (True, False):
        query = select(SpamExample.id, SpamExample.text).where(SpamExample.is_spam.is_(is_spam))
        rows = db.session.execute(query.order_by(SpamExample.id.desc()).limit(most // 2))
        found += [(id, Example(text, is_spam)) for id, text in rows]
    return [example for _id, example in sorted(found, key=lambda pair: -pair[0])]


def _values(digest: str, row: Labelled, source: str) -> dict[str, object]:
    return {
        "digest": digest,
        "is_spam": row.is_spam,
        "text": row.text,
        "name": row.name,
        "source": source[:200],
        "added_at": clock.now(),
    }


def _drop_oldest() -> None:
    limit = db.session.scalar(select(SpamExample.id).order_by(SpamExample.id.desc()).offset(MOST_KEPT).limit(1))
    if limit is not None:
        db.session.execute(delete(SpamExample).where(SpamExample.id <= limit))


def count() -> int:
    """How many there are."""
    return db.session.scalar(select(func.count()).select_from(SpamExample)) or 0


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
