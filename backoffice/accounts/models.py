"""Staff accounts, roles, what roles grant, and when that ends."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from flask_login import UserMixin
from sqlalchemy import (
    JSON,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
    false,
)
from sqlalchemy.orm import Mapped, relationship, validates

from backoffice.foundation import clock
from backoffice.foundation.database import (
    Audited,
    Model,
    Timestamped,
    UTCDateTime,
    Versioned,
    db,
    labelled,
)
from backoffice.foundation.enums import LabelledEnum
from backoffice.foundation.errors import InvalidInput
from backoffice.foundation.i18n import _l, offered_locales
from backoffice.foundation.permissions import ALL, EVERYTHING, OWN, Can, joined_parts
from backoffice.foundation.text import clean_line, is_email, is_time_zone

#: Where a person carries her grants once `known_grants` has found them.
KNOWN_GRANTS = "known_grants"
#: What the user names of people who were forgotten begin with; the number of the account follows.
ERASED = "erased-"
USERNAME = r"[a-z0-9](?:[a-z0-9._-]{0,38}[a-z0-9])?"


class Theme(LabelledEnum):
    """Which paper the person works on."""

    AUTO = "auto", _l("As the system")
    LIGHT = "light", _l("Light")
    DARK = "dark", _l("Dark")


class Density(LabelledEnum):
    """How much fits on a screen."""

    COMFORTABLE = "comfortable", _l("Comfortable")
    COMPACT = "compact", _l("Compact")


user_roles = Table(
    "user_roles",
    Model.metadata,
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    Column(
        "role_id",
        ForeignKey("roles.id", ondelete="RESTRICT"),
        primary_key=True,
        index=True,
    ),
)


class Role(Timestamped, Versioned, Audited, Model):
    """A named bundle of grants."""

    __tablename__ = "roles"
    singular = _l("Role")
    plural = _l("Roles")
    named_by = ("name",)

    id: Mapped[int] = labelled(_l("Number"), primary_key=True)
    name: Mapped[str] = labelled(_l("Name"), String(40), unique=True)
    description: Mapped[str] = labelled(_l("Description"), String(200), default="")
    is_built_in: Mapped[bool] = labelled(_l("Built in"), default=False)
    # The name in `default_roles` of a role that is one of those, whatever it is called now.
    began_as: Mapped[str | None] = labelled(_l("Began as"), String(40), unique=True)
    # Set by operation; see `backoffice/signing/`.
    demands_second_factor: Mapped[bool] = labelled(_l("Demands a second factor"), default=False)
    grants: Mapped[list[RoleGrant]] = relationship(
        back_populates="role",
        cascade="all, delete-orphan",
        lazy="selectin",
        order_by="RoleGrant.permission",
        info={"label": _l("Permissions")},
    )
    users: Mapped[list[User]] = relationship(secondary=user_roles, back_populates="roles", viewonly=True)

    @property
    def granted(self) -> dict[str, str]:
        """Reach by permission name."""
        return {grant.permission: grant.reach for grant in self.grants}

    @property
    def permissions(self) -> dict[str, str]:
        """The same under the name of the form's field; changed by the operation `set_permissions` only."""
        return self.granted

    @property
    def holds_everything(self) -> bool:
        """Whether the role grants every permission, present and future."""
        return EVERYTHING in self.granted

    @validates("name")
    def _check_name(self, _key: str, name: str) -> str:
        name = clean_line(name)
        if not name:
            raise InvalidInput(_l("Give the role a name."), field="name")
        return name


class RoleGrant(Model):
    """One permission that a role grants, and how far it reaches: `all`, `own`, or locales and domains of locales."""

    __tablename__ = "role_grants"
    __table_args__ = (UniqueConstraint("role_id", "permission"),)

    id: Mapped[int] = labelled(_l("Number"), primary_key=True)
    role_id: Mapped[int] = labelled(_l("Role"), ForeignKey("roles.id", ondelete="CASCADE"))
    permission: Mapped[str] = labelled(_l("Permission"), String(60))
    reach: Mapped[str] = labelled(_l("Reach"), String(200), default=ALL)
    role: Mapped[Role] = relationship(back_populates="grants")

    @property
    def title_text(self) -> str:
        """Permission and reach, as the audit trail tells them."""
        return self.permission if self.reach == ALL else f"{self.permission} ({self.reach})"

    @validates("permission")
    def _check_permission(self, _key: str, permission: str) -> str:
        if permission != EVERYTHING:
            Can(permission)
        return permission


