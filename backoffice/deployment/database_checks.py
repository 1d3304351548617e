"""What the database itself says: its form, who has the keys, and passwords that others know."""

from __future__ import annotations

from collections.abc import Iterator

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, select, text

from backoffice.accounts import passwords, queries
from backoffice.accounts.models import User
from backoffice.accounts.seeding import DEMO_PASSWORD, DEMO_PEOPLE
from backoffice.deployment.findings import Finding, Installation
from backoffice.foundation.database import db
from backoffice.foundation.i18n import _


def schema(installation: Installation) -> Iterator[Finding]:
    """Every migration was made."""
    if not is_up_to_date(installation):
        yield Finding("BACKOFFICE_DATABASE_URL", _("The database is not up to date. Run this first: flask db upgrade"))


def role_of_the_server(installation: Installation) -> Iterator[Finding]:
    """The application is no superuser of PostgreSQL, who may run programs and read files of its machine."""
    if db.engine.dialect.name == "postgresql":
        statement = text("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        if db.session.scalar(statement):
            yield Finding(
                "BACKOFFICE_DATABASE_URL",
                _("The application is a superuser of the database. Give it a role of its own that owns its tables."),
            )


def people(installation: Installation) -> Iterator[Finding]:
    """Somebody holds every permission, and nobody's password is one that others know."""
    if not is_up_to_date(installation):
        return
    if db.session.scalars(queries.holders_of_everything().limit(1)).first() is None:
        yield Finding(
            "flask accounts", _("Nobody who can sign in holds every permission. Start the server once, or make one.")
        )
    known = dict.fromkeys((username for username, _name in DEMO_PEOPLE.values()), DEMO_PASSWORD)
    if installation.settings["ADMIN_PASSWORD"]:
        known["admin"] = installation.settings["ADMIN_PASSWORD"]
    for user in db.session.scalars(select(User).where(User.is_active, User.username.in_(known)).order_by(User.id)):
        if not passwords.matches(known[user.username], user.password_hash):
            continue
        if user.username == "admin":
            yield Finding(
                "BACKOFFICE_ADMIN_PASSWORD",
                _("It is still the password of admin. Choose another at /auth/profile and remove the setting."),
            )
        else:
            sentence = _(
                "%(name)s has the password of the sample accounts. Deactivate this account.", name=user.username
            )
            yield Finding("BACKOFFICE_DEMO", sentence)


def is_up_to_date(installation: Installation) -> bool:
    """Whether the database has the form that the code of this version expects."""
    wanted = set(ScriptDirectory(str(installation.root / "migrations")).get_heads())
    if not inspect(db.engine).has_table("alembic_version"):
        return False
    return set(MigrationContext.configure(db.session.connection()).get_current_heads()) == wanted
