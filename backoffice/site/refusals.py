"""What people were refused on pages, in the trail: written after the answer's own work is over."""

from __future__ import annotations

from typing import Any

from flask import Flask, current_app, g, has_request_context
from sqlalchemy.exc import SQLAlchemyError

from backoffice.foundation.database import db
from backoffice.records.refusals import note_refusal
from backoffice.site.requests import VISITOR, present_actor


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
    # What another would be refused is refused to nobody.
    if permissions and actor is not VISITOR and "seen_as" not in g:
        try:
            for permission in permissions:
                note_refusal(permission, actor)
        except SQLAlchemyError:
            # The answer is made already; that it could not be written down belongs into the log.
            db.session.rollback()
            current_app.logger.exception("a refusal could not be written into the trail")
    return response
