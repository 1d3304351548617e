"""Queues under a name: saved by a person for herself, or for everybody with a role; each may put away what she does
not want, and fetch it back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import lazyload

from backoffice.accounts.models import Role
from backoffice.foundation.acting import acting
from backoffice.foundation.database import db
from backoffice.foundation.errors import InvalidInput, NotAllowed, NotApplicable
from backoffice.foundation.i18n import _l
from backoffice.foundation.operations import operation
from backoffice.foundation.permissions import ALL, Can, is_allowed, reach_of
from backoffice.moderation import stamps
from backoffice.moderation.models import LONGEST_QUERY, HiddenView, SavedView
from backoffice.moderation.queues import Wanted
from backoffice.records.undoing import guard_undo

#: A desk has room for so many tabs of one's own.
MOST_OWN = 20


def offered(actor: Any) -> list[SavedView]:
    """The views at a person's desk: shared ones first, each in its order; without what she put away."""
    hidden = select(HiddenView.view_id).where(HiddenView.user_id == actor.id)
    query = select(SavedView).where(SavedView.offered_to(actor), SavedView.id.not_in(hidden))
    query = query.options(lazyload("*")).order_by(SavedView.role_id.is_(None), SavedView.position, SavedView.id)
    return list(db.session.scalars(query))


def hidden_count(actor: Any) -> int:
    """How many views a person has put away."""
    query = select(func.count()).select_from(HiddenView).join(SavedView).where(HiddenView.user_id == actor.id)
    return db.session.scalar(query.where(SavedView.offered_to(actor))) or 0


def first_of(views: Sequence[SavedView]) -> SavedView | None:
    """What opens when a person comes to her desk: her own choice before that of her role; None for what waits."""
    chosen = [view for view in views if view.is_default]
    return min(chosen, key=lambda view: view.role_id is not None, default=None)


def find(view_id: int, actor: Any) -> SavedView:
    """A view that is offered to this person, put away or not. Raises NotAllowed for anybody else's."""
    query = select(SavedView).where(SavedView.id == view_id, or_(SavedView.offered_to(actor), _sharing(actor)))
    view = db.session.scalars(query).first()
    if view is None:
        raise NotAllowed(permission=Can.VIEW_SHARE.value)
    return view


def _sharing(actor: Any) -> Any:
    return SavedView.role_id.is_not(None) if reach_of(actor, Can.VIEW_SHARE) == ALL else SavedView.id.is_(None)


def roles_to_share_with(actor: Any) -> list[tuple[str, str]]:
    """Number and name of the roles that a person may share views with."""
    if not is_allowed(actor, Can.VIEW_SHARE):
        return []
    return [(str(id), name) for id, name in db.session.execute(select(Role.id, Role.name).order_by(Role.name))]


def save(wanted: Wanted, *, actor: Any, name: str, role: str = "", is_default: bool = False) -> SavedView:
    """Keep a queue under a name. Never commits.

    Raises InvalidInput, NotAllowed for sharing without the permission, and NotApplicable for one too many.
    """
    text = wanted.text()
    if len(text) > LONGEST_QUERY:
        raise InvalidInput(_l("This is narrowed to more than can be kept."), field="name")
    role_id = _role(role, actor)
    own = select(func.count()).where(SavedView.owner_id == actor.id, SavedView.role_id.is_(None))
    count = db.session.scalar(own) or 0
    if role_id is None and count >= MOST_OWN:
        raise NotApplicable(_l("You have %(num)s views. Remove one first.", num=MOST_OWN))
    with acting(actor=actor, action="view.create"):
        if is_default:
            _no_other_default(actor, role_id)
        view = SavedView(
            name=name, owner_id=actor.id, role_id=role_id, query=text, is_default=is_default, position=count
        )
        db.session.add(view)
        db.session.flush()
    return view


def _role(role: str, actor: Any) -> int | None:
    if not role:
        return None
    if not is_allowed(actor, Can.VIEW_SHARE):
        raise NotAllowed(permission=Can.VIEW_SHARE.value)
    number = int(role) if role.isascii() and role.isdecimal() and len(role) < 10 else 0
    if db.session.get(Role, number) is None:
        raise InvalidInput(_l("Choose one of the list."), field="role")
    return number


def _no_other_default(actor: Any, role_id: int | None) -> None:
    """One view opens first for a person, and one for a role."""
    same = SavedView.role_id == role_id if role_id else SavedView.role_id.is_(None) & (SavedView.owner_id == actor.id)
    for view in db.session.scalars(select(SavedView).where(same, SavedView.is_default)):
        view.is_default = False


def _refuse_of_others(actor: Any, view: Any) -> None:
    """Raise NotAllowed unless the view is the person's own, or a shared one and she may share."""
    if view.owner_id == actor.id or (view.role_id is not None and is_allowed(actor, Can.VIEW_SHARE)):
        return
    raise NotAllowed(permission=Can.VIEW_SHARE.value)


@operation(SavedView, needs=Can.COMMENT_MODERATE, label=_l("Remove"), done=_l("Removed"), icon="trash", in_lists=False)
def delete(view: SavedView, *, actor: Any) -> None:
    """Take a view away for good."""
    _refuse_of_others(actor, view)
    db.session.delete(view)


def install() -> None:
    """Let nobody bring back or take away by undo what is another's view."""
    guard_undo(SavedView, _refuse_of_others)


def remove(view: SavedView, *, actor: Any) -> bool:
    """Take a view away: one's own for good, a shared one from one's own desk. Whether it is gone. Never commits."""
    if view.role_id is None:
        delete(view, actor=actor)
        return True
    try:
        with db.session.begin_nested():
            db.session.add(HiddenView(user_id=actor.id, view_id=view.id))
    except IntegrityError:
        pass  # put away twice is put away
    stamps.touch()
    return False


def remove_for_all(view: SavedView, *, actor: Any) -> None:
    """Take a shared view from everybody's desk. Never commits. Raises NotAllowed."""
    if not is_allowed(actor, Can.VIEW_SHARE):
        raise NotAllowed(permission=Can.VIEW_SHARE.value)
    delete(view, actor=actor)


def fetch_back(*, actor: Any) -> None:
    """Show again whatever the person has put away. Never commits."""
    for hidden in db.session.scalars(select(HiddenView).where(HiddenView.user_id == actor.id)):
        db.session.delete(hidden)
    stamps.touch()
