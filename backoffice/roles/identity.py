"""As whom somebody sees the back office: kept in her session, asked on every request, and never able to change a thing.

While it lasts, whatever is unsafe is refused on every path but signing out and stopping; in the back office the rights
of the other hold, every unit of work is rolled back, and nothing leaves the house as an export. On all other pages she
is herself, only that nothing can be sent.
"""

from __future__ import annotations

from typing import Any

from flask import Flask, current_app, flash, g, request, session
from flask_login import current_user

from backoffice.foundation.acting import acting
from backoffice.foundation.i18n import _
from backoffice.roles.viewing import SESSION_KEY, Viewing, found
from backoffice.site.access import FILES
from backoffice.site.errors import kept_page

_SAFE = {"GET", "HEAD", "OPTIONS"}
#: What may be done all the same.
_ENDS = {"view_as.end", "accounts.sign_out"}


def install(app: Flask) -> None:
    """Ask on every request, after the person is known."""
    app.before_request(_look)
    app.teardown_request(_done)


def _look() -> Any:
    if SESSION_KEY not in session or request.endpoint in FILES or not current_user.is_authenticated:
        return None
    viewing = _begun()
    is_end = request.endpoint in _ENDS
    if viewing is None:
        session.pop(SESSION_KEY)
        flash(_("You see the back office as yourself again."), "info")
        # What was sent was sent in the belief that nothing changes.
        return None if is_end or request.method in _SAFE else _refusal()
    g.viewing = viewing
    if is_end:
        return None
    if request.method not in _SAFE or _takes_away():
        return _refusal()
    if request.path.startswith("/admin"):
        g.seen_as = viewing.actor
        g.viewing_block = acting(keeps=False)
        g.viewing_block.__enter__()
    return None


def _begun() -> Viewing | None:
    kept = session[SESSION_KEY]
    if not (isinstance(kept, list) and len(kept) == 2 and kept[0] in ("role", "person") and type(kept[1]) is int):
        return None
    return found(current_user._get_current_object(), *kept)


def _takes_away() -> bool:
    """Whether the address is an export: a look is no reason to carry records out of the house."""
    owner: Any = getattr(current_app.view_functions.get(request.endpoint or ""), "__self__", None)
    verbs = getattr(owner, "endpoint_verbs", {})
    return verbs.get((request.endpoint or "").rsplit(".", 1)[-1]) in ("export", "disclose")


def _refusal() -> Any:
    sentence = _("You see the back office as another, so nothing was changed and nothing is exported. Stop that first.")
    return kept_page(403, _("Only looking"), sentence)


def _done(_error: BaseException | None) -> None:
    block = g.pop("viewing_block", None)
    if block is not None:
        block.__exit__(None, None, None)
