"""What a person who is deactivated leaves unfinished: it stays, goes to somebody else, or goes to the trash.

Features say what of theirs can be unfinished; accounts know none of them.
"""

from __future__ import annotations

from typing import Any, Protocol

from wtforms import RadioField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional

from backoffice.accounts import queries
from backoffice.accounts.models import User
from backoffice.foundation.database import db
from backoffice.foundation.enums import LabelledEnum
from backoffice.foundation.errors import InvalidInput
from backoffice.foundation.fields import options
from backoffice.foundation.forms import InputForm
from backoffice.foundation.i18n import _l, _n
from backoffice.foundation.text import clean_line


class Drafts(LabelledEnum):
    """What becomes of what is unfinished."""

    LEAVE = "leave", _l("They stay with the person")
    GIVE = "give", _l("Somebody else gets them")
    TRASH = "trash", _l("They go to the trash")


class Unfinished(Protocol):
    """A kind of record that a person can leave unfinished."""

    def count(self, user: User) -> int:
        """How many there are."""

    def give(self, user: User, to: User, *, actor: Any) -> None:
        """Make them another person's. Raises NotAllowed, or InvalidInput where she could do nothing with them."""

    def trash(self, user: User, *, actor: Any) -> None:
        """Delete them, to be brought back from the trash. Raises NotAllowed."""


_kinds: dict[str, Unfinished] = {}


def can_be_unfinished(name: str, kind: Unfinished) -> None:
    """Ask about this kind when somebody is deactivated."""
    _kinds[name] = kind


class DeactivateForm(InputForm):
    """What becomes of drafts."""

    drafts = RadioField(_l("Drafts"), [Optional()], choices=options(Drafts.choices()))
    to = SelectField(_l("Who gets them"), [Optional()], choices=lambda: _people(), validate_choice=False)


def count_of(user: User) -> int:
    """How much the person has not finished."""
    return sum(kind.count(user) for kind in _kinds.values())


def settle(user: User, choice: str | None, to: str | None, *, actor: Any) -> None:
    """Do with what is unfinished as was chosen. Raises InvalidInput where there is something and nothing was chosen."""
    count = count_of(user)
    if not count:
        return
    if not choice:
        raise InvalidInput(
            _n(
                "%(name)s has %(num)s draft. Choose what becomes of it.",
                "%(name)s has %(num)s drafts. Choose what becomes of them.",
                count,
                name=user.title_text,
            ),
            field="drafts",
        )
    try:
        chosen = Drafts.of(choice)
    except (InvalidInput, ValueError):
        raise InvalidInput(_l("Choose one of the list."), field="drafts") from None
    if chosen is Drafts.LEAVE:
        return
    heir = _heir(user, to) if chosen is Drafts.GIVE else None
    for kind in _kinds.values():
        if heir is not None:
            kind.give(user, heir, actor=actor)
        else:
            kind.trash(user, actor=actor)


def _heir(user: User, name: str | None) -> User:
    found = db.session.scalar(queries.by_name(clean_line(name))) if name else None
    if found is None or not found.is_active or found.id == user.id:
        raise InvalidInput(_l("Choose an active person who gets them."), field="to")
    return found


def _people() -> list[SelectChoice]:
    people = db.session.scalars(queries.active_users()).all()
    return options([("", "-"), *((person.username, person.title_text) for person in people)])
