"""`flask accounts roles`: what the role desk does, from the command line."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import click
from sqlalchemy import func, select

from backoffice.accounts import guards, queries
from backoffice.accounts.default_roles import DEFAULT_ROLES
from backoffice.accounts.models import Role, user_roles
from backoffice.accounts.seeding import default_role, seed_roles
from backoffice.cli.groups import HouseGroup
from backoffice.cli.screen import show_table
from backoffice.foundation.acting import acting
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.errors import InvalidInput, NotFound
from backoffice.foundation.i18n import _, _n
from backoffice.foundation.permissions import EVERYTHING, Can, System
from backoffice.foundation.text import clean_line
from backoffice.roles import files, operations
from backoffice.roles.differences import Change, changes_between
from backoffice.roles.effects import Effects, effects_of
from backoffice.roles.reaches import is_possible, joined

#: Who can run commands can read the database as well, so the command line holds every permission.
OPERATOR = System("cli", EVERYTHING)

DRY_RUN = click.option("--dry-run", is_flag=True, help="Say who would gain and lose what, and change nothing.")


@click.pass_context
def _list_unless_told_otherwise(context: click.Context, as_json: bool) -> None:
    if context.invoked_subcommand is None:
        with listing.make_context("list", ["--json"] if as_json else [], parent=context) as inner:
            listing.invoke(inner)


AS_JSON = click.Option(["--json", "as_json"], is_flag=True, help="For other programs.")
roles_commands = HouseGroup(
    "roles",
    help="What people may do. Without a command, list the roles.",
    callback=_list_unless_told_otherwise,
    params=[AS_JSON],
    invoke_without_command=True,
)


@roles_commands.command("list", params=[AS_JSON])
def listing(as_json: bool) -> None:
    """List the roles, what each grants and how far, and how many people have it."""
    counted = select(user_roles.c.role_id, func.count()).group_by(user_roles.c.role_id)
    people: dict[int, int] = dict(db.session.execute(counted).all())
    roles = db.session.scalars(queries.all_roles()).all()
    if as_json:
        told = {
            role.name: {
                "description": role.description,
                "is_built_in": role.is_built_in,
                "people": people.get(role.id, 0),
                "grants": role.granted,
            }
            for role in roles
        }
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    show_table(
        (_("Role"), _("People"), _("Reach"), _("Permissions")),
        (row for role in roles for row in _rows(role, people.get(role.id, 0))),
        numbers=(1,),
    )


@roles_commands.command("export")
@click.argument("path", required=False, type=click.Path(dir_okay=False, path_type=Path))
def export(path: Path | None) -> None:
    """Write all roles but the one that holds everything into the file PATH, or to the standard output."""
    text = files.dump(db.session.scalars(queries.all_roles()))
    if path is None:
        click.echo(text, nl=False)
    else:
        path.write_text(text, encoding="utf-8")
        click.echo(_("Wrote %(path)s.", path=path))


@roles_commands.command("import")
@click.argument("path", type=click.Path(allow_dash=True, dir_okay=False))
@DRY_RUN
def bring_in(path: str, dry_run: bool) -> None:
    """Bring in the roles of the file PATH (- for the standard input); all of them, or none if one is refused."""
    most = files.MOST_BYTES + 1
    if path == "-":
        content = sys.stdin.buffer.read(most)
    else:
        with Path(path).open("rb") as stream:
            content = stream.read(most)
    kept = files.load(content)
    files.check(kept, actor=OPERATOR)
    _tell(effects_of({each.name: each.grants for each in kept}))
    _do(lambda: files.bring_in(kept, actor=OPERATOR), dry_run)


@roles_commands.command("clone")
@click.argument("role")
@click.argument("name")
def clone(role: str, name: str) -> None:
    """Make the new role NAME that grants what ROLE grants."""
    with acting(actor=OPERATOR, surface="cli"), unit_of_work():
        made = operations.clone(_named(role), actor=OPERATOR, name=name)
    click.echo(_("Created %(name)s.", name=made.name))


@roles_commands.command("diff")
@click.argument("one")
@click.argument("other", required=False)
def difference(one: str, other: str | None) -> None:
    """Say where two roles are not the same, or ONE and its default: exit 0 if they are, 1 if not."""
    role = _named(one)
    if other is None:
        default = operations.DEFAULTS.get(role.began_as or "")
        if default is None:
            raise InvalidInput(_("%(name)s is no default role, so there is nothing it began with.", name=role.name))
        against: Mapping[str, str] = default.grants
    else:
        against = _named(other).granted
    changes = changes_between(role.granted, against)
    if not changes:
        click.echo(_("They grant the same"))
        return
    heads = (_("Permission"), role.name, other or _("its default"))
    show_table(heads, ((each.permission, each.before or "", each.after or "") for each in changes))
    raise click.exceptions.Exit(1)


@roles_commands.command("set")
@click.argument("role")
@click.argument("grants", nargs=-1, required=True, metavar="PERMISSION=REACH…")
@DRY_RUN
def set_grants(role: str, grants: tuple[str, ...], dry_run: bool) -> None:
    """Let ROLE grant each PERMISSION with REACH: all, own, languages as de,fr, or nothing to take it away."""
    found = _named(role)
    guards.refuse_the_whole_key(OPERATOR, found)
    wanted = dict(found.granted)
    for name, reach in map(_grant, grants):
        wanted.pop(name, None)
        wanted.update({name: reach} if reach else {})
    operations.check_grants({found: wanted}, actor=OPERATOR)
    _tell(effects_of({found.name: wanted}))
    _do(lambda: operations.change_grants({found: wanted}, actor=OPERATOR), dry_run)


@roles_commands.command("restore")
@click.argument("roles", nargs=-1, metavar="[ROLE…]")
@DRY_RUN
def restore(roles: tuple[str, ...], dry_run: bool) -> None:
    """Give default roles back what they began with, all or those named; missing ones are made anew."""
    names = {role.began_as: role.name for role in db.session.scalars(queries.all_roles()) if role.began_as}
    default = [each for each in DEFAULT_ROLES if EVERYTHING not in each.grants]
    called = {name for each in default for name in (each.name, names.get(each.name, each.name))}
    if unknown := [name for name in roles if name not in called]:
        raise InvalidInput(
            _("%(name)s is no default role, so there is nothing it began with.", name=clean_line(unknown[0])[:60])
        )
    chosen = [each for each in default if not roles or {each.name, names.get(each.name)} & set(roles)]
    _tell(effects_of({names.get(each.name, each.name): each.grants for each in chosen}))

    def do() -> list[Role]:
        seed_roles()
        changed = []
        for each in chosen:
            role = default_role(each.name)
            if role.granted != each.grants:
                operations.restore_default(role, actor=OPERATOR)
                changed.append(role)
        return changed

    _do(do, dry_run)


def _do(work: Callable[[], Iterable[Role]], dry_run: bool) -> None:
    if dry_run:
        click.echo(_("Nothing was changed."))
        return
    with acting(actor=OPERATOR, surface="cli"), unit_of_work():
        changed = list(work())
    click.echo(_n("%(num)s role changed.", "%(num)s roles changed.", len(changed)))


def _tell(effects: Effects) -> None:
    """Who gains and loses what, before it is done."""
    for name, changes in effects.roles.items():
        click.echo(clean_line(f"{name}:"))
        _tell_changes(changes)
    for group in effects.groups:
        people = ", ".join(person.username for person in group.people)
        more = ", …" if group.count > len(group.people) else ""
        count = _n("%(num)s person", "%(num)s people", group.count)
        click.echo(f"{count} ({clean_line(people)}{more}):")
        _tell_changes(group.changes)


def _tell_changes(changes: Iterable[Change]) -> None:
    for each in changes:
        sign = "±" if each.is_gain and each.is_loss else "+" if each.is_gain else "-"
        click.echo(f"  {sign} {each.permission}: {each.before or _('no')} -> {each.after or _('no')}")


def _grant(text: str) -> tuple[str, str]:
    name, sign, reach = text.partition("=")
    if name not in set(Can):
        raise InvalidInput(
            _("There is no permission %(name)s. See docs/permissions.md for all of them.", name=clean_line(name)[:60])
        )
    if not sign:
        raise InvalidInput(_("Write %(name)s=REACH, for example %(name)s=own.", name=name))
    reach = joined([reach])
    if reach and not is_possible(Can(name), reach):
        raise InvalidInput(_("%(word)s cannot reach %(reach)s.", word=name, reach=clean_line(reach)[:60]))
    return name, reach


def _named(name: str) -> Role:
    role = db.session.scalar(select(Role).where(Role.name == name))
    if role is None:
        names = ", ".join(role.name for role in db.session.scalars(queries.all_roles()))
        raise NotFound(_("There is no role %(name)s. There are: %(names)s.", name=clean_line(name)[:60], names=names))
    return role


def _rows(role: Role, people: int) -> list[tuple[Any, ...]]:
    """One row per reach, the name on the first."""
    by_reach: dict[str, list[str]] = {}
    for permission, reach in role.granted.items():
        by_reach.setdefault(reach, []).append(permission)
    rows = [(reach.replace(",", ", "), ", ".join(sorted(names))) for reach, names in by_reach.items()] or [("", "")]
    return [(role.name if number == 0 else "", people if number == 0 else "", *row) for number, row in enumerate(rows)]
