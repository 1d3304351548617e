"""What a rule can look for and what it can do."""

from __future__ import annotations

from backoffice.foundation.enums import LabelledEnum
from backoffice.foundation.i18n import _l


class RuleKind(LabelledEnum):
    """What a rule looks for."""

    WORDS = "words", _l("Words and phrases")
    PATTERNS = "patterns", _l("Patterns")
    LINKS = "links", _l("Number of links")
    BLOCKED_DOMAINS = "blocked_domains", _l("Blocked domains")
    TRUSTED_DOMAINS = "trusted_domains", _l("Trusted domains")
    NEW_AUTHOR = "new_author", _l("First comments of an author")
    REJECTED_LATELY = "rejected_lately", _l("Author rejected lately")
    REPEATED = "repeated", _l("Repeated text")
    FLOOD = "flood", _l("Many in a short time")
    OLD_POST = "old_post", _l("Old post")
    FLAGS = "flags", _l("Reported by readers")
    SCORE = "score", _l("Spam score")


class RuleAction(LabelledEnum):
    """What becomes of a comment that a rule decides about."""

    HOLD = "hold", _l("Hold for a moderator")
    SPAM = "spam", _l("Put with the spam")
    REJECT = "reject", _l("Reject")
    APPROVE = "approve", _l("Approve")


class LooksAt(LabelledEnum):
    """Where words and patterns are looked for."""

    TEXT = "text", _l("Comment")
    NAME = "name", _l("Name")
    EMAIL = "email", _l("E-mail")


#: The columns that a kind reads besides those that every rule has; all others are left alone.
USED: dict[RuleKind, frozenset[str]] = {
    RuleKind.WORDS: frozenset({"lines", "is_whole_word", "looks_at"}),
    RuleKind.PATTERNS: frozenset({"lines", "looks_at"}),
    RuleKind.LINKS: frozenset({"number"}),
    RuleKind.BLOCKED_DOMAINS: frozenset({"lines"}),
    RuleKind.TRUSTED_DOMAINS: frozenset({"lines"}),
    RuleKind.NEW_AUTHOR: frozenset({"number"}),
    RuleKind.REJECTED_LATELY: frozenset({"number", "of_last"}),
    RuleKind.REPEATED: frozenset({"number", "days"}),
    RuleKind.FLOOD: frozenset({"number", "minutes"}),
    RuleKind.OLD_POST: frozenset({"days"}),
    RuleKind.FLAGS: frozenset({"number"}),
    RuleKind.SCORE: frozenset({"number"}),
}
#: The least and the most of each number. How far a fact looks back is bounded by these.
LIMITS: dict[str, tuple[int, int]] = {
    "number": (0, 1000),
    "of_last": (1, 100),
    "minutes": (1, 1440),
    "days": (1, 3650),
    "weight": (0, 100),
}
#: The same where a kind is narrower.
LIMITS_OF: dict[tuple[RuleKind, str], tuple[int, int]] = {
    (RuleKind.NEW_AUTHOR, "number"): (1, 50),
    (RuleKind.REJECTED_LATELY, "number"): (1, 100),
    (RuleKind.REPEATED, "number"): (1, 50),
    (RuleKind.REPEATED, "days"): (1, 90),
    (RuleKind.FLOOD, "number"): (1, 100),
    (RuleKind.FLAGS, "number"): (1, 100),
    (RuleKind.SCORE, "number"): (1, 100),
}


def limits_of(kind: RuleKind, column: str) -> tuple[int, int]:
    """The least and the most this number may be in a rule of this kind."""
    return LIMITS_OF.get((kind, column), LIMITS[column])
