"""What is not declared is refused: every page outside the back office says who may open it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from flask import Flask, abort, current_app, request
from flask_login import current_user
from sqlalchemy import ColumnElement

View = TypeVar("View", bound=Callable[..., Any])

#: Endpoints of the framework that serve files made for everybody.
FILES = {"static", "admin.static"}


def public(view: View) -> View:
    """Anybody may open this page."""
    view.access = "public"  # type: ignore[attr-defined]
    return view


def signed_in(view: View) -> View:
    """Whoever is signed in may open this page."""
    view.access = "signed in"  # type: ignore[attr-defined]
    return view


def uncounted(view: View) -> View:
    """Asking for this is no activity: it keeps no session alive. Every poll, heartbeat and draft is marked so."""
    view.is_uncounted = True  # type: ignore[attr-defined]
    return view


def token_free(view: View) -> View:
    """Sending this form needs no token of a session: what it does is allowed by its address alone, a signed link."""
    view.is_token_free = True  # type: ignore[attr-defined]
    return view


def on_the_way_in(view: View) -> View:
    """Whoever still owes a new password or a second factor is known on this page, and on no other."""
    view.is_on_the_way_in = True  # type: ignore[attr-defined]
    return view


def is_on_the_way_in() -> bool:
    """Whether the present request asked for such a page."""
    return getattr(current_app.view_functions.get(request.endpoint or ""), "is_on_the_way_in", False)


def reads_alone(view: View) -> View:
    """What this page asks the database stands alone, without a transaction; see `foundation.connections`."""
    view.is_read_alone = True  # type: ignore[attr-defined]
    return view


def is_read_alone() -> bool:
    """Whether the present request asked for such a page."""
    return getattr(current_app.view_functions.get(request.endpoint or ""), "is_read_alone", False)


def asks_along(**columns: ColumnElement[Any]) -> Callable[[View], View]:
    """What this page needs to know each time is asked in the query that finds who is signed in, which keeps it in
    `g.asked_along`."""

    def declare(view: View) -> View:
        view.asks_along = columns  # type: ignore[attr-defined]
        return view

    return declare


def to_ask_along() -> Mapping[str, ColumnElement[Any]]:
    """What the page of the present request wants to know, by name."""
    found: Mapping[str, ColumnElement[Any]] = getattr(
        current_app.view_functions.get(request.endpoint or ""), "asks_along", {}
    )
    return found


def counts_as_activity() -> bool:
    """Whether the present request says that somebody is at work, and not only that a page is open."""
    view = current_app.view_functions.get(request.endpoint or "")
    return not getattr(view, "is_uncounted", False)


def access_of(view: Any) -> str | None:
    """`public`, `signed in`, `guarded` (the back office asks for a permission itself) or None if nothing was said."""
    if hasattr(view, "access"):
        return str(view.access)
    owner = getattr(view, "__self__", None)
    if owner is None and hasattr(view, "view_class"):
        owner = view.view_class
    return "guarded" if getattr(owner, "is_guarded", False) else None


def install(app: Flask) -> None:
    """Ask on every request."""
    app.before_request(_ask)


def _ask() -> None:
    if request.endpoint is None or request.endpoint in FILES:
        return
    access = access_of(current_app.view_functions[request.endpoint])
    if access is None:
        abort(403)
    if access == "signed in" and not current_user.is_authenticated:
        abort(401)
