"""One's own notes about readers in the back office: a page to change one, and a button to delete it."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask_admin import BaseView, expose

from backoffice.admin.guard import Guarded
from backoffice.admin.undoing import say_done
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.errors import DomainError
from backoffice.foundation.i18n import _, _l
from backoffice.foundation.permissions import Can, is_allowed
from backoffice.readers import notes
from backoffice.readers.models import Note
from backoffice.site.redirects import wanted
from backoffice.site.requests import present_actor

LARGEST_ID = 2**31 - 1


class NoteView(Guarded, BaseView):
    """Changes and deletes what the person wrote herself; notes are written and read where the comments are."""

    resource = "note"
    icon = "pencil"
    endpoint_verbs = {"index_view": "enter", "edit_view": "enter", "delete_view": "enter"}

    def __init__(self) -> None:
        super().__init__(name=_l("Notes"), endpoint="note", url="/admin/note")

    def is_visible(self) -> bool:
        """Not in the sidebar: it stands beside the comments."""
        return False

    @expose("/")
    def index_view(self) -> Any:
        """There is no list of notes: they belong to authors of comments."""
        return redirect(_following())

    @expose("/edit/", methods=("GET", "POST"))
    def edit_view(self) -> Any:
        """Write a note anew."""
        note = _own()
        form = notes.NoteForm(request.form if request.method == "POST" else None, data={"text": note.text})
        if request.method == "POST" and form.validate():
            try:
                with unit_of_work():
                    notes.edit(note, actor=present_actor(), text=form.text.data or "")
            except DomainError as refusal:
                form.text.errors = [str(refusal.message)]
            else:
                say_done(_("Saved: %(title)s.", title=_("Note")))
                return redirect(_following())
        page = self.render("admin/house/note.html", note=note, form=form, following=_following())
        return page, 422 if form.errors else 200

    @expose("/delete/", methods=("POST",))
    def delete_view(self) -> Any:
        """Remove a note; undo brings it back."""
        try:
            with unit_of_work():
                notes.delete(_own(), actor=present_actor())
        except DomainError as refusal:
            flash(str(refusal.message), "error")
        else:
            say_done(_("Deleted: %(title)s.", title=_("Note")))
        return redirect(_following())


def _own() -> Note:
    """The note that is asked for, if the person wrote it and moderates still; anything else is not here."""
    number = request.values.get("id", "")
    if not (number.isascii() and number.isdecimal() and len(number) < 11 and int(number) <= LARGEST_ID):
        abort(404)
    note, actor = db.session.get(Note, int(number)), present_actor()
    if note is None or note.by_id != actor.id or not is_allowed(actor, Can.COMMENT_MODERATE, note):
        abort(404)
    return note


def _following() -> str:
    return wanted("url") or url_for("comment.index_view")
