"""The first start: default roles, the first administrator, and with `BACKOFFICE_DEMO=1` one account per role."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from flask import Flask
from sqlalchemy import func, select

from backoffice.accounts import passwords
from backoffice.accounts.default_roles import DEFAULT_ROLES
from backoffice.accounts.models import Role, User
from backoffice.accounts.operations import grant_exactly
from backoffice.foundation.acting import acting
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.i18n import message_of
from backoffice.foundation.permissions import System

SEED = System("first start")
#: Names of the people of the sample content, by role.
DEMO_PEOPLE = {
    "administrator": ("mira", "Mira Tolvane"),
    "editor": ("jonas", "Jonas Hallvik"),
    "author": ("tomas", "Tomas Reyl"),
    "moderator": ("ana", "Ana Kestrin"),
    "translator": ("ivo", "Ivo Pelladin"),
    "default": ("dara", "Dara Quillon"),
}
_seeds: list[Callable[[], None]] = []
DEMO_PASSWORD = "harbour-gazette"  # noqa: S105  of sample accounts, which exist only with BACKOFFICE_DEMO=1


def at_first_start(seed: Callable[[], None]) -> Callable[[], None]:
    """Call the function once, in the transaction that makes the first account of a new installation."""
    _seeds.append(seed)
    return seed


def first_run(app: Flask) -> str | None:
    """Create what a new installation needs; a later call changes nothing.

    Returns the administrator's password if one had to be generated just now, else None.
    """
    with app.app_context(), acting(actor=SEED, surface="setup"), unit_of_work():
        seed_roles()
        generated = _first_administrator(app)
    if app.config["DEMO"]:
        with app.app_context(), acting(actor=SEED, surface="setup"), unit_of_work():
            _demo_people(app)
    return generated


def seed_roles() -> None:
    """Create the default roles that are missing; those that exist stay as people made them."""
    present = set(db.session.scalars(select(Role.began_as)))
    for default in DEFAULT_ROLES:
        if default.name not in present:
            role = Role(
                name=default.name,
                began_as=default.name,
                description=message_of(default.description),
                is_built_in=True,
            )
            grant_exactly(role, default.grants)
            db.session.add(role)
    db.session.flush()


def default_role(name: str) -> Role:
    """The role that began as this default, whatever it is called now. Raises LookupError if there is none."""
    role = db.session.scalar(select(Role).where(Role.began_as == name))
    if role is None:
        raise LookupError(name)
    return role


def _first_administrator(app: Flask) -> str | None:
    if db.session.scalar(select(func.count()).select_from(User)):
        return None
    given = app.config["ADMIN_PASSWORD"]
    password = given or secrets.token_urlsafe(12)
    for seed in _seeds:
        seed()
    db.session.add(
        User(
            username="admin",
            name="Administrator",
            password_hash=passwords.hashed(password, app.config["BCRYPT_ROUNDS"]),
            roles=[default_role("administrator")],
        )
    )
    return None if given else password


def _demo_people(app: Flask) -> None:
    for role, (username, name) in DEMO_PEOPLE.items():
        if db.session.scalar(select(User).where(User.username == username)) is None:
            db.session.add(
                User(
                    username=username,
                    name=name,
                    email=f"{username}@example.org",
                    password_hash=passwords.hashed(DEMO_PASSWORD, app.config["BCRYPT_ROUNDS"]),
                    roles=[default_role(role)],
                )
            )
