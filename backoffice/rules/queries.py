"""Named questions about rules."""

from __future__ import annotations

from sqlalchemy import Select, select

from backoffice.rules.models import Rule

#: A page of the list shows no more.
MOST = 100


def listed_ids() -> Select[int]:
    """The numbers of the first rules in their order."""
    return select(Rule.id).order_by(Rule.position, Rule.id).limit(MOST)
