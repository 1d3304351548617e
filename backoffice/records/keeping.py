"""The trash for what is no row of the database: a feature says how its things come back and go for good."""

from __future__ import annotations

from typing import Any, Protocol

from backoffice.records.trash import Trashed


class Keeper(Protocol):
    """Knows the things of one kind that are in the trash."""

    def kind(self, item: Trashed) -> Any:
        """What the thing is called on the screen."""

    def restore(self, item: Trashed, *, actor: Any) -> Any:
        """Bring it back, at the latest after the commit; returns a sentence if that needs one, and takes the row away.

        Raises DomainError if it cannot be, or the actor may not.
        """

    def purge(self, item: Trashed, *, actor: Any) -> None:
        """Remove what is kept of it after the commit; the row goes by itself."""


_keepers: dict[str, Keeper] = {}


def kept_by(target_type: str, keeper: Keeper) -> None:
    """Leave things of this kind in the trash to the keeper."""
    _keepers[target_type] = keeper


def kept_kinds() -> list[str]:
    """The kinds that have a keeper."""
    return list(_keepers)


def keeper_of(item: Trashed) -> Keeper | None:
    """Who keeps the thing; None for a record, which the trash brings back by itself."""
    return _keepers.get(item.target_type)
