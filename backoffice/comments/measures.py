"""Measures against who wrote a comment: ban, warn, always hold, and a note about her for colleagues."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import inspect, select
from wtforms import BooleanField, SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional

from backoffice.comments import authors
from backoffice.comments.models import Comment
from backoffice.comments.operations import reject
from backoffice.foundation import clock
from backoffice.foundation.acting import acting, present
from backoffice.foundation.database import db
from backoffice.foundation.errors import InvalidInput, NotAllowed, NotApplicable
from backoffice.foundation.fields import options
from backoffice.foundation.forms import InputForm
from backoffice.foundation.i18n import _, _l, _n
from backoffice.foundation.operations import operation
from backoffice.foundation.permissions import Can, is_allowed, is_staff
from backoffice.readers import notes
from backoffice.readers.models import LONGEST_REASON, Measure, Restriction
from backoffice.readers.operations import establish
from backoffice.readers.subjects import Subject
from backoffice.records import audit, batches, bulk, tasks

#: So many are rejected while somebody waits; more go on in the background.
MOST_AT_ONCE = 1000
#: An end that is no further than this from another is the same.
SAME_MOMENT = timedelta(minutes=1)
#: For how long; None: for good.
PERIODS: dict[str, tuple[Any, timedelta | None]] = {
    "1h": (_l("1 hour"), timedelta(hours=1)),
    "3h": (_l("3 hours"), timedelta(hours=3)),
    "24h": (_l("24 hours"), timedelta(hours=24)),
    "7d": (_l("7 days"), timedelta(days=7)),
    "30d": (_l("30 days"), timedelta(days=30)),
    "good": (_l("For good"), None),
}


class MeasureForm(InputForm):
    """Against whom, for how long, why, and what becomes of what she wrote."""

    by = SelectField(
        _l("By"),
        [InputRequired(_l("Choose by what the person is known."))],
        choices=options(Subject.choices()),
    )
    lasting = SelectField(
        _l("How long"),
        [InputRequired(_l("Choose how long."))],
        choices=options((name, label) for name, (label, _period) in PERIODS.items()),
        default="24h",
    )
    reason = StringField(_l("Reason"), [Optional(), Length(max=LONGEST_REASON)], description=_l("the reader sees this"))
    reject_all = BooleanField(_l("And reject all of theirs"))

    def about(self, records: Sequence[Any], actor: Any, count: int) -> None:
        """Offer by what this author is known, each with the number of her comments that would be rejected."""
        comment = records[0]
        known = authors.known_by(comment, actor)
        may_reject = is_allowed(actor, Can.COMMENT_MODERATE, comment)
        self.by.choices = options(
            (subject.value, _told(subject, value, comment, actor if may_reject else None))
            for subject, value in known.items()
        )
        if not may_reject:
            del self.reject_all


class WarnForm(MeasureForm):
    """The same for a warning, which says something and lasts until it was read."""

    lasting = None
    reason = StringField(
        _l("What she is told"),
        [InputRequired(_l("Say what the reader is told.")), Length(max=LONGEST_REASON)],
        description=_l("the reader sees this"),
    )


def _told(subject: Subject, value: str, comment: Comment, actor: Any) -> str:
    """By what, as what, and how many comments that are not rejected yet."""
    if actor is None:
        return f"{subject.label}: {value}"
    number = authors.count_open(comment, subject, actor)
    if number > authors.COUNTED:
        many = _("more than %(number)s comments to reject", number=authors.COUNTED)
    else:
        many = _n("%(num)s comment to reject", "%(num)s comments to reject", number)
    return f"{subject.label}: {value} ({many})"


@operation(
    Comment,
    needs=Can.RESTRICTION_CREATE,
    label=_l("Ban"),
    done=_l("Banned"),
    icon="lock",
    tone="rejected",
    takes=MeasureForm,
    in_lists=False,
    as_button=False,
)
def ban(
    comment: Comment, *, actor: Any, by: str, lasting: str, reason: str | None = None, reject_all: bool = False
) -> str | None:
    """Let its author write no more, for a time or for good."""
    return _impose(comment, Measure.BAN, actor, by, lasting, reason, reject_all)


@operation(
    Comment,
    needs=Can.RESTRICTION_CREATE,
    label=_l("Warn"),
    done=_l("Warned"),
    icon="alert",
    takes=WarnForm,
    in_lists=False,
    as_button=False,
)
def warn(comment: Comment, *, actor: Any, by: str, reason: str, reject_all: bool = False) -> str | None:
    """Tell its author something that she has to read before she writes again."""
    return _impose(comment, Measure.WARN, actor, by, "good", reason, reject_all)


@operation(
    Comment,
    needs=Can.RESTRICTION_CREATE,
    label=_l("Always hold"),
    done=_l("Always held"),
    icon="pending",
    tone="pending",
    takes=MeasureForm,
    in_lists=False,
    as_button=False,
)
def hold(
    comment: Comment, *, actor: Any, by: str, lasting: str, reason: str | None = None, reject_all: bool = False
) -> str | None:
    """Let everything its author writes wait for a moderator, whatever the rules say."""
    return _impose(comment, Measure.HOLD, actor, by, lasting, reason, reject_all)


@operation(
    Comment,
    needs=Can.COMMENT_MODERATE,
    label=_l("Add a note"),
    done=_l("Note added"),
    icon="pencil",
    takes=notes.NoteForm,
    in_lists=False,
    as_button=False,
)
def note(comment: Comment, *, actor: Any, text: str) -> None:
    """Tell colleagues something about its author; readers never see it."""
    _wait_for_others(comment)
    notes.write(text, author_key=authors.key_of(comment), comment_id=comment.id, actor=actor)
    audit.note(str(present().action), comment)


def _impose(
    comment: Comment,
    measure: Measure,
    actor: Any,
    by: str,
    lasting: str,
    reason: str | None,
    reject_all: bool,
) -> str | None:
    """Write the restriction, and reject what there is of hers if that is wanted; returns what to say about the latter.

    All of it is one batch of the trail, so that one undo takes back both.
    """
    try:
        subject, (_label, period) = Subject.of(by), PERIODS[lasting]
    except (ValueError, KeyError):
        raise InvalidInput(_l("Choose one of those in the list."), field="by") from None
    if comment.author is not None and is_staff(comment.author) and comment.author.is_active:
        raise NotApplicable(
            _l("%(name)s works here. Take the roles away first, under People.", name=comment.author_name)
        )
    if reject_all and not is_allowed(actor, Can.COMMENT_MODERATE, comment):
        raise NotAllowed(permission=Can.COMMENT_MODERATE.value)
    _wait_for_others(comment)
    value, until = authors.refuse_missing(comment, subject), None if period is None else clock.now() + period
    made = Restriction(measure=measure, known_by=subject, value=value, reason=reason or "", until=until)
    try:
        establish(made, actor=actor)
    except InvalidInput as refusal:
        raise InvalidInput(refusal.message, field="by") from None
    known = _present_one(made)
    if known is None:
        db.session.add(made)
    else:
        _renew(known, made)
    db.session.flush()
    audit.note(str(present().action), comment, by=subject.value, until=until)
    return _reject_all(comment, subject, actor, reason or "") if reject_all else None


def _wait_for_others(comment: Comment) -> None:
    """Let whoever does the same at this moment, as by a double click, be first; no version of a comment tells of it."""
    if inspect(comment).persistent:
        db.session.refresh(comment, with_for_update={"of": Comment, "key_share": True})


def _present_one(made: Restriction) -> Restriction | None:
    """The same measure against the same person, if it is in force."""
    same = select(Restriction).where(
        Restriction.known_by == made.known_by, Restriction.value == made.value, Restriction.measure == made.measure
    )
    return next((each for each in db.session.scalars(same.order_by(Restriction.id.desc())) if each.holds()), None)


def _renew(known: Restriction, made: Restriction) -> None:
    """Let what is in force last as long as was said now. Raises NotApplicable where that is what it does."""
    ends = [each.until.timestamp() if each.until else 0.0 for each in (known, made)]
    if known.reason == made.reason and abs(ends[0] - ends[1]) < SAME_MOMENT.total_seconds():
        raise NotApplicable(_l("That holds for this person already."))
    known.until, known.reason = made.until, made.reason


def _reject_all(comment: Comment, subject: Subject, actor: Any, reason: str) -> str | None:
    """Reject what waits or is shown of hers; what is more than a few goes on as a task of this very batch."""
    query = authors.open_ones(comment, subject, actor)
    count = len(db.session.scalars(query.with_only_columns(Comment.id).limit(MOST_AT_ONCE + 1)).all())
    if count > MOST_AT_ONCE and actor.id is not None:
        title = _("%(verb)s: %(title)s", verb=reject.label, title=comment.author_name)
        task = tasks.begin(
            batches.operate, title, actor=actor, action=reject.action, inputs={"reason": reason} if reason else {}
        )
        task.request_id = present().request_id[:20]
        number = tasks.give_items(task, query, Comment)
        return _("%(number)s comments are being rejected in the background.", number=number)
    done = 0
    while some := list(db.session.scalars(bulk.locked(query.order_by(Comment.id).limit(MOST_AT_ONCE)))):
        assert reject.in_bulk is not None
        values = reject.in_bulk(actor=actor, reason=reason)
        with acting(action=reject.action):
            bulk.change(reject.action, [(each, values) for each in some])
        done += len(some)
        for each in some:
            db.session.expire(each)
    return _n("%(num)s comment was rejected with it.", "%(num)s comments were rejected with it.", done)
