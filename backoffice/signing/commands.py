"""`flask sign-in`: sessions, resets and second factors from the command line."""

from __future__ import annotations

import json

import click

from backoffice.accounts import queries, sessions
from backoffice.accounts.models import User
from backoffice.cli.groups import HouseGroup
from backoffice.cli.screen import show_table, yes_or_no
from backoffice.foundation.acting import acting
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.errors import NotFound
from backoffice.foundation.i18n import _, _n
from backoffice.foundation.permissions import EVERYTHING, System
from backoffice.foundation.text import clean_line
from backoffice.records import audit
from backoffice.signing import devices, facts
from backoffice.signing import operations as verbs

#: Who can run commands can read the database as well, so the command line holds every permission.
OPERATOR = System("cli", EVERYTHING)

sign_in_commands = HouseGroup("sign-in", help="How people sign in: sessions, resets, second factors.")


@sign_in_commands.command("show")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="For other programs.")
def show(name: str, as_json: bool) -> None:
    """Show when NAME signed in, attempts that failed since, the second factor, and open sessions."""
    user = _called(name)
    about, rows = facts.about(user), sessions.of(user)
    if as_json:
        told = {
            "username": user.username,
            "signed_in_at": about.signed_in_at.isoformat() if about.signed_in_at else None,
            "failed_since": about.refusals,
            "has_second_factor": about.factor_since is not None,
            "must_change_password": user.must_change_password,
            "sessions": [
                {
                    "device": row.device,
                    "address": row.address,
                    "begun_at": row.begun_at.isoformat(),
                    "seen_at": row.seen_at.isoformat(),
                }
                for row in rows
            ],
        }
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    last = f"{about.signed_in_at:%Y-%m-%d %H:%M} UTC" if about.signed_in_at else _("never")
    click.echo(_("Last sign-in: %(when)s", when=last))
    click.echo(_("Failed attempts since: %(num)s", num=about.refusals))
    click.echo(_("Second factor: %(answer)s", answer=yes_or_no(about.factor_since is not None)))
    show_table(
        (_("Device"), _("Network address"), _("Created"), _("Last seen")),
        (
            (
                devices.told(row.device),
                row.address,
                f"{row.begun_at:%Y-%m-%d %H:%M} UTC",
                f"{row.seen_at:%Y-%m-%d %H:%M} UTC",
            )
            for row in rows
        ),
    )


@sign_in_commands.command("end")
@click.argument("name")
def end(name: str) -> None:
    """End every session of NAME."""
    with acting(actor=OPERATOR, surface="cli"), unit_of_work():
        user = _called(name)
        count = sessions.end(user)
        if count:
            audit.note("user.end_sessions", target=user, sessions=count)
    click.echo(_n("%(num)s session ended.", "%(num)s sessions ended.", count))


@sign_in_commands.command("reset")
@click.argument("name")
def reset(name: str) -> None:
    """Mail NAME a link with which to set a new password."""
    with acting(actor=OPERATOR, surface="cli"), unit_of_work():
        user = _called(name)
        sentence = verbs.start_reset(user, actor=OPERATOR)
    click.echo(f"{_('Reset link sent')}: {user.email}. {sentence}")


@sign_in_commands.command("demand-password")
@click.argument("name")
def demand_password(name: str) -> None:
    """Let NAME do nothing before another password is chosen."""
    with acting(actor=OPERATOR, surface="cli"), unit_of_work():
        user = _called(name)
        verbs.demand_new_password(user, actor=OPERATOR)
    click.echo(_("New password demanded: %(name)s.", name=user.username))


@sign_in_commands.command("remove-second-factor")
@click.argument("name")
def remove_second_factor(name: str) -> None:
    """Let NAME sign in without the authenticator, which was lost."""
    with acting(actor=OPERATOR, surface="cli"), unit_of_work():
        user = _called(name)
        verbs.remove_second_factor(user, actor=OPERATOR)
    click.echo(_("Second factor removed: %(name)s.", name=user.username))


def _called(name: str) -> User:
    user = db.session.scalar(queries.by_name(name)) if "\x00" not in name else None
    if user is None:
        raise NotFound(_("There is no account %(name)s.", name=clean_line(name)[:80]))
    return user
