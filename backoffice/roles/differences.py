"""What changes between two sets of grants, permission by permission."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from backoffice.accounts.guards import covers
from backoffice.foundation.permissions import ALL, EVERYTHING
from backoffice.roles.reaches import is_same


@dataclass(frozen=True)
class Change:
    """One permission with its reach before and after; None where it is not granted."""

    permission: str
    before: str | None
    after: str | None

    @property
    def is_gain(self) -> bool:
        """Whether something can be done afterwards that could not be done before."""
        return self.after is not None and not covers(
            _granted(self.permission, self.before), self.permission, self.after
        )

    @property
    def is_loss(self) -> bool:
        """Whether something could be done before that cannot be done afterwards; a change may be both."""
        return self.before is not None and not covers(
            _granted(self.permission, self.after), self.permission, self.before
        )


def changes_between(before: Mapping[str, str], after: Mapping[str, str]) -> list[Change]:
    """What is not the same, in the order of the permissions."""
    before, after = effective(before), effective(after)
    return [
        Change(name, before.get(name), after.get(name))
        for name in sorted({*before, *after})
        if not is_same(before.get(name), after.get(name))
    ]


def effective(granted: Mapping[str, str]) -> Mapping[str, str]:
    """The grants without what says nothing beside the one that means everything."""
    return {EVERYTHING: ALL} if EVERYTHING in granted else granted


def _granted(permission: str, reach: str | None) -> dict[str, str]:
    return {} if reach is None else {permission: reach}
