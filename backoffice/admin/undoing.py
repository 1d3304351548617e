"""Undo in the back office: offered with the message that says what was done, and later from one's last actions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import abort, flash, g, jsonify, redirect, request, url_for
from flask_admin import BaseView, expose
from sqlalchemy import select

from backoffice.admin.deeds import Told, told
from backoffice.admin.guard import Guarded
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.errors import DomainError
from backoffice.foundation.i18n import _, _l, _n
from backoffice.foundation.permissions import Can, is_allowed
from backoffice.records import undoing
from backoffice.records.audit import AuditEntry
from backoffice.records.undoing import Outcome
from backoffice.site.redirects import wanted
from backoffice.site.requests import is_script, present_actor

#: One's newest entries that are looked through for one's last actions.
LOOKED_AT = 500
#: Actions that are listed.
MOST_LISTED = 30
#: Reasons that one sentence names.
MOST_REASONS = 3


@dataclass(frozen=True)
class Deed:
    """What one request of a person did, in words."""

    request_id: str
    at: datetime
    told: Told
    count: int
    is_taken_back: bool


class UndoView(Guarded, BaseView):
    """One's last actions, each with a button that takes it back."""

    resource = "undo"
    icon = "undo"
    endpoint_verbs = {"index_view": "enter", "take_back": "enter"}

    def __init__(self) -> None:
        super().__init__(name=_l("My last actions"), endpoint="undo", url="/admin/undo")

    def is_visible(self) -> bool:
        """Not in the sidebar: it stands in one's own menu."""
        return False

    @expose("/")
    def index_view(self) -> Any:
        """What the person did last, newest first; with `batch`, what that would take back, to be looked at first."""
        batch = request.args.get("batch", "")[:20]
        if not batch:
            return self.render("admin/house/undo.html", deeds=last_deeds(present_actor()), batch=[])
        _refuse_what_is_hidden(batch)
        entries = undoing.entries_of(batch)
        if not entries or undoing.is_taken_back(batch):
            return redirect(url_for("undo.index_view"))
        return self.render("admin/house/undo.html", deeds=[], batch=entries)

    @expose("/back/", methods=("POST",))
    def take_back(self) -> Any:
        """Take back what the request `batch` did."""
        batch = request.form.get("batch", "")[:20]
        _refuse_what_is_hidden(batch)
        following = wanted("url") or url_for("undo.index_view")
        try:
            with unit_of_work():
                outcome = undoing.undo(batch, actor=present_actor())
        except DomainError as refusal:
            return _answer(following, str(refusal.message), error=refusal.status)
        return _answer(following, sentence(outcome), error=0 if outcome.done else 409)


def say_done(text: str) -> None:
    """Say on the next page what was done, with Undo where this request changed something."""
    flash(text, "success")
    if batch := present_batch():
        flash(batch, "undo")


def present_batch() -> str | None:
    """The id of this request if what it did can be taken back."""
    changed = (AuditEntry.request_id == g.request_id, undoing.is_undoable())
    return g.request_id if db.session.scalar(select(AuditEntry.id).where(*changed).limit(1)) else None


def last_deeds(actor: Any) -> list[Deed]:
    """What the person did last, one for each request, newest first."""
    mine = select(AuditEntry).where(AuditEntry.actor_id == actor.id, undoing.is_undoable())
    entries = db.session.scalars(mine.order_by(AuditEntry.at.desc(), AuditEntry.id.desc()).limit(LOOKED_AT)).all()
    batches: dict[str, list[AuditEntry]] = {}
    for entry in entries:
        batches.setdefault(entry.request_id, []).append(entry)
    return [
        Deed(request_id, held[0].at, told(held[0]), len(held), undoing.is_taken_back(request_id))
        for request_id, held in list(batches.items())[:MOST_LISTED]
    ]


def sentence(outcome: Outcome) -> str:
    """What was taken back and what was not, with the reasons."""
    parts = []
    if len(outcome.done) == 1:
        parts.append(_("Taken back: %(title)s.", title=outcome.done[0]))
    elif outcome.done:
        parts.append(_n("%(num)s change taken back.", "%(num)s changes taken back.", len(outcome.done)))
    named = list(dict.fromkeys((title, reason.rstrip(".")) for title, reason in outcome.skipped))
    for title, reason in named[:MOST_REASONS]:
        parts.append(_("Left as it is: %(title)s (%(reason)s).", title=title, reason=reason))
    if len(named) > MOST_REASONS:
        more = len(named) - MOST_REASONS
        parts.append(_n("%(num)s more was left.", "%(num)s more were left.", more))
    return " ".join(parts)


def undoable(entry: AuditEntry) -> int:
    """With how many changes the entry would be taken back, itself included; 0 if it cannot be."""
    if not undoing.knows(entry) or undoing.is_taken_back(entry.request_id):
        return 0
    return len(undoing.entries_of(entry.request_id))


def _refuse_what_is_hidden(batch: str) -> None:
    """What others did is known only to whoever may see the trail."""
    first = db.session.scalars(select(AuditEntry).where(AuditEntry.request_id == batch).limit(1)).first()
    actor = present_actor()
    if first is None or (first.actor_id != actor.id and not is_allowed(actor, Can.AUDIT_VIEW)):
        abort(404)


def _answer(following: str, text: str, error: int) -> Any:
    if is_script():
        return jsonify(message=text, undo=None if error else present_batch()), error or 200
    if error:
        flash(text, "error")
    else:
        say_done(text)
    return redirect(following)
