"""Who is signed in: Flask-Login owns the session, Flask-Principal gets its needs from the same person."""

from __future__ import annotations

import re
from datetime import timedelta

from flask import Flask, g, session
from flask_login import LoginManager, current_user, login_user, logout_user
from flask_principal import Identity, Principal
from sqlalchemy import select

from backoffice.accounts.models import LastSeen, User
from backoffice.foundation import clock
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.permissions import identity_of

_KEY = re.compile(r"[A-Za-z0-9_-]{43}")
#: How often at most being here is written down.
_SEEN_EVERY = timedelta(minutes=1)


def install(app: Flask) -> None:
    """Let the application know who is signed in."""
    login_manager = LoginManager(app)
    login_manager.session_protection = None  # it trusts a header anybody can send; the session key does the work
    login_manager.user_loader(load)
    principal = Principal(app, use_sessions=False, skip_static=True)
    principal.identity_loader(_identity)
    app.before_request(_note_presence)


def load(session_key: str) -> User | None:
    """The active person whose session this is."""
    if not isinstance(session_key, str) or not _KEY.fullmatch(session_key):
        return None
    user = db.session.scalar(select(User).where(User.session_key == session_key))
    return user if user is not None and user.is_active else None


def sign_in(user: User, *, remember: bool) -> None:
    """Begin a session for the person; nothing that the visitor carried before goes with it."""
    kept = {name: session[name] for name in ("locale",) if name in session}
    session.clear()
    session.update(kept)
    session.permanent = remember
    login_user(user)
    seen = db.session.get(LastSeen, user.id) or LastSeen(id=user.id)
    seen.signed_in_at = seen.seen_at = clock.now()
    db.session.add(seen)


def sign_out() -> None:
    """End the session of this browser."""
    locale = session.get("locale")
    logout_user()
    session.clear()
    if locale:
        session["locale"] = locale


def _identity() -> Identity:
    return identity_of(current_user)


def _note_presence() -> None:
    if not current_user.is_authenticated:
        return
    seen = db.session.get(LastSeen, current_user.id)
    g.last_seen_at = seen.seen_at if seen else None
    if seen is None or clock.now() - seen.seen_at > _SEEN_EVERY:
        with unit_of_work():
            db.session.merge(LastSeen(id=current_user.id, seen_at=clock.now()))
