"""A mail server for the tests: takes what it is given, or behaves as badly as it is told to."""

from __future__ import annotations

import socket
from collections.abc import Callable
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

NAME, PASSWORD = "desk", "p@ss:w/rd"


class MailServer:
    """On one port for the whole test, whether it listens or not."""

    def __init__(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.taken: list[EmailMessage] = []
        self.envelopes: list[tuple[str, list[str]]] = []
        #: What it answers to the end of a message from now on; None takes it.
        self.answer: str | None = None
        #: After so many messages it takes the next and hangs up without a word.
        self.dies_after: int | None = None
        #: Done when it has a message, before it says so.
        self.then: Callable[[], object] | None = None
        self._controller: Any = None

    def start(self) -> None:
        """Listen."""
        self._controller = Controller(
            self,
            hostname="127.0.0.1",
            port=self.port,
            auth_require_tls=False,
            authenticator=_knows,
        )
        self._controller.start()

    def stop(self) -> None:
        """Listen no more."""
        if self._controller is not None:
            self._controller.stop(no_assert=True)
            self._controller = None

    @property
    def ids(self) -> list[str]:
        """The Message-IDs of what was taken, in order."""
        return [str(message["Message-ID"]) for message in self.taken]

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Called by the library with each reader; there is one whom it does not know."""
        if address.startswith("unknown@"):
            return "550 5.1.1 no such reader"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Called by the library with each message."""
        if self.answer is not None:
            return self.answer
        content = envelope.content if isinstance(envelope.content, bytes) else str(envelope.content).encode()
        self.taken.append(message_from_bytes(content, policy=default))
        self.envelopes.append((envelope.mail_from or "", list(envelope.rcpt_tos)))
        if self.then is not None:
            self.then()
        if self.dies_after is not None and len(self.taken) > self.dies_after:
            assert server.transport is not None
            server.transport.abort()
        return "250 taken"


def _knows(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
    good = data.login.decode() == NAME and data.password.decode() == PASSWORD
    return AuthResult(success=good, handled=False)
