"""The authors of a WordPress export as accounts: no password, no role, and deactivated until somebody invites them."""

from __future__ import annotations

import re

from sqlalchemy import func, select

from backoffice.accounts.models import User
from backoffice.foundation.database import db
from backoffice.foundation.html import plain_text
from backoffice.foundation.i18n import _, _l
from backoffice.foundation.text import clean_line, is_email
from backoffice.imports.addresses import slug_from
from backoffice.imports.ledger import Ledger, Thing, digest_of
from backoffice.imports.outcome import Outcome
from backoffice.imports.wxr_records import WxrAuthor

KIND = "author"
PEOPLE = _l("People")
_LONGEST_USERNAME, _LONGEST_NAME = 40, 80
_EDGES = re.compile(r"^[^a-z0-9]+|[^a-z0-9]+$")
_FOREIGN = re.compile(r"[^a-z0-9._-]+")
#: Numbers of people are remembered up to this many, then looked up again.
_MOST_KNOWN = 10_000


class People:
    """Finds or makes the account for each author."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._known: dict[str, int] = {}
        self._counted: set[str] = set()

    def forget(self) -> None:
        """Drop what was remembered of a step that was taken back."""
        self._known.clear()

    def take(self, author: WxrAuthor, outcome: Outcome) -> int:
        """The number of the account for the author, which is made or updated where that is due."""
        tally = outcome.of(PEOPLE)
        key = author.login or "?"
        entry = self._ledger.entry(KIND, key)
        digest = digest_of(author.login, author.email, author.display_name, author.first_name, author.last_name)
        if entry is not None and entry.user_id is None:
            # A post needs an author, so one who was done away with comes back.
            db.session.delete(entry)
            db.session.flush()
            entry = None
        if entry is None and (found := self._account_of(author)) is not None:
            self._ledger.remember(KIND, key, found, digest, ours=False)
            tally.read += 1
            tally.unchanged += 1
            tally.remarks[_("had an account already")] += 1
            return self._keep(author.login, found.id)
        thing = Thing(KIND, key, digest)
        user = self._ledger.bring_in(User, thing, entry, lambda known: self._values(author, known), tally)
        self._ledger.write(User)
        return self._keep(author.login, user if isinstance(user, int) else user.id)

    def number_of(self, login: str, outcome: Outcome) -> int:
        """The number of the account for the person who signed a post with this name, whether listed or not."""
        if login in self._known:
            return self._known[login]
        entry = self._ledger.entry(KIND, login or "?")
        if entry is not None and entry.user_id is not None:
            if login not in self._counted:
                tally = outcome.of(PEOPLE)
                tally.read += 1
                tally.unchanged += 1
            return self._keep(login, entry.user_id)
        if not login:
            return self.take(WxrAuthor(login="", email="", display_name=_("Unknown author")), outcome)
        return self.take(WxrAuthor(login=login, email="", display_name=login), outcome)

    def _keep(self, login: str, number: int) -> int:
        if len(self._known) >= _MOST_KNOWN:
            self._known.clear()
        self._known[login] = number
        if len(self._counted) < _MOST_KNOWN:
            self._counted.add(login)
        return number

    def _account_of(self, author: WxrAuthor) -> User | None:
        """The account that is there: the same address, or else the same user name."""
        email = clean_line(author.email).lower()
        if email:
            found = db.session.scalar(select(User).where(User.email == email))
            if found is not None:
                return found
        login = _EDGES.sub("", clean_line(author.login).lower())
        if login and username_of(author.login) == login:
            return db.session.scalar(select(User).where(User.username == login))
        return None

    def _values(self, author: WxrAuthor, user: User | None) -> dict[str, object]:
        names = (author.display_name, f"{author.first_name} {author.last_name}", author.login)
        name = next((text for text in (clean_line(plain_text(each)) for each in names) if text), _("Unknown author"))
        values: dict[str, object] = {"name": name[:_LONGEST_NAME].strip()}
        email = clean_line(author.email).lower()
        taken = select(User.id).where(User.email == email, User.id != (user.id if user else 0))
        if is_email(email) and db.session.scalar(taken) is None:
            values["email"] = email
        if user is None:
            values |= {"username": _free_username(username_of(author.login)), "is_active": False}
        return values


def username_of(login: str) -> str:
    """The login as a user name of ours: small Latin letters, digits, dots, hyphens and underscores."""
    login = clean_line(login).lower()
    if not login.isascii():
        login = slug_from(login, "unknown author", _LONGEST_USERNAME)
    name = _FOREIGN.sub("-", _EDGES.sub("", login))[:_LONGEST_USERNAME]
    return _EDGES.sub("", name) or "unknown-author"


def _free_username(wanted: str) -> str:
    number, name = 1, wanted
    while db.session.scalar(select(func.count()).where(User.username == name)):
        number += 1
        suffix = f"-{number}"
        name = wanted[: _LONGEST_USERNAME - len(suffix)].rstrip("-._") + suffix
    return name
