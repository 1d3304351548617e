"""Who is signed in: Flask-Login owns the session, Flask-Principal gets its needs from the same person."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from flask import Flask, current_app, g, has_request_context, request, session
from flask_login import LoginManager, current_user, login_user, logout_user
from flask_principal import Identity, Principal
from sqlalchemy import ColumnElement, Delete, Select, Update, bindparam, delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import lazyload

from backoffice.accounts import known_grants, operations, sessions
from backoffice.accounts.entering import LastSeen, SignIn
from backoffice.accounts.models import User
from backoffice.foundation import clock, confirming
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.permissions import identity_of
from backoffice.foundation.text import clean_line
from backoffice.records import policies
from backoffice.records.policies import CONFIRM_MINUTES, SESSION_DAYS, SESSION_IDLE_MINUTES
from backoffice.signing import second_factor
from backoffice.site.access import counts_as_activity, is_on_the_way_in, to_ask_along

_KEY = re.compile(r"[A-Za-z0-9_-]{43}")
#: The name under which the cookie carries the key of the browser's own session.
_SIGN_IN = "sign_in"
#: Where the cookie says whose password was right while the second factor is still asked for, and for how long.
_HALF, _HALF_LASTS = "half", timedelta(minutes=10)
#: How often at most being here is written down.
_SEEN_EVERY = timedelta(minutes=1)
#: A session that is not kept on the computer ends after so long without activity, or sooner if the policy says so.
_IDLE = timedelta(hours=12)

#: Asked on every page, and put together once.
_WHOSE_SESSION = (
    select(
        User,
        SignIn,
        known_grants.as_text().label("grants"),
        policies.value_within(SESSION_IDLE_MINUTES).label("idle"),
        policies.value_within(SESSION_DAYS).label("longest"),
        second_factor.is_lacking().label("lacks_factor"),
        second_factor.is_there().label("has_factor"),
    )
    .join(SignIn, SignIn.user_id == User.id)
    .options(lazyload(User.roles))
    .where(User.session_key == bindparam("session_key"), SignIn.key_digest == bindparam("key_digest"))
)
_ASKING_ALONG: dict[str | None, Select[Any]] = {}


def install(app: Flask) -> None:
    """Let the application know who is signed in."""
    login_manager = LoginManager(app)
    login_manager.session_protection = None  # it trusts a header anybody can send; the session key does the work
    login_manager.user_loader(load)
    principal = Principal(app, use_sessions=False, skip_static=True)
    principal.identity_loader(_identity)
    app.before_request(_note_presence)
    confirming.ask_by(_ask_again)


def load(session_key: str) -> User | None:
    """The active person whose session this is, unless it was ended or nobody used it for too long.

    Who still has to choose a password or to set up a second factor is nobody yet, except where she does that.
    """
    if not isinstance(session_key, str) or not _KEY.fullmatch(session_key):
        return None
    keys = {"session_key": session_key, "key_digest": _digest(session.get(_SIGN_IN))}
    columns = to_ask_along()
    found = db.session.execute(_with(request.endpoint, columns) if columns else _WHOSE_SESSION, keys).first()
    if found is None or not found.User.is_active or _is_over(found.SignIn, found.idle, found.longest):
        return None
    known_grants.remember(found.User, found.grants)
    g.owed = "password" if found.User.must_change_password else "factor" if found.lacks_factor else None
    if g.owed and not is_on_the_way_in():
        return None
    g.sign_in, g.has_factor = found.SignIn, bool(found.has_factor)
    g.limits = found.idle, found.longest
    g.asked_along = {name: getattr(found, name) for name in columns}
    return found.User


def _with(endpoint: str | None, columns: Mapping[str, ColumnElement[Any]]) -> Select[Any]:
    """The question with what the page of this endpoint asks along, put together once."""
    if endpoint not in _ASKING_ALONG:
        _ASKING_ALONG[endpoint] = _WHOSE_SESSION.add_columns(*(each.label(name) for name, each in columns.items()))
    return _ASKING_ALONG[endpoint]


def owed() -> str | None:
    """What the person of this session owes before she is let in: `password`, `factor` or nothing."""
    return str(g.owed) if g.get("owed") else None


def present_id() -> int | None:
    """The number of the session of this browser."""
    sign_in = g.get("sign_in")
    return sign_in.id if sign_in is not None else None


def open_sessions(user: User) -> list[SignIn]:
    """The sessions of whoever is signed in that have not run out, the one used last first."""
    idle, longest = g.limits
    return [one for one in sessions.of(user) if not _is_over(one, idle, longest)]


def is_recent() -> bool:
    """Whether the person of this session proved a short while ago that it is she."""
    minutes = policies.value_of(CONFIRM_MINUTES)
    if not minutes:
        return True
    sign_in = g.get("sign_in")
    proved = sign_in.confirmed_at if sign_in is not None else None
    return proved is not None and clock.now() - proved <= timedelta(minutes=minutes)


def confirm() -> None:
    """Write down that the person of this session just proved that it is she; never commits."""
    g.sign_in = db.session.get(SignIn, g.sign_in.id) or g.sign_in
    g.sign_in.confirmed_at = clock.now()


def _ask_again() -> bool:
    return has_request_context() and current_user.is_authenticated and not is_recent()


def sign_in(user: User, *, remember: bool) -> None:
    """Begin a session for the person; nothing that the visitor carried before goes with it."""
    kept = {name: session[name] for name in ("locale",) if name in session}
    _end()
    session.update(kept)
    session.permanent = remember
    session[_SIGN_IN] = secrets.token_urlsafe(32)
    login_user(user)
    now = clock.now()
    longest = timedelta(days=policies.value_of(SESSION_DAYS))
    db.session.execute(delete(SignIn).where(SignIn.user_id == user.id, SignIn.begun_at < now - longest))
    begun = SignIn(
        user_id=user.id,
        key_digest=_digest(session[_SIGN_IN]),
        is_lasting=remember,
        confirmed_at=now,
        address=(request.remote_addr or "")[:45],
        device=clean_line(request.user_agent.string)[:300],
    )
    db.session.add(begun)
    asked = select(second_factor.is_lacking(), second_factor.is_there()).where(User.id == user.id)
    lacks, g.has_factor = db.session.execute(asked).one()
    g.sign_in, g.owed = begun, "password" if user.must_change_password else "factor" if lacks else None
    _mark_seen(user.id, seen_at=now, signed_in_at=now)


def ask_for_code(user: User, *, remember: bool) -> None:
    """Remember in the visitor's cookie that the person's password was right; she is not signed in by that."""
    session[_HALF] = [user.session_key, remember, int((clock.now() + _HALF_LASTS).timestamp())]


def half_in() -> tuple[User, bool] | None:
    """Whose password was right a moment ago in this browser, and whether she wants to be remembered."""
    held = session.get(_HALF)
    if not isinstance(held, list) or len(held) != 3 or clock.now().timestamp() > held[2]:
        return None
    user = db.session.scalar(select(User).where(User.session_key == held[0], User.is_active))
    return None if user is None else (user, bool(held[1]))


def change_password(present: str, password: str) -> None:
    """Change the password of whoever is signed in; other sessions end, this one begins anew. Raises InvalidInput."""
    user = current_user._get_current_object()
    rounds = current_app.config["BCRYPT_ROUNDS"]
    with unit_of_work():
        operations.change_password(user, actor=user, present=present, password=password, rounds=rounds)
        sign_in(user, remember=session.permanent)


def sign_out() -> bool:
    """End the session of this browser, wherever its cookie went; whether it went on until now."""
    locale = session.get("locale")
    logout_user()
    was_open = _end()
    if locale:
        session["locale"] = locale
    return was_open


def _end() -> bool:
    """Forget what the browser carried and that it was signed in; whether it was."""
    was_open = _SIGN_IN in session and _changed(delete(SignIn).where(SignIn.key_digest == _digest(session[_SIGN_IN])))
    session.clear()
    # The page that follows at once needs a token of the new session.
    g.pop("csrf_token", None)
    return was_open


def _is_over(begun: SignIn, idle_minutes: Any, longest_days: Any) -> bool:
    """Whether the session lasted too long, or nobody used it for too long; both as the policies were set."""
    now = clock.now()
    longest = timedelta(days=SESSION_DAYS.or_default(longest_days))
    idle = timedelta(minutes=SESSION_IDLE_MINUTES.or_default(idle_minutes))
    return now - begun.begun_at > longest or now - begun.seen_at > (idle if begun.is_lasting else min(idle, _IDLE))


def _digest(key: Any) -> str:
    return hashlib.sha256(str(key).encode("utf-8", "surrogatepass")).hexdigest()


def _identity() -> Identity:
    return identity_of(current_user)


def _note_presence() -> None:
    if not counts_as_activity() or not current_user.is_authenticated:
        return
    now = clock.now()
    if now - g.sign_in.seen_at > _SEEN_EVERY:
        with unit_of_work():
            db.session.execute(update(SignIn).where(SignIn.id == g.sign_in.id).values(seen_at=now))
            _mark_seen(current_user.id, seen_at=now)


def _mark_seen(user_id: int, **moments: datetime) -> None:
    """Write down that the person is here; two requests may do so at the same moment."""
    change = update(LastSeen).where(LastSeen.id == user_id).values(**moments)
    if not _changed(change):
        try:
            with db.session.begin_nested():
                db.session.add(LastSeen(id=user_id, **moments))
        except IntegrityError:
            _changed(change)


def _changed(statement: Update | Delete) -> bool:
    found: Any = db.session.execute(statement)
    return bool(found.rowcount)
