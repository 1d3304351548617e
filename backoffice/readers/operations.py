"""What people do with restrictions and with the reasons that are offered."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select

from backoffice.accounts.models import User
from backoffice.foundation import clock
from backoffice.foundation.database import db
from backoffice.foundation.deleting import deletion_of
from backoffice.foundation.errors import InvalidInput, NotAllowed, NotApplicable
from backoffice.foundation.i18n import _l
from backoffice.foundation.operations import operation
from backoffice.foundation.permissions import Can, is_allowed, is_staff
from backoffice.readers.models import CannedReason, Measure, Restriction
from backoffice.readers.subjects import CONTACT, Subject, normalised

#: Positions that are nearer to each other are written anew.
_NEAR = 1e-6


def establish(restriction: Restriction, *, actor: Any) -> None:
    """Put a new restriction into the form in which it is stored. Raises InvalidInput, NotAllowed."""
    if restriction.known_by is None:
        raise InvalidInput(_l("Choose by what the person is known."), field="known_by")
    # A form has their values, which the database makes members of.
    restriction.known_by, restriction.measure = Subject.of(restriction.known_by), Measure.of(restriction.measure)
    if restriction.known_by in CONTACT and not is_allowed(actor, Can.COMMENT_VIEW_CONTACT):
        raise NotAllowed(permission=Can.COMMENT_VIEW_CONTACT.value)
    restriction.value = normalised(restriction.known_by, restriction.value)
    if restriction.until is not None and restriction.until <= clock.now():
        raise InvalidInput(_l("Choose a moment to come."), field="until")
    if restriction.known_by is Subject.ACCOUNT:
        account = db.session.scalar(select(User).where(User.username == restriction.value))
        if account is None:
            raise InvalidInput(_l("There is no account of this name."), field="value")
        restriction.account = account
    refuse_staff(restriction)
    restriction.made_by_id = actor.id


def refuse_staff(restriction: Restriction) -> None:
    """Raise InvalidInput for an account of the staff, or its e-mail: they are let go, not banned."""
    account = restriction.account
    if restriction.known_by is Subject.EMAIL:
        account = db.session.scalar(select(User).where(User.email == restriction.value))
    if account is not None and account.is_active and is_staff(account):
        raise InvalidInput(
            _l("%(name)s works here. Take the roles away first, under People.", name=account.title_text), field="value"
        )


@operation(
    Restriction,
    needs=Can.RESTRICTION_EDIT,
    label=_l("Lift"),
    done=_l("Lifted"),
    icon="undo",
    when=lambda restriction: restriction.holds(),
)
def lift(restriction: Restriction, *, actor: Any) -> None:
    """End it now; it stays in the list."""
    restriction.until = clock.now()


delete = deletion_of(Restriction)


def acknowledge(restrictions: list[Restriction]) -> None:
    """Note that the reader has read these warnings. Never commits."""
    for restriction in restrictions:
        if restriction.measure is Measure.WARN and restriction.acknowledged_at is None:
            restriction.acknowledged_at = clock.now()


def put_last(reason: CannedReason, *, actor: Any) -> None:
    """Offer a new reason after the others."""
    reason.position = (db.session.scalar(select(func.max(CannedReason.position))) or 0.0) + 1.0


@operation(
    CannedReason,
    needs=Can.REASON_EDIT,
    label=_l("Move up"),
    done=_l("Moved"),
    icon="up-arrow",
)
def move_up(reason: CannedReason, *, actor: Any) -> None:
    """Offer it before the one that stands above it."""
    _move(reason, -1)


@operation(
    CannedReason,
    needs=Can.REASON_EDIT,
    label=_l("Move down"),
    done=_l("Moved"),
    icon="down-arrow",
)
def move_down(reason: CannedReason, *, actor: Any) -> None:
    """Offer it after the one that stands below it."""
    _move(reason, 1)


def _move(reason: CannedReason, step: int) -> None:
    """Raises NotApplicable at the end of the list."""
    listed = list(db.session.scalars(select(CannedReason).order_by(CannedReason.position, CannedReason.id)))
    place = listed.index(reason) + step
    if not 0 <= place < len(listed):
        raise NotApplicable(_l("It stands at the end already."))
    near = listed[place]
    beyond = listed[place + step].position if 0 <= place + step < len(listed) else near.position + step
    if abs(near.position - beyond) < _NEAR:
        for position, each in enumerate(listed, 1):
            each.position = float(position)
        near.position, reason.position = reason.position, near.position
        return
    reason.position = (near.position + beyond) / 2


delete_reason = deletion_of(CannedReason)
