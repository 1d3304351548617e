"""A print of the text beside every comment that comes into the house, by whatever way, so that it is known again."""

from __future__ import annotations

from typing import Any

from sqlalchemy import event, insert
from sqlalchemy.orm import Session, UOWTransaction

from backoffice.comments.models import Comment
from backoffice.rules.models import TextPrint
from backoffice.rules.prints import print_of

_TABLE: Any = TextPrint.__table__


def _write_prints(session: Session, _context: UOWTransaction) -> None:
    """Write those of the comments that were just inserted, in one statement; imports bring hundreds at once."""
    rows = [
        {"comment_id": record.id, "digest": digest, "created_at": record.created_at}
        for record in session.new
        if isinstance(record, Comment) and (digest := print_of(record.text)) is not None
    ]
    if rows:
        session.connection().execute(insert(_TABLE), rows)


event.listen(Session, "after_flush", _write_prints)
