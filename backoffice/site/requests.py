"""One request: its id, who acts in it, and a nonce for its scripts."""

from __future__ import annotations

import secrets
from typing import Any

from flask import Flask, g, request
from flask_login import current_user
from werkzeug.local import LocalProxy

from backoffice.foundation import acting
from backoffice.foundation.connections import read_alone
from backoffice.foundation.permissions import System
from backoffice.site.access import is_read_alone

VISITOR = System("visitor")


def install(app: Flask) -> None:
    """Open an acting block around every request."""
    app.before_request(_begin)
    app.teardown_request(_end)


def csp_nonce() -> str:
    """The nonce of this request; scripts and styles of the page carry it."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return str(g.csp_nonce)


def present_actor() -> Any:
    """The person who is signed in, else the visitor; outside a request the visitor too.

    While she sees the back office as another, that other. Who acts, in the trail, is always she herself.
    """
    # Whose rights hold for the length of this request, see `roles.identity`.
    if g and (seen := g.get("seen_as")) is not None:
        return seen
    # Flask-Login keeps its answer in `g`; a list asks hundreds of times.
    person = g.get("_login_user") if g else None
    if person is None:
        person = current_user._get_current_object() if isinstance(current_user, LocalProxy) else current_user
    return person if person is not None and person.is_authenticated else VISITOR


def is_script() -> bool:
    """Whether a script of ours asks and wants JSON rather than a page."""
    return request.headers.get("X-Requested-With") == "fetch" or request.accept_mimetypes.best == "application/json"


def _begin() -> None:
    if is_read_alone():
        read_alone()
    g.request_id = acting.new_request_id()
    surface = "admin" if request.path.startswith("/admin") else "site"
    block = acting.acting(actor=present_actor(), surface=surface, request_id=g.request_id)
    block.__enter__()
    g.acting_block = block


def _end(error: BaseException | None) -> None:
    block = g.pop("acting_block", None)
    if block is not None:
        block.__exit__(None, None, None)
