"""Operations on the command line: `flask comments approve 7 8 9`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import click
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError
from wtforms import BooleanField

from backoffice.cli.addresses import address_of
from backoffice.cli.groups import HouseCommand
from backoffice.cli.refusals import refused as note_refused
from backoffice.foundation.acting import acting
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.errors import DomainError
from backoffice.foundation.forms import InputForm, label_of
from backoffice.foundation.i18n import _
from backoffice.foundation.operations import Operation
from backoffice.foundation.permissions import Can, System
from backoffice.foundation.reveal import Reveal
from backoffice.foundation.text import clean_line

#: A number with more digits is no key of any table.
_MOST_DIGITS = 18


def operation_command(
    operation: Operation,
    *also: Can,
    options: Mapping[str, str] | None = None,
    person: Callable[[str], Any] | None = None,
) -> HouseCommand:
    """The command for an operation: numbers of records, and one option for each input it takes.

    It is done with the permission of the operation and with those it needs `also`; `options` are other names of inputs.
    What only a person can do is done `--as` the one that `person` finds by name, with what that person may.
    What a form shows beforehand stays as it is where it is not given.

    All records are changed in one transaction; what is refused is named on the error stream and the rest is done.
    The command exits with 1 if anything was refused.
    """

    def run(ids: tuple[str, ...], in_the_name_of: str = "", **inputs: str | None) -> None:
        if not _is_begun(operation) and operation.takes:
            operation.takes.checked(inputs)
        actor = person(in_the_name_of) if person is not None else System("cli", operation.needs, *also)
        with acting(actor=actor, surface="cli"), unit_of_work():
            done, refused = _each(operation, dict.fromkeys(ids), actor, inputs)
        for line in refused:
            click.echo(line, err=True)
        click.echo(_("%(verb)s: %(num)s. Skipped: %(skipped)s.", verb=operation.done, num=done, skipped=len(refused)))
        if refused:
            raise click.exceptions.Exit(1)

    fields = operation.takes() if operation.takes else ()
    by = [click.Option(["--as", "in_the_name_of"], required=True, metavar="NAME", help="In whose name.")]
    return HouseCommand(
        operation.name.replace("_", "-"),
        callback=run,
        help=operation.help,
        params=[
            click.Argument(["ids"], nargs=-1, required=True, metavar="ID…"),
            *(by if person is not None else ()),
            *(_option(field, (options or {}).get(field.name, field.name), _is_begun(operation)) for field in fields),
        ],
    )


def _is_begun(operation: Operation) -> bool:
    """Whether the form of the operation shows what is there now."""
    takes = operation.takes
    return takes is not None and takes.begun.__qualname__ != InputForm.begun.__qualname__


def _option(field: Any, name: str, is_begun: bool) -> click.Option:
    """The option for an input: a box to tick is there or not, everything else has a value."""
    named = [f"--{name.replace('_', '-')}", field.name]
    if isinstance(field, BooleanField):
        return click.Option(named, is_flag=True, help=label_of(field))
    return click.Option(named, required=bool(field.flags.required) and not is_begun, help=label_of(field))


def _each(operation: Operation, ids: Iterable[str], actor: Any, inputs: dict[str, Any]) -> tuple[int, list[str]]:
    """How many were done, and a line for each that was not."""
    done = 0
    refused: list[str] = []
    for id in ids:
        record = _record(operation.model, id)
        if record is None:
            refused.append(_("%(kind)s %(id)s: not found.", kind=operation.model.singular, id=clean_line(id)[:40]))
            continue
        title = record.title_text
        try:
            checked = _checked(operation, record, inputs)
            with db.session.begin_nested():
                result = operation(record, actor=actor, **checked)
        except DomainError as error:
            note_refused(error)
            refused.append(f"{title}: {error.message}")
        except (IntegrityError, StaleDataError):
            refused.append(_("%(title)s: other records stand on it, or somebody was faster.", title=title))
        else:
            done += 1
            if isinstance(result, Reveal):
                click.echo(f"{result.sentence}\n{address_of(result.endpoint, **result.values)}")
    return done, [clean_line(line) for line in refused]


def _checked(operation: Operation, record: Any, inputs: Mapping[str, Any]) -> dict[str, Any]:
    if operation.takes is None:
        return {}
    begun = operation.takes.begun(record) if _is_begun(operation) else {}
    return operation.takes.checked({**begun, **{name: value for name, value in inputs.items() if value is not None}})


def _record(model: Any, id: str) -> Any:
    if not (id.isascii() and id.isdecimal() and len(id) <= _MOST_DIGITS):
        return None
    return db.session.get(model, int(id))
