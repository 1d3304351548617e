"""What moderators say about rules: that one was wrong about a comment."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from wtforms import IntegerField
from wtforms.validators import NumberRange, Optional

from backoffice.comments.models import Comment
from backoffice.foundation import clock
from backoffice.foundation.database import db
from backoffice.foundation.errors import NotApplicable
from backoffice.foundation.forms import InputForm
from backoffice.foundation.i18n import _l
from backoffice.foundation.operations import operation
from backoffice.foundation.permissions import Can
from backoffice.records import audit
from backoffice.rules.models import Finding


class FindingForm(InputForm):
    """Which finding is meant; the one that decided unless it is said."""

    finding = IntegerField(_l("Finding"), [Optional(), NumberRange(1, 2**31 - 1)])


@operation(
    Comment,
    needs=Can.COMMENT_MODERATE,
    label=_l("This rule was wrong"),
    done=_l("Rule called wrong"),
    icon="flag",
    takes=FindingForm,
    in_lists=False,
    as_button=False,
)
def dispute(comment: Comment, *, actor: Any, finding: int | None = None) -> None:
    """Note that a rule should not have fitted this comment; the list of rules counts it."""
    found = _finding(comment, finding, is_disputed=False)
    found.disputed_at, found.disputed_by = clock.now(), getattr(actor, "id", None)
    audit.note("comment.dispute", comment, rule=found.rule_name)


@operation(
    Comment,
    needs=Can.COMMENT_MODERATE,
    label=_l("The rule was right after all"),
    done=_l("Called right again"),
    icon="undo",
    takes=FindingForm,
    in_lists=False,
    as_button=False,
)
def withdraw_dispute(comment: Comment, *, actor: Any, finding: int | None = None) -> None:
    """Take back that a rule was called wrong about this comment."""
    found = _finding(comment, finding, is_disputed=True)
    found.disputed_at = found.disputed_by = None
    audit.note("comment.withdraw_dispute", comment, rule=found.rule_name)


def _finding(comment: Comment, number: int | None, *, is_disputed: bool) -> Finding:
    """The finding that is meant, held until the end of the transaction. Raises NotApplicable if there is none."""
    query = select(Finding).where(
        Finding.comment_id == comment.id,
        Finding.disputed_at.is_not(None) if is_disputed else Finding.disputed_at.is_(None),
    )
    if number is not None:
        query = query.where(Finding.id == number)
    query = query.order_by(Finding.is_decisive.desc(), Finding.id).limit(1).with_for_update()
    found = db.session.scalar(query)
    if found is None:
        raise NotApplicable(
            _l("No rule was called wrong here.") if is_disputed else _l("No rule is left here to call wrong.")
        )
    return found
