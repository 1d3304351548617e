"""What somebody was refused, in the trail: at most one entry for each actor, permission and minute.

A page that is asked for again and again, or a script that tries, does not fill the trail.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from backoffice.foundation import clock
from backoffice.foundation.database import db, unit_of_work
from backoffice.records import audit
from backoffice.records.audit import AuditEntry

#: No second entry about the same actor and permission within this time.
QUIET = timedelta(minutes=1)


def note_refusal(permission: str, actor: Any) -> None:
    """Write down that the actor lacked the permission, in a transaction of its own.

    What was refused is over by then, rolled back, and the one who acts in force is the one who was refused.
    """
    action = f"{permission.split('.', 1)[0]}.refused"
    # Programs have no number, only a name.
    whose = AuditEntry.actor_id == actor.id if actor.id is not None else AuditEntry.actor_name == actor.actor_name
    lately = select(AuditEntry.id).where(
        whose,
        AuditEntry.at > clock.now() - QUIET,
        AuditEntry.action == action,
        AuditEntry.target_title == permission,
    )
    with unit_of_work():
        if db.session.scalar(lately.limit(1)) is None:
            audit.note(action, title=permission)
