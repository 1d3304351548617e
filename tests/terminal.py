"""A terminal for the tests: runs a command of ours as `flask` would."""

from __future__ import annotations

from click.testing import Result
from flask import Flask


def run(app: Flask, *words: object, typed: str | bytes | None = None) -> Result:
    """Run `flask …`; `typed` is the standard input. Anything but an orderly end of the command is raised."""
    result = app.test_cli_runner().invoke(args=[str(word) for word in words], input=typed, color=False)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def refusal(result: Result) -> str:
    """The one line with which a command was refused. Fails unless it is one line and the exit code is not zero."""
    lines = result.stderr.splitlines()
    assert result.exit_code != 0
    assert len(lines) == 1, result.stderr
    return lines[0]
