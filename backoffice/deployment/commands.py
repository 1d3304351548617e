"""`flask check-deploy`: is this installation fit to be reached by strangers."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import click
from flask import current_app

from backoffice.cli.groups import HouseCommand
from backoffice.cli.refusals import Refusal
from backoffice.deployment import broker_checks, database_checks, file_checks, settings_checks
from backoffice.deployment.findings import Check, Finding, Installation
from backoffice.foundation.i18n import _, _n
from backoffice.foundation.text import clean_line

ROOT = Path(__file__).resolve().parents[2]

CHECKS: tuple[Check, ...] = (
    settings_checks.key,
    settings_checks.public_address,
    settings_checks.proxies,
    settings_checks.demo,
    settings_checks.debugging,
    settings_checks.protections,
    settings_checks.mail,
    settings_checks.database,
    settings_checks.cache,
    broker_checks.way,
    broker_checks.broker,
    broker_checks.cache,
    file_checks.instance,
    file_checks.outside,
    database_checks.schema,
    database_checks.role_of_the_server,
    database_checks.people,
)


@click.command("check-deploy", cls=HouseCommand)
def check_deploy() -> None:
    """Name each unsafe setting, one in a line, and exit with 1 if there is any.

    Run it with the settings of the server, before strangers can reach it. It changes nothing.
    """
    number = 0
    # Told at once: what comes last asks the database, which may not answer.
    for finding in findings(Installation(current_app.config, os.environ, ROOT)):
        number += 1
        click.echo(clean_line(str(finding)))
    if number:
        raise Refusal(_n("%(num)s setting is unsafe.", "%(num)s settings are unsafe.", number))
    click.echo(_("Nothing unsafe was found."))


def findings(installation: Installation) -> Iterator[Finding]:
    """Everything that is unsafe, in the order of the checks."""
    return (finding for check in CHECKS for finding in check(installation))
