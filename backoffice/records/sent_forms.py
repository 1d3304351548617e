"""Forms that were sent already, so that a button pressed twice makes one record."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, String, delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped

from backoffice.foundation import clock
from backoffice.foundation.database import Model, UTCDateTime, db, labelled
from backoffice.foundation.errors import NotApplicable
from backoffice.foundation.i18n import _l

#: So long is remembered what was sent.
KEPT = timedelta(days=7)


class SentForm(Model):
    """A form that was sent, and the record it made."""

    __tablename__ = "sent_forms"

    id: Mapped[int] = labelled(_l("Number"), primary_key=True)
    key_digest: Mapped[str] = labelled(_l("Digest"), String(64), unique=True, secret=True)
    made_id: Mapped[int | None] = labelled(_l("Number of the record"), BigInteger)
    at: Mapped[datetime] = labelled(_l("When"), UTCDateTime, default=clock.now, index=True)


class AlreadySent(NotApplicable):
    """The form was sent before; `made_id` is the number of the record it made then, None if it made none."""

    def __init__(self, made_id: int | None) -> None:
        super().__init__(_l("This was saved already."))
        self.made_id = made_id


def new_key() -> str:
    """A key for a form that is about to be shown."""
    return secrets.token_urlsafe(16)


def spend(key: str | None, typed: Iterable[tuple[str, str]], *, actor: Any) -> SentForm | None:
    """Take a form as sent by this actor, in the transaction of what the form makes; None without a key.

    The same key with other fields is another form: whoever goes back, changes something and sends it means it. Call it
    before anything else is changed, and set `made_id` afterwards. Raises AlreadySent for what was sent before; of
    several at the same moment one goes through and the others wait for it.
    """
    if not key:
        return None
    fields = sorted((name, value) for name, value in typed if name != "csrf_token")
    told = json.dumps([getattr(actor, "id", None), key, fields])
    digest = hashlib.sha256(told.encode()).hexdigest()
    db.session.execute(delete(SentForm).where(SentForm.at < clock.now() - KEPT))
    sent = SentForm(key_digest=digest)
    try:
        with db.session.begin_nested():
            db.session.add(sent)
    except IntegrityError:
        raise AlreadySent(db.session.scalar(select(SentForm.made_id).where(SentForm.key_digest == digest))) from None
    return sent