class User(UserMixin, Timestamped, Versioned, Audited, Model):
    """A staff account. Accounts are deactivated, never deleted; passwords and roles change by operation only."""

    __tablename__ = "users"
    singular = _l("Person")
    plural = _l("People")
    named_by = ("username", "name")
    titled_by = ("name", "username")

    id: Mapped[int] = labelled(_l("Number"), primary_key=True)
    username: Mapped[str] = labelled(_l("User name"), String(40), unique=True)
    name: Mapped[str] = labelled(_l("Name"), String(80))
    email: Mapped[str | None] = labelled(_l("E-mail"), String(254), unique=True, info={"needs": "user.view_contact"})
    # Nobody has followed a link that was mailed there yet; see `accounts.addresses`.
    email_doubted: Mapped[bool] = labelled(
        _l("E-mail not confirmed"), default=False, server_default=false(), info={"part_of": "email"}
    )
    password_hash: Mapped[str | None] = labelled(_l("Password"), String(100), secret=True)
    # In every session cookie; a new one ends them all. Random, so that no later account can inherit an old cookie.
    session_key: Mapped[str] = labelled(
        _l("Session key"),
        String(43),
        unique=True,
        default=lambda: secrets.token_urlsafe(32),
        secret=True,
    )
    is_active: Mapped[bool] = labelled(_l("Active"), default=True)
    must_change_password: Mapped[bool] = labelled(_l("Has to choose a new password"), default=False)
    locale: Mapped[str | None] = labelled(_l("Language"), String(20))
    time_zone: Mapped[str] = labelled(_l("Time zone"), String(60), default="UTC")
    theme: Mapped[str] = labelled(_l("Theme"), String(10), default=Theme.AUTO.value)
    density: Mapped[str] = labelled(_l("Density"), String(20), default=Density.COMFORTABLE.value)
    # See `accounts.keys`; empty for the keys everybody begins with.
    keys: Mapped[dict[str, Any] | None] = labelled(_l("Keys"), JSON(none_as_null=True))
    roles: Mapped[list[Role]] = relationship(
        secondary=user_roles,
        back_populates="users",
        lazy="selectin",
        order_by="Role.name",
        info={"label": _l("Roles")},
    )

    # The roles that end, and when; a role without a term is held until somebody takes it.
    terms: Mapped[list[RoleTerm]] = relationship(
        back_populates="user",
        cascade="all, delete-orphan",
        order_by="RoleTerm.until",
        info={"label": _l("Ends of roles")},
    )
    # What is shown beside the name: the digest of a `UserPicture`; empty for the initials.
    picture: Mapped[str | None] = labelled(_l("Picture"), String(64))
    # The kinds of mail she does not want, see `accounts.notices`; empty for none.
    unwanted: Mapped[list[str] | None] = labelled(_l("Mail switched off"), JSON(none_as_null=True))

    __table_args__ = (
        Index("ix_users_name_id", "name", "id"),
        Index("ix_users_created_at_id", "created_at", "id"),
        Index("ix_users_is_active_id", "is_active", "id"),
    )

    @property
    def title_text(self) -> str:
        """The name a colleague would say."""
        return self.name or self.username

    @property
    def is_erased(self) -> bool:
        """Whether she was forgotten; the account stays for what she wrote, and nobody gets it again."""
        return self.username.startswith(ERASED)

    @property
    def actor_name(self) -> str:
        """As the audit trail names this person."""
        return self.username

    def end_of(self, role: Role) -> datetime | None:
        """When the person's role ends or ended; None where it does not end."""
        return next((term.until for term in self.terms if term.role_id == role.id), None)

    @property
    def present_roles(self) -> list[Role]:
        """The roles that count at this moment: a role that has ended counts no longer, though a job takes it later."""
        over = {term.role_id for term in self.terms if term.is_over}
        return [role for role in self.roles if role.id not in over]

    @property
    def granted(self) -> Mapping[str, str]:
        """Reach by permission over all present roles; the wider reach wins, sets of locales are joined.

        Whoever is signed in brings it from the one query that finds her; a change to roles or their ends forgets that.
        """
        known: Mapping[str, str] | None = self.__dict__.get(KNOWN_GRANTS)
        if known is None:
            grants = widest((name, reach) for role in self.present_roles for name, reach in role.granted.items())
            if any(not term.is_over for term in self.terms):
                return grants  # they end while she is known
            known = self.__dict__[KNOWN_GRANTS] = grants
        return known

    @property
    def initials(self) -> str:
        """One or two letters for the round picture."""
        words = (self.name or self.username).split()
        return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words[:1])).upper()

    def get_id(self) -> str:
        """What Flask-Login keeps in the cookie: the session key, never the number."""
        return self.session_key

    @classmethod
    def owned_by(cls, user_id: int) -> Any:
        """A person owns her own account."""
        return cls.id == user_id

    def is_owned_by(self, user_id: int) -> bool:
        """A person owns her own account."""
        return self.id == user_id

    @validates("username")
    def _check_username(self, _key: str, username: str) -> str:
        username = clean_line(username).lower()
        if not re.fullmatch(USERNAME, username):
            raise InvalidInput(
                _l("Use 1 to 40 small letters, digits, dots or hyphens, for example ana.kestrin."),
                field="username",
            )
        return username

    @validates("name")
    def _check_name(self, _key: str, name: str) -> str:
        name = clean_line(name)
        if not name:
            raise InvalidInput(_l("Give a name."), field="name")
        return name

    @validates("email")
    def _check_email(self, _key: str, email: str | None) -> str | None:
        email = clean_line(email or "").lower()
        if not email:
            return None
        if not is_email(email):
            raise InvalidInput(_l("Give a full address, for example ana@example.org."), field="email")
        return email

    @validates("locale")
    def _check_locale(self, _key: str, locale: str | None) -> str | None:
        if locale and locale not in offered_locales():
            raise InvalidInput(_l("Choose one of the languages in the list."), field="locale")
        return locale or None

    @validates("time_zone")
    def _check_time_zone(self, _key: str, zone: str) -> str:
        if not is_time_zone(zone):
            raise InvalidInput(
                _l("Choose a time zone from the list, for example Europe/Lisbon."),
                field="time_zone",
            )
        return zone

    @validates("theme")
    def _check_theme(self, _key: str, theme: str) -> str:
        return Theme.of(theme).value

    @validates("density")
    def _check_density(self, _key: str, density: str) -> str:
        return Density.of(density).value


