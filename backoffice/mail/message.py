"""A mail of the outbox as a message: headers that nothing can be slipped into, the text, and the formatted text.

Written out here and not by `email.message`, which takes longer for one message than a mail server does. Nothing but
ASCII leaves, except in the address of a reader whose name at her host is not ASCII (RFC 6532).
"""

from __future__ import annotations

import binascii
import re
from email.header import Header
from email.utils import format_datetime, formataddr

from flask import current_app

from backoffice.foundation.i18n import _
from backoffice.records.outbox import LONGEST_NAME, LONGEST_SUBJECT, OutboxMail, one_line

#: Headers that mails may bring along have such names; the ones written here are not theirs to change.
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,60}")
_OURS = {"from", "to", "cc", "bcc", "sender", "subject", "date", "message-id", "auto-submitted", "mime-version"}
#: A line of a header should not be longer, a line of a text must not.
_FOLDED, _LONGEST_LINE = 76, 990
_END = "\r\n"


def message_of(mail: OutboxMail, *, with_text: bool = True) -> bytes:
    """The message, the same at every attempt; `with_text=False` leaves out what only its reader may read."""
    lines = [
        _address("From", one_line(current_app.config["PUBLICATION"], LONGEST_NAME), sender()),
        _address("To", one_line(mail.recipient_name, LONGEST_NAME), mailbox(mail.recipient)),
        _header("Subject", one_line(mail.subject, LONGEST_SUBJECT)),
        f"Date: {format_datetime(mail.created_at)}",
        f"Message-ID: {mail.message_id}",
        "Auto-Submitted: auto-generated",
        f"Content-Language: {mail.locale.replace('_', '-')}",
        "MIME-Version: 1.0",
    ]
    for title, value in mail.headers.items():
        if _NAME.fullmatch(title) and title.lower() not in _OURS and not title.lower().startswith("content-"):
            lines.append(_header(title, one_line(str(value), 998 - len(title) - 2)))
    plain = _part("plain", mail.text if with_text else hidden())
    if not mail.html or not with_text:
        return "\r\n".join(lines).encode() + b"\r\n" + plain
    # Not in any part: what they hold is encoded so that `=_` cannot stand there.
    border = f"=_{re.sub('[^A-Za-z0-9]', '', mail.message_id.split('@', 1)[0])[:60]}"
    lines.append(f'Content-Type: multipart/alternative; boundary="{border}"')
    rule = f"\r\n--{border}".encode()
    body = rule.join((b"", b"\r\n" + plain, b"\r\n" + _part("html", mail.html), b"--\r\n"))
    return "\r\n".join(lines).encode() + b"\r\n" + body


def hidden() -> str:
    """What stands in place of a text that only its reader may read."""
    return _("The text is not shown: it lets its reader in. It is deleted once the mail was sent.")


def sender() -> str:
    """The address mail comes from."""
    return str(current_app.config["MAIL_ROUTE"].sender)


def mailbox(address: str) -> str:
    """The address as servers know it: the host in ASCII. Raises ValueError for what is no address."""
    name, host = address.rsplit("@", 1)
    if any(sign <= " " or sign in "<>\x7f" for sign in address):
        raise ValueError("no address")
    if host.isascii():
        return address
    try:
        return f"{name}@{host.encode('idna').decode()}"
    except UnicodeError:
        return address


def _header(title: str, value: str) -> str:
    if value.isascii() and (len(title) + len(value) + 2 <= _FOLDED or " " not in value):
        return f"{title}: {value}"
    charset = "us-ascii" if value.isascii() else "utf-8"
    return f"{title}: {Header(value, charset, _FOLDED, title).encode(linesep=_END)}"


def _address(title: str, name: str, address: str) -> str:
    if not name:
        return f"{title}: {address}"
    if name.isascii():
        line = f"{title}: {formataddr((name, 'x')).removesuffix(' <x>')}"
    else:
        line = f"{title}: {Header(name, 'utf-8', _FOLDED, title).encode(linesep=_END)}"
    return f"{line}{' ' if len(line) + len(address) < _FOLDED else _END + ' '}<{address}>"


def _part(kind: str, text: str) -> bytes:
    """One form of the text with its headers, the empty line between and a line end after it."""
    lines = f"{text}\n".replace("\r\n", "\n").replace("\r", "\n")
    raw = lines.encode("utf-8", "replace")
    is_plain = lines.isascii() and "\0" not in lines and "=_" not in lines
    if is_plain and max(map(len, lines.split("\n"))) <= _LONGEST_LINE:
        how, body = "7bit", raw.replace(b"\n", b"\r\n")
    elif len(raw) - len(lines) < len(lines) // 4:
        how, body = "quoted-printable", binascii.b2a_qp(raw, istext=True).replace(b"\n", b"\r\n")
    else:
        whole = raw.replace(b"\n", b"\r\n")
        pieces = (binascii.b2a_base64(whole[at : at + 57], newline=False) for at in range(0, len(whole), 57))
        how, body = "base64", b"\r\n".join(pieces) + b"\r\n"
    head = f'Content-Type: text/{kind}; charset="utf-8"\r\nContent-Transfer-Encoding: {how}\r\n\r\n'
    return head.encode() + body
