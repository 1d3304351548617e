"""What somebody else did to a record after a list was looked at: a decision on an old sight of things is not made."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import request
from sqlalchemy import or_, select

from backoffice.admin.deeds import told
from backoffice.foundation import clock
from backoffice.foundation.database import Timestamped, db
from backoffice.foundation.i18n import _
from backoffice.records.actors import who_said
from backoffice.records.audit import NOTED, AuditEntry
from backoffice.site.requests import present_actor


def now_seen() -> str:
    """The present moment, for the forms of a list that is being read: seconds since 1970, to the microsecond."""
    return f"{clock.now().timestamp():.6f}"


def seen_at(text: str | None = None) -> datetime | None:
    """The moment the list was read from which the present request comes; None if it does not say, or nonsense."""
    try:
        moment = datetime.fromtimestamp(float(text if text is not None else request.values.get("seen", "")), UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return moment if clock.is_storable(moment) else None


def changed_since(record: Any, seen: datetime | None) -> str | None:
    """Who did what to the record after that moment, in words; None if nobody else did anything."""
    if seen is None or not issubclass(type(record), Timestamped) or record.updated_at <= seen:
        return None
    others = or_(AuditEntry.actor_id != present_actor().id, AuditEntry.actor_id.is_(None))
    query = select(AuditEntry).where(
        AuditEntry.target_type == record.resource,
        AuditEntry.target_id == record.id,
        AuditEntry.at > seen,
        AuditEntry.effect != NOTED,
        others,
    )
    entry = db.session.scalars(query.order_by(AuditEntry.id.desc()).limit(1)).first()
    if entry is None:
        return None
    return _("%(who)s was faster: %(deed)s", who=who_said(entry.actor_id, entry.actor_name), deed=told(entry).done)
