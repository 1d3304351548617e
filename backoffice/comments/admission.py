"""Whether somebody may write: what a moderator has said about her, before anything is stored."""

from __future__ import annotations

from flask_babel import format_datetime

from backoffice.accounts.models import User
from backoffice.foundation.database import db
from backoffice.foundation.errors import DomainError, InvalidInput
from backoffice.foundation.i18n import _
from backoffice.foundation.permissions import is_staff
from backoffice.readers import restrictions
from backoffice.readers.models import Measure, Restriction
from backoffice.readers.operations import acknowledge


class Banned(DomainError):
    """She may not write."""

    status = 403


class Warned(InvalidInput):
    """She may write once she has said that she read what a moderator told her: `words`."""

    def __init__(self, words: list[str]) -> None:
        super().__init__(_("Read what a moderator wrote to you, tick the box, and send your comment again."), "read")
        self.words = words


def admit(
    *, account_id: int | None = None, email: str | None, address: str | None, has_read: bool = False
) -> list[Restriction]:
    """What holds for a writer who may write all the same: it is always held, or nothing. Never commits.

    One query; a warning she has read is noted. Nothing holds for staff who are signed in, wherever they sit.
    Raises Banned and Warned.
    """
    account = db.session.get(User, account_id) if account_id is not None else None
    if account is not None and is_staff(account):
        return []
    found = restrictions.on(account_id=account_id, email=email, address=address)
    for restriction in found:
        if restriction.measure is Measure.BAN:
            raise Banned(_told(restriction))
    warnings = [restriction for restriction in found if restriction.measure is Measure.WARN]
    if warnings and not has_read:
        raise Warned([restriction.reason for restriction in warnings])
    acknowledge(warnings)
    return [restriction for restriction in found if restriction.measure is Measure.HOLD]


def _told(ban: Restriction) -> str:
    """Until when and why, as the reader is told."""
    if ban.until is None:
        said = _("You cannot write comments here any more. Your text is still in the form.")
    else:
        until = format_datetime(ban.until, "medium")
        said = _("You cannot write comments here until %(moment)s. Your text is still in the form.", moment=until)
    return f"{said} {_('Reason: %(reason)s', reason=ban.reason)}" if ban.reason else said
