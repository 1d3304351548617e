"""The ways a message leaves the house: as a file in a folder, or to a mail server."""

from __future__ import annotations

import contextlib
import os
import re
import smtplib
import ssl
import tempfile
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Protocol

from backoffice.foundation.i18n import _
from config import MailRoute

#: So long a server may take to answer the call, a command, and the end of a message (RFC 5321, 4.5.3.2, asks for more
#: for the last one than anybody needs today).
CONNECT, COMMAND, AFTER_DOT = timedelta(seconds=10), timedelta(seconds=30), timedelta(seconds=120)


class Delivery(Protocol):
    """Takes messages one after the other."""

    def deliver(self, message: EmailMessage, sender: str, recipient: str) -> None:
        """Hand the message over, or raise; then nobody has it, or nobody knows."""

    def close(self) -> None:
        """Let go of what was opened."""


def delivery_for(route: MailRoute) -> Delivery:
    """The way that the settings ask for."""
    return FileDelivery(route.folder) if route.kind == "file" else ServerDelivery(route)


class FileDelivery:
    """Writes each message into a folder, under the name of its Message-ID: sent twice it is still one file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def deliver(self, message: EmailMessage, sender: str, recipient: str) -> None:
        """Write the file as a whole or not at all. Raises OSError."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, draft = tempfile.mkstemp(dir=self.folder, suffix=".part")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(bytes(message))
                file.flush()
                os.fsync(file.fileno())
            os.replace(draft, self.folder / file_name(message["Message-ID"]))
        except BaseException:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(draft)
            raise

    def close(self) -> None:
        """Nothing is open."""


class ServerDelivery:
    """Hands messages to a mail server, over one connection as long as that holds."""

    def __init__(self, route: MailRoute) -> None:
        self.route = route
        self._server: smtplib.SMTP | None = None

    def deliver(self, message: EmailMessage, sender: str, recipient: str) -> None:
        """Hand it over and wait for the server to take it. Raises OSError (smtplib's errors are)."""
        try:
            self._connected().send_message(message, sender, [recipient])
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Say good-bye, if the server still listens."""
        server, self._server = self._server, None
        if server is not None:
            with contextlib.suppress(OSError):
                server.quit()
            server.close()

    def _connected(self) -> smtplib.SMTP:
        if self._server is not None:
            # Servers hang up after some time or some messages; that is no failure of the next one.
            with contextlib.suppress(OSError):
                if self._server.noop()[0] == 250:
                    return self._server
            self.close()
        self._server = self._call()
        return self._server

    def _call(self) -> smtplib.SMTP:
        route = self.route
        # Without a name of ours the library would ask the network for one, and wait for it.
        how: dict[str, Any] = {
            "local_hostname": route.sender.rsplit("@", 1)[1],
            "timeout": CONNECT.total_seconds(),
        }
        if route.kind == "smtps":
            how["context"] = ssl.create_default_context()
        server: smtplib.SMTP = (_PatientOverTls if route.kind == "smtps" else _Patient)(route.host, route.port, **how)
        try:
            _allow(server, COMMAND)
            if route.kind == "smtp+starttls":
                server.starttls(context=ssl.create_default_context())
            if route.username:
                server.login(route.username, route.password)
        except BaseException:
            server.close()
            raise
        return server


class _AfterDot:
    """The last answer of the server may take longer than the others."""

    def data(self, msg: Any) -> Any:
        _allow(self, AFTER_DOT)
        try:
            return super().data(msg)  # type: ignore[misc]  # of smtplib.SMTP
        finally:
            _allow(self, COMMAND)


class _Patient(_AfterDot, smtplib.SMTP):
    """In the open, or TLS after a greeting in the open."""


class _PatientOverTls(_AfterDot, smtplib.SMTP_SSL):
    """TLS from the beginning."""


def _allow(server: Any, time: timedelta) -> None:
    if server.sock is not None:
        server.sock.settimeout(time.total_seconds())


def file_name(message_id: str) -> str:
    """The file of a message: the part of its Message-ID before the host."""
    name = re.sub(r"[^A-Za-z0-9]", "", message_id.split("@", 1)[0]) or "mail"
    return f"{name}.eml"


def told(failure: BaseException) -> str:
    """Why a message could not be delivered, on one line for people; nothing of the settings."""
    if isinstance(failure, smtplib.SMTPRecipientsRefused):
        code, said = next(iter(failure.recipients.values()))
        return _answered(code, said)
    if isinstance(failure, smtplib.SMTPResponseException):
        return _answered(failure.smtp_code, failure.smtp_error)
    if isinstance(failure, TimeoutError):
        return _("The mail server did not answer in time.")
    if isinstance(failure, smtplib.SMTPServerDisconnected):
        return _("The mail server hung up.")
    if isinstance(failure, ConnectionError):
        return _("The mail server does not answer.")
    if isinstance(failure, OSError) and failure.strerror:
        return failure.strerror
    return type(failure).__name__


def _answered(code: int, said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return " ".join(f"{code} {text}".split())
