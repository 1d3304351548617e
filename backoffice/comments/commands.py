"""`flask comments`: moderating from the command line, and volume data."""

from __future__ import annotations

from pathlib import Path

import click

from backoffice.accounts import queries
from backoffice.cli.groups import HouseGroup
from backoffice.cli.operating import operation_command
from backoffice.cli.refusals import Refusal
from backoffice.cli.screen import progress
from backoffice.comments import learning, measures, operations, volume, writing
from backoffice.foundation.acting import acting
from backoffice.foundation.database import unit_of_work
from backoffice.foundation.i18n import _
from backoffice.foundation.permissions import Can, System
from backoffice.moderation import operations as desk
from backoffice.spam import examples, labelled
from backoffice.spam.apart import TrainingFailed

comments_commands = HouseGroup("comments", help="Comments: deciding about them, and volume data.")
_DECIDING = (operations.approve, operations.reject, operations.spam, operations.restore, operations.delete)
for _operation in (*_DECIDING, desk.snooze, desk.wake):
    comments_commands.add_command(operation_command(_operation))
for _measure in (measures.ban, measures.warn, measures.hold):
    _also = (Can.COMMENT_MODERATE, Can.COMMENT_VIEW, Can.COMMENT_VIEW_CONTACT)
    comments_commands.add_command(operation_command(_measure, *_also, options={"lasting": "for"}))
comments_commands.add_command(operation_command(writing.edit, options={"author_name": "author"}))
comments_commands.add_command(operation_command(writing.reply, person=queries.active_called))
comments_commands.add_command(operation_command(measures.note, *_also))


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


@comments_commands.command("train")
@click.argument("file", type=Path)
def train(file: Path) -> None:
    """Learn what is spam from the table FILE (CSV) and from what was decided here.

    The table has a column text, content or comment, and a column label, class or spam with 1, spam or yes, or else 0,
    ham or no. Its texts are kept for the trainings to come.
    """
    found = labelled.read(file)
    actor = System("cli", Can.SETTING_EDIT)
    with acting(actor=actor, surface="cli"):
        with unit_of_work():
            added, changed = examples.add(found.rows, file.name)
        spam = sum(row.is_spam for row in found.rows)
        click.echo(_("Took %(taken)s texts, %(spam)s of them spam.", taken=len(found.rows), spam=spam))
        click.echo(_("%(added)s are new, %(changed)s have another label than before.", added=added, changed=changed))
        for why, count in found.left_out.items():
            click.echo(_("Left out %(count)s: %(why)s.", count=count, why=why))
        try:
            model = learning.train_with_labelled(actor=actor)
        except TrainingFailed:
            raise Refusal(_("The training did not come to an end. The log says why.")) from None
        changed = learning.rescore()
    told = {"auc": f"{model.auc:.3f}", "recall": f"{model.recall:.3f}"}
    click.echo(_("Model %(id)s learned from %(examples)s texts.", id=model.id, examples=model.examples))
    click.echo(_("Cross-validated: ROC AUC %(auc)s, recall %(recall)s at a precision of 0.98.", **told))
    click.echo(_("Scored anew: %(num)s of the comments that wait.", num=changed))
