"""Mail that was promised: written in the transaction of the change it tells of, delivered later by whoever claims it.

A mail is rendered when it is promised, in the language and time zone of its reader, and needs no request for that.
What happens to it afterwards is not here: `backoffice/mail/` delivers, this is what the house remembers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from blinker import Signal
from flask import current_app
from sqlalchemy import JSON, ForeignKey, Index, String, false, select, update
from sqlalchemy import Text as LongText
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped

from backoffice.foundation import clock
from backoffice.foundation.acting import present
from backoffice.foundation.database import EnumText, Model, UTCDateTime, after_commit, db, labelled
from backoffice.foundation.enums import LabelledEnum
from backoffice.foundation.errors import InvalidInput
from backoffice.foundation.i18n import SOURCE_LOCALE, Text, _, _l, known_locale
from backoffice.foundation.text import is_email
from backoffice.records import stopping
from backoffice.records.letters import (
    LONGEST_NAME,
    LONGEST_SUBJECT,
    Reader,
    link_to,
    mail_host,
    new_message_id,
    one_line,
    rendered,
)

__all__ = ["LONGEST_NAME", "LONGEST_SUBJECT", "link_to", "mail_host", "new_message_id", "one_line"]

LONGEST_ERROR = 500

#: What a mail is about: the word for a kind of record, and its number.
Origin = tuple[str, int]

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
    text: Mapped[str] = labelled(_l("Text"), LongText, default="")
    html: Mapped[str | None] = labelled(_l("Formatted text"), LongText)
    #: It carries what lets its reader in: nobody else reads its text, and it is emptied once it was sent.
    is_secret: Mapped[bool] = labelled(_l("Hidden"), default=False)
    headers: Mapped[dict[str, Any]] = labelled(_l("Headers"), JSON().with_variant(JSONB, "postgresql"), default=dict)
    message_id: Mapped[str] = labelled(_l("Message-ID"), String(300), unique=True, default=new_message_id)
    key: Mapped[str | None] = labelled(_l("Key"), String(200), unique=True, info={"derived": True})
    status: Mapped[MailStatus] = labelled(_l("Status"), EnumText(MailStatus), default=MailStatus.WAITING)
    attempts: Mapped[int] = labelled(_l("Attempts"), default=0)
    next_at: Mapped[datetime] = labelled(_l("Next attempt"), UTCDateTime, default=clock.now)
    #: It went to the address of this person's active account when it was promised, and goes wherever that has moved.
    follows_user: Mapped[bool] = labelled(
        _l("Goes after the person"), default=False, server_default=false(), info={"derived": True}
    )
    #: When `next_at` was written: a moment that lies ahead shows that the clock was wrong then, and `next_at` with it.
    set_at: Mapped[datetime | None] = labelled(_l("Set"), UTCDateTime, default=clock.now, info={"derived": True})
    #: It waits only because the server was away, and goes as soon as that is back.
    for_server: Mapped[bool] = labelled(
        _l("Waits for the server"), default=False, server_default=false(), info={"derived": True}
    )
    #: So often the process that held it was gone before it said how the attempt ended.
    lost: Mapped[int] = labelled(_l("Lost"), default=0, server_default="0", info={"derived": True})
    lease_until: Mapped[datetime | None] = labelled(_l("Reserved until"), UTCDateTime)
    lease_token: Mapped[str | None] = labelled(_l("Reserved by"), String(40), secret=True)
    last_error: Mapped[str] = labelled(_l("Last error"), String(LONGEST_ERROR), default="")
    created_at: Mapped[datetime] = labelled(_l("Promised"), UTCDateTime, default=clock.now)
    sent_at: Mapped[datetime | None] = labelled(_l("Sent"), UTCDateTime)
    request_id: Mapped[str] = labelled(_l("Request"), String(20), default="", info={"derived": True})
    cancelled_by: Mapped[str | None] = labelled(_l("Taken back by"), String(20), info={"derived": True})
    origin_kind: Mapped[str | None] = labelled(_l("About"), String(20), info={"derived": True})
    origin_id: Mapped[int | None] = labelled(_l("About number"), info={"derived": True})

    __table_args__ = (
        Index("ix_outbox_status_next_at_id", "status", "next_at", "id"),
        Index("ix_outbox_created_at_id", "created_at", "id"),
        Index("ix_outbox_recipient_id", "recipient", "id"),
        Index("ix_outbox_request_id", "request_id"),
        Index("ix_outbox_cancelled_by", "cancelled_by"),
        Index("ix_outbox_origin_kind_origin_id", "origin_kind", "origin_id"),
    )

    @classmethod
    def owned_by(cls, user_id: int) -> Any:
        """Its reader."""
        return cls.user_id == user_id

    def is_owned_by(self, user_id: int) -> bool:
        """Its reader."""
        return self.user_id == user_id


@dataclass(frozen=True)
class Promise:
    """One mail of many, for `promise_many`; the fields are those of `promise`."""

    to: str
    key: str | None = None
    locale: str | None = None
    user: Any = None
    secret: bool = False
    headers: Mapping[str, str] | None = None
    origin: Origin | None = None
    stop: stopping.Stop | None = None
    context: Mapping[str, Any] = field(default_factory=dict)


def promise(
    template: str,
    to: str,
    *,
    key: str | None = None,
    locale: str | None = None,
    user: Any = None,
    secret: bool = False,
    headers: Mapping[str, str] | None = None,
    origin: Origin | None = None,
    stop: stopping.Stop | None = None,
    **context: Any,
) -> OutboxMail:
    """Render `templates/mail/<template>.{subject.txt,txt,html}` for a reader and put it into the outbox; never commits.

    `user` is the person at this address, if it is one of the house: her language and zone are used. A promise with the
    `key` of an earlier one makes nothing and returns that. `origin` says what the mail is about, for those who are
    asked before it goes (`checked_by`); `stop` is how its reader can stop such mail, and gives it the headers and the
    link for that. Raises InvalidInput for what is no address.
    """
    if not is_email(to):
        raise InvalidInput(_l("Give a full address, for example ana@example.org."), field="email")
    if key is not None and (known := _of_key(key)) is not None:
        return known
    mail = OutboxMail(**_row(template, Promise(to, key, locale, user, secret, headers, origin, stop, context)))
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


def promise_many(template: str, promises: Sequence[Promise]) -> int:
    """Put many mails of one template into the outbox, in a few statements; how many are new. Never commits.

    What has the `key` of an earlier one is passed over. Raises InvalidInput for what is no address.
    """
    if any(not is_email(each.to) for each in promises):
        raise InvalidInput(_l("Give a full address, for example ana@example.org."), field="email")
    rows = [_row(template, each) for each in promises]
    if not rows:
        return 0
    insert: Any = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}[db.engine.dialect.name]
    table: Any = OutboxMail.__table__
    statement = insert(table).on_conflict_do_nothing(index_elements=["key"]).returning(table.c.id)
    made = len(db.session.execute(statement, rows).all())
    if made:
        wake()
    return made


def _row(template: str, each: Promise) -> dict[str, Any]:
    """The columns of a new mail."""
    user = each.user
    spoken = known_locale(each.locale) or known_locale(getattr(user, "locale", None)) or SOURCE_LOCALE
    name = one_line(getattr(user, "name", "") or "", LONGEST_NAME)
    headers = {title: one_line(value, 998) for title, value in (each.headers or {}).items()}
    stop_link = stopping.link(*each.stop) if each.stop else None
    if stop_link:
        headers.update(stopping.headers_for(stop_link))
    reader = Reader(each.to, name, spoken, getattr(user, "time_zone", None))
    letter = rendered(template, reader, each.context, stop_link=stop_link)
    return {
        "recipient": each.to,
        "recipient_name": name,
        "user_id": getattr(user, "id", None),
        "follows_user": bool(getattr(user, "is_active", False)) and each.to.lower() == (user.email or "").lower(),
        "locale": spoken,
        "subject": letter.subject,
        "text": letter.text,
        "html": letter.html,
        "is_secret": each.secret,
        "headers": headers,
        "key": each.key,
        "request_id": present().request_id[:20],
        "origin_kind": each.origin[0] if each.origin else None,
        "origin_id": each.origin[1] if each.origin else None,
    }


@dataclass(frozen=True)
class Drop:
    """The answer that a mail is not to be sent any more, and why, in words for the outbox."""

    reason: Text | str


@dataclass(frozen=True)
class Anew:
    """The answer that a mail is to be written anew, from this template, before it goes."""

    template: str
    context: Mapping[str, Any]


Check = Callable[["OutboxMail"], Drop | Anew | None]
Gather = Callable[[Sequence["OutboxMail"]], object]
_checks: dict[str, Check] = {}
_gatherers: dict[str, Gather] = {}


def checked_by(kind: str) -> Callable[[Check], Check]:
    """Declare the function that is asked right before each attempt to deliver a mail of this origin.

    It only reads. It gets the mail (detached) and says None (send it), `Drop` or `Anew`.
    """

    def declare(check: Check) -> Check:
        _checks[kind] = check
        return check

    return declare


def gathered_by(kind: str) -> Callable[[Gather], Gather]:
    """Declare the function that loads, by few questions, what the check will look at for several mails of this origin.

    What it returns is held until they are checked, so that the session still has it.
    """

    def declare(gather: Gather) -> Gather:
        _gatherers[kind] = gather
        return gather

    return declare


def gather_of(kind: str | None) -> Gather | None:
    """The function that loads for the check of this origin; None where it looks at each mail alone."""
    return _gatherers.get(kind) if kind else None


def check_of(kind: str | None) -> Check | None:
    """The function that is asked about mail of this origin."""
    return _checks.get(kind) if kind else None


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
            status=MailStatus.WAITING, cancelled_by=None, next_at=clock.now(), set_at=clock.now()
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


def _of_key(key: str) -> OutboxMail | None:
    return db.session.scalar(select(OutboxMail).where(OutboxMail.key == key))
