"""One function per model: a record with sensible defaults, flushed in the caller's application context.

Records are written without asking anybody's permission; what operations allow is tested through operations.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from functools import cache
from itertools import count
from typing import Any

from sqlalchemy import func, select

from backoffice.accounts import passwords
from backoffice.accounts.entering import SignIn
from backoffice.accounts.models import Role, User
from backoffice.accounts.operations import grant_exactly
from backoffice.comments.models import Comment, CommentStatus
from backoffice.foundation import clock
from backoffice.foundation.acting import acting
from backoffice.foundation.database import db
from backoffice.foundation.permissions import System
from backoffice.posts.models import Post, PostStatus, Tag
from backoffice.readers.models import CannedReason, Restriction
from backoffice.readers.subjects import Subject
from backoffice.records.audit import AuditEntry
from backoffice.records.outbox import OutboxMail
from backoffice.records.trash import Trashed
from backoffice.reminders.models import Reminder
from backoffice.rules.models import APART, Finding, Rule
from backoffice.signing.models import SecondFactor
from backoffice.signing.second_factor import new_salt
from backoffice.subscribers.models import Subscriber
from backoffice.workbench.models import Term

MAKER = System("factory")
_numbers = count(1)


def find_role(name: str) -> Role | None:
    """The role of this name, if there is one."""
    return db.session.scalar(select(Role).where(Role.name == name))


def role(*, name: str | None = None, permissions: Mapping[str, str] | None = None, **changes: Any) -> Role:
    """A role of one's own that grants these permissions, reach by name; nothing unless given."""
    made = Role(name=name or f"role {next(_numbers)}", **{"description": "Made for a test", **changes})
    grant_exactly(made, permissions or {})
    return _saved(made)


def session(*, user: User | None = None, **changes: Any) -> SignIn:
    """The session of a browser, of a new person unless given."""
    owner = user or globals()["user"]()
    values = {
        "user_id": owner.id,
        "key_digest": f"{next(_numbers):064}",
        "device": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        "address": "203.0.113.9",
        "confirmed_at": clock.now(),
        **changes,
    }
    return _saved(SignIn(**values))


def second_factor(*, user: User) -> SecondFactor:
    """The second factor of a person."""
    return _saved(SecondFactor(id=user.id, salt=new_salt()))


def user(*, username: str | None = None, roles: Iterable[str | Role] = ("default",), **changes: Any) -> User:
    """A person who can sign in with `tests.people.PASSWORD`; roles by name or as records."""
    number = next(_numbers)
    username = username or f"person{number}"
    values = {
        "username": username,
        "name": f"Person {number}",
        "email": f"{username}@example.org",
        "password_hash": _password_hash(),
        **changes,
    }
    held = [item if isinstance(item, Role) else find_role(item) for item in roles]
    return _saved(User(roles=held, **values))


def tag(**changes: Any) -> Tag:
    """A tag."""
    return _saved(Tag(**{"name": f"Tag {next(_numbers)}", **changes}))


def post(*, published: bool = False, **changes: Any) -> Post:
    """A draft by a new author; `published=True` makes it public since an hour ago."""
    number = next(_numbers)
    values = {"title": f"Post {number}", "body": f"<p>Words of post {number}.</p>", **changes}
    if published:
        values = {"status": PostStatus.PUBLISHED, "published_at": clock.now() - timedelta(hours=1), **values}
    if "author" not in values and "author_id" not in values:
        values["author"] = user(roles=["author"])
    return _saved(Post(**values))


def comment(*, status: CommentStatus = CommentStatus.PENDING, **changes: Any) -> Comment:
    """A reader's comment, pending, under a new published post."""
    number = next(_numbers)
    values = {
        "author_name": f"Reader {number}",
        "author_email": f"reader{number}@example.net",
        "author_address": "192.0.2.7",
        "text": f"What reader {number} thinks.",
        **changes,
    }
    if "post" not in values and "post_id" not in values:
        values["post"] = post(published=True)
    return _saved(Comment(status=status, **values))


def restriction(**changes: Any) -> Restriction:
    """A ban by e-mail, for good."""
    number = next(_numbers)
    values = {"known_by": Subject.EMAIL, "value": f"rude{number}@example.net", "reason": "Insults", **changes}
    return _saved(Restriction(**values))


