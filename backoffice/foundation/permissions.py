"""Everything a person may be allowed to do: one closed list, and the questions that the whole house asks of it.

A grant is a permission with a *reach*: `all` records, the person's `own`, or a set of locales (`de`) and of domains of
locales (`de:messages`). Code asks for permissions, never for roles. This is the only file that builds Flask-Principal
objects, because an empty `Permission` allows everybody and combinations of two mean something else than they say.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import lru_cache
from typing import Any, Protocol

from flask_principal import ActionNeed, Identity, Permission
from sqlalchemy import false, true
from sqlalchemy.sql import ColumnElement

ALL = "all"
OWN = "own"
#: The one grant that means every permission, present and future.
EVERYTHING = "*"


class Can(StrEnum):
    """Named resource.verb. Keep the list alphabetical."""

    AUDIT_ERASE = "audit.erase"
    AUDIT_VIEW = "audit.view"
    COMMENT_CREATE = "comment.create"
    COMMENT_DELETE = "comment.delete"
    COMMENT_EDIT = "comment.edit"
    COMMENT_EXPORT = "comment.export"
    COMMENT_MODERATE = "comment.moderate"
    COMMENT_TAKE_OVER = "comment.take_over"
    COMMENT_VIEW = "comment.view"
    COMMENT_VIEW_CONTACT = "comment.view_contact"
    FILE_DELETE = "file.delete"
    FILE_EDIT = "file.edit"
    FILE_VIEW = "file.view"
    JOB_EDIT = "job.edit"
    JOB_VIEW = "job.view"
    MAIL_RETRY = "mail.retry"
    MAIL_TEST = "mail.test"
    MAIL_VIEW = "mail.view"
    POST_CREATE = "post.create"
    POST_DELETE = "post.delete"
    POST_EDIT = "post.edit"
    POST_EXPORT = "post.export"
    POST_PUBLISH = "post.publish"
    POST_VIEW = "post.view"
    REASON_CREATE = "reason.create"
    REASON_DELETE = "reason.delete"
    REASON_EDIT = "reason.edit"
    REASON_EXPORT = "reason.export"
    REASON_VIEW = "reason.view"
    REMINDER_CREATE = "reminder.create"
    REMINDER_DELETE = "reminder.delete"
    REMINDER_EDIT = "reminder.edit"
    REMINDER_EXPORT = "reminder.export"
    REMINDER_SEND_OUTSIDE = "reminder.send_outside"
    REMINDER_VIEW = "reminder.view"
    RESTRICTION_CREATE = "restriction.create"
    RESTRICTION_DELETE = "restriction.delete"
    RESTRICTION_EDIT = "restriction.edit"
    RESTRICTION_EXPORT = "restriction.export"
    RESTRICTION_VIEW = "restriction.view"
    ROLE_CREATE = "role.create"
    ROLE_DELETE = "role.delete"
    ROLE_EDIT = "role.edit"
    ROLE_EXPORT = "role.export"
    ROLE_GRANT = "role.grant"
    ROLE_VIEW = "role.view"
    RULE_CREATE = "rule.create"
    RULE_DELETE = "rule.delete"
    RULE_EDIT = "rule.edit"
    RULE_EXPORT = "rule.export"
    RULE_VIEW = "rule.view"
    SESSION_END = "session.end"
    SESSION_VIEW = "session.view"
    SETTING_EDIT = "setting.edit"
    SETTING_VIEW = "setting.view"
    SUBSCRIBER_DELETE = "subscriber.delete"
    SUBSCRIBER_EXPORT = "subscriber.export"
    SUBSCRIBER_VIEW = "subscriber.view"
    TAG_CREATE = "tag.create"
    TAG_DELETE = "tag.delete"
    TAG_EDIT = "tag.edit"
    TAG_EXPORT = "tag.export"
    TAG_VIEW = "tag.view"
    TERM_CREATE = "term.create"
    TERM_DELETE = "term.delete"
    TERM_EDIT = "term.edit"
    TERM_EXPORT = "term.export"
    TERM_VIEW = "term.view"
    TRANSLATION_MANAGE = "translation.manage"
    TRANSLATION_REVIEW = "translation.review"
    TRANSLATION_SUGGEST = "translation.suggest"
    TRANSLATION_TRANSLATE = "translation.translate"
    TRANSLATION_VIEW = "translation.view"
    TRASH_PURGE = "trash.purge"
    TRASH_RESTORE = "trash.restore"
    TRASH_VIEW = "trash.view"
    USER_CREATE = "user.create"
    USER_DEACTIVATE = "user.deactivate"
    USER_DISCLOSE = "user.disclose"
    USER_EDIT = "user.edit"
    USER_ERASE = "user.erase"
    USER_EXPORT = "user.export"
    USER_INVITE = "user.invite"
    USER_SECURE = "user.secure"
    USER_VIEW = "user.view"
    USER_VIEW_AS = "user.view_as"
    USER_VIEW_CONTACT = "user.view_contact"
    VIEW_SHARE = "view.share"

    @property
    def resource(self) -> str:
        """The word before the dot."""
        return self.value.split(".", 1)[0]

    @property
    def verb(self) -> str:
        """The word after the dot."""
        return self.value.split(".", 1)[1]

    @property
    def permission(self) -> Permission:
        """The Flask-Principal permission; one need, never none, never a combination."""
        return _permission(self.value)


@lru_cache(maxsize=1024)
def _permission(name: str) -> Permission:
    return Permission(ActionNeed(name))


class Actor(Protocol):
    """Whoever acts: a person or a `System`."""

    @property
    def granted(self) -> Mapping[str, str]:
        """Reach by permission name; `*` stands for every permission."""

    @property
    def actor_name(self) -> str:
        """A readable name for the audit trail."""


class System:
    """The actor of jobs, commands and visitors: a readable name and just the permissions it needs."""

    id: int | None = None
    is_active = True

    def __init__(self, name: str, *may: Can | str) -> None:
        self.actor_name = name
        self.granted: Mapping[str, str] = {str(can): ALL for can in may}

    def __repr__(self) -> str:
        return f"System({self.actor_name!r})"


def identity_of(actor: Any) -> Identity:
    """The Flask-Principal identity of an actor: one action need for each permission granted with any reach."""
    granted: Mapping[str, str] = getattr(actor, "granted", None) or {}
    return _identity(getattr(actor, "id", None), frozenset(granted))


@lru_cache(maxsize=1024)
def _identity(id: int | None, names: frozenset[str]) -> Identity:
    """The same object for the same grants, as a list asks hundreds of times; nobody changes it."""
    identity = Identity(id)
    held = [can.value for can in Can] if EVERYTHING in names else names
    identity.provides.update(ActionNeed(name) for name in held)
    return identity


def reach_of(actor: Any, can: Can) -> str | None:
    """How far a grant goes: `all`, `own`, parts separated by commas (see `has_part`), or None without a grant."""
    granted: Mapping[str, str] = getattr(actor, "granted", None) or {}
    if EVERYTHING in granted:
        return ALL
    return granted.get(can.value)


def has_part(reach: str, part: str) -> bool:
    """Whether a reach of locales (`de`) and domains of locales (`de:messages`) includes such a part."""
    parts = reach.split(",")
    return part in parts or part.partition(":")[0] in parts


def joined_parts(parts: Iterable[str]) -> str:
    """The reach of all these parts, in the order of the alphabet, without a part that another one includes."""
    given = {part for part in parts if part}
    return ",".join(sorted(part for part in given if ":" not in part or part.partition(":")[0] not in given))


def is_allowed(actor: Any, can: Can, record: Any = None) -> bool:
    """Whether the actor holds the permission; with a record, whether the grant reaches that record.

    A reach of locales reaches what has a method `is_within(reach)` that says so, and nothing else.
    """
    if not can.permission.allows(identity_of(actor)):
        return False
    reach = reach_of(actor, can)
    if record is None or reach == ALL:
        return True
    if reach == OWN:
        return bool(actor.id is not None and record.is_owned_by(actor.id))
    is_within = getattr(record, "is_within", None)
    return bool(reach and is_within is not None and is_within(reach))


def reachable_by(actor: Any, can: Can, model: Any) -> ColumnElement[bool]:
    """The criterion for the records of `model` that the grant reaches; the same for every surface."""
    reach = reach_of(actor, can)
    if reach == ALL:
        return true()
    if reach == OWN and actor.id is not None:
        owned: ColumnElement[bool] = model.owned_by(actor.id)
        return owned
    within = getattr(model, "within", None)
    if reach and reach != OWN and within is not None:
        local: ColumnElement[bool] = within(reach)
        return local
    return false()


def is_staff(actor: Any) -> bool:
    """Whether the actor holds any permission at all, which opens the back office."""
    return bool(getattr(actor, "granted", None))
