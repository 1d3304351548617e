"""The product as an operator runs it: `run.py` on a free port of this machine, over an instance folder of its own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from http.client import HTTPConnection
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, HTTPHandler, OpenerDirector, Request, build_opener

from flask import Flask

from backoffice import create_app
from backoffice.foundation.database import unit_of_work
from tests.browser import token_in
from tests.databases import close

ROOT = Path(__file__).resolve().parents[2]
ADMIN_PASSWORD = "keeper of the harbour"
_ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+(?=/)")


class House:
    """A running back office: its address, its commands, and what its log complains about."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("BACKOFFICE_", "COV_"))}
        self._environment = {
            **inherited,
            "BACKOFFICE_INSTANCE": str(folder / "instance"),
            "BACKOFFICE_ADMIN_PASSWORD": ADMIN_PASSWORD,
            "FLASK_APP": "backoffice.app:create_app",
            **settings,
        }
        self._log = folder / "log.txt"
        self._log.touch()
        self._read = 0
        self._cookies: dict[str, dict[str, str]] = {}
        self.start()

    def start(self) -> None:
        """Start the server; again, on another port, after it was killed."""
        with self._log.open("a") as log:
            self._process = subprocess.Popen(
                [sys.executable, "run.py"],
                cwd=ROOT,
                env={**self._environment, "PORT": "0"},
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self._process.stdout is not None
        found = _ADDRESS.search(self._process.stdout.readline())
        assert found, f"The server did not start: {self._log.read_text()}"
        self.address = found[0]

    def kill(self) -> None:
        """End the server by SIGKILL, so that nothing of it can clean up."""
        self._process.kill()
        self._process.communicate()

    def stop(self) -> None:
        """Let the server finish what it is answering, and end it."""
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.communicate(timeout=15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()
        if "_app" in self.__dict__:
            close(self._app)

    def flask(self, *words: str, typed: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run a command of the product over the same instance folder."""
        command = [sys.executable, "-m", "flask", *words]
        return subprocess.run(
            command, cwd=ROOT, env=self._environment, input=typed, capture_output=True, text=True, timeout=120
        )

    def complaints(self) -> list[str]:
        """Faults that the server has logged since this was asked last."""
        text = self._log.read_text(errors="replace")
        new, self._read = text[self._read :], len(text)
        return [new] if "Traceback" in new or " ERROR in " in new else []

    @cached_property
    def _app(self) -> Flask:
        return create_app(
            {
                "INSTANCE": self.folder / "instance",
                "DATABASE_URL": f"sqlite:///{self.folder / 'instance' / 'backoffice.sqlite3'}",
                "SECRET_KEY": (self.folder / "instance" / "secret_key").read_text().strip(),
                "BCRYPT_ROUNDS": 4,
            }
        )

    @contextmanager
    def opened(self) -> Iterator[None]:
        """One unit of work on the database of the running server, to lay ready what a test is about."""
        with self._app.app_context(), unit_of_work():
            yield

    def cookies(self, username: str, password: str) -> dict[str, str]:
        """The cookies of this person's session; she signs in by the form at the first time."""
        if username not in self._cookies:
            jar = CookieJar()
            visitor = build_opener(HTTPCookieProcessor(jar), _From(f"127.0.0.{2 + len(self._cookies) % 250}"))
            with visitor.open(f"{self.address}/auth/login") as page:
                token = token_in(page.read().decode())
            sent = urlencode({"csrf_token": token, "username": username, "password": password}).encode()
            with visitor.open(f"{self.address}/auth/login", sent) as answer:
                assert "/auth/login" not in answer.geturl(), f"{username} could not sign in"
            self._cookies[username] = {cookie.name: cookie.value or "" for cookie in jar}
        return self._cookies[username]

    def reader(self, username: str | None = None, password: str = "") -> Reader:
        """Somebody who asks for pages without a browser; signed in if a name is given."""
        cookies = self.cookies(username, password) if username else {}
        return Reader(self.address, cookies)


class _From(HTTPHandler):
    """Asks from an address of its own, as people sign in from home; many from one place would be slowed down."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self.address = address

    def http_open(self, request: Request) -> Any:
        """Open the connection from that address."""
        return self.do_open(self._connection, request)

    def _connection(self, host: str, **kwargs: Any) -> HTTPConnection:
        return HTTPConnection(host, source_address=(self.address, 0), **kwargs)


class Reader:
    """Asks a server for pages as they are, following no redirects by itself."""

    def __init__(self, address: str, cookies: dict[str, str]) -> None:
        self.address = address
        self._opener: OpenerDirector = build_opener()
        self._cookie = "; ".join(f"{name}={value}" for name, value in cookies.items())
        self._opener.addheaders = [("Cookie", self._cookie), ("Accept", "text/html")]

    def get(self, path: str) -> tuple[int, str, str]:
        """Status, type and text of the page in the end, redirects followed."""
        try:
            with self._opener.open(self.address + path, timeout=60) as answer:
                kind = answer.headers.get_content_type()
                body = answer.read().decode(errors="replace") if kind == "text/html" else ""
                return answer.status, kind, body
        except HTTPError as error:
            with error:
                return error.code, error.headers.get_content_type(), error.read().decode(errors="replace")
