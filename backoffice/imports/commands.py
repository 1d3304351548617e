"""`flask import`: content from elsewhere."""

from __future__ import annotations

from collections.abc import Callable

import click
from sqlalchemy import select

from backoffice.cli.groups import HouseGroup
from backoffice.cli.refusals import Refusal
from backoffice.cli.screen import progress, show_table
from backoffice.foundation.acting import acting
from backoffice.foundation.database import db
from backoffice.foundation.errors import InvalidInput, NotFound
from backoffice.foundation.i18n import _
from backoffice.foundation.permissions import System
from backoffice.imports import operations
from backoffice.imports.outcome import Outcome
from backoffice.posts.models import Post

#: A number with more digits is no key of any table.
_MOST_DIGITS = 18

import_commands = HouseGroup("import", help="Content from elsewhere.")


@import_commands.command("wordpress")
@click.argument("file")
def wordpress(file: str) -> None:
    """Import the WordPress export FILE: authors, posts, categories, tags and comments.

    It may be run again: what changed in the file is updated unless somebody edited it here, and nothing is doubled.
    """
    actor = System("cli", *operations.WORDPRESS_NEEDS)
    with acting(actor=actor, surface="cli"):
        _run(lambda report: operations.import_wordpress(file, actor=actor, progress=report))


@import_commands.command("comments")
@click.argument("file")
@click.option("--post", "name", metavar="SLUG-OR-ID", help="The post to put the comments under.")
def comments(file: str, name: str | None) -> None:
    """Import the table FILE (CSV) of comments with author, date, text and, if it has one, a label.

    The label is 1 or spam, 0 or approved, pending or rejected; without one a comment is pending.
    """
    if not name:
        raise InvalidInput(_("Say under which post: --post SLUG-OR-ID"))
    post = _post_named(name)
    actor = System("cli", *operations.COMMENTS_NEEDS)
    with acting(actor=actor, surface="cli"):
        _run(lambda report: operations.import_comments(file, post, actor=actor, progress=report))


def _run(work: Callable[[operations.Progress], Outcome]) -> None:
    """Do the work with progress on the screen, then show what has come of it."""
    with progress() as begin:
        checking = begin(_("Reading the file"))
        importing = None

        def report(done: int, total: int | None, outcome: Outcome | None) -> None:
            nonlocal importing
            if outcome is None:
                checking(done, total, "")
            else:
                importing = importing or begin(_("Importing"))
                importing(done, total, _so_far(outcome))

        try:
            outcome = work(report)
            report(1, 1, outcome)
        except KeyboardInterrupt:
            raise Refusal(_("Stopped. The same command goes on where it stopped."), 130) from None
    show_table(
        (_("Kind"), _("Read"), _("Imported"), _("Updated"), _("Unchanged"), _("Left out"), _("Why, and remarks")),
        (
            (kind, tally.read, tally.imported, tally.updated, tally.unchanged, tally.left_out.total(), tally.why)
            for kind, tally in outcome.items()
        ),
        numbers=range(1, 6),
    )


def _so_far(outcome: Outcome) -> str:
    read = sum(tally.read for tally in outcome.values())
    return _("%(read)s read, %(changed)s changed", read=read, changed=outcome.changed)


def _post_named(name: str) -> Post:
    """The post with this slug, or else with this number."""
    post = db.session.scalar(select(Post).where(Post.slug == name.strip().lower()))
    if post is None and name.isascii() and name.isdecimal() and len(name) <= _MOST_DIGITS:
        post = db.session.get(Post, int(name))
    if post is None:
        raise NotFound(_("There is no post %(name)s. Its number or the end of its address is asked for.", name=name))
    return post
