"""What people do with mail that was promised: send it again now, or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import update
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from backoffice.foundation import clock
from backoffice.foundation.database import db
from backoffice.foundation.errors import InvalidInput, NotAllowed, NotApplicable
from backoffice.foundation.forms import InputForm
from backoffice.foundation.i18n import _l
from backoffice.foundation.operations import operation
from backoffice.foundation.permissions import Can, is_allowed
from backoffice.foundation.text import clean_line, is_email
from backoffice.mail.models import Ending, MailAttempt
from backoffice.records import audit
from backoffice.records.outbox import MailStatus, OutboxMail, wake

_NOT_UNDER_WAY = (MailStatus.WAITING, MailStatus.FAILED)


@operation(
    OutboxMail,
    needs=Can.MAIL_RETRY,
    label=_l("Send now"),
    done=_l("To be sent now"),
    icon="sent",
    when=lambda mail: mail.status in _NOT_UNDER_WAY,
)
def retry(mail: OutboxMail, *, actor: Any) -> None:
    """Try to deliver it at once, and as often as if it were new."""
    _settle(
        mail, _NOT_UNDER_WAY, status=MailStatus.WAITING, next_at=clock.now(), set_at=clock.now(), attempts=0, lost=0
    )
    db.session.add(MailAttempt(mail_id=mail.id, ended=Ending.AGAIN))
    audit.note("mail.retry", mail)
    wake()


@operation(
    OutboxMail,
    needs=Can.MAIL_RETRY,
    label=_l("Cancel"),
    done=_l("Cancelled"),
    icon="x",
    tone="cancelled",
    when=lambda mail: mail.status is MailStatus.WAITING,
)
def cancel(mail: OutboxMail, *, actor: Any) -> None:
    """Do not send it."""
    gone = {"text": "", "html": None} if mail.is_secret else {}
    _settle(mail, (MailStatus.WAITING,), status=MailStatus.CANCELLED, **gone)
    audit.note("mail.cancel", mail)


class AddressForm(InputForm):
    """Where to."""

    email = StringField(
        _l("E-mail"),
        [InputRequired(_l("Give a full address, for example ana@example.org.")), Length(max=254)],
        render_kw={"type": "email", "autocomplete": "off", "spellcheck": "false"},
    )

    @classmethod
    def begun(cls, record: OutboxMail) -> dict[str, Any]:
        """The address that did not work: often one letter of it is wrong."""
        return {"email": record.recipient}

    def about(self, records: Sequence[OutboxMail], actor: Any, count: int) -> None:
        """Say why the mail was not taken."""
        if count == 1:
            self.email.description = records[0].last_error


@operation(
    OutboxMail,
    needs=Can.MAIL_RETRY,
    label=_l("Send to another address"),
    done=_l("To be sent to another address"),
    icon="pencil",
    when=lambda mail: mail.status is MailStatus.FAILED and not mail.is_secret,
    takes=AddressForm,
    in_lists=False,
    as_button=False,
    offered=lambda actor, mail: is_allowed(actor, Can.USER_VIEW_CONTACT),
)
def redirect(mail: OutboxMail, *, actor: Any, email: str) -> None:
    """Correct the address of a mail that nobody took, and send it there.

    Raises InvalidInput for what is no address, NotAllowed without the permission to see addresses.
    """
    if not is_allowed(actor, Can.USER_VIEW_CONTACT):
        raise NotAllowed(permission=Can.USER_VIEW_CONTACT.value)
    email = clean_line(email)
    if not is_email(email):
        raise InvalidInput(_l("Give a full address, for example ana@example.org."), field="email")
    before, now = mail.recipient, clock.now()
    _settle(
        mail,
        (MailStatus.FAILED,),
        status=MailStatus.WAITING,
        recipient=email,
        next_at=now,
        set_at=now,
        attempts=0,
        lost=0,
        # Somebody said where it goes: it does not go after the account any more.
        follows_user=False,
    )
    db.session.add(MailAttempt(mail_id=mail.id, ended=Ending.MOVED, words=before))
    audit.note("mail.redirect", mail, before=before, after=email)
    wake()


def _settle(mail: OutboxMail, only: Iterable[MailStatus], **values: Any) -> None:
    """Change the mail unless somebody took it meanwhile to deliver it. Raises NotApplicable then."""
    result: Any = db.session.execute(
        update(OutboxMail)
        .where(OutboxMail.id == mail.id, OutboxMail.status.in_(only))
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    if not result.rowcount:
        raise NotApplicable(_l("It is being sent at this moment."))
    db.session.refresh(mail)
