"""Which entries of the trail a person may see: only those about what she may see itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select, true

from backoffice.foundation.database import db
from backoffice.foundation.permissions import ALL, OWN, Can, reach_of
from backoffice.records.audit import AuditEntry
from backoffice.records.shapes import AuditShape
from backoffice.records.trash import model_of


@dataclass(frozen=True)
class Kinds:
    """Kinds that a person sees altogether, those of which she sees her own, and whether that is everything."""

    everywhere: frozenset[str]
    own: dict[str, Select[Any]]
    is_everything: bool


def kinds_seen_by(actor: Any) -> Kinds:
    """Every kind the trail knows, as far as the person may view its records.

    A kind that no permission speaks of, such as a command, is for whoever may see the trail.
    """
    known = list(db.session.scalars(select(AuditShape.kind).distinct()))
    everywhere, own = set(), {}
    for kind in known:
        name = f"{kind}.view"
        can = Can(name) if name in set(Can) else None
        reach = ALL if can is None else reach_of(actor, can)
        model = model_of(kind) if reach == OWN else None
        if reach == ALL or (reach not in (None, OWN)):
            everywhere.add(kind)
        elif model is not None:
            own[kind] = select(model.id).where(model.owned_by(actor.id))
    return Kinds(frozenset(everywhere), own, len(everywhere) == len(known))


def seen_by(actor: Any) -> ColumnElement[bool]:
    """The criterion for the entries that the person may see, besides the permission to see the trail."""
    kinds = kinds_seen_by(actor)
    if kinds.is_everything:
        return true()
    return or_(
        AuditEntry.target_type.in_(sorted(kinds.everywhere)),
        *(and_(AuditEntry.target_type == kind, AuditEntry.target_id.in_(own)) for kind, own in kinds.own.items()),
    )
