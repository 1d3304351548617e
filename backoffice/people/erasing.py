"""Forgetting a person: the account stays as a number without a name, and what she wrote stays without one too.

The trail keeps that things happened, when, and under which user name; what it tells of her data is erased from it.
"""

from __future__ import annotations

import secrets
from typing import Any

from sqlalchemy import and_, delete, or_, select, update
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from backoffice.accounts import guards
from backoffice.accounts.entering import AccessLink, LastSeen, SignIn
from backoffice.accounts.models import ERASED, Density, Theme, User, UserPicture
from backoffice.comments.models import Comment
from backoffice.foundation.acting import acting
from backoffice.foundation.confirming import ask_again
from backoffice.foundation.database import db
from backoffice.foundation.errors import NotApplicable
from backoffice.foundation.forms import InputForm
from backoffice.foundation.i18n import _l, message_of
from backoffice.foundation.operations import operation
from backoffice.foundation.permissions import Can
from backoffice.moderation.models import Claim, HiddenView, Snooze
from backoffice.notices.models import CommentNews, DigestChoice, LastNotice
from backoffice.readers.models import ConfirmedAddress
from backoffice.records import retention
from backoffice.records.audit import AuditEntry
from backoffice.records.outbox import OutboxMail
from backoffice.records.presences import Presence
from backoffice.reminders.models import FeedKey
from backoffice.signing.models import RecoveryCode, SecondFactor
from backoffice.subscribers.models import Subscriber

#: Rows that are about a person and nothing else.
_GO = (
    (SignIn, SignIn.user_id),
    (LastSeen, LastSeen.id),
    (AccessLink, AccessLink.user_id),
    (UserPicture, UserPicture.user_id),
    (OutboxMail, OutboxMail.user_id),
    (Presence, Presence.user_id),
    (Claim, Claim.user_id),
    (HiddenView, HiddenView.user_id),
    (SecondFactor, SecondFactor.id),
    (RecoveryCode, RecoveryCode.user_id),
    (DigestChoice, DigestChoice.id),
    (FeedKey, FeedKey.user_id),
    (LastNotice, LastNotice.user_id),
    (CommentNews, CommentNews.user_id),
)


class EraseForm(InputForm):
    """Why, which stays in the trail."""

    reason = StringField(_l("Reason"), [InputRequired(), Length(max=200)])


@operation(
    User,
    needs=Can.USER_ERASE,
    label=_l("Erase personal data"),
    done=_l("Personal data erased"),
    when=lambda user: not user.is_erased,
    takes=EraseForm,
    icon="trash",
    tone="rejected",
    in_lists=False,
    is_final=True,
)
def erase(user: User, *, actor: Any, reason: str) -> None:
    """Forget who the person is: name, address, picture, sessions and mail go, what she wrote stays without a name."""
    if actor.id == user.id:
        raise NotApplicable(_l("You cannot erase yourself. Ask another administrator."))
    guards.refuse_above(actor, user)
    ask_again()
    for model, column in _GO:
        db.session.execute(delete(model).where(column == user.id))
    if user.email and not user.email_doubted:
        _forget_address(user.email)
    db.session.execute(update(Snooze).where(Snooze.user_id == user.id).values(who=""))
    nobody = message_of(_l("Erased person"))
    user.is_active, user.session_key, user.password_hash = False, secrets.token_urlsafe(32), None
    user.username, user.name, user.email = f"{ERASED}{user.id}", nobody, None
    user.email_doubted = False
    user.roles, user.terms = [], []
    user.locale, user.time_zone = None, "UTC"
    user.theme, user.density = Theme.AUTO.value, Density.COMFORTABLE.value
    user.keys = user.picture = user.unwanted = None
    guards.refuse_without_administrator()
    written = list(db.session.scalars(select(Comment).where(Comment.author_id == user.id)))
    with acting(action="comment.forget_author"):
        for comment in written:
            comment.author_name, comment.author_email, comment.author_address = nobody, None, None
        db.session.flush()
    _forget_in_the_trail(user, [comment.id for comment in written], reason)


def _forget_address(email: str) -> None:
    """Nothing goes to the address any more that was hers."""
    db.session.execute(delete(ConfirmedAddress).where(ConfirmedAddress.email == email))
    gone = delete(Subscriber).where(Subscriber.email == email)
    db.session.execute(gone.execution_options(unaudited_because="the trail must not tell of who is forgotten"))


def _forget_in_the_trail(user: User, comments: list[int], reason: str) -> None:
    """Erase what entries tell of her account and of the comments that carried her name."""
    about = [and_(AuditEntry.target_type == User.resource, AuditEntry.target_id == user.id)]
    for at in range(0, len(comments), 500):
        some = comments[at : at + 500]
        about.append(and_(AuditEntry.target_type == Comment.resource, AuditEntry.target_id.in_(some)))
    for criterion in about:
        while retention.erase(or_(criterion), reason):
            pass
