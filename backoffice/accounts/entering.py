"""How a person comes in: the sessions of her browsers, when she was here, and links that let her in once."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, relationship

from backoffice.accounts.models import User
from backoffice.foundation import clock
from backoffice.foundation.database import Model, UTCDateTime, labelled
from backoffice.foundation.i18n import _l


class LastSeen(Model):
    """When a person was last here; apart from the account, so that being here changes no version."""

    __tablename__ = "last_seen"

    id: Mapped[int] = labelled(_l("Person"), ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    seen_at: Mapped[datetime] = labelled(_l("Last seen"), UTCDateTime, default=clock.now)
    signed_in_at: Mapped[datetime | None] = labelled(_l("Last sign-in"), UTCDateTime)


class SignIn(Model):
    """The session of one browser, so that signing out ends it wherever its cookie went. Only a digest is stored."""

    __tablename__ = "sign_ins"
    resource = "session"
    singular = _l("Session")
    plural = _l("Sessions")
    named_by = ("device",)

    id: Mapped[int] = labelled(_l("Number"), primary_key=True)
    user_id: Mapped[int] = labelled(_l("Person"), ForeignKey("users.id", ondelete="CASCADE"), index=True)
    key_digest: Mapped[str] = labelled(_l("Digest"), String(64), unique=True, secret=True)
    is_lasting: Mapped[bool] = labelled(_l("Lasts"), default=False)
    begun_at: Mapped[datetime] = labelled(_l("Created"), UTCDateTime, default=clock.now)
    seen_at: Mapped[datetime] = labelled(_l("Last seen"), UTCDateTime, default=clock.now)
    #: When the person last proved that it is she; what is dangerous asks for that to be recent.
    confirmed_at: Mapped[datetime | None] = labelled(_l("Last confirmed"), UTCDateTime)
    address: Mapped[str] = labelled(_l("Network address"), String(45), default="")
    #: What the browser says of itself, in full; see `signing.devices`.
    device: Mapped[str] = labelled(_l("Device"), String(300), default="")
    user: Mapped[User] = relationship(info={"label": _l("Person")})

    @property
    def title_text(self) -> str:
        """Whose it is; the trail names the person."""
        return self.user.title_text


class AccessLink(Model):
    """A link that lets a person set her own password, once and for a time. Only a digest of it is stored."""

    __tablename__ = "access_links"

    id: Mapped[int] = labelled(_l("Number"), primary_key=True)
    user_id: Mapped[int] = labelled(_l("Person"), ForeignKey("users.id", ondelete="CASCADE"), index=True)
    token_digest: Mapped[str] = labelled(_l("Digest"), String(64), unique=True, secret=True)
    #: What it was made for: `invitation` or `reset`.
    purpose: Mapped[str] = labelled(_l("Purpose"), String(20), default="invitation")
    expires_at: Mapped[datetime] = labelled(_l("Expires"), UTCDateTime)
    used_at: Mapped[datetime | None] = labelled(_l("Used"), UTCDateTime)
    user: Mapped[User] = relationship()
