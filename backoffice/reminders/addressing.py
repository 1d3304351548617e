"""For whom a reminder may be, and about what: checked whenever it is saved, whatever the surface."""

from __future__ import annotations

from typing import Any

from sqlalchemy import inspect

from backoffice.accounts.models import Role, User
from backoffice.foundation.acting import present
from backoffice.foundation.database import db
from backoffice.foundation.errors import InvalidInput, NotAllowed
from backoffice.foundation.i18n import _l
from backoffice.foundation.permissions import ALL, Can, is_allowed, reach_of
from backoffice.reminders import subjects
from backoffice.reminders.models import Reminder


def check(reminder: Reminder, *, is_new: bool) -> None:
    """Raise InvalidInput where it is for nobody or for several, NotAllowed where the actor may not address these.

    Only what is being changed is checked, so that an old reminder can be edited whatever became of the people.
    """
    person, is_other_person = _pointed(reminder, "recipient", "recipient_id", User)
    role, is_other_role = _pointed(reminder, "role", "role_id", Role)
    is_other_address = _is_changed(reminder, "address")
    given = [each for each in (person, role, reminder.address) if each]
    if not given:
        raise InvalidInput(_l("Say whom it is for."), field="recipient")
    if len(given) > 1:
        raise InvalidInput(_l("Choose one: a person, a role or an address."), field="recipient")
    actor = present().actor
    if person and (is_new or is_other_person) and person.is_active is False:
        raise InvalidInput(_l("%(name)s cannot sign in any more.", name=person.title_text), field="recipient")
    if role and (is_new or is_other_role):
        _check_role(role, actor)
    if reminder.address and (is_new or is_other_address):
        _check_outside(actor)
    if reminder.about_resource or reminder.about_id:
        if is_new or _is_changed(reminder, "about_resource") or _is_changed(reminder, "about_id"):
            subjects.check(reminder, actor)
    else:
        reminder.about_resource = reminder.about_id = None


def _check_role(role: Role, actor: Any) -> None:
    """A whole role is reminded by who is in it, or may see to the reminders of everybody."""
    if not _is_person(actor) or reach_of(actor, Can.REMINDER_CREATE) == ALL:
        return
    if not any(mine.id == role.id for mine in actor.present_roles):
        raise NotAllowed(_l("You may remind roles that you have yourself."), permission=Can.REMINDER_CREATE.value)


def _check_outside(actor: Any) -> None:
    if _is_person(actor) and not is_allowed(actor, Can.REMINDER_SEND_OUTSIDE):
        raise NotAllowed(
            _l("You may not send reminders to addresses outside the house."),
            permission=Can.REMINDER_SEND_OUTSIDE.value,
        )


def _is_person(actor: Any) -> bool:
    return getattr(actor, "id", None) is not None


def _pointed(reminder: Reminder, relation: str, column: str, model: Any) -> tuple[Any, bool]:
    """The record that a relation will point at once this is saved, and whether that is another one than before."""
    history = inspect(reminder).attrs[relation].history
    if history.has_changes():
        return getattr(reminder, relation), True
    number = getattr(reminder, column)
    is_other = _is_changed(reminder, column)
    return (db.session.get(model, number) if number is not None else None), is_other


def _is_changed(reminder: Reminder, name: str) -> bool:
    return bool(inspect(reminder).attrs[name].history.has_changes())
