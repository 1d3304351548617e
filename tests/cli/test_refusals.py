"""Every command of ours ends every error with one plain line and an exit code that is not zero."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import pytest
from flask import Flask
from sqlalchemy import text

from backoffice.cli.groups import HouseGroup
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.errors import NotApplicable
from backoffice.foundation.i18n import _l
from tests import databases as dbs
from tests.house.source import ROOT
from tests.terminal import refusal, run


@contextmanager
def command(app: Flask, action: Callable[[], Any]) -> Iterator[None]:
    """A command `flask trial go` that does this."""
    group = HouseGroup("trial")

    @group.command("go")
    def go() -> None:
        action()

    app.cli.add_command(group)
    yield


def failing_with(app: Flask, error: BaseException) -> str:
    def fail() -> None:
        raise error

    with command(app, fail):
        return refusal(run(app, "trial", "go"))


def test_a_refusal_of_the_domain_is_told_as_it_is(app: Flask) -> None:
    assert failing_with(app, NotApplicable(_l("The tide is out."))) == "Error: The tide is out."


def test_a_missing_file_is_named(app: Flask, tmp_path: Path) -> None:
    with command(app, lambda: (tmp_path / "nowhere.txt").read_text()):
        line = refusal(run(app, "trial", "go"))
    assert line == f"Error: {tmp_path / 'nowhere.txt'}: No such file or directory."


def test_an_error_of_ours_says_its_kind_and_nothing_of_its_inside(app: Flask) -> None:
    line = failing_with(app, RuntimeError("secret\nof the house"))
    assert "RuntimeError" in line
    assert "secret" not in line


def test_a_command_that_is_interrupted_says_so(app: Flask) -> None:
    with command(app, lambda: (_ for _ in ()).throw(KeyboardInterrupt())):
        result = run(app, "trial", "go")
    assert (refusal(result), result.exit_code) == ("Error: Stopped.", 130)


def test_nothing_in_a_message_can_move_the_cursor(app: Flask) -> None:
    line = failing_with(app, NotApplicable("one\x1b[2J\rtwo\nthree\u202e"))
    assert line == "Error: one[2J two three"


@pytest.mark.both_databases
def test_an_error_of_the_database_shows_no_statement(app: Flask) -> None:
    def twice() -> None:
        with unit_of_work():
            for _time in range(2):
                db.session.execute(text("INSERT INTO job_runs (name, last_error) VALUES ('the same', '')"))

    with command(app, twice):
        line = refusal(run(app, "trial", "go"))
    assert "IntegrityError" in line
    assert "INSERT" not in line


@pytest.mark.both_databases
@pytest.mark.parametrize(
    "words",
    [("accounts", "list"), ("accounts", "create", "mo"), ("comments", "approve", "1"), ("jobs", "list")],
    ids=" ".join,
)
def test_a_database_that_was_not_brought_up_to_date_is_told_what_to_do(
    words: tuple[str, ...], databases: dbs.Databases, database_kind: str, make_app: Any
) -> None:
    url = databases.empty(database_kind)
    try:
        line = refusal(run(make_app(DATABASE_URL=url), *words))
    finally:
        databases.drop(url)
    assert "flask db upgrade" in line


def test_a_database_that_cannot_be_reached_is_told_as_such(make_app: Any) -> None:
    app = make_app(DATABASE_URL="postgresql+psycopg://nobody@127.0.0.1:1/nothing")
    assert refusal(run(app, "accounts", "list")).startswith("Error: The database does not answer: ")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("comments", "approve"), "Missing argument 'ID…'"),
        (("comments", "aprove", "1"), "No such command 'aprove'"),
        (("comments", "approve", "--loudly", "1"), "No such option"),
        (("import", "wordpress"), "Missing argument 'FILE'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_wrong_words_are_told_in_one_line_with_the_way_to_help(app: Flask, words: tuple[str, ...], said: str) -> None:
    result = run(app, *words)
    assert said in refusal(result)
    assert "--help." in result.stderr
    assert result.exit_code == 2


def test_a_command_that_prints_into_a_closed_pipe_ends_quietly(app: Flask) -> None:
    url = app.config["SQLALCHEMY_DATABASE_URI"]
    done = subprocess.run(
        f"{sys.executable} -m flask accounts roles --json | true; echo ${{PIPESTATUS[0]}}",
        shell=True,
        executable="/bin/bash",
        cwd=ROOT,
        env={**os.environ, "BACKOFFICE_DATABASE_URL": url, "FLASK_APP": "backoffice.app:create_app"},
        capture_output=True,
        text=True,
    )
    assert (done.stdout, done.stderr) == ("1\n", "")


def test_a_setting_that_cannot_be_used_is_one_line_too(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "flask", "accounts", "list"],
        cwd=ROOT,
        env={**os.environ, "BACKOFFICE_INSTANCE": str(tmp_path), "BACKOFFICE_NONSENSE": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "Error: Unknown setting BACKOFFICE_NONSENSE. See the table of settings in README.md."
    ]


def test_every_command_of_the_house_stands_in_a_group_that_speaks_plainly(app: Flask) -> None:
    ours = {name: group for name, group in app.cli.commands.items() if isinstance(group, HouseGroup)}
    assert {"accounts", "comments", "import", "jobs"} <= set(ours)
    for group in ours.values():
        _look_at_all(group)


def _look_at_all(group: click.Group) -> None:
    for each in group.commands.values():
        if isinstance(each, HouseGroup):
            _look_at_all(each)
        else:
            assert type(each).__name__ == "HouseCommand", each.name
