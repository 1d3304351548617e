"""`flask audit`: the trail, checked."""

from __future__ import annotations

import click
from sqlalchemy import func, select

from backoffice.cli.groups import HouseGroup
from backoffice.cli.refusals import Refusal
from backoffice.cli.screen import progress
from backoffice.foundation.database import db
from backoffice.foundation.i18n import _, _n
from backoffice.records.seals import AuditSeal, house_key
from backoffice.records.verifying import verify
from backoffice.trail.pruning import prune_old

audit_commands = HouseGroup("audit", help="The audit trail.")


@audit_commands.command("verify")
@click.option("--head", metavar="LINK", default="", help="A link that an earlier check printed; it has to be there.")
@click.option("--any-key", is_flag=True, help="Pass over signatures, for a chain begun under another secret key.")
def verify_trail(head: str, any_key: bool) -> None:
    """Check the audit trail against its chain of seals.

    Names the first entry that was altered or removed by hand. What is not sealed yet is counted by itself.
    """
    total = db.session.scalar(select(func.sum(AuditSeal.count)).where(AuditSeal.is_checkpoint.is_(False))) or 0
    with progress() as begin:
        advance = begin(_("Checking"))
        verdict = verify(house_key(), any_key=any_key, head=head, progress=lambda done: advance(done, total, ""))
    if verdict.fault:
        raise Refusal(verdict.fault)
    click.echo(_n("%(num)s entry is as it was written.", "%(num)s entries are as they were written.", verdict.checked))
    if verdict.erased:
        click.echo(_n("Values of %(num)s entry were erased.", "Values of %(num)s entries were erased.", verdict.erased))
    if verdict.unsealed:
        click.echo(_n("%(num)s entry is not sealed yet.", "%(num)s entries are not sealed yet.", verdict.unsealed))
    if verdict.undigested:
        click.echo(
            _n(
                "%(num)s entry is from before there were seals.",
                "%(num)s entries are from before there were seals.",
                verdict.undigested,
            )
        )
    if verdict.link:
        click.echo(_("The chain ends with %(link)s. Note it elsewhere for a later --head.", link=verdict.link))


@audit_commands.command("prune")
@click.option("--any-key", is_flag=True, help="Pass over signatures, for a chain begun under another secret key.")
def prune_trail(any_key: bool) -> None:
    """Remove entries that are older than the policy keeps them, as happens every night.

    They are checked before; where something is wrong with them nothing is removed.
    """
    pruned = prune_old(any_key=any_key)
    click.echo(_n("%(num)s entry was removed.", "%(num)s entries were removed.", pruned))
