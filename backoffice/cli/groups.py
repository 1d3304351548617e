"""Groups of commands that speak plainly: every command of ours stands in one."""

from __future__ import annotations

from typing import Any

import click
from flask import current_app
from flask.cli import ScriptInfo

from backoffice.cli.refusals import in_one_line, plainly, write_refusals


class HouseCommand(click.Command):
    """A command that runs with the application at hand and ends any error with one plain line."""

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        """Read the words of the command line."""
        with in_one_line():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        if not current_app:
            ctx.with_resource(ctx.ensure_object(ScriptInfo).load_app().app_context())
        try:
            with in_one_line(), plainly():
                return super().invoke(ctx)
        finally:
            write_refusals(ctx)


class HouseGroup(click.Group):
    """A group whose commands are `HouseCommand`s."""

    command_class = HouseCommand

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        """Read the words of the command line up to the command."""
        with in_one_line():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        """Find the command and run it."""
        with in_one_line():
            return super().invoke(ctx)
