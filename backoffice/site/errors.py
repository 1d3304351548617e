"""Errors in words: what happened, what to do next, and that nothing typed is lost."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import (
    Flask,
    Response,
    current_app,
    flash,
    g,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.globals import request_ctx
from flask_limiter.errors import RateLimitExceeded
from flask_login import AnonymousUserMixin, current_user
from flask_wtf.csrf import CSRFError
from itsdangerous import BadData, URLSafeTimedSerializer
from sqlalchemy.exc import DataError, OperationalError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException

from backoffice.foundation.confirming import ConfirmFirst
from backoffice.foundation.database import db
from backoffice.foundation.errors import DomainError, NotAllowed, NotFound
from backoffice.foundation.i18n import _
from backoffice.foundation.permissions import is_staff
from backoffice.site.redirects import came_from, is_local, wanted
from backoffice.site.refusals import refused
from backoffice.site.requests import is_script, present_actor
from backoffice.site.signing import confirm_page, sign_in_page

#: More characters than this are not carried over a sign-in, nor is anything for longer.
MOST_KEPT = 2_000_000
LONGEST_KEPT = timedelta(days=1)


def install(app: Flask) -> None:
    """Answer errors with a page, or with JSON where a script asked."""
    app.register_error_handler(CSRFError, _no_token)
    app.register_error_handler(RateLimitExceeded, _too_often)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(DomainError, _domain)
    app.register_error_handler(ConfirmFirst, _confirm_first)
    app.register_error_handler(DataError, _data)
    app.register_error_handler(OverflowError, _data)
    app.register_error_handler(StaleDataError, _stale)
    app.register_error_handler(OperationalError, _database)
    app.register_error_handler(Exception, _broken)


def page(status: int, title: str, sentence: str, **more: Any) -> Response:
    """An error page in the dress of where the person is, or JSON for a script, with a `reason` that it knows."""
    if is_script():
        reason = {"reason": more["reason"]} if "reason" in more else {}
        response = jsonify(error=str(sentence), request=g.get("request_id"), **reason)
        response.status_code = status
        return response
    if request_ctx.url_adapter is None:
        # No page can be made for a host that cannot be one.
        return Response(str(sentence), status, mimetype="text/plain")
    inside = status < 500 and request.path.startswith("/admin") and is_staff(present_actor())
    paper = request.path.startswith("/blog")
    template = "errors/inside.html" if inside else "errors/paper.html" if paper else "errors/plain.html"
    return make_response(
        render_template(template, status=status, title=title, sentence=sentence, **more),
        status,
    )


def kept_page(status: int, title: str, sentence: str) -> Response:
    """An error page that carries what was typed, to be sent again."""
    return page(status, title, sentence, again=_again())


def typed_fields() -> list[tuple[str, str]]:
    """What was typed into the form that just failed, without its token; nothing of a form that takes a password."""
    if any("password" in name for name in request.form):
        return []
    return [(name, value) for name, values in request.form.lists() for value in values if name != "csrf_token"]


def _again() -> tuple[str, list[tuple[str, str]]] | None:
    """Address and fields of the form that just failed, to be shown again; nothing of a form from another site."""
    fields = typed_fields() if request.method == "POST" and _from_here() else []
    return (request.full_path.rstrip("?"), fields) if fields else None


def keep_typed(whose: str = "") -> str | None:
    """A sealed parcel of the form that was posted by this site's own page, to be sent again after signing in.

    With `whose` only the session of this key opens it.
    """
    if request.method != "POST" or not _from_here():
        return None
    fields = typed_fields()
    if not fields or sum(len(value) for _name, value in fields) > MOST_KEPT:
        return None
    return _seal(whose).dumps([request.full_path.rstrip("?"), fields])


def opened(parcel: str | None, whose: str = "") -> tuple[str, list[tuple[str, str]]] | None:
    """Address and fields of a sealed parcel, if it is one of ours."""
    try:
        address, fields = _seal(whose).loads(parcel or "", max_age=int(LONGEST_KEPT.total_seconds()))
    except BadData:
        return None
    return (address, [tuple(field) for field in fields]) if is_local(address) else None


def _seal(whose: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt=f"typed {whose}".strip())


def _from_here() -> bool:
    site = request.headers.get("Sec-Fetch-Site")
    if site:
        return site in ("same-origin", "none")
    return (request.headers.get("Origin") or request.referrer or "").split("/")[2:3] == [request.host]


def _no_token(error: CSRFError) -> Any:
    if not current_user.is_authenticated and request.path.startswith(("/admin", "/auth/profile")):
        return _sign_in_first()
    if request.endpoint == "accounts.sign_in" and not is_script():
        typed = request.form if _from_here() else MultiDict[str, str]()
        return sign_in_page(
            _("Type your name and your password."),
            kept=typed.get("kept"),
            following=wanted() if typed else None,
            username=typed.get("username", "")[:254],
            status=400,
        )
    again = _again()
    return page(
        400,
        _("The form had gone stale"),
        _("It was opened in another session or lacks its token. What you typed is kept: send it again.")
        if again
        else _("It was opened in another session or lacks its token. Load the page anew, then send it again."),
        again=again,
        reason="token",
    )


def _sign_in_first() -> Any:
    if is_script():
        return page(
            401,
            _("Sign in"),
            _("Your session has ended. Sign in again; what you typed is kept."),
        )
    if request.method == "GET":
        return redirect(url_for("accounts.sign_in", next=request.full_path.rstrip("?")))
    sentence = _("Your session has ended. Sign in and send it again; what you typed is kept.")
    return sign_in_page(sentence, kept=keep_typed(), status=401)


def _confirm_first(_error: ConfirmFirst) -> Any:
    db.session.rollback()
    sentence = _("You signed in a while ago. Confirm that it is you; then this is done.")
    if is_script():
        return page(
            403, _("Confirm that it is you"), sentence, reason="confirm code" if g.get("has_factor") else "confirm"
        )
    kept = keep_typed(current_user.session_key)
    following = request.full_path.rstrip("?") if request.method == "GET" else came_from()
    return confirm_page(sentence, kept=kept, following=following, status=403)


def _too_often(error: RateLimitExceeded) -> Response:
    response = page(
        429,
        _("Too many at once"),
        _("You sent this too often in a short time. Wait a minute, then send it again."),
        again=_again(),
    )
    response.headers["Retry-After"] = "60"
    return response


def _http(error: HTTPException) -> Any:
    if error.response is not None or (error.code or 500) < 400:
        return error
    db.session.rollback()
    code = error.code or 500
    if code >= 500:
        _forget_who_asks()
    if code == 401:
        return _sign_in_first()
    words = {
        400: (
            _("That was not understood"),
            _("The address or the form has a part that makes no sense here."),
        ),
        403: (
            _("Not allowed"),
            _("You may not open this. An administrator can give you the permission."),
        ),
        404: (
            _("Not here"),
            _("There is nothing at this address, or nothing you may see."),
        ),
        405: (
            _("Not this way"),
            _("This address is for a form. Go back and use the button."),
        ),
        413: (
            _("Too large"),
            _("More was sent than is accepted, at most 64 MB. Make it smaller and send it again."),
        ),
    }
    title, sentence = words.get(code, (_("That did not work"), _("The request could not be answered.")))
    needed = getattr(error, "needed", None)
    if code == 403:
        refused(needed)
    if code == 403 and needed:
        sentence = _(
            "This needs %(permission)s, and none of your roles gives it. An administrator can.",
            permission=needed,
        )
    if code == 500:
        return _broken(error)
    return page(code, title, sentence, needed=needed)


def _domain(error: DomainError) -> Any:
    db.session.rollback()
    refused(getattr(error, "permission", None))
    title = (
        _("Not allowed")
        if isinstance(error, NotAllowed)
        else _("Not here")
        if isinstance(error, NotFound)
        else _("That did not work")
    )
    return page(error.status, title, str(error.message), needed=getattr(error, "permission", None))


def _data(error: Exception) -> Response:
    db.session.rollback()
    current_app.logger.info("refused data: %s", type(error).__name__)
    return page(
        400,
        _("That was not understood"),
        _("A value in the address or the form is out of range."),
    )


def _stale(error: StaleDataError) -> Response:
    db.session.rollback()
    return page(
        409,
        _("That did not work"),
        _("Somebody else changed this at the same moment. Look at it again."),
        again=_again(),
    )


def _forget_who_asks() -> None:
    """What broke may be the database: ask it no more who this is, and how she likes her pages."""
    g._login_user = AnonymousUserMixin()
    g.pop("seen_as", None)
    g.pop("viewing", None)


def _database(error: OperationalError) -> Response:
    _forget_who_asks()
    current_app.logger.error("database: %s", type(error.orig).__name__, exc_info=error)
    db.session.rollback()
    return page(
        503,
        _("The database does not answer"),
        _("Nothing was lost. Wait a moment, then try again."),
        again=_again(),
    )


def _broken(error: Exception) -> Response:
    _forget_who_asks()
    current_app.logger.exception("request %s failed", g.get("request_id"), exc_info=error)
    db.session.rollback()
    return page(
        500,
        _("Something broke on our side"),
        _("It was written down with the number below. Try again, or tell an administrator."),
        again=_again(),
    )


def flash_refusal(error: DomainError) -> None:
    """Show a refusal on the next page."""
    flash(str(error.message), "error")
