"""`flask accounts`: people and roles from the command line."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from backoffice.accounts import giving, operations, passwords, queries
from backoffice.accounts.entering import LastSeen
from backoffice.accounts.leaving import Drafts
from backoffice.accounts.models import Role, User
from backoffice.accounts.seeding import seed_roles
from backoffice.cli.addresses import address_of
from backoffice.cli.groups import HouseGroup
from backoffice.cli.refusals import Refusal
from backoffice.cli.screen import show_table, yes_or_no
from backoffice.foundation import clock
from backoffice.foundation.acting import acting
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.errors import InvalidInput, NotFound
from backoffice.foundation.i18n import _
from backoffice.foundation.permissions import EVERYTHING, Can, System
from backoffice.foundation.reveal import Reveal
from backoffice.foundation.text import clean_line
from backoffice.people import erasing, personal_data
from backoffice.roles import explaining

#: Who can run commands can read the database as well, so the command line holds every permission.
OPERATOR = System("cli", EVERYTHING)
_LONGEST_NAME = 80

accounts_commands = HouseGroup("accounts", help="People and roles.")


@accounts_commands.command("create")
@click.argument("name")
@click.option("--email", help="Address for mail; no two people have the same.")
@click.option("--role", "roles", multiple=True, help="A role to give; may be repeated.")
@click.option("--full-name", help="The name colleagues say; the user name if it is not given.")
@click.option("--password-stdin", is_flag=True, help="Read the password from the first line of the standard input.")
def create(name: str, email: str | None, roles: tuple[str, ...], full_name: str | None, password_stdin: bool) -> None:
    """Create the account NAME; without --password-stdin, print a link with which the person sets her password."""
    password = _first_line_of_input() if password_stdin else None
    if password is not None:
        passwords.check(password)
    with acting(actor=OPERATOR, surface="cli"), unit_of_work():
        user = User(username=name, name=clean_line(full_name or name)[:_LONGEST_NAME], email=email)
        _refuse_taken(user)
        given = _roles_named(roles)
        db.session.add(user)
        db.session.flush()
        if given:
            operations.set_roles(user, actor=OPERATOR, roles=given)
        if password is None:
            link: Reveal = operations.invite(user, actor=OPERATOR)
        else:
            rounds = current_app.config["BCRYPT_ROUNDS"]
            operations.set_own_password(user, actor=OPERATOR, password=password, rounds=rounds)
    click.echo(_("Created %(name)s.", name=user.username))
    if password is None:
        click.echo(str(link.sentence))
        click.echo(address_of(link.endpoint, **link.values))


@accounts_commands.command("give")
@click.argument("name")
@click.argument("role")
@click.option("--until", metavar="WHEN", help="When it ends, in UTC: 2026-12-24 or 2026-12-24T18:00. Else it does not.")
def give(name: str, role: str, until: str | None) -> None:
    """Give NAME the ROLE, or another end for the one there is."""
    with acting(actor=OPERATOR, surface="cli"), unit_of_work():
        user = _account_called(name)
        giving.give_role(user, actor=OPERATOR, role=role, until=_moment(until))
    click.echo(_("%(name)s has the role %(role)s.", name=user.username, role=role))


@accounts_commands.command("take")
@click.argument("name")
@click.argument("role")
def take(name: str, role: str) -> None:
    """Take the ROLE from NAME."""
    with acting(actor=OPERATOR, surface="cli"), unit_of_work():
        user = _account_called(name)
        giving.take_role(user, actor=OPERATOR, role=role)
    click.echo(_("%(name)s does not have the role %(role)s any more.", name=user.username, role=role))


@accounts_commands.command("deactivate")
@click.argument("name")
@click.option("--drafts", type=click.Choice([each.value for each in Drafts]), help="What becomes of drafts.")
@click.option("--to", metavar="NAME", help="Who gets them, with --drafts=give.")
def deactivate(name: str, drafts: str | None, to: str | None) -> None:
    """Let NAME sign in no more, and end the sessions of NAME."""
    with acting(actor=OPERATOR, surface="cli"), unit_of_work():
        user = _account_called(name)
        operations.deactivate(user, actor=OPERATOR, drafts=drafts, to=to)
    click.echo(_("%(name)s is deactivated.", name=user.username))


@accounts_commands.command("reactivate")
@click.argument("name")
def reactivate(name: str) -> None:
    """Let NAME sign in again, with the roles there are."""
    with acting(actor=OPERATOR, surface="cli"), unit_of_work():
        user = _account_called(name)
        operations.reactivate(user, actor=OPERATOR)
    click.echo(_("%(name)s can sign in again.", name=user.username))


@accounts_commands.command("data")
@click.argument("name")
@click.option("--to", "target", required=True, type=click.Path(path_type=Path), help="The file to make.")
def data(name: str, target: Path) -> None:
    """Write all that is kept about NAME into a zip file, for NAME to have."""
    with acting(actor=OPERATOR, surface="cli"), unit_of_work():
        made = personal_data.disclose(_account_called(name), actor=OPERATOR)
    try:
        with target.open("xb") as file:
            target.chmod(0o600)
            file.write(made)
    except OSError as error:
        raise Refusal(_("%(file)s could not be written: %(reason)s.", file=target, reason=error.strerror)) from None
    click.echo(_("Written to %(file)s.", file=target))


@accounts_commands.command("erase")
@click.argument("name")
@click.option("--reason", required=True, help="Why, which stays in the audit trail.")
@click.option("--yes", is_flag=True, help="Do not ask. Nothing brings it back after that.")
def erase(name: str, reason: str, yes: bool) -> None:
    """Forget who NAME is: name, address, sessions and mail go, what NAME wrote stays without a name."""
    if not yes:
        click.confirm(_("Forget %(name)s? Nothing brings it back after that.", name=name), abort=True)
    with acting(actor=OPERATOR, surface="cli"), unit_of_work():
        user = _account_called(name)
        erasing.erase(user, actor=OPERATOR, reason=erasing.EraseForm.checked({"reason": reason})["reason"])
    click.echo(_("%(name)s is forgotten, and is called %(erased)s now.", name=name, erased=user.username))


@accounts_commands.command("list")
@click.option("--json", "as_json", is_flag=True, help="For other programs.")
def list_people(as_json: bool) -> None:
    """List everybody who has an account."""
    people = db.session.scalars(select(User).options(selectinload(User.terms)).order_by(User.username)).all()
    seen = dict(db.session.execute(select(LastSeen.id, LastSeen.seen_at)).all())
    if as_json:
        _echo_json(
            [
                {
                    "username": person.username,
                    "name": person.name,
                    "email": person.email,
                    "roles": [role.name for role in person.roles],
                    "ends": {term.role.name: term.until.isoformat() for term in person.terms},
                    "is_active": person.is_active,
                    "last_seen_at": seen[person.id].isoformat() if person.id in seen else None,
                }
                for person in people
            ]
        )
        return
    show_table(
        (_("User name"), _("Name"), _("E-mail"), _("Roles"), _("Active"), _("Last seen")),
        (
            (
                person.username,
                person.name,
                person.email or "",
                ", ".join(_role_told(person, role) for role in person.roles),
                yes_or_no(person.is_active),
                f"{seen[person.id]:%Y-%m-%d %H:%M} UTC" if person.id in seen else "",
            )
            for person in people
        ),
    )


@accounts_commands.command("explain")
@click.argument("name")
@click.argument("permission")
@click.option("--on", "on", metavar="KIND:NUMBER", help="Ask about one record, for example post:12.")
def explain(name: str, permission: str, on: str | None) -> None:
    """Say whether NAME may do PERMISSION, and why: exit 0 for yes, 1 for no."""
    user = db.session.scalar(queries.by_name(name))
    if user is None:
        raise NotFound(_("There is no account %(name)s.", name=name))
    if permission not in set(Can):
        raise InvalidInput(
            _("There is no permission %(name)s. See docs/permissions.md for all of them.", name=permission)
        )
    told = explaining.explain(user, Can(permission), explaining.record_called(on) if on else None)
    click.echo(told.sentence)
    for reason in told.reasons:
        click.echo(f"  {reason.text}")
    if not told.may:
        raise click.exceptions.Exit(1)


def _roles_named(names: tuple[str, ...]) -> list[Role]:
    if db.session.scalar(select(Role.id).limit(1)) is None:
        seed_roles()
    known = {role.name: role for role in db.session.scalars(queries.all_roles())}
    for name in names:
        if name not in known:
            raise InvalidInput(
                _("There is no role %(name)s. There are: %(names)s.", name=name, names=", ".join(known)), field="role"
            )
    return [known[name] for name in dict.fromkeys(names)]


def _refuse_taken(user: User) -> None:
    if db.session.scalar(select(User.id).where(User.username == user.username)) is not None:
        raise InvalidInput(_("There is an account %(name)s already.", name=user.username), field="username")
    if user.email and db.session.scalar(select(User.id).where(User.email == user.email)) is not None:
        raise InvalidInput(_("Somebody has the address %(email)s already.", email=user.email), field="email")


def _role_told(person: User, role: Role) -> str:
    until = person.end_of(role)
    return role.name if until is None else _("%(role)s until %(moment)s", role=role.name, moment=f"{until:%Y-%m-%d}")


def _account_called(name: str) -> User:
    user = db.session.scalar(queries.by_name(name))
    if user is None:
        raise NotFound(_("There is no account %(name)s.", name=name))
    return user


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInput(_("Give a day and a time, for example 2026-11-20 09:30."), field="until") from None
    moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    if not clock.is_storable(moment):
        raise InvalidInput(_("Choose a day between 1970 and 2100."), field="until")
    return moment


def _first_line_of_input() -> str:
    line = sys.stdin.buffer.readline(2 * passwords.LONGEST_BYTES)
    try:
        return line.decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError:
        raise Refusal(_("The password is not written in UTF-8.")) from None


def _echo_json(value: Any) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))
