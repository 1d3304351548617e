"""Undo in the back office: offered with the message that says what was done, and later from one's last actions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import abort, flash, g, jsonify, redirect, request, url_for
from flask_admin import BaseView, expose
from sqlalchemy import func, or_, select

from backoffice.admin.deeds import Told, told
from backoffice.admin.guard import Guarded
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.errors import DomainError
from backoffice.foundation.i18n import _, _l, _n
from backoffice.foundation.permissions import Can, is_allowed
from backoffice.records import undoing
from backoffice.records.audit import AuditEntry, has_changed_something
from backoffice.records.tasks import Task
from backoffice.records.undoing import Outcome
from backoffice.records.undoing_in_bulk import begin_taking_back
from backoffice.records.visible import seen_by
from backoffice.site.redirects import wanted
from backoffice.site.refusals import refused
from backoffice.site.requests import is_script, present_actor

#: One's newest entries that are looked through for one's last actions.
LOOKED_AT = 500
#: Actions that are listed.
MOST_LISTED = 30
#: Changes of a batch that the page before shows.
SHOWN = 6
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
    #: What it was called, where it was work in the background.
    title: str = ""


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
        entries = undoing.entries_of(batch, SHOWN)
        if not entries or undoing.is_taken_back(batch):
            return redirect(url_for("undo.index_view"))
        return self.render("admin/house/undo.html", deeds=[], batch=entries, count=undoing.count_of(batch))

    @expose("/back/", methods=("POST",))
    def take_back(self) -> Any:
        """Take back what the request `batch` did."""
        batch = request.form.get("batch", "")[:20]
        _refuse_what_is_hidden(batch)
        following = wanted("url") or url_for("undo.index_view")
        try:
            if undoing.count_of(batch, undoing.MOST_AT_ONCE + 1) > undoing.MOST_AT_ONCE:
                return _in_the_background(batch)
            with unit_of_work():
                outcome = undoing.undo(batch, actor=present_actor())
        except DomainError as refusal:
            refused(getattr(refusal, "permission", None))
            return _answer(following, str(refusal.message), error=refusal.status)
        for permission in outcome.lacking.values():
            refused(permission)
        return _answer(following, sentence(outcome), error=0 if outcome.done else 409)


def say_done(text: str) -> None:
    """Say on the next page what was done, with Undo where this request changed something."""
    flash(text, "success")
    if batch := present_batch():
        flash(batch, "undo")


def present_batch() -> str | None:
    """The id of this request if what it did can be taken back.

    Whoever asks at the end of the transaction spares the answer one of its own.
    """
    if "can_be_taken_back" not in g:
        changed = (AuditEntry.request_id == g.request_id, undoing.is_undoable())
        if not has_changed_something(db.session()) and not db.session.scalar(
            select(AuditEntry.id).where(*changed).limit(1)
        ):
            return None
        g.can_be_taken_back = True
    return str(g.request_id)


def last_deeds(actor: Any) -> list[Deed]:
    """What the person did last, one for each request, newest first."""
    newest = select(Task).where(Task.actor_id == actor.id, Task.done > 0).order_by(Task.id.desc()).limit(MOST_LISTED)
    tasks = {task.request_id: task for task in db.session.scalars(newest)}
    mine = select(AuditEntry).where(
        AuditEntry.actor_id == actor.id, undoing.is_undoable(), AuditEntry.request_id.not_in(tasks)
    )
    entries = db.session.scalars(mine.order_by(AuditEntry.at.desc(), AuditEntry.id.desc()).limit(LOOKED_AT)).all()
    batches: dict[str, list[AuditEntry]] = {}
    for entry in entries:
        batches.setdefault(entry.request_id, []).append(entry)
    deeds = [
        Deed(request_id, held[0].at, told(held[0]), len(held), undoing.is_taken_back(request_id))
        for request_id, held in list(batches.items())[:MOST_LISTED]
    ]
    for request_id, task in tasks.items():
        if last := undoing.entries_of(request_id, 1):
            is_taken_back = undoing.is_taken_back(request_id)
            deeds.append(Deed(request_id, last[0].at, told(last[0]), task.done, is_taken_back, task.title))
    return sorted(deeds, key=lambda deed: deed.at, reverse=True)[:MOST_LISTED]


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
    return undoing.count_of(entry.request_id, undoing.MOST_AT_ONCE + 1)


def _in_the_background(batch: str) -> Any:
    with unit_of_work():
        title = _("Undo: %(num)s", num=undoing.count_of(batch))
        task = begin_taking_back(batch, title, actor=present_actor())
    address = url_for("jobs.task_view", id=task.id, url=wanted("url") or "")
    if is_script():
        return jsonify(message=_("It is taken back in the background."), undo=None, page=address)
    return redirect(address)


def _refuse_what_is_hidden(batch: str) -> None:
    """What others did is known only to whoever may see the trail, and all that the batch is about."""
    actor, count = present_actor(), select(func.count()).select_from(AuditEntry)
    whole = count.where(AuditEntry.request_id == batch)
    of_others = whole.where(or_(AuditEntry.actor_id != actor.id, AuditEntry.actor_id.is_(None)))
    strange = db.session.scalar(of_others) or 0
    if not strange and db.session.scalar(whole.limit(1)):
        return
    if not strange or not is_allowed(actor, Can.AUDIT_VIEW):
        abort(404)
    if db.session.scalar(of_others.where(seen_by(actor))) != strange:
        abort(404)


def _answer(following: str, text: str, error: int) -> Any:
    if is_script():
        return jsonify(message=text, undo=None if error else present_batch()), error or 200
    if error:
        flash(text, "error")
    else:
        say_done(text)
    return redirect(following)
