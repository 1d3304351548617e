"""The machinery of the command line; knows no feature."""

from __future__ import annotations

from collections.abc import Iterable

from click import Command
from flask import Flask


def init_cli(app: Flask, commands: Iterable[Command]) -> None:
    """Register the groups of commands."""
    for command in commands:
        app.cli.add_command(command)
