"""All that the house keeps about one person, for herself: a file that other programs can read.

What is about somebody else is left out, such as whom a moderator restricted, and so is every secret.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import ColumnElement, inspect, or_, select

from backoffice.accounts import guards
from backoffice.accounts.entering import AccessLink, LastSeen, SignIn
from backoffice.accounts.models import RoleTerm, User, UserPicture
from backoffice.catalogs.history import Revision
from backoffice.comments.models import Comment
from backoffice.foundation import clock
from backoffice.foundation.confirming import ask_again
from backoffice.foundation.database import db
from backoffice.foundation.errors import NotAllowed
from backoffice.foundation.permissions import Can, is_allowed
from backoffice.moderation.models import HiddenView, SavedView
from backoffice.notices.models import DigestChoice
from backoffice.posts.models import Post
from backoffice.readers.models import ConfirmedAddress, Restriction
from backoffice.records import audit
from backoffice.records.audit import AuditEntry
from backoffice.records.outbox import OutboxMail
from backoffice.records.tasks import Task
from backoffice.records.values import plain
from backoffice.reminders.models import FeedKey, Reminder
from backoffice.signing.models import RecoveryCode, SecondFactor
from backoffice.subscribers.models import Subscriber
from backoffice.workbench.models import Draft, Remark, Suggestion

Mine = Callable[[int], ColumnElement[bool]]


def _address_of(id: int) -> Any:
    """The person's address, if it is confirmed: another's may not be told what is kept about it."""
    return select(User.email).where(User.id == id, User.email_doubted.is_(False)).scalar_subquery()


#: What is about a person: the name of the list in the file, and how her records are found.
SECTIONS: dict[str, tuple[Any, Mine]] = {
    "ends_of_roles": (RoleTerm, lambda id: RoleTerm.user_id == id),
    "last_seen": (LastSeen, lambda id: LastSeen.id == id),
    "sessions": (SignIn, lambda id: SignIn.user_id == id),
    "links": (AccessLink, lambda id: AccessLink.user_id == id),
    "second_factor": (SecondFactor, lambda id: SecondFactor.id == id),
    "recovery_codes": (RecoveryCode, lambda id: RecoveryCode.user_id == id),
    "posts": (Post, lambda id: Post.author_id == id),
    "comments": (Comment, lambda id: Comment.author_id == id),
    "reminders": (Reminder, lambda id: or_(Reminder.owner_id == id, Reminder.recipient_id == id)),
    "calendar_feeds": (FeedKey, lambda id: FeedKey.user_id == id),
    "restrictions": (Restriction, lambda id: Restriction.account_id == id),
    "saved_views": (SavedView, lambda id: SavedView.owner_id == id),
    "hidden_views": (HiddenView, lambda id: HiddenView.user_id == id),
    "mail": (OutboxMail, lambda id: OutboxMail.user_id == id),
    "translations": (Revision, lambda id: Revision.by_id == id),
    "suggested_translations": (Suggestion, lambda id: Suggestion.author_id == id),
    "drafts_of_translations": (Draft, lambda id: Draft.user_id == id),
    "remarks_on_translations": (Remark, lambda id: Remark.by_id == id),
    "digest": (DigestChoice, lambda id: DigestChoice.id == id),
    "weekly_mail": (Subscriber, lambda id: Subscriber.email == _address_of(id)),
    "mail_about_comments": (ConfirmedAddress, lambda id: ConfirmedAddress.email == _address_of(id)),
    "tasks": (Task, lambda id: Task.actor_id == id),
}
#: Tables that point at people and are not in the file, and why. A test demands that every other one is.
LEFT_OUT = {
    "user_roles.user_id": "named with the account",
    "user_pictures.user_id": "a file of its own",
    "restrictions.made_by_id": "about others",
    "reader_notes.by_id": "about others",
    "job_runs.asked_by_id": "told by the activity",
    "job_runs.paused_by_id": "told by the activity",
    "job_executions.asked_by_id": "told by the activity",
    "last_notices.user_id": "says only when a mail was sent",
    "comment_news.user_id": "says only which comments she was told of",
    "presences.user_id": "gone within minutes",
    "claims.user_id": "gone within minutes",
    "snoozes.user_id": "told by the activity",
    "trash.actor_id": "told by the activity",
    "open_actions.actor_id": "told by the activity",
    "translation_suggestions.decided_by_id": "about others",
    "translation_remarks.resolved_by_id": "about others",
    "translation_dismissals.by_id": "told by the activity",
    "translation_downloads.by_id": "told by the activity",
    "imported_records.user_id": "where records came from",
}
_ACTIVITY = ("at", "action", "surface", "target_type", "target_id", "target_title")


def disclose(user: User, *, actor: Any) -> bytes:
    """The file about somebody else, for her to have. Raises NotAllowed for who may not, or stands below her."""
    if not is_allowed(actor, Can.USER_DISCLOSE, user):
        raise NotAllowed(permission=Can.USER_DISCLOSE.value)
    guards.refuse_above(actor, user)
    ask_again()
    return copy_of(user)


def copy_of(user: User) -> bytes:
    """The zip file: `data.json`, `activity.jsonl` and the picture. Notes in the trail that it was made."""
    audit.note("user.disclose", target=user)
    db.session.flush()
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("data.json", json.dumps(gathered(user), ensure_ascii=False, indent=2))
        with file.open("activity.jsonl", "w", force_zip64=True) as lines:
            for line in _activity(user):
                lines.write(line)
        if user.picture:
            held = select(UserPicture.content).where(UserPicture.user_id == user.id, UserPicture.digest == user.picture)
            if (content := db.session.scalar(held)) is not None:
                file.writestr("picture.webp", content)
    return made.getvalue()


def file_name(user: User) -> str:
    """What the file is called."""
    return f"{user.username}-{clock.now():%Y%m%d}.zip"


def gathered(user: User) -> dict[str, Any]:
    """The account and every list of what is about it."""
    account = {**_told(user), "roles": [role.name for role in user.roles]}
    lists = {name: [_told(row) for row in _rows(model, mine(user.id))] for name, (model, mine) in SECTIONS.items()}
    return {"made_at": clock.now().isoformat(), "account": account, **{k: v for k, v in lists.items() if v}}


def _rows(model: Any, criterion: ColumnElement[bool]) -> Iterator[Any]:
    yield from db.session.scalars(select(model).where(criterion).order_by(model.id))


def _told(record: Any) -> dict[str, Any]:
    """What the columns of a record hold, without secrets and what is only worked out."""
    columns = {prop.key: prop.columns[0].info for prop in inspect(type(record)).column_attrs}
    if getattr(record, "is_secret", False):
        columns = {name: info for name, info in columns.items() if name not in ("text", "html")}
    names = [name for name, info in columns.items() if not info.get("secret") and not info.get("derived")]
    return {name: plain(getattr(record, name)) for name in names}


def _activity(user: User) -> Iterator[bytes]:
    """A line for each entry of the trail about what she did."""
    columns = [getattr(AuditEntry, name) for name in _ACTIVITY]
    query = select(*columns).where(AuditEntry.actor_id == user.id).order_by(AuditEntry.at, AuditEntry.id)
    for row in db.session.execute(query.execution_options(yield_per=1000)):
        told = {name: plain(value) for name, value in zip(_ACTIVITY, row, strict=True)}
        yield json.dumps(told, ensure_ascii=False).encode() + b"\n"
