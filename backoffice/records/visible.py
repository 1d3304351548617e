"""Which entries of the trail, and what of the trash, a person may see: only what is about things she may see itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select, true

from backoffice.foundation.database import db
from backoffice.foundation.permissions import ALL, OWN, Can, reach_of
from backoffice.records.audit import AuditEntry
from backoffice.records.keeping import kept_kinds
from backoffice.records.shapes import AuditShape
from backoffice.records.trash import Trashed, audited_kinds, model_of


@dataclass(frozen=True)
class Kinds:
    """Kinds that a person sees altogether, those of which she sees her own, and whether that is everything."""

    everywhere: frozenset[str]
    own: dict[str, Select[Any]]
    is_everything: bool


def kinds_seen_by(actor: Any) -> Kinds:
    """Every kind the trail knows, as far as the person may view its records.

    A kind that no permission speaks of, such as a command, is for whoever may see the trail. A page asks several times;
    the answer is remembered as long as the session and the grants are the same.
    """
    held: dict[Any, Kinds] = db.session().info.setdefault("kinds seen", {})
    key = (actor.id, frozenset(actor.granted.items()))
    if key not in held:
        held[key] = _kinds_seen_by(actor)
    return held[key]


def _kinds_seen_by(actor: Any) -> Kinds:
    known = list(db.session.scalars(select(AuditShape.kind).distinct()))
    everywhere, own = set(), {}
    for kind in known:
        reach = _reach(actor, kind)
        model = model_of(kind) if reach == OWN else None
        if reach not in (None, OWN):
            everywhere.add(kind)
        elif model is not None:
            own[kind] = select(model.id).where(model.owned_by(actor.id))
    # What was done to the trash names what lay in it, which may have been of any kind.
    if any(_reach(actor, kind) in (None, OWN) for kind in (*audited_kinds(), *kept_kinds())):
        everywhere.discard(Trashed.resource)
    return Kinds(frozenset(everywhere), own, len(everywhere) == len(known))


def trash_seen_by(actor: Any) -> ColumnElement[bool]:
    """The criterion for what the person may see in the trash, besides the permission to see it.

    That is what was of a kind she sees altogether, and what she deleted herself: whose a record was is not known any
    more, so of a kind of which she sees only her own there is nothing else.
    """
    reaches = {kind: _reach(actor, kind) for kind in (*audited_kinds(), *kept_kinds())}
    if all(reach not in (None, OWN) for reach in reaches.values()):
        return true()
    everywhere = [kind for kind, reach in reaches.items() if reach not in (None, OWN)]
    return or_(Trashed.target_type.in_(everywhere), Trashed.actor_id == actor.id)


def _reach(actor: Any, kind: str) -> str | None:
    """How far the person sees things of this kind; what no permission speaks of is for everybody."""
    name = f"{kind}.view"
    return reach_of(actor, Can(name)) if name in set(Can) else ALL


def seen_by(actor: Any) -> ColumnElement[bool]:
    """The criterion for the entries that the person may see, besides the permission to see the trail."""
    kinds = kinds_seen_by(actor)
    if kinds.is_everything:
        return true()
    return or_(
        AuditEntry.target_type.in_(sorted(kinds.everywhere)),
        *(and_(AuditEntry.target_type == kind, AuditEntry.target_id.in_(own)) for kind, own in kinds.own.items()),
    )
