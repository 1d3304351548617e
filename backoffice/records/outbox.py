"""Mail that was promised: written in the transaction of the change it tells of, delivered later by whoever claims it.

A mail is rendered when it is promised, in the language and time zone of its reader, and needs no request for that.
What happens to it afterwards is not here: `backoffice/mail/` delivers, this is what the house remembers.
"""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from blinker import Signal
from flask import current_app, has_request_context, url_for
from jinja2 import TemplateNotFound
from sqlalchemy import JSON, ForeignKey, Index, String, Text, select, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped

from backoffice.foundation import clock
from backoffice.foundation.acting import present
from backoffice.foundation.database import EnumText, Model, UTCDateTime, after_commit, db, labelled
from backoffice.foundation.enums import LabelledEnum
from backoffice.foundation.errors import InvalidInput
from backoffice.foundation.i18n import SOURCE_LOCALE, _, _l, direction_of, known_locale, speaking
from backoffice.foundation.text import clean_line, clean_text, is_email, is_time_zone, shortened

LONGEST_SUBJECT, LONGEST_NAME, LONGEST_ERROR = 200, 80, 500

#: Sent with the application after the commit that promised mail; whoever delivers may wait for it.
promised = Signal()


class MailStatus(LabelledEnum):
    """Where a mail stands."""

    WAITING = "waiting", _l("Waiting")
    SENDING = "sending", _l("Sending")
    SENT = "sent", _l("Sent")
    FAILED = "failed", _l("Failed")
    CANCELLED = "cancelled", _l("Cancelled")


class OutboxMail(Model):
    """One mail to one address. While `lease_until` lies ahead, the process that holds `lease_token` delivers it."""

    __tablename__ = "outbox"
    resource = "mail"
    singular = _l("Mail")
    plural = _l("Outbox")
    named_by = ("subject",)

    id: Mapped[int] = labelled(_l("Number"), primary_key=True)
    recipient: Mapped[str] = labelled(_l("To"), String(254))
    recipient_name: Mapped[str] = labelled(_l("Name"), String(LONGEST_NAME), default="")
    user_id: Mapped[int | None] = labelled(_l("Person"), ForeignKey("users.id", ondelete="SET NULL"), index=True)
    locale: Mapped[str] = labelled(_l("Language"), String(20), default=SOURCE_LOCALE)
    subject: Mapped[str] = labelled(_l("Subject"), String(LONGEST_SUBJECT))
    text: Mapped[str] = labelled(_l("Text"), Text, default="")
    html: Mapped[str | None] = labelled(_l("Formatted text"), Text)
    #: It carries what lets its reader in: nobody else reads its text, and it is emptied once it was sent.
    is_secret: Mapped[bool] = labelled(_l("Hidden"), default=False)
    headers: Mapped[dict[str, Any]] = labelled(_l("Headers"), JSON().with_variant(JSONB, "postgresql"), default=dict)
    message_id: Mapped[str] = labelled(_l("Message-ID"), String(300), unique=True, default=lambda: new_message_id())
    key: Mapped[str | None] = labelled(_l("Key"), String(200), unique=True, info={"derived": True})
    status: Mapped[MailStatus] = labelled(_l("Status"), EnumText(MailStatus), default=MailStatus.WAITING)
    attempts: Mapped[int] = labelled(_l("Attempts"), default=0)
    next_at: Mapped[datetime] = labelled(_l("Next attempt"), UTCDateTime, default=clock.now)
    lease_until: Mapped[datetime | None] = labelled(_l("Reserved until"), UTCDateTime)
    lease_token: Mapped[str | None] = labelled(_l("Reserved by"), String(40), secret=True)
    last_error: Mapped[str] = labelled(_l("Last error"), String(LONGEST_ERROR), default="")
    created_at: Mapped[datetime] = labelled(_l("Promised"), UTCDateTime, default=clock.now)
    sent_at: Mapped[datetime | None] = labelled(_l("Sent"), UTCDateTime)
    request_id: Mapped[str] = labelled(_l("Request"), String(20), default="", info={"derived": True})
    cancelled_by: Mapped[str | None] = labelled(_l("Taken back by"), String(20), info={"derived": True})

    __table_args__ = (
        Index("ix_outbox_status_next_at_id", "status", "next_at", "id"),
        Index("ix_outbox_created_at_id", "created_at", "id"),
        Index("ix_outbox_recipient_id", "recipient", "id"),
        Index("ix_outbox_request_id", "request_id"),
        Index("ix_outbox_cancelled_by", "cancelled_by"),
    )

    @classmethod
    def owned_by(cls, user_id: int) -> Any:
        """Its reader."""
        return cls.user_id == user_id

    def is_owned_by(self, user_id: int) -> bool:
        """Its reader."""
        return self.user_id == user_id


