"""Rules, and what they found in comments."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, Integer, SmallInteger, String, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, validates

from backoffice.foundation import clock
from backoffice.foundation.database import (
    Audited,
    EnumText,
    Model,
    Timestamped,
    UTCDateTime,
    Versioned,
    labelled,
)
from backoffice.foundation.errors import InvalidInput
from backoffice.foundation.i18n import _l
from backoffice.foundation.text import clean_line, clean_text
from backoffice.rules.kinds import LIMITS, LooksAt, RuleAction, RuleKind

LONGEST_LINES = 500_000
#: New rules stand so far apart that moving one between two others changes no other rule.
APART = 65_536
_JSON = JSON().with_variant(JSONB, "postgresql")
_NUMBER = BigInteger().with_variant(Integer, "sqlite")


class Rule(Timestamped, Versioned, Audited, Model):
    """What is looked for in a comment and what happens then. In the order of `position` the first that fits decides."""

    __tablename__ = "rules"
    singular = _l("Rule")
    plural = _l("Rules")
    named_by = ("name",)

    id: Mapped[int] = labelled(_l("Number"), primary_key=True)
    name: Mapped[str] = labelled(_l("Name"), String(80))
    kind: Mapped[RuleKind] = labelled(_l("Looks for"), EnumText(RuleKind), default=RuleKind.WORDS)
    action: Mapped[RuleAction] = labelled(_l("Then"), EnumText(RuleAction), default=RuleAction.HOLD)
    lines: Mapped[str] = labelled(
        _l("Words, patterns or domains"),
        Text,
        default="",
        hint=_l("one a line; a * at the end of a word stands for any ending; for these kinds only"),
    )
    is_whole_word: Mapped[bool] = labelled(_l("Whole words only"), default=True)
    looks_at: Mapped[LooksAt] = labelled(
        _l("Look at"), EnumText(LooksAt), default=LooksAt.TEXT, hint=_l("for words and patterns")
    )
    number: Mapped[int | None] = labelled(
        _l("How many"),
        hint=_l(
            "links that are allowed, approvals an author needs, rejections, earlier copies, comments, reports, "
            "or per cent of the spam score"
        ),
    )
    of_last: Mapped[int | None] = labelled(_l("Of the last"), hint=_l("decided comments, for authors rejected lately"))
    minutes: Mapped[int | None] = labelled(_l("Within minutes"), hint=_l("for many in a short time"))
    days: Mapped[int | None] = labelled(_l("Days"), hint=_l("age of the post, or how far back a text is a repetition"))
    reason: Mapped[str] = labelled(
        _l("Reason"), String(500), default="", hint=_l("kept with the comments that it rejects")
    )
    weight: Mapped[int] = labelled(
        _l("Weight"), SmallInteger, default=1, hint=_l("how much it counts for moderators, from 0 to 100")
    )
    position: Mapped[int] = labelled(_l("Position"), BigInteger, default=0)
    is_active: Mapped[bool] = labelled(_l("Active"), default=False)

    __table_args__ = (
        Index("ix_rules_position_id", "position", "id"),
        Index("ix_rules_name_id", "name", "id"),
        Index("ix_rules_kind_position_id", "kind", "position", "id"),
        Index("ix_rules_action_position_id", "action", "position", "id"),
        Index("ix_rules_is_active_position_id", "is_active", "position", "id"),
    )

    @validates("name")
    def _check_name(self, _key: str, name: str) -> str:
        name = clean_line(name)
        if not name:
            raise InvalidInput(_l("Give a name."), field="name")
        return name

    @validates("lines")
    def _check_lines(self, _key: str, lines: str | None) -> str:
        lines = clean_text(lines)
        if len(lines) > LONGEST_LINES:
            raise InvalidInput(_l("Use at most %(num)s characters.", num=LONGEST_LINES), field="lines")
        return lines

    @validates("reason")
    def _clean_reason(self, _key: str, reason: str | None) -> str:
        return clean_line(reason)

    @validates("number", "of_last", "minutes", "days", "weight")
    def _check_number(self, key: str, value: int | None) -> int | None:
        least, most = LIMITS[key]
        if value is not None and not least <= value <= most:
            raise InvalidInput(_l("Give a whole number from %(least)s to %(most)s.", least=least, most=most), field=key)
        return value


class Finding(Model):
    """That a rule fitted a comment, where and why: side data, so no version and no entry tells of it.

    What it needs of the rule is kept here as it was, so that it can be told when the rule is another or gone.
    """

    __tablename__ = "findings"
    resource = "finding"
    singular = _l("Finding")
    plural = _l("Findings")
    titled_by = ("rule_name",)

    id: Mapped[int] = labelled(_l("Number"), _NUMBER, primary_key=True, autoincrement=True)
    comment_id: Mapped[int] = labelled(_l("Comment"), ForeignKey("comments.id", ondelete="CASCADE"))
    rule_id: Mapped[int | None] = labelled(_l("Rule"), ForeignKey("rules.id", ondelete="SET NULL"))
    rule_name: Mapped[str] = labelled(_l("Name of the rule"), String(80))
    # A kind of rule, or what is none: `held`, `fault`.
    kind: Mapped[str] = labelled(_l("Looks for"), String(20))
    action: Mapped[str] = labelled(_l("Then"), String(20))
    weight: Mapped[int] = labelled(_l("Weight"), SmallInteger, default=1)
    #: Whether this is the one that decided.
    is_decisive: Mapped[bool] = labelled(_l("Decided"), default=False)
    #: Pairs of start and end in the text of the comment.
    spans: Mapped[list[list[int]]] = labelled(_l("Places"), _JSON, default=list)
    #: The numbers and words of the sentence that tells it.
    detail: Mapped[dict[str, Any]] = labelled(_l("Details"), _JSON, default=dict)
    created_at: Mapped[datetime] = labelled(_l("Found"), UTCDateTime, default=clock.now)
    disputed_at: Mapped[datetime | None] = labelled(_l("Called wrong"), UTCDateTime)
    # No key: accounts are never deleted.
    disputed_by: Mapped[int | None] = labelled(_l("Called wrong by"))

    __table_args__ = (
        Index("ix_findings_comment_id", "comment_id", "id"),
        Index("ix_findings_rule_id", "rule_id", "id"),
    )

    @property
    def title_text(self) -> str:
        """The name the rule had."""
        return self.rule_name

    @property
    def told(self) -> str:
        """Why, as a sentence in the reader's language."""
        from backoffice.rules.telling import told

        return told(self)


class TextPrint(Model):
    """What a text is recognised by when it comes again: a number of its folded words."""

    __tablename__ = "text_prints"
    resource = "text_print"

    id: Mapped[int] = labelled(_l("Number"), _NUMBER, primary_key=True, autoincrement=True)
    comment_id: Mapped[int] = labelled(_l("Comment"), ForeignKey("comments.id", ondelete="CASCADE"), index=True)
    digest: Mapped[int] = labelled(_l("Digest"), BigInteger)
    created_at: Mapped[datetime] = labelled(_l("Created"), UTCDateTime)

    __table_args__ = (Index("ix_text_prints_digest_created_at", "digest", "created_at", "comment_id"),)
