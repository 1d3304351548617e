"""The application for a WSGI server (`gunicorn run:app`), and, run as a script, a server of its own.

`python run.py prepare` only brings the database up to date and makes the first account, and ends: what other servers,
and workers, need to be done once before they start.
"""

from __future__ import annotations

import errno
import gc
import os
import signal
import socket
import sys

import flask_migrate
import waitress
from flask import Flask
from sqlalchemy.exc import ArgumentError, OperationalError

from backoffice import create_app
from backoffice.jobs.scheduler import start_scheduler, start_with_first_request
from config import SettingError

#: Handler threads: a page is mostly waiting for the database, and more of them would only wait for each other.
THREADS = 8
#: Seconds after which a connection on which nothing happens is closed.
IDLE = 60
#: The application refuses what is too large with a sentence and keeps the rest of the form; it needs to see it for
#: that. Only what is this many times too large is cut off unseen.
TOLERATED = 4


class CannotStart(Exception):
    """The server cannot start; the message is one plain sentence that says what to do."""


def main(*words: str) -> int:
    """Bring the database up to date and serve until interrupted; the exit code is 0 then, 1 if that cannot be done.

    With the word `prepare` the first half of it.
    """
    if words not in ((), ("prepare",)):
        return refuse("run.py knows one word: prepare. Host and port are read from HOST and PORT.")
    try:
        app = create_app()
        if words:
            tell_password(prepared(app))
            return 0
        host, port = address()
        with listening(host, port) as door:
            password = prepared(app)
            settle()
            announce(door, password)
            scheduler = start_scheduler(app)
            try:
                serve(app, door)
            finally:
                scheduler.stop()
    except (CannotStart, SettingError) as refusal:
        return refuse(str(refusal))
    except ArgumentError:
        return refuse("BACKOFFICE_DATABASE_URL is no address of a database; see the table of settings in README.md.")
    except OSError as error:
        return refuse(f"{error.filename or 'The instance folder'} cannot be used: {error.strerror}.")
    return 0


def refuse(sentence: str) -> int:
    """Print one plain sentence to standard error and return the exit code of a failure."""
    print(sentence, file=sys.stderr)
    return 1


def address() -> tuple[str, int]:
    """Host and port to serve on, from `HOST` and `PORT`. Raises CannotStart for a port that is none."""
    port = os.environ.get("PORT") or "5000"
    if not port.isascii() or not port.isdecimal() or int(port) > 65535:
        raise CannotStart(f"PORT is {port!r}; use a number up to 65535.")
    return os.environ.get("HOST") or "127.0.0.1", int(port)


def listening(host: str, port: int) -> socket.socket:
    """A socket on which requests can already wait. Raises CannotStart if the address cannot be had."""
    try:
        family, _kind, _protocol, _name, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return socket.create_server(place[:2], family=family, backlog=1024)
    except socket.gaierror:
        raise CannotStart(f"HOST is {host!r}, which is no address; use 127.0.0.1 for this machine only.") from None
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise CannotStart(
                f"Port {port} is in use. Stop what listens there, or choose another: PORT={port + 1} make run"
            ) from None
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise CannotStart(f"Nothing can be served on {host} port {port}: {reason}.") from None


def prepared(app: Flask) -> str | None:
    """Bring the database up to date and fill a new one; returns the administrator's password if it was just made."""
    # Only a server that starts needs it; a WSGI server's workers come after `flask db upgrade`.
    from backoffice.accounts.seeding import first_run
    from backoffice.demo.content import create_demo
    from backoffice.records.journal import settle_left

    try:
        with app.app_context():
            flask_migrate.upgrade()
            settle_left()
        password = first_run(app)
        if app.config["DEMO"]:
            create_demo(app)
        return password
    except OperationalError as error:
        reason = str(error.orig).strip().splitlines()[0]
        raise CannotStart(f"The database cannot be used: {reason}. See BACKOFFICE_DATABASE_URL.") from error


def announce(door: socket.socket, password: str | None) -> None:
    """Say where the back office is and, on the first start, how to get in."""
    host, port = door.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  recognised here, not bound
    print(f"The back office is at http://{f'[{host}]' if ':' in host else host}:{port}/admin/ (Ctrl+C stops it)")
    tell_password(password)


def tell_password(password: str | None) -> None:
    """Say how to get in, if an account was made for that just now."""
    if password:
        print(f"Sign in as admin with the password {password} - it is shown only now, so keep it.")
    sys.stdout.flush()


def settle() -> None:
    """Leave what was made so far out of every later search for waste: it stays as long as the server does."""
    gc.collect()
    gc.freeze()


def serve(app: Flask, door: socket.socket) -> None:
    """Answer requests until SIGINT or SIGTERM; what is being answered then is finished."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    waitress.serve(
        app,
        sockets=[door],
        threads=THREADS,
        channel_timeout=IDLE,
        ident=None,
        max_request_body_size=TOLERATED * app.config["MAX_CONTENT_LENGTH"],
        # Behind a proxy the application reads these headers itself; without one it must never see them.
        clear_untrusted_proxy_headers=not app.config["PROXIES"],
        asyncore_use_poll=True,
        _quiet=True,
    )


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

app = create_app()
start_with_first_request(app)
settle()
