"""The roles a new installation starts with, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from backoffice.foundation.i18n import LOCALES, SOURCE_LOCALE, Text, _l, message_of
from backoffice.foundation.permissions import ALL, EVERYTHING, OWN, Can

if TYPE_CHECKING:
    from backoffice.accounts.models import Role

#: Every language but the one that is translated.
_LOCALES = ",".join(locale for locale in LOCALES if locale != SOURCE_LOCALE)


@dataclass(frozen=True)
class DefaultRole:
    """A role and what it grants at the start."""

    name: str
    description: Text
    grants: dict[str, str]


def _all(*cans: Can) -> dict[str, str]:
    return {can.value: ALL for can in cans}


def _own(*cans: Can) -> dict[str, str]:
    return {can.value: OWN for can in cans}


def _local(*cans: Can) -> dict[str, str]:
    return dict.fromkeys((can.value for can in cans), _LOCALES)


#: Reminders of one's own, and what one deleted oneself, to bring it back.
_FOR_STAFF = _own(
    Can.REMINDER_CREATE,
    Can.REMINDER_DELETE,
    Can.REMINDER_EDIT,
    Can.REMINDER_EXPORT,
    Can.REMINDER_VIEW,
    Can.TRASH_RESTORE,
    Can.TRASH_VIEW,
)
_POSTS = (
    Can.POST_CREATE,
    Can.POST_DELETE,
    Can.POST_EDIT,
    Can.POST_EXPORT,
    Can.POST_PUBLISH,
    Can.POST_VIEW,
)

DEFAULT_ROLES = (
    DefaultRole("administrator", _l("Everything, present and future"), {EVERYTHING: ALL}),
    DefaultRole(
        "editor",
        _l("All posts, tags and files"),
        _all(
            *_POSTS,
            *(
                Can.TAG_CREATE,
                Can.TAG_DELETE,
                Can.TAG_EDIT,
                Can.TAG_EXPORT,
                Can.TAG_VIEW,
            ),
            *(Can.FILE_DELETE, Can.FILE_EDIT, Can.FILE_VIEW),
            Can.REMINDER_SEND_OUTSIDE,
        )
        | _FOR_STAFF,
    ),
    DefaultRole(
        "author",
        _l("Own posts, own files, comments on own posts"),
        _own(
            *_POSTS,
            *(Can.FILE_DELETE, Can.FILE_EDIT, Can.FILE_VIEW),
            *(Can.COMMENT_MODERATE, Can.COMMENT_VIEW, Can.COMMENT_CREATE),
        )
        | _FOR_STAFF,
    ),
    DefaultRole(
        "moderator",
        _l("All comments"),
        _all(
            Can.COMMENT_CREATE,
            Can.COMMENT_DELETE,
            Can.COMMENT_EDIT,
            Can.COMMENT_EXPORT,
            Can.COMMENT_MODERATE,
            Can.COMMENT_VIEW,
            Can.COMMENT_VIEW_CONTACT,
            Can.RULE_VIEW,
            Can.REASON_VIEW,
            Can.RESTRICTION_CREATE,
            Can.RESTRICTION_DELETE,
            Can.RESTRICTION_EDIT,
            Can.RESTRICTION_EXPORT,
            Can.RESTRICTION_VIEW,
        )
        | _FOR_STAFF,
    ),
    DefaultRole(
        "translator",
        _l("Translations into given languages"),
        _local(
            Can.TERM_VIEW,
            Can.TRANSLATION_SUGGEST,
            Can.TRANSLATION_TRANSLATE,
            Can.TRANSLATION_VIEW,
        )
        | _FOR_STAFF,
    ),
    DefaultRole("default", _l("Signs in and has a profile, nothing else"), {}),
)

#: What the roles are for, to be shown in the reader's language, by the English that a new installation stores.
DESCRIPTIONS = {message_of(role.description): role.description for role in DEFAULT_ROLES}


def purpose_of(role: Role) -> Text | str:
    """What a role is for: of a built-in role in the reader's language, as long as nobody has written it anew."""
    return (DESCRIPTIONS.get(role.description) if role.is_built_in else None) or role.description
