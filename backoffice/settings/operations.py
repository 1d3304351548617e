"""Setting policies, and taking that back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import select

from backoffice.foundation.acting import acting
from backoffice.foundation.database import db
from backoffice.foundation.errors import NotAllowed
from backoffice.foundation.permissions import Can, is_allowed
from backoffice.records.audit import CREATED
from backoffice.records.policies import Policy, Setting
from backoffice.records.undoing import undo_by


def set_policies(wanted: Mapping[Policy, Any], *, actor: Any) -> None:
    """Set each policy to its value; one that gets its default follows the default from now on. Never commits.

    Raises NotAllowed, InvalidInput, or what the database says if somebody sets the same one at the same moment.
    """
    _may(actor)
    rows = rows_of(wanted)
    with acting(actor=actor, action="setting.edit"):
        for policy, value in wanted.items():
            policy.check(value)
            kept = None if value == policy.default else value
            row = rows.get(policy.name)
            if row is None and kept is not None:
                db.session.add(Setting(name=policy.name, value=kept))
            elif row is not None and row.value != kept:
                row.value = kept
        db.session.flush()


def rows_of(policies: Iterable[Policy]) -> dict[str, Setting]:
    """The records of these policies, by name; none for what was never changed. One that was read before is not read
    again, so that whoever changed it meanwhile is noticed."""
    query = select(Setting).where(Setting.name.in_([policy.name for policy in policies]))
    return {row.name: row for row in db.session.scalars(query)}


def _may(actor: Any) -> None:
    if not is_allowed(actor, Can.SETTING_EDIT):
        raise NotAllowed(permission=Can.SETTING_EDIT.value)


def _let_the_default_hold(setting: Setting, _before: Any, _after: Any, *, actor: Any) -> None:
    _may(actor)
    setting.value = None


# A row stays, so that nobody's form meets its version a second time.
undo_by(Setting, CREATED, _let_the_default_hold)