class RoleTerm(Model):
    """That a role of a person ends, and when. It counts from that very moment on, whenever the role is taken."""

    __tablename__ = "role_terms"
    __table_args__ = (
        UniqueConstraint("user_id", "role_id"),
        # Deferred, as a role and its end are given by one flush.
        ForeignKeyConstraint(
            ["user_id", "role_id"],
            ["user_roles.user_id", "user_roles.role_id"],
            ondelete="CASCADE",
            deferrable=True,
            initially="DEFERRED",
        ),
        Index("ix_role_terms_until_id", "until", "id"),
    )
    # The database takes it with the role, perhaps before the session does.
    __mapper_args__ = {"confirm_deleted_rows": False}

    id: Mapped[int] = labelled(_l("Number"), primary_key=True)
    user_id: Mapped[int] = labelled(_l("Person"), ForeignKey("users.id", ondelete="CASCADE"))
    role_id: Mapped[int] = labelled(_l("Role"), ForeignKey("roles.id", ondelete="CASCADE"))
    until: Mapped[datetime] = labelled(_l("Until"), UTCDateTime)
    reminded_at: Mapped[datetime | None] = labelled(_l("Reminded"), UTCDateTime)
    user: Mapped[User] = relationship(back_populates="terms", foreign_keys=[user_id])
    role: Mapped[Role] = relationship(foreign_keys=[role_id])

    @property
    def is_over(self) -> bool:
        """Whether the role counts no longer."""
        return self.until <= clock.now()

    @property
    def title_text(self) -> str:
        """Role and end, as the audit trail tells them."""
        role = self.role or db.session.get(Role, self.role_id)
        return f"{role.name if role else self.role_id} until {self.until:%Y-%m-%d %H:%M:%S} UTC"

    @validates("until")
    def _check_until(self, _key: str, until: datetime) -> datetime:
        return until.astimezone(UTC).replace(microsecond=0)


class UserPicture(Model):
    """A picture of a person, small and encoded anew; earlier ones stay for a while, so that a change can be undone."""

    __tablename__ = "user_pictures"
    __table_args__ = (UniqueConstraint("user_id", "digest"),)

    id: Mapped[int] = labelled(_l("Number"), primary_key=True)
    user_id: Mapped[int] = labelled(_l("Person"), ForeignKey("users.id", ondelete="CASCADE"))
    digest: Mapped[str] = labelled(_l("Digest"), String(64), index=True)
    content: Mapped[bytes] = labelled(_l("Content"), LargeBinary)
    added_at: Mapped[datetime] = labelled(_l("Created"), UTCDateTime, default=clock.now)


def widest(grants: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Reach by permission where a permission may be granted several times."""
    reaches: dict[str, str] = {}
    for permission, reach in grants:
        reaches[permission] = _wider(reaches.get(permission), reach)
    return reaches


def _wider(one: str | None, other: str) -> str:
    if one is None or one == other or other == ALL:
        return other
    if one == ALL:
        return one
    if OWN in (one, other):
        return OWN
    return joined_parts([*one.split(","), *other.split(",")])
