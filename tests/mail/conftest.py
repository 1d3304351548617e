"""What the tests of mail share: a mail server of this process, and applications that send to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from tests.mail.server import MailServer


@pytest.fixture
def server() -> Iterator[MailServer]:
    """A mail server on a free port, listening."""
    made = MailServer()
    made.start()
    yield made
    made.stop()


@pytest.fixture
def sending(make_app: Callable[..., Flask], server: MailServer) -> Flask:
    """An application that sends to the server."""
    return make_app(MAIL_URL=f"smtp://127.0.0.1:{server.port}", BASE_URL="https://gazette.example")
