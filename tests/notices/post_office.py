"""The jobs that tell people, and what the outbox holds after them."""

from __future__ import annotations

from sqlalchemy import select

from backoffice.foundation.database import db
from backoffice.notices.jobs import send_digests, tell_moderators, tell_of_comments
from backoffice.records.outbox import OutboxMail
from backoffice.trail.jobs import seal_audit


def tell() -> None:
    """What happens within a minute after somebody decided."""
    seal_audit.function(seal_audit.actor)
    tell_of_comments.function(tell_of_comments.actor)


def tell_who_wish() -> None:
    """Moderators hear that comments wait."""
    tell_moderators.function(tell_moderators.actor)


def digest() -> None:
    """The job that runs every five minutes."""
    send_digests.function(send_digests.actor)


def mails(to: str | None = None) -> list[OutboxMail]:
    """What was promised, in order; to one address."""
    query = select(OutboxMail).order_by(OutboxMail.id)
    return list(db.session.scalars(query if to is None else query.where(OutboxMail.recipient == to)))
