"""Which mail a person wants: kinds of notices, each with a switch in her profile. What lets her in is no notice.

Notices go to addresses that are confirmed, and carry a link that switches their kind off.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from backoffice.accounts.models import User
from backoffice.foundation.database import db
from backoffice.foundation.enums import LabelledEnum
from backoffice.foundation.errors import NotFound
from backoffice.foundation.i18n import Text, _l
from backoffice.records import stopping


class Notice(LabelledEnum):
    """The kinds of mail that can be switched off."""

    COMMENTS = "comments", _l("Somebody comments on a post of mine")
    REPLIES = "replies", _l("Somebody replies to a comment of mine")
    WAITING = "waiting", _l("Comments wait for a moderator")
    REMINDERS = "reminders", _l("A reminder is due")
    ROLES = "roles", _l("I get a role, or one of mine ends")
    TRANSLATIONS = "translations", _l("There are new strings to translate")
    ACCOUNT = "account", _l("Somebody changed my account")

    @property
    def begins_on(self) -> bool:
        """Whether people get it who never said whether they want it."""
        return self is not Notice.WAITING

    @property
    def _said_otherwise(self) -> str:
        """The word in `User.unwanted` of who wants it otherwise than it begins."""
        return self.value if self.begins_on else f"+{self.value}"


def wants(user: User, notice: Notice) -> bool:
    """Whether the person wants mail of this kind."""
    return notice.begins_on is not (notice._said_otherwise in (user.unwanted or ()))


def choose(user: User, wanted: Iterable[str]) -> None:
    """Let the person have mail of these kinds and no other; what is no kind is passed over."""
    chosen = set(wanted)
    differing = [notice for notice in Notice if (notice.value in chosen) is not notice.begins_on]
    user.unwanted = [notice._said_otherwise for notice in differing] or None


def switch(user: User, notice: Notice, *, on: bool) -> None:
    """Let the person have mail of one kind, or none of it."""
    choose(user, {each.value for each in Notice if (on if each is notice else wants(user, each))})


def address_of(user: User, notice: Notice | None = None) -> str | None:
    """Where a notice of this kind reaches the person: her address, if it is confirmed and she wants it; else None.

    Without a kind it is asked whether mail that she did not ask for at this moment may be sent to her at all.
    """
    if not user.is_active or not user.email or user.email_doubted:
        return None
    return user.email if notice is None or wants(user, notice) else None


def stop_of(user: User, notice: Notice) -> stopping.Stop:
    """What the link in a mail of this kind to this person stops."""
    return f"notice:{notice.value}", user.id


def _told(notice: Notice, id: int) -> Text:
    _person(id)
    return notice.label


def _switch(notice: Notice, id: int, *, on: bool) -> None:
    switch(_person(id), notice, on=on)


def _person(id: int) -> User:
    user = db.session.get(User, id)
    if user is None or user.is_erased:
        raise NotFound(_l("This link does not work any more."))
    return user


for _each in Notice:
    stopping.stops(
        f"notice:{_each.value}",
        partial(_told, _each),
        partial(_switch, _each, on=False),
        partial(_switch, _each, on=True),
    )
