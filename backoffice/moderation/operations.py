"""What the desk does with a comment that waits, besides deciding: putting it off, and fetching it back."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from wtforms import SelectField
from wtforms.validators import Optional

from backoffice.comments.models import Comment, CommentStatus
from backoffice.foundation.fields import options
from backoffice.foundation.forms import InputForm
from backoffice.foundation.i18n import _l
from backoffice.foundation.operations import operation
from backoffice.foundation.permissions import Can
from backoffice.moderation import snoozing


class SnoozeForm(InputForm):
    """Until when a comment is put off; without a word for two hours."""

    until = SelectField(_l("Until"), [Optional()], choices=options(list(snoozing.CHOICES.items())))


@operation(
    Comment,
    needs=Can.COMMENT_MODERATE,
    label=_l("Snooze"),
    done=_l("Snoozed"),
    icon="snooze",
    takes=SnoozeForm,
    when=lambda comment: comment.status is CommentStatus.PENDING,
    as_button=False,
)
def snooze(comment: Comment, *, actor: Any, until: str | None = None) -> None:
    """Keep it out of the queue for a while; it still waits."""
    zone = ZoneInfo(getattr(actor, "time_zone", None) or "UTC")
    snoozing.put_off(comment.id, snoozing.moment_of(until or next(iter(snoozing.CHOICES)), zone), actor=actor)


@operation(
    Comment,
    needs=Can.COMMENT_MODERATE,
    label=_l("Wake"),
    done=_l("Back in the queue"),
    icon="bell",
    when=lambda comment: comment.status is CommentStatus.PENDING,
    as_button=False,
)
def wake(comment: Comment, *, actor: Any) -> None:
    """Put it back into the queue now."""
    snoozing.wake(comment.id)
