"""What people do with rules."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select

from backoffice.foundation.database import db
from backoffice.foundation.deleting import deletion_of
from backoffice.foundation.i18n import Text, _l
from backoffice.foundation.operations import operation
from backoffice.foundation.permissions import Can
from backoffice.rules.models import APART, Rule


@operation(
    Rule,
    needs=Can.RULE_EDIT,
    label=_l("Switch on"),
    done=_l("Switched on"),
    icon="check",
    tone="approved",
    when=lambda rule: not rule.is_active,
)
def switch_on(rule: Rule, *, actor: Any) -> None:
    """Let the rule decide about what is sent from now on."""
    rule.is_active = True


@operation(
    Rule,
    needs=Can.RULE_EDIT,
    label=_l("Switch off"),
    done=_l("Switched off"),
    icon="x",
    tone="cancelled",
    when=lambda rule: rule.is_active,
)
def switch_off(rule: Rule, *, actor: Any) -> None:
    """Keep the rule, but let it decide about nothing."""
    rule.is_active = False


@operation(Rule, needs=Can.RULE_EDIT, label=_l("Move up"), done=_l("Moved up"), icon="up-arrow")
def move_up(rule: Rule, *, actor: Any) -> Text | None:
    """Ask this rule before the one that stands above it."""
    return _move(rule, up=True)


@operation(Rule, needs=Can.RULE_EDIT, label=_l("Move down"), done=_l("Moved down"), icon="down-arrow")
def move_down(rule: Rule, *, actor: Any) -> Text | None:
    """Ask this rule after the one that stands below it."""
    return _move(rule, up=False)


delete = deletion_of(Rule)


def put_last(rule: Rule, *, actor: Any) -> None:
    """Let a new rule be asked after all others."""
    rule.position = (db.session.scalar(select(func.max(Rule.position))) or 0) + APART


def _move(rule: Rule, *, up: bool) -> Text | None:
    """Give the rule a place between the next two on that side, so that no other has to change."""
    place = (Rule.position, Rule.id)
    here = (rule.position, rule.id)
    query = select(Rule)
    if up:
        query = query.where(_before(place, here)).order_by(Rule.position.desc(), Rule.id.desc())
    else:
        query = query.where(_before(here, place)).order_by(Rule.position, Rule.id)
    beside = db.session.scalars(query.limit(2)).all()
    step = -APART if up else APART
    if not beside:
        rule.position += step
        return _l("It stood there already.")
    if len(beside) == 1:
        rule.position = beside[0].position + step
        return None
    middle = (beside[0].position + beside[1].position) // 2
    if middle in (beside[0].position, beside[1].position):
        _spread()
        return _move(rule, up=up)
    rule.position = middle
    return None


def _before(first: Any, second: Any) -> Any:
    (position, id), (other, other_id) = first, second
    return (position < other) | ((position == other) & (id < other_id))


def _spread() -> None:
    """Put all rules apart again, in their order."""
    for number, rule in enumerate(db.session.scalars(select(Rule).order_by(Rule.position, Rule.id)), start=1):
        rule.position = number * APART
    db.session.flush()
