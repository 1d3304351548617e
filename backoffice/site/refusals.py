"""What people were refused, in the trail: written after the answer's own work is over, in a transaction of its own.

At most one entry for each person, permission and minute, so that a page that is asked for again and again, or a script
that tries, does not fill the trail.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Flask, current_app, g, has_request_context
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from backoffice.foundation import clock
from backoffice.foundation.database import db, unit_of_work
from backoffice.records import audit
from backoffice.records.audit import AuditEntry
from backoffice.site.requests import VISITOR, present_actor

#: No second entry about the same person and permission within this time.
QUIET = timedelta(minutes=1)


def install(app: Flask) -> None:
    """Write down at the end of each request what was refused in it."""
    app.after_request(_write)


def refused(permission: Any) -> None:
    """Remember that the person lacked this permission; outside a request nobody is there to be named."""
    if permission and has_request_context():
        g.setdefault("refused", {})[str(permission)] = True


def _write(response: Any) -> Any:
    permissions = g.pop("refused", None)
    actor = present_actor()
    if permissions and actor is not VISITOR:
        try:
            for permission in permissions:
                _note(permission, actor.id)
        except SQLAlchemyError:
            # The answer is made already; that it could not be written down belongs into the log.
            db.session.rollback()
            current_app.logger.exception("a refusal could not be written into the trail")
    return response


def _note(permission: str, actor_id: int) -> None:
    action = f"{permission.split('.', 1)[0]}.refused"
    lately = select(AuditEntry.id).where(
        AuditEntry.actor_id == actor_id,
        AuditEntry.at > clock.now() - QUIET,
        AuditEntry.action == action,
        AuditEntry.target_title == permission,
    )
    with unit_of_work():
        if db.session.scalar(lately.limit(1)) is None:
            audit.note(action, title=permission)
