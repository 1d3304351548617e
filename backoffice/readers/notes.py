"""What moderators write down about an author, for each other. One changes and deletes one's own only."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload
from wtforms import TextAreaField
from wtforms.validators import InputRequired, Length

from backoffice.foundation import clock
from backoffice.foundation.database import db
from backoffice.foundation.deleting import remove
from backoffice.foundation.errors import NotAllowed, NotApplicable
from backoffice.foundation.forms import InputForm
from backoffice.foundation.i18n import _l
from backoffice.foundation.operations import operation
from backoffice.foundation.permissions import Can
from backoffice.readers.models import LONGEST_NOTE, Note

#: The same from the same person within this time is a button pressed twice.
A_MOMENT = timedelta(minutes=1)
#: So many are shown of one author.
MOST_SHOWN = 50


class NoteForm(InputForm):
    """What to know about an author."""

    text = TextAreaField(_l("Note"), [InputRequired(_l("Write something first.")), Length(max=LONGEST_NOTE)])


def about(author_key: str) -> list[Note]:
    """The notes about an author with who wrote them, newest first."""
    query = select(Note).options(joinedload(Note.by)).where(Note.author_key == author_key)
    return list(db.session.scalars(query.order_by(Note.id.desc()).limit(MOST_SHOWN)))


def counted(author_keys: Collection[str]) -> set[str]:
    """Those of these authors about whom there are notes."""
    if not author_keys:
        return set()
    return set(db.session.scalars(select(Note.author_key).where(Note.author_key.in_(author_keys)).distinct()))


def write(text: str, *, author_key: str, comment_id: int | None, actor: Any) -> Note:
    """Write a note; whoever calls has asked for the permission. Never commits.

    Raises InvalidInput, and NotApplicable for the same that was written a moment ago.
    """
    made = Note(author_key=author_key, comment_id=comment_id, text=text, by_id=actor.id)
    lately = (Note.by_id == actor.id, Note.created_at > clock.now() - A_MOMENT)
    same = select(Note.id).where(Note.author_key == author_key, Note.text == made.text, *lately)
    if db.session.scalars(same.limit(1)).first() is not None:
        raise NotApplicable(_l("You have just written this."))
    db.session.add(made)
    db.session.flush()
    return made


@operation(
    Note,
    needs=Can.COMMENT_MODERATE,
    label=_l("Edit"),
    done=_l("Changed"),
    icon="pencil",
    takes=NoteForm,
    in_lists=False,
)
def edit(note: Note, *, actor: Any, text: str) -> None:
    """Write one's own note anew."""
    _refuse_of_others(note, actor)
    note.text = text


@operation(Note, needs=Can.COMMENT_MODERATE, label=_l("Delete"), done=_l("Deleted"), icon="trash", in_lists=False)
def delete(note: Note, *, actor: Any) -> None:
    """Remove one's own note."""
    _refuse_of_others(note, actor)
    remove(note)


def _refuse_of_others(note: Note, actor: Any) -> None:
    if actor.id is None or note.by_id != actor.id:
        raise NotAllowed(_l("Somebody else wrote this note."))
