"""Which mail a person wants: kinds of notices, each with a switch in her profile. What lets her in is no notice."""

from __future__ import annotations

from collections.abc import Iterable

from backoffice.accounts.models import User
from backoffice.foundation.enums import LabelledEnum
from backoffice.foundation.i18n import _l


class Notice(LabelledEnum):
    """The kinds of mail that can be switched off."""

    ROLES = "roles", _l("A role of mine ends")
    ACCOUNT = "account", _l("Somebody changed my account")
    REMINDERS = "reminders", _l("A reminder is due")
    COMMENTS = "comments", _l("Somebody comments on what I wrote")
    TRANSLATIONS = "translations", _l("There are new strings to translate")


def wants(user: User, notice: Notice) -> bool:
    """Whether the person wants mail of this kind; she does unless she said otherwise."""
    return notice.value not in (user.unwanted or ())


def choose(user: User, wanted: Iterable[str]) -> None:
    """Let the person have mail of these kinds and no other; what is no kind is passed over."""
    chosen = set(wanted)
    user.unwanted = [notice.value for notice in Notice if notice.value not in chosen] or None