def reason(**changes: Any) -> CannedReason:
    """A reason to choose, between the third and the fourth that a new installation has."""
    number = next(_numbers)
    values = {"label": f"Reason {number}", "text": f"Because of {number}.", "position": 3 + number / 10_000, **changes}
    return _saved(CannedReason(**values))


def reminder(*, due_at: datetime | None = None, **changes: Any) -> Reminder:
    """A reminder due tomorrow, of a new person for herself."""
    values = {"subject": f"Subject {next(_numbers)}", "body": "Do not forget.", **changes}
    if "owner" not in values and "owner_id" not in values:
        values["owner"] = values.get("recipient") or user(roles=["editor"])
    if values.keys().isdisjoint(("recipient_id", "role", "role_id", "address")):
        values.setdefault("recipient", values.get("owner"))
    return _saved(Reminder(due_at=due_at or clock.now() + timedelta(days=1), **values))


def rule(**changes: Any) -> Rule:
    """A rule that is switched off and stands last."""
    number = next(_numbers)
    values = {"name": f"Rule {number}", "lines": f"word{number}", **changes}
    if "position" not in values:
        values["position"] = (db.session.scalar(select(func.max(Rule.position))) or 0) + APART
    return _saved(Rule(**values))


def term(**changes: Any) -> Term:
    """An agreed German word."""
    number = next(_numbers)
    return _saved(Term(**{"locale": "de", "term": f"term {number}", "translation": f"Wort {number}", **changes}))


def finding(*, comment: Comment, **changes: Any) -> Finding:
    """That a rule, which is gone by now, held the comment for its first word."""
    values = {
        "rule_name": "Words",
        "kind": "words",
        "action": "hold",
        "is_decisive": True,
        "spans": [[0, 4]],
        **changes,
    }
    return _saved(Finding(comment_id=comment.id, **values))


def subscriber(**changes: Any) -> Subscriber:
    """A reader who gets the weekly mail."""
    values = {
        "email": f"subscriber{next(_numbers)}@example.net",
        "locale": "en",
        "confirmed_at": clock.now(),
        **changes,
    }
    return _saved(Subscriber(**values))


def audit(**changes: Any) -> AuditEntry:
    """An entry of the trail."""
    number = next(_numbers)
    values = {
        "actor_name": "ana",
        "surface": "admin",
        "request_id": "TESTREQUEST1",
        "action": "audit.noted",
        "target_type": "audit",
        "target_id": number,
        "target_title": f"Entry {number}",
        "changes": {"title": ["Old", "New"]},
        **changes,
    }
    return _saved(AuditEntry(**values))


def mail(**changes: Any) -> OutboxMail:
    """A mail that waits to be sent."""
    number = next(_numbers)
    values = {
        "recipient": f"reader{number}@example.org",
        "subject": f"Subject {number}",
        "text": f"Words of mail {number}.",
        "html": f"<p>Words of mail {number}.</p>",
        **changes,
    }
    return _saved(OutboxMail(**values))


def trash(**changes: Any) -> Trashed:
    """A tag that was deleted."""
    number = next(_numbers)
    row = {
        "id": 100_000 + number,
        "name": f"Gone {number}",
        "slug": f"gone-{number}",
        "created_at": "2026-01-01T00:00:00+00:00",
    }
    values = {
        "target_type": "tag",
        "target_id": row["id"],
        "title": row["name"],
        "actor_name": "ana",
        "request_id": "TESTREQUEST1",
        "kept": {"row": row},
        **changes,
    }
    return _saved(Trashed(**values))


def _saved(record: Any) -> Any:
    with acting(actor=MAKER, surface="test"):
        db.session.add(record)
        db.session.flush()
    return record


@cache
def _password_hash() -> str:
    from tests.people import PASSWORD

    return passwords.hashed(PASSWORD, 4)


#: A record of each kind that belongs to a person, for models that say what `owned_by` means.
OWNED: Mapping[str, Callable[[User], Any]] = {
    "comment": lambda owner: comment(post=post(published=True, author=owner)),
    "mail": lambda owner: mail(user_id=owner.id),
    "post": lambda owner: post(author=owner),
    "reminder": lambda owner: reminder(owner=owner),
    "trash": lambda owner: trash(actor_id=owner.id),
    "user": lambda owner: owner,
}
