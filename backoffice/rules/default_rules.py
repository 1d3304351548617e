"""The rules a new installation starts with, as data. Sites that run already keep deciding as they did."""

from __future__ import annotations

from typing import Any

from backoffice.accounts.seeding import at_first_start
from backoffice.foundation.database import db
from backoffice.foundation.i18n import Text, _l, message_of
from backoffice.rules.kinds import RuleAction, RuleKind
from backoffice.rules.models import APART, Rule

DEFAULT_RULES: tuple[tuple[Text, dict[str, Any]], ...] = (
    (_l("Very likely spam"), {"kind": RuleKind.SCORE, "action": RuleAction.SPAM, "number": 90, "weight": 10}),
    (_l("More than two links"), {"kind": RuleKind.LINKS, "number": 2, "weight": 5}),
    (_l("The same text again"), {"kind": RuleKind.REPEATED, "number": 1, "days": 7, "weight": 5}),
    (_l("Reported by readers"), {"kind": RuleKind.FLAGS, "number": 3, "weight": 5}),
    (_l("First comment of an author"), {"kind": RuleKind.NEW_AUTHOR, "number": 1}),
)


@at_first_start
def seed_rules() -> None:
    """Write them down, all of them switched on: the first is harmless until there is a score."""
    for place, (name, values) in enumerate(DEFAULT_RULES, 1):
        db.session.add(
            Rule(
                name=message_of(name),
                **{"action": RuleAction.HOLD, "position": place * APART, **values},
                is_active=True,
            )
        )
    db.session.flush()
