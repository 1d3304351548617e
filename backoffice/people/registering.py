"""Open registration: an address is confirmed by mail before there is an account, which may next to nothing.

It is off unless the policy says otherwise. Nobody learns which addresses are known: the words are the same, and a mail
goes out in any case. Nothing is kept of who only asked; what was typed is in the link.
"""

from __future__ import annotations

from typing import Any

from flask import current_app
from itsdangerous import BadData, URLSafeTimedSerializer
from sqlalchemy import select

from backoffice.accounts import operations, passwords
from backoffice.accounts.models import Role, User
from backoffice.foundation import clock
from backoffice.foundation.acting import acting
from backoffice.foundation.database import db
from backoffice.foundation.errors import InvalidInput, NotFound
from backoffice.foundation.i18n import _l
from backoffice.foundation.text import clean_line, is_email
from backoffice.records import audit, outbox
from backoffice.records.policies import OPEN_REGISTRATION, value_of

#: How long a link can be opened, in seconds.
LIFETIME = 24 * 60 * 60
#: What strangers get, and nothing else.
ROLE = "default"


def is_open() -> bool:
    """Whether strangers may make an account."""
    return bool(value_of(OPEN_REGISTRATION))


def ask(typed: str, *, locale: str) -> None:
    """Send a link to the address, or to whoever has it already a word that she has. At most one an hour. Never commits.

    Raises InvalidInput for what is no address and NotFound where registration is not open.
    """
    _refuse_closed()
    email = clean_line(typed).lower()
    if not is_email(email):
        raise InvalidInput(_l("Give a full address, for example ana@example.org."), field="email")
    user = db.session.scalar(select(User).where(User.email == email))
    audit.note("user.ask_registration")
    outbox.promise(
        "registration_known" if user is not None else "registration",
        email,
        key=f"registration {clock.now():%Y-%m-%dT%H} {email}"[:200],
        locale=None if user is not None else locale,
        user=user,
        secret=True,
        link=outbox.link_to("accounts.sign_in")
        if user is not None
        else outbox.link_to("people.finish_registration", token=_signer().dumps(email)),
    )


def address_in(token: str) -> str:
    """The address that a link confirms. Raises NotFound where it is too old, made up, or used."""
    _refuse_closed()
    try:
        email = str(_signer().loads(token, max_age=LIFETIME))
    except BadData:
        raise NotFound from None
    if db.session.scalar(select(User.id).where(User.email == email)) is not None:
        raise NotFound
    return email


def register(token: str, *, username: str, name: str, password: str, rounds: int = passwords.ROUNDS) -> User:
    """Make the account of whoever confirmed her address. Never commits. Raises InvalidInput or NotFound."""
    email = address_in(token)
    user = User(username=username, name=name, email=email)
    if user.is_erased:
        raise InvalidInput(_l("That name is taken. Choose another."), field="username")
    if db.session.scalar(select(User.id).where(User.username == user.username)) is not None:
        raise InvalidInput(_l("That name is taken. Choose another."), field="username")
    with acting(action="user.register"):
        user.roles = list(db.session.scalars(select(Role).where(Role.began_as == ROLE)))
        db.session.add(user)
        db.session.flush()
    operations.set_own_password(user, actor=user, password=password, rounds=rounds)
    return user


def _refuse_closed() -> None:
    if not is_open():
        raise NotFound


def _signer() -> Any:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="registration")
