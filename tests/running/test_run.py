"""`python run.py`, started as `make run` starts it, in an instance folder of its own."""

from __future__ import annotations

import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

ROOT = Path(__file__).resolve().parents[2]
ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+/")
PASSWORD = re.compile(r"Sign in as admin with the password (\S+)")

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts servers on a free port over one instance folder; they are gone at the end."""
    running: list[subprocess.Popen[str]] = []

    def start(**settings: str) -> subprocess.Popen[str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("BACKOFFICE_", "COV_"))}
        environment = {**inherited, "BACKOFFICE_INSTANCE": str(tmp_path / "instance"), "PORT": "0", **settings}
        process = subprocess.Popen(
            [sys.executable, "run.py"],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=_hears_control_c,
        )
        running.append(process)
        return process

    yield start
    for process in running:
        process.kill()
        process.communicate()


def _hears_control_c() -> None:
    """As in a terminal: what a shell starts in the background ignores the signal, and so would all its children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def said(process: subprocess.Popen[str]) -> str:
    """What a server says until it answers requests."""
    first, address = opened(process)
    with urlopen(f"{address}auth/login", timeout=20) as answer:
        assert answer.status == 200
    process.send_signal(signal.SIGTERM)
    process.wait(timeout=20)
    assert process.stdout is not None
    return first + process.stdout.read()


def opened(process: subprocess.Popen[str]) -> tuple[str, str]:
    """The first line of a server, and the address in it."""
    assert process.stdout is not None
    line = process.stdout.readline()
    address = ADDRESS.search(line)
    assert address, process.communicate()
    return line, address[0]


def test_a_database_can_be_prepared_for_other_servers_without_serving(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("BACKOFFICE_", "COV_"))}
    environment["BACKOFFICE_INSTANCE"] = str(tmp_path)

    def prepare(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "run.py", *words]
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)

    first, second = prepare("prepare"), prepare("prepare")
    assert (first.returncode, second.returncode) == (0, 0)
    assert PASSWORD.search(first.stdout) and not second.stdout
    wrong = prepare("--help")
    assert wrong.returncode == 1 and "prepare" in wrong.stderr and len(wrong.stderr.splitlines()) == 1


def test_the_first_start_says_the_address_and_the_password_and_the_second_only_the_address(start: Start) -> None:
    assert PASSWORD.search(said(start()))
    assert not PASSWORD.search(said(start()))


def test_a_start_finds_out_how_ended_what_was_cut_off(start: Start, tmp_path: Path) -> None:
    said(start())
    (tmp_path / "instance" / "files" / "new").mkdir(parents=True)
    columns = "entry_id, action, title, facts, actor_name, surface, request_id, process, at"
    row = ("file.make_folder", "new", '{"what": "make", "path": "new"}', "ed", "admin", "CUT0FF", "2026-01-01 00:00:00")
    gone = f"{socket.gethostname()}/999999999/1"
    with closing(sqlite3.connect(tmp_path / "instance" / "backoffice.sqlite3")) as database:
        values = (1, *row[:-1], gone, row[-1])
        database.execute(f"INSERT INTO open_actions ({columns}) VALUES ({', '.join('?' * len(values))})", values)
        database.commit()
    said(start())
    with closing(sqlite3.connect(tmp_path / "instance" / "backoffice.sqlite3")) as database:
        assert database.execute("SELECT count(*) FROM open_actions").fetchone() == (0,)
        found = "SELECT action, actor_name, target_title FROM audit_entries WHERE request_id = 'CUT0FF'"
        assert database.execute(found).fetchall() == [("file.make_folder", "ed", "new")]


def test_a_password_that_was_given_is_not_said(start: Start) -> None:
    assert "given-by-the-operator" not in said(start(BACKOFFICE_ADMIN_PASSWORD="given-by-the-operator"))


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_an_operator_stops_the_server_without_a_complaint(start: Start, sign: signal.Signals) -> None:
    process = start()
    opened(process)
    time.sleep(0.5)  # the address is said a moment before the loop begins
    process.send_signal(sign)
    _said, errors = process.communicate(timeout=20)
    assert (process.returncode, errors) == (0, "")


def test_a_busy_port_is_one_sentence_and_leaves_the_database_alone(start: Start, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        process = start(PORT=str(other.getsockname()[1]))
        _said, errors = process.communicate(timeout=20)
    assert process.returncode == 1
    assert re.fullmatch(r"Port \d+ is in use\. Stop what listens there, or choose another: PORT=\d+ make run\n", errors)
    assert not list((tmp_path / "instance").glob("*.sqlite3*"))


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("PORT", "99999"),
        ("PORT", "five"),
        ("HOST", "no host"),
        ("BACKOFFICE_UNKNOWN", "1"),
        ("BACKOFFICE_DATABASE_URL", "nonsense"),
        ("BACKOFFICE_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nothing"),
    ],
)
def test_a_setting_that_cannot_be_used_is_one_sentence(start: Start, setting: str, value: str) -> None:
    process = start(**{setting: value})
    _said, errors = process.communicate(timeout=30)
    assert process.returncode == 1
    assert len(errors.splitlines()) == 1
    assert errors.rstrip().endswith((".", ". See BACKOFFICE_DATABASE_URL."))


@pytest.mark.parametrize(("proxies", "is_believed"), [("0", False), ("1", True)])
def test_a_request_that_says_it_came_over_https_is_believed_only_behind_a_proxy(
    start: Start, proxies: str, is_believed: bool
) -> None:
    _line, address = opened(start(BACKOFFICE_PROXIES=proxies))
    with urlopen(Request(f"{address}auth/login", headers={"X-Forwarded-Proto": "https"}), timeout=20) as answer:
        assert ("Strict-Transport-Security" in answer.headers) is is_believed


def test_the_server_does_not_say_what_it_is(start: Start) -> None:
    _line, address = opened(start())
    with urlopen(f"{address}auth/login", timeout=20) as answer:
        assert "Server" not in answer.headers
