"""`flask comments`: moderating from the command line, and volume data."""

from __future__ import annotations

import click

from backoffice.cli.groups import HouseGroup
from backoffice.cli.operating import operation_command
from backoffice.cli.screen import progress
from backoffice.comments import operations, volume
from backoffice.foundation.acting import acting
from backoffice.foundation.database import unit_of_work
from backoffice.foundation.i18n import _
from backoffice.foundation.permissions import System

comments_commands = HouseGroup("comments", help="Comments: deciding about them, and volume data.")
for _operation in (operations.approve, operations.reject, operations.spam, operations.restore):
    comments_commands.add_command(operation_command(_operation))


@comments_commands.command("demo")
@click.option("--count", type=click.IntRange(1), required=True, help="How many comments.")
@click.option("--posts", type=click.IntRange(1), required=True, help="Under how many posts.")
@click.option("--seed", type=int, default=1, show_default=True, help="Another number makes other data.")
@click.option("--add", is_flag=True, help="Add to the volume data that is there.")
def demo(count: int, posts: int, seed: int, add: bool) -> None:
    """Make volume data: the same comments and posts for the same numbers."""
    actor = System("cli", *volume.NEEDS)
    with progress() as begin:
        report = begin(_("Writing comments"))

        def progressed(done: int, total: int) -> None:
            if done < total:
                report(done, total, f"{done:,} / {total:,}")
            else:
                report(done, None, _("%(num)s written, now the indexes", num=f"{done:,}"))

        with acting(actor=actor, surface="cli"), unit_of_work():
            volume.load(count, posts, actor=actor, seed=seed, add=add, progress=progressed)
    click.echo(_("Made %(comments)s comments under %(posts)s posts.", comments=count, posts=posts))
