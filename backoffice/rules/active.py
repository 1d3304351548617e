"""The rules that are switched on, made ready once per process; a change is noticed within a second."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from flask import current_app, has_app_context
from sqlalchemy import event, func, select

from backoffice.foundation.database import db
from backoffice.rules.judging import Ready, ready
from backoffice.rules.models import Rule

#: Seconds between two looks at what changed: one query of a small table.
LOOKS_EVERY = 1.0
_HELD = "rules"


@dataclass(slots=True)
class _Held:
    looked_at: float = float("-inf")
    stamp: tuple[Any, ...] | None = None
    rules: tuple[Ready, ...] = ()


def active_rules() -> tuple[Ready, ...]:
    """The rules that are switched on, in their order."""
    held: _Held = current_app.extensions.setdefault(_HELD, _Held())
    now = time.monotonic()
    if now - held.looked_at >= LOOKS_EVERY:
        stamp = _stamp()
        if stamp != held.stamp:
            query = select(Rule).where(Rule.is_active).order_by(Rule.position, Rule.id)
            held.rules = tuple(ready(rule) for rule in db.session.scalars(query))
            held.stamp = stamp
        held.looked_at = now
    return held.rules


def _stamp() -> tuple[Any, ...]:
    """Another after every change: how many there are, how often they changed, and when last."""
    row = db.session.execute(select(func.count(), func.sum(Rule.version), func.max(Rule.updated_at))).one()
    return tuple(row)


def _look_again(*_args: Any) -> None:
    if has_app_context():
        current_app.extensions.setdefault(_HELD, _Held()).looked_at = float("-inf")


for _name in ("after_insert", "after_update", "after_delete"):
    event.listen(Rule, _name, _look_again)
