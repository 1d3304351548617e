"""How far a permission can reach: all records, one's own where records of the kind belong to somebody, or languages."""

from __future__ import annotations

from collections.abc import Iterable

from backoffice.foundation.database import Model
from backoffice.foundation.i18n import LOCALES
from backoffice.foundation.permissions import ALL, OWN, Can

#: Kinds whose permissions can reach some languages only.
LOCAL_KINDS = frozenset({"translation"})
#: Kinds that belong to people although no table keeps them.
OWNED_KINDS = frozenset({"file"})


def can_be_own(can: Can) -> bool:
    """Whether records of this kind belong to somebody."""
    if can.resource in OWNED_KINDS:
        return True
    models = (mapper.class_ for mapper in Model.registry.mappers if mapper.class_.resource == can.resource)
    return any("owned_by" in vars(model) for model in models)


def can_be_local(can: Can) -> bool:
    """Whether the permission can be given for some languages."""
    return can.resource in LOCAL_KINDS


def is_possible(can: Can, reach: str) -> bool:
    """Whether a grant of this permission can have this reach."""
    if reach == ALL:
        return True
    if reach == OWN:
        return can_be_own(can)
    parts = reach.split(",")
    return can_be_local(can) and len(set(parts)) == len(parts) and all(part in LOCALES for part in parts)


def is_same(one: str | None, other: str | None) -> bool:
    """Whether two reaches go equally far, in whatever order they name languages."""
    return joined([one or ""]) == joined([other or ""])


def joined(values: Iterable[str]) -> str:
    """One reach out of what was ticked, languages in the order of the alphabet; everything is more than some."""
    given = sorted({part for value in values for part in value.split(",") if part})
    return ALL if ALL in given else ",".join(given)
