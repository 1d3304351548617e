"""How far a permission can reach: all records, one's own where records of the kind belong to somebody, or languages."""

from __future__ import annotations

from collections.abc import Iterable

from backoffice.catalogs.places import DOMAINS
from backoffice.foundation.database import Model
from backoffice.foundation.i18n import kept_locales
from backoffice.foundation.permissions import ALL, OWN, Can, joined_parts

#: Kinds whose permissions can reach some languages only.
LOCAL_KINDS = frozenset({"term", "translation"})
#: No more characters than the column holds.
LONGEST = 200
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
    if not can_be_local(can) or len(set(parts)) < len(parts) or len(reach) > LONGEST:
        return False
    return all(is_part(part) for part in parts)


def is_part(part: str) -> bool:
    """Whether this is a language that is offered or begun (`de`), or a domain of one (`de:messages`)."""
    locale, colon, domain = part.partition(":")
    return locale in kept_locales() and (not colon or domain in DOMAINS)


def is_same(one: str | None, other: str | None) -> bool:
    """Whether two reaches go equally far, in whatever order they name languages."""
    return joined([one or ""]) == joined([other or ""])


def joined(values: Iterable[str]) -> str:
    """One reach out of what was ticked, languages in the order of the alphabet; everything is more than some."""
    given = {part.strip() for value in values for part in value.split(",")}
    return ALL if ALL in given else joined_parts(given)
