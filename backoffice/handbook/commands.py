"""`flask docs …`: write the documents that come from the code."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
from flask import current_app

from backoffice.cli.groups import HouseGroup
from backoffice.handbook import checks, permissions, routes, timetable
from backoffice.site.access import FILES, access_of

DOCS = Path(__file__).resolve().parents[2] / "docs"

docs = HouseGroup("docs", help="Write the documents that come from the code.")


@docs.command("permissions")
def write_permissions() -> None:
    """Write docs/permissions.md."""
    _write("permissions.md")


@docs.command("routes")
def write_routes() -> None:
    """Write docs/routes.md."""
    _write("routes.md")


@docs.command("checks")
def write_checks() -> None:
    """Write docs/checks.md."""
    _write("checks.md")


@docs.command("jobs")
def write_jobs() -> None:
    """Write docs/jobs.md."""
    _write("jobs.md")


def jobs_page() -> str:
    """What docs/jobs.md should say for the present application."""
    return timetable.document(current_app.extensions["jobs"].values())


def permissions_page() -> str:
    """What docs/permissions.md should say for the present application."""
    views = current_app.extensions["managed_views"].values()
    return permissions.document(operation for view in views for operation in view.all_operations)


def routes_page() -> str:
    """What docs/routes.md should say for the present application."""
    return routes.document(route for route, _endpoint, _names in every_route())


#: The documents by name.
PAGES: dict[str, Callable[[], str]] = {
    "checks.md": checks.document,
    "jobs.md": jobs_page,
    "permissions.md": permissions_page,
    "routes.md": routes_page,
}


def every_route() -> Iterator[tuple[routes.Route, str, set[str]]]:
    """Each address and method of the present application, with its endpoint and the names of its variable parts."""
    for rule in current_app.url_map.iter_rules():
        asks = _asks(rule.endpoint)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield routes.Route(rule.rule, method, asks), rule.endpoint, rule.arguments


def _asks(endpoint: str) -> str:
    """What the declarations say; nothing declared means that nobody may."""
    if endpoint in FILES:
        return routes.PUBLIC
    view: Any = current_app.view_functions[endpoint]
    access = access_of(view)
    if access != "guarded":
        return {"public": routes.PUBLIC, "signed in": routes.SIGNED_IN}.get(access or "", "")
    owner = view.__self__ if hasattr(view, "__self__") else view.view_class
    verbs = owner.endpoint_verbs.get(endpoint.rsplit(".", 1)[1], "")
    if verbs == "enter":
        return routes.STAFF
    return " or ".join(f"{owner.resource}.{verb}" for verb in verbs.split(" or ") if verb in owner.verbs)


def _write(name: str) -> None:
    path = DOCS / name
    path.write_text(PAGES[name](), encoding="utf-8")
    click.echo(f"Wrote {path.relative_to(DOCS.parent)}.")
