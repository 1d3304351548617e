"""Who else has a form open: shown at its top, kept current by the page, and never in anybody's way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import abort, current_app, jsonify, request, url_for
from flask_admin import expose
from sqlalchemy import literal, select
from sqlalchemy.exc import SQLAlchemyError

from backoffice.admin.parts import Part
from backoffice.admin.scope import key_of
from backoffice.foundation.acting import present
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.i18n import _
from backoffice.records.actors import who_said
from backoffice.records.audit import AuditEntry
from backoffice.records.presences import EVERY, Other, arrive, leave, new_page, others, with_others
from backoffice.site.access import uncounted
from backoffice.site.requests import present_actor
from backoffice.site.templating import time_of_day


@dataclass(frozen=True)
class Attendance:
    """What a form shows of who else has it open, and where its page says that it is still there."""

    page: str
    address: str
    others: Sequence[Other]
    #: Milliseconds between two heartbeats.
    every: int = int(EVERY.total_seconds() * 1000)

    @property
    def told(self) -> list[tuple[int, str, str]]:
        """Number, name and a sentence for each of the others."""
        return told(self.others)


class Attended(Part):
    """Gives a view the knowledge of who has the form of a record open."""

    model: Any
    resource: str
    endpoint: str

    def attend(self, record: Any) -> Attendance | None:
        """Write down that the person has this form open, and find out who else has; None if she only looks."""
        return attend(self.resource, record.id, url_for(f"{self.endpoint}.presence_view", id=record.id))

    @expose("/presence/", methods=("POST",))
    @uncounted
    def presence_view(self) -> Any:
        """The heartbeat of a form: who else has it open, and whether somebody saved the record meanwhile."""
        key = key_of(request.args.get("id"), self.model)
        if key is None:
            abort(404)
        if "left" in request.form:
            return left(self.resource, key)
        version = self.model.version if hasattr(self.model, "version") else literal(None)
        query = self.scope(select(version), "edit").where(self.model.id == key)
        rows = db.session.execute(with_others(query, self.resource, key, actor=present_actor())).all()
        if not rows:
            abort(404)
        saved = None
        if rows[0][0] is not None and str(rows[0][0]) != request.form.get("version", str(rows[0][0])):
            about = (AuditEntry.target_type == self.resource, AuditEntry.target_id == key)
            saved = last_entry(*about)
        return heartbeat(self.resource, key, [Other(*row[1:]) for row in rows if row[1] is not None], saved)


def attend(kind: str, key: Any, address: str) -> Attendance | None:
    """Write down that the person has this form open, and find out who else has; None for who only looks.

    No form fails for want of that.
    """
    if not present().keeps:
        return None
    page, actor = request.form.get("page", "")[:16] or new_page(), present_actor()
    found: list[Other] = []
    try:
        found = others(kind, key, actor=actor)
        # Only what is said here is written: nothing of a form that was refused.
        if not (db.session.new or db.session.dirty or db.session.deleted):
            with unit_of_work():
                arrive(kind, key, page, actor=actor)
    except SQLAlchemyError:
        db.session.rollback()
        current_app.logger.warning("who has a form open could not be written down", exc_info=True)
    return Attendance(page, address, found)


def left(kind: str, key: Any) -> Any:
    """The page was closed."""
    with unit_of_work():
        leave(kind, key, request.form.get("page", ""), actor=present_actor())
    return "", 204


def heartbeat(kind: str, key: Any, found: Sequence[Other], saved: AuditEntry | None) -> Any:
    """The page is still open; answers who else is there, and who saved it since, in the reader's words."""
    actor = present_actor()
    # With its number: the page says it once, though by then she who saved it may have left under her full name.
    newer = [saved.id, saved_words(saved, found, actor)] if saved is not None else None
    with unit_of_work():
        arrive(kind, key, request.form.get("page", "")[:16] or new_page(), actor=actor)
    return jsonify(others=told(found), saved=newer)


def last_entry(*about: Any) -> AuditEntry | None:
    """The newest entry of the trail that fits."""
    newest = select(AuditEntry).where(*about).order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
    return db.session.scalars(newest.limit(1)).first()


def told(found: Sequence[Other]) -> list[tuple[int, str, str]]:
    """Number, name and a sentence for each."""
    return [
        (
            each.user_id,
            each.who,
            _("%(name)s has been editing this since %(time)s.", name=each.who, time=time_of_day(each.since)),
        )
        for each in found
    ]


def saved_words(entry: AuditEntry, found: Sequence[Other], actor: Any) -> str:
    """Who saved it, when, and that nothing is lost."""
    time = time_of_day(entry.at)
    if entry.actor_id == actor.id:
        return _("You saved this in another page at %(time)s. Your text is kept; saving will merge.", time=time)
    name = next(
        (each.who for each in found if each.user_id == entry.actor_id), who_said(entry.actor_id, entry.actor_name)
    )
    return _("%(name)s saved this at %(time)s. Your text is kept; saving will merge.", name=name, time=time)
