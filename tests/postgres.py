"""A private PostgreSQL for the tests: made in a temporary folder, reached by a socket in it, gone with the run.

Nothing has to be installed beyond the server's programs and nothing that runs already is touched. As root the server
runs as the account `postgres` (or `nobody`), because it refuses to run as root.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg

#: Where distributions put the programs of each version.
PLACES = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql@*/bin", "/usr/local/pgsql/bin")
OPTIONS = {"listen_addresses": "", "max_connections": "80", "log_min_messages": "fatal"}
#: Durability and upkeep cost time and buy nothing in databases that live for one test.
SHORT_LIVED = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "max_wal_size": "64MB",
    "min_wal_size": "32MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
    "jit": "off",
}
_PR_SET_PDEATHSIG = 1


class Unavailable(RuntimeError):
    """No server can be started here; the message says why."""


class PostgresServer:
    """A running server; `address` is all a test needs of it.

    It lives in memory where it can; one that is to behave as in production is asked for with `durable`.
    """

    def __init__(self, *, durable: bool = False) -> None:
        programs = programs_folder()
        self._account = _account()
        self.folder = Path(tempfile.mkdtemp(prefix="bo-pg-", dir=None if durable else fast_folder()))
        if self._account:
            os.chown(self.folder, self._account.pw_uid, self._account.pw_gid)
        data = self.folder / "data"
        try:
            self._run(
                programs / "initdb", "--pgdata", data, "--auth=trust", "--username=postgres", "--encoding=UTF8",
                "--locale=C.UTF-8", "--no-sync", "--no-instructions",
            )  # fmt: skip
            chosen = OPTIONS | ({} if durable else SHORT_LIVED)
            options = [part for name, value in chosen.items() for part in ("-c", f"{name}={value}")]
            self._command = [programs / "postgres", "-D", data, "-k", self.folder, *options]
            self._launch()
            self._wait()
        except BaseException:
            self.stop()
            raise

    @property
    def address(self) -> str:
        """What `address_of` and the functions below take; plain text, so that it can be handed to another process."""
        return str(self.folder)

    def restart(self, seconds_away: float = 0) -> None:
        """End every connection and the server, as an update of it does, and begin anew after so many seconds."""
        self._process.send_signal(signal.SIGINT)
        self._process.wait(30)
        time.sleep(seconds_away)
        self._launch()
        self._wait()

    def _launch(self) -> None:
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                **self._as_account(),
                cwd=self.folder,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=_die_with_parent if sys.platform == "linux" else None,
            )

    def stop(self) -> None:
        """End the server by its number and remove its folder."""
        process = getattr(self, "_process", None)
        if process is not None and process.poll() is None:
            process.send_signal(signal.SIGQUIT)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _as_account(self) -> dict[str, Any]:
        if self._account is None:
            return {}
        return {"user": self._account.pw_uid, "group": self._account.pw_gid, "extra_groups": []}

    def _run(self, *command: Any) -> None:
        done = subprocess.run(command, **self._as_account(), cwd=self.folder, capture_output=True, text=True)
        if done.returncode:
            raise Unavailable(f"{Path(command[0]).name} failed: {done.stderr.strip()[-300:]}")

    def _wait(self, seconds: float = 20) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end and self._process.poll() is None:
            with contextlib.suppress(psycopg.OperationalError):
                psycopg.connect(_conninfo(self.address, "postgres")).close()
                return
            time.sleep(0.02)
        raise Unavailable(f"postgres did not start: {(self.folder / 'log').read_text(errors='replace').strip()[-300:]}")


def fast_folder() -> str | None:
    """Where files live in memory, if there is such a place with room; None for the usual temporary folder."""
    place = "/dev/shm"
    try:
        free = os.statvfs(place)
    except OSError:
        return None
    return place if os.access(place, os.W_OK) and free.f_bavail * free.f_frsize > 2**31 else None


def programs_folder() -> Path:
    """The folder of the newest server's programs. Raises Unavailable if there is none."""
    found = [path for place in PLACES for path in Path("/").glob(place.lstrip("/")) if (path / "postgres").exists()]
    on_path = shutil.which("postgres")
    if on_path:
        found.append(Path(on_path).resolve().parent)
    found = [path for path in found if (path / "initdb").exists()]
    if not found:
        raise Unavailable("the programs of PostgreSQL (initdb, postgres) are not installed")
    return max(found, key=lambda path: int((re.findall(r"\d+", str(path)) or ["0"])[0]))


def url_of(address: str, database: str) -> str:
    """The SQLAlchemy URL of a database of the server at `address`."""
    return f"postgresql+psycopg://postgres@/{database}?host={address}"


@contextlib.contextmanager
def server_session(address: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection of the server's owner outside any transaction, to make and drop databases."""
    connection = psycopg.connect(_conninfo(address, "postgres"), autocommit=True)
    try:
        yield connection
    finally:
        connection.close()


def create_database(address: str, name: str, template: str = "template0") -> None:
    """Make a database as a copy of `template`, which nobody may be connected to; one of the same name goes first."""
    with server_session(address) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')  # type: ignore[arg-type]
        # Since PostgreSQL 15 the usual way writes every page into the log; copying the files takes half the time.
        way = " STRATEGY FILE_COPY" if connection.info.server_version >= 150000 else ""
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"{way}')  # type: ignore[arg-type]


def drop_database(address: str, name: str) -> None:
    """Remove a database and end the connections to it."""
    with server_session(address) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')  # type: ignore[arg-type]


def _conninfo(address: str, database: str) -> str:
    return f"host={address} user=postgres dbname={database} connect_timeout=5"


def _account() -> pwd.struct_passwd | None:
    if os.getuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise Unavailable("the server refuses to run as root, and there is no account postgres or nobody")


def _die_with_parent() -> None:
    """Let the kernel stop the server when the run of the tests is killed and can stop nothing itself."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGQUIT)
