"""The ways a message leaves the house: as a file in a folder, or to a mail server."""

from __future__ import annotations

import contextlib
import io
import os
import re
import smtplib
import ssl
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

from backoffice.mail.failures import DeliveryFailed, Stage
from config import MailRoute


@dataclass(frozen=True)
class Limits:
    """So long a server may take to answer the call, a command and the end of a message (RFC 5321, 4.5.3.2, asks for
    more for the last one than anybody needs today), and for one message in all, however slowly it drips."""

    call: timedelta = timedelta(seconds=10)
    command: timedelta = timedelta(seconds=30)
    after_dot: timedelta = timedelta(seconds=120)
    whole: timedelta = timedelta(seconds=180)


#: A connection that rested for so long is not trusted any more.
RESTED = timedelta(seconds=20)


class Delivery(Protocol):
    """Takes messages one after the other."""

    def deliver(self, message: bytes, message_id: str, sender: str, recipient: str) -> None:
        """Hand the message over, or raise DeliveryFailed; then nobody has it, or nobody knows."""

    def check(self) -> None:
        """Find out whether messages would be taken, without one. Raises DeliveryFailed."""

    def close(self) -> None:
        """Let go of what was opened."""


def delivery_for(route: MailRoute, limits: Limits | None = None) -> Delivery:
    """The way that the settings ask for."""
    return FileDelivery(route.folder) if route.kind == "file" else ServerDelivery(route, limits or Limits())