def promise(
    template: str,
    to: str,
    *,
    key: str | None = None,
    locale: str | None = None,
    user: Any = None,
    secret: bool = False,
    headers: dict[str, str] | None = None,
    **context: Any,
) -> OutboxMail:
    """Render `templates/mail/<template>.{subject.txt,txt,html}` for a reader and put it into the outbox; never commits.

    `user` is the person at this address, if it is one of the house: her language and zone are used. A promise with the
    `key` of an earlier one makes nothing and returns that. Raises InvalidInput for what is no address.
    """
    if not is_email(to):
        raise InvalidInput(_l("Give a full address, for example ana@example.org."), field="email")
    if key is not None and (known := _of_key(key)) is not None:
        return known
    spoken = known_locale(locale) or known_locale(getattr(user, "locale", None)) or SOURCE_LOCALE
    zone = getattr(user, "time_zone", None)
    name = one_line(getattr(user, "name", "") or "", LONGEST_NAME)
    values = {
        **context,
        "to": to,
        "name": name,
        "locale": spoken,
        "direction": direction_of(spoken),
        "link_to": link_to,
    }
    with speaking(spoken, zone if is_time_zone(zone) else "UTC"):
        subject = one_line(_rendered(template, "subject.txt", values) or "", LONGEST_SUBJECT)
        text, html = _rendered(template, "txt", values), _rendered(template, "html", values)
    if not subject or not text:
        raise LookupError(f"templates/mail/{template}: a mail needs a subject and a text")
    mail = OutboxMail(
        recipient=to,
        recipient_name=name,
        user_id=getattr(user, "id", None),
        locale=spoken,
        subject=subject,
        text=text,
        html=html,
        is_secret=secret,
        headers={title: one_line(value, 998) for title, value in (headers or {}).items()},
        key=key,
        request_id=present().request_id[:20],
    )
    try:
        with db.session.begin_nested():
            db.session.add(mail)
    except IntegrityError:
        # Somebody promised the same at this moment.
        if key is None or (known := _of_key(key)) is None:
            raise
        return known
    wake()
    return mail


def wake() -> None:
    """Tell whoever delivers, after the commit, that there is something to do."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # a proxy
    after_commit(lambda: promised.send(app))


def call_back(request_id: str) -> list[tuple[str, str]]:
    """Cancel what one request promised and nobody sent yet; subject and reason of what cannot be called back.

    What the request itself had cancelled in this way waits again, so that taking back twice leaves all as it was.
    """
    change = update(OutboxMail).execution_options(synchronize_session="fetch")
    db.session.execute(
        change.where(OutboxMail.cancelled_by == request_id, OutboxMail.status == MailStatus.CANCELLED).values(
            status=MailStatus.WAITING, cancelled_by=None, next_at=clock.now()
        )
    )
    db.session.execute(
        change.where(
            OutboxMail.request_id == request_id, OutboxMail.status.in_((MailStatus.WAITING, MailStatus.FAILED))
        ).values(status=MailStatus.CANCELLED, cancelled_by=present().request_id[:20])
    )
    gone = select(OutboxMail).where(
        OutboxMail.request_id == request_id, OutboxMail.status.in_((MailStatus.SENDING, MailStatus.SENT))
    )
    wake()
    return [
        (mail.subject, _("the mail to %(address)s was sent already", address=mail.recipient))
        for mail in db.session.scalars(gone.order_by(OutboxMail.id))
    ]


def link_to(endpoint: str, **values: Any) -> str:
    """The whole address of a page: by `BACKOFFICE_BASE_URL`, else as the request says, else on this machine."""
    base = current_app.config["BASE_URL"]
    if not base and has_request_context():
        return url_for(endpoint, _external=True, **values)
    path = current_app.url_map.bind("localhost").build(endpoint, values)
    return f"{base or 'http://localhost'}{path}"


def new_message_id() -> str:
    """A name for a mail that no other mail has anywhere; it stays the same however often the mail is sent."""
    return f"<{secrets.token_hex(16)}@{mail_host()}>"


def mail_host() -> str:
    """The host that mail comes from, in ASCII: that of the public address."""
    host = urlsplit(current_app.config["BASE_URL"]).hostname or "localhost"
    try:
        return host.encode("idna").decode()
    except UnicodeError:
        return "localhost"


def one_line(text: str, longest: int) -> str:
    """Text for a header: one line, no control, and nothing that a reader's program would decode into something else."""
    return shortened(clean_line(text).replace("=?", "= ?"), longest - 1)


def _of_key(key: str) -> OutboxMail | None:
    return db.session.scalar(select(OutboxMail).where(OutboxMail.key == key))


def _rendered(template: str, kind: str, values: dict[str, Any]) -> str | None:
    """The template filled; None if there is none of this kind."""
    name = f"mail/{template}.{kind}"
    try:
        # Not by `render_template`: what that adds speaks the language of whoever asks, not of who reads.
        return clean_text(current_app.jinja_env.get_template(name).render(values))
    except TemplateNotFound as missing:
        if missing.name != name:
            raise
        return None
