"""A mail of the outbox as a message: headers that nothing can be slipped into, the text, and the formatted text."""

from __future__ import annotations

import re
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8

from flask import current_app

from backoffice.foundation.i18n import _
from backoffice.records.outbox import LONGEST_SUBJECT, OutboxMail, one_line

#: Headers that mails may bring along have such names; the ones written here are not theirs to change.
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,60}")
_OURS = {"from", "to", "subject", "date", "message-id", "auto-submitted", "content-language", "mime-version"}


def message_of(mail: OutboxMail, *, with_text: bool = True) -> EmailMessage:
    """The message, the same at every attempt; `with_text=False` leaves out what only its reader may read."""
    to = mailbox(mail.recipient)
    message = EmailMessage(policy=SMTP if to.isascii() else SMTPUTF8)
    name, host = to.rsplit("@", 1)
    message["From"] = Address(one_line(current_app.config["PUBLICATION"], 80), addr_spec=sender())
    message["To"] = Address(one_line(mail.recipient_name, 80), name, host)
    message["Subject"] = one_line(mail.subject, LONGEST_SUBJECT)
    message["Date"] = mail.created_at
    message["Message-ID"] = mail.message_id
    message["Auto-Submitted"] = "auto-generated"
    for title, value in mail.headers.items():
        if _NAME.fullmatch(title) and title.lower() not in _OURS and not title.lower().startswith("content-"):
            message[title] = one_line(str(value), 998)
    message.set_content(f"{mail.text if with_text else hidden()}\n")
    if mail.html and with_text:
        message.add_alternative(mail.html, subtype="html")
    # Last, for a new text takes headers of this kind away.
    message["Content-Language"] = mail.locale.replace("_", "-")
    return message


def hidden() -> str:
    """What stands in place of a text that only its reader may read."""
    return _("The text is not shown: it lets its reader in. It is deleted once the mail was sent.")


def sender() -> str:
    """The address mail comes from."""
    return str(current_app.config["MAIL_ROUTE"].sender)


def mailbox(address: str) -> str:
    """The address as servers know it: the host in ASCII."""
    name, host = address.rsplit("@", 1)
    if host.isascii():
        return address
    try:
        return f"{name}@{host.encode('idna').decode()}"
    except UnicodeError:
        return address
