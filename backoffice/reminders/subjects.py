"""The record a reminder is about: found for who may see it, and nothing for others, not even its title."""

from __future__ import annotations

from typing import Any

from backoffice.foundation.database import db
from backoffice.foundation.errors import InvalidInput
from backoffice.foundation.i18n import _l
from backoffice.foundation.permissions import Can, is_allowed
from backoffice.records.trash import model_of
from backoffice.reminders.models import Reminder

#: A number beyond this is no number of a record on every database.
_LARGEST = 2**31 - 1


def parse(text: str | None) -> tuple[str, int] | None:
    """Kind and number that `post:12` means; None for nothing. Raises InvalidInput for what is neither."""
    if not text or not text.strip():
        return None
    kind, _colon, number = text.strip().partition(":")
    if not (number.isascii() and number.isdecimal() and len(number) <= 10 and 0 < int(number) <= _LARGEST):
        raise _nothing()
    if model_of(kind) is None:
        raise _nothing()
    return kind, int(number)


def record_of(kind: str | None, number: int | None, reader: Any) -> Any:
    """The record, if it is there and the reader may see it; else None."""
    model = model_of(kind) if kind else None
    if model is None or number is None or not 0 < number <= _LARGEST or f"{kind}.view" not in set(Can):
        return None
    can = Can(f"{kind}.view")
    if not is_allowed(reader, can):
        return None
    record = db.session.get(model, number)
    return record if record is not None and is_allowed(reader, can, record) else None


def title_for(reminder: Reminder, reader: Any) -> str | None:
    """What the record is called, for who may see it; None for others, and where there is none."""
    record = record_of(reminder.about_resource, reminder.about_id, reader)
    return str(record.title_text) if record is not None else None


def check(reminder: Reminder, actor: Any) -> None:
    """Raise InvalidInput where the record is not there, or not for the eyes of who acts."""
    if not reminder.about_resource or not reminder.about_id:
        raise _nothing()
    model = model_of(reminder.about_resource)
    if model is None or not 0 < reminder.about_id <= _LARGEST:
        raise _nothing()
    if getattr(actor, "id", None) is None:
        return
    if record_of(reminder.about_resource, reminder.about_id, actor) is None:
        raise _nothing()


def _nothing() -> InvalidInput:
    return InvalidInput(_l("There is no such record, or none you may see."), field="about")