class FileDelivery:
    """Writes each message into a folder, under the name of its Message-ID: sent twice it is still one file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def deliver(self, message: bytes, message_id: str, sender: str, recipient: str) -> None:
        """Write the file as a whole or not at all."""
        with _stage(Stage.CALL):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor, draft = tempfile.mkstemp(dir=self.folder, suffix=".part")
            try:
                with os.fdopen(descriptor, "wb") as file:
                    file.write(message)
                    file.flush()
                    os.fsync(file.fileno())
                os.replace(draft, self.folder / file_name(message_id))
            except BaseException:
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(draft)
                raise

    def check(self) -> None:
        """Whether files can be written there."""
        with _stage(Stage.CALL):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.folder) as file:
                file.write(b"\n" * 4096)
                file.flush()

    def close(self) -> None:
        """Nothing is open."""


class ServerDelivery:
    """Hands messages to a mail server, over one connection as long as that holds."""

    def __init__(self, route: MailRoute, limits: Limits) -> None:
        self.route, self.limits = route, limits
        self._server: _Server | None = None
        self._used_at = 0.0

    def deliver(self, message: bytes, message_id: str, sender: str, recipient: str) -> None:
        """Hand it over and wait for the server to take it."""
        until = time.monotonic() + self.limits.whole.total_seconds()
        try:
            self._hand_over(message, sender, recipient, until)
        except DeliveryFailed as failure:
            if not isinstance(failure.cause, smtplib.SMTPResponseException | smtplib.SMTPRecipientsRefused):
                self._drop()
            elif self._server is not None:
                self._begin_anew(self._server)
            raise
        except BaseException:
            self._drop()
            raise
        self._used_at = time.monotonic()

    def check(self) -> None:
        """Whether the server lets the house in."""
        self._drop()
        self._server = self._call(time.monotonic() + self.limits.whole.total_seconds())
        self._used_at = time.monotonic()

    def close(self) -> None:
        """Say good-bye, if the server still listens."""
        server, self._server = self._server, None
        if server is not None:
            server.allow(timedelta(seconds=2), time.monotonic() + 2)
            with contextlib.suppress(OSError):
                server.quit()
            server.close()

    def _hand_over(self, message: bytes, sender: str, recipient: str, until: float) -> None:
        server, is_fresh = self._connected(until)
        options = [] if recipient.isascii() and sender.isascii() else ["SMTPUTF8"]
        server.command_encoding = "utf-8" if options else "ascii"
        if "size" in server.esmtp_features:
            options.append(f"size={len(message)}")
        try:
            with _stage(Stage.SENDER):
                server.allow(self.limits.command, until)
                if "SMTPUTF8" in options and not server.has_extn("smtputf8"):
                    raise smtplib.SMTPNotSupportedError("SMTPUTF8")
                # Not by `mail` and `rcpt`, which take addresses apart that are known to be some.
                answer = server.docmd("MAIL", " ".join((f"FROM:<{sender}>", *options)))
                if answer[0] != 250:
                    raise smtplib.SMTPSenderRefused(*answer, sender)
        except DeliveryFailed as failure:
            gone = isinstance(failure.cause, smtplib.SMTPSenderRefused) and failure.cause.smtp_code == 421
            if is_fresh or not (gone or not isinstance(failure.cause, smtplib.SMTPException) or _hung_up(failure)):
                raise
            # Servers hang up after some time or some messages; that is no failure of this one.
            self._drop()
            self._hand_over(message, sender, recipient, until)
            return
        with _stage(Stage.RECIPIENT):
            server.allow(self.limits.command, until)
            code, said = server.docmd("RCPT", f"TO:<{recipient}>")
            if code not in (250, 251):
                raise smtplib.SMTPRecipientsRefused({recipient: (code, said)})
        with _stage(Stage.MESSAGE):
            code, said = server.data_within(message, self.limits, until)
            if code != 250:
                raise smtplib.SMTPDataError(code, said)

    def _begin_anew(self, server: _Server) -> None:
        try:
            server.allow(self.limits.command, time.monotonic() + 5)
            if server.rset()[0] == 250:
                self._used_at = time.monotonic()
                return
        except OSError:
            pass
        self._drop()

    def _drop(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            server.close()

    def _connected(self, until: float) -> tuple[_Server, bool]:
        if self._server is not None:
            if time.monotonic() - self._used_at < RESTED.total_seconds():
                return self._server, False
            self.close()
        self._server = self._call(until)
        return self._server, True

    def _call(self, until: float) -> _Server:
        route, limits = self.route, self.limits
        with _stage(Stage.CALL):
            server = _ServerOverTls(context=ssl.create_default_context()) if route.kind == "smtps" else _Server()
            server.allow(limits.call, until)
            server.timeout = limits.call.total_seconds()
            # Without a name of ours the library would ask the network for one, and wait for it.
            server.local_hostname = route.sender.rsplit("@", 1)[1]
            try:
                # The library leaves checking the host's certificate to the name it keeps there.
                server._host = route.host  # type: ignore[attr-defined]  # not in the stubs
                _greeted(server.connect(route.host, route.port))
            except BaseException:
                server.close()
                raise
        try:
            with _stage(Stage.CALL):
                server.allow(limits.command, until)
                server.ehlo_or_helo_if_needed()
            if route.kind == "smtp+starttls":
                with _stage(Stage.TLS):
                    server.starttls(context=ssl.create_default_context())
                    server.ehlo_or_helo_if_needed()
            if route.username:
                with _stage(Stage.SIGN_IN):
                    server.login(route.username, route.password)
        except BaseException:
            server.close()
            raise
        return server


class _Timed(io.RawIOBase):
    """What a server says, read until a moment and no longer, however slowly it comes."""

    def __init__(self, server: _Server) -> None:
        self._server = server

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        server = self._server
        if server.sock is None:
            return 0
        left = min(server.answer_by, server.until) - time.monotonic()
        if left <= 0:
            raise TimeoutError("too slow")
        server.sock.settimeout(left)
        return int(server.sock.recv_into(buffer))


class _Server(smtplib.SMTP):
    """A conversation that keeps to limits: for each answer, and for everything since the message was begun."""

    def __init__(self, **how: Any) -> None:
        self.until = self.answer_by = float("inf")
        self._limit = timedelta(seconds=30)
        # With a name, for without one the library looks for the name of this machine in the network.
        super().__init__(local_hostname="localhost", **how)

    def allow(self, limit: timedelta, until: float) -> None:
        """From now on every answer may take so long, and all of them together until then."""
        self._limit, self.until = limit, until
        self.answer_by = time.monotonic() + limit.total_seconds()

    def getreply(self) -> tuple[int, bytes]:
        """The library's, reading against the limits."""
        if self.file is None and self.sock is not None:
            self.answer_by = min(self.answer_by, time.monotonic() + self._limit.total_seconds())
            self.file = io.BufferedReader(_Timed(self))
        try:
            return super().getreply()
        except smtplib.SMTPServerDisconnected as failure:
            # The library makes this of every trouble while reading, and forgets which it was.
            if isinstance(failure.__context__, TimeoutError):
                raise failure.__context__ from None
            raise

    def send(self, s: Any) -> None:
        """The library's, within the limits."""
        self.answer_by = time.monotonic() + self._limit.total_seconds()
        if self.sock is not None:
            left = min(self.answer_by, self.until) - time.monotonic()
            if left <= 0:
                raise TimeoutError("too slow")
            self.sock.settimeout(left)
        try:
            super().send(s)
        except smtplib.SMTPServerDisconnected as failure:
            if isinstance(failure.__context__, TimeoutError):
                raise failure.__context__ from None
            raise

    def data_within(self, message: bytes, limits: Limits, until: float) -> tuple[int, bytes]:
        """Send the message; the answer after its end."""
        self.allow(limits.command, until)
        self.putcmd("data")
        code, said = self.getreply()
        if code != 354:
            raise smtplib.SMTPDataError(code, said)
        self.allow(limits.after_dot, until)
        self.send(_stuffed(message))
        return self.getreply()


class _ServerOverTls(_Server, smtplib.SMTP_SSL):
    """TLS from the beginning."""


def _stuffed(message: bytes) -> bytes:
    """The message as it is sent: lines that begin with a dot get another one, and a dot alone ends it."""
    body = message if message.endswith(b"\r\n") else message + b"\r\n"
    if b"\n." in body or body.startswith(b"."):
        body = re.sub(rb"(?m)^\.", b"..", body)
    return body + b".\r\n"


@contextmanager
def _stage(stage: Stage) -> Iterator[None]:
    try:
        yield
    except OSError as failure:
        # All errors of smtplib are of this kind, and those of the network and of TLS.
        raise DeliveryFailed(stage, failure) from failure


def _greeted(answer: tuple[int, bytes]) -> None:
    if answer[0] != 220:
        raise smtplib.SMTPConnectError(answer[0], answer[1])


def _hung_up(failure: DeliveryFailed) -> bool:
    return isinstance(failure.cause, smtplib.SMTPServerDisconnected)


def file_name(message_id: str) -> str:
    """The file of a message: the part of its Message-ID before the host."""
    name = re.sub(r"[^A-Za-z0-9]", "", message_id.split("@", 1)[0]) or "mail"
    return f"{name}.eml"
