"""`flask docs …`: write the documents that come from the code."""

from __future__ import annotations

from pathlib import Path

import click
from flask import current_app

from backoffice.cli.groups import HouseGroup
from backoffice.handbook import permissions

DOCS = Path(__file__).resolve().parents[2] / "docs"

docs = HouseGroup("docs", help="Write the documents that come from the code.")


@docs.command("permissions")
def write_permissions() -> None:
    """Write docs/permissions.md."""
    path = DOCS / "permissions.md"
    path.write_text(permissions_page(), encoding="utf-8")
    click.echo(f"Wrote {path.relative_to(DOCS.parent)}.")


def permissions_page() -> str:
    """What docs/permissions.md should say for the present application."""
    views = current_app.extensions["managed_views"].values()
    return permissions.document(operation for view in views for operation in view.all_operations)
