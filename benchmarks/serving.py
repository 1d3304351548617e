"""Starting and stopping what a measurement needs: a database with data and a server on the loopback."""

from __future__ import annotations

import http.client
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

ROOT = Path(__file__).resolve().parents[1]
PASSWORD = "only-for-measuring"


def environment(folder: Path, url: str) -> dict[str, str]:
    """The settings of a throw-away installation in a folder."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("BACKOFFICE_")}
    return {
        **kept,
        "FLASK_APP": "backoffice.app:create_app",
        "BACKOFFICE_INSTANCE": str(folder),
        "BACKOFFICE_DATABASE_URL": url,
        "BACKOFFICE_ADMIN_PASSWORD": PASSWORD,
        "BACKOFFICE_LOG_LEVEL": "WARNING",
    }


def flask(settings: dict[str, str], *words: str) -> float:
    """Run a command of ours and return how many seconds it took. Raises CalledProcessError."""
    begun = time.perf_counter()
    command = [sys.executable, "-m", "flask", *words]
    subprocess.run(command, cwd=ROOT, env=settings, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begun


def first_run(settings: dict[str, str]) -> None:
    """Bring the database up to date and create the administrator, as `make run` does."""
    flask(settings, "db", "upgrade")
    seed = "from run import app; from backoffice.accounts.seeding import first_run; first_run(app)"
    subprocess.run([sys.executable, "-c", seed], cwd=ROOT, env=settings, check=True, stdout=subprocess.DEVNULL)


def free_port() -> int:
    """A port of the loopback that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def gunicorn(
    settings: dict[str, str], application: str, *, workers: int = 1, threads: int = 1, pid: Path | None = None
) -> Iterator[int]:
    """Gunicorn, with one worker unless more are asked for; gives its port and stops it at the end.

    With `pid` its number is written there.
    """
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", f"--workers={workers}", "--log-level=error", "--timeout=300"]
    command += ["--keep-alive=60", "--worker-class=gthread", f"--threads={threads}"]
    command += [f"--pid={pid}"] if pid else []
    command += [f"--bind=127.0.0.1:{port}", application]
    process = subprocess.Popen(command, cwd=ROOT, env=settings)
    try:
        _wait_for(port, process)
        yield port
    finally:
        process.terminate()
        process.wait(30)


@contextmanager
def server(settings: dict[str, str]) -> Iterator[int]:
    """The product's own server with its jobs, as `make run` starts it; gives its port and stops it at the end."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "run.py"], cwd=ROOT, env={**settings, "PORT": str(port)}, stdout=subprocess.DEVNULL
    )
    try:
        _wait_for(port, process)
        yield port
    finally:
        process.terminate()
        process.wait(60)


class Browser:
    """A keep-alive connection with cookies: just enough to sign in and measure answers."""

    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
        self.cookies: dict[str, str] = {}
        self.token = ""
        self.location = self.etag = ""

    def ask(
        self, path: str, fields: dict[str, str] | None = None, headers: dict[str, str] | None = None
    ) -> tuple[float, int, bytes]:
        """Seconds, status and body of whatever is answered; with fields it is a form that is sent."""
        begun = time.perf_counter()
        status, body = self._send("GET" if fields is None else "POST", path, fields and urlencode(fields), headers)
        return time.perf_counter() - begun, status, body

    def get(self, path: str) -> tuple[float, bytes]:
        """Seconds and body of a page. Raises RuntimeError unless it answers 200."""
        taken, status, body = self.ask(path)
        if status != 200:
            raise RuntimeError(f"{path} answered {status}")
        return taken, body

    def sign_in(self, username: str = "admin") -> None:
        """Become the administrator, or somebody else with the same password."""
        _taken, page = self.get("/auth/login")
        token = re.search(rb'name="csrf_token" value="([^"]+)"', page)
        fields = {"csrf_token": token[1].decode() if token else "", "username": username, "password": PASSWORD}
        status, _body = self._send("POST", "/auth/login", urlencode(fields))
        if status != 302:
            raise RuntimeError(f"signing in answered {status}")
        found = re.search(rb'name="csrf_token" value="([^"]+)"', self.get("/auth/profile")[1])
        self.token = found[1].decode() if found else ""

    def post(self, path: str, **fields: str) -> tuple[int, bytes, str]:
        """Status, body and the address the answer leads to. Raises RuntimeError for a refusal."""
        status, body = self._send("POST", path, urlencode({"csrf_token": self.token, **fields}))
        if status >= 400:
            raise RuntimeError(f"{path} answered {status}")
        return status, body, self.location

    def _send(
        self, method: str, path: str, body: str | None = None, more: dict[str, str] | None = None
    ) -> tuple[int, bytes]:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()), **(more or {})}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        content = answer.read()
        self.location, self.etag = answer.headers.get("Location", ""), answer.headers.get("ETag", "")
        for cookie in answer.headers.get_all("Set-Cookie", []):
            name, _equals, value = cookie.split(";", 1)[0].partition("=")
            self.cookies[name] = value
        return answer.status, content


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _attempt in range(300):
        if process.poll() is not None:
            raise RuntimeError("the server did not start")
        try:
            with socket.create_connection(("127.0.0.1", port), 1):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the server did not answer")
