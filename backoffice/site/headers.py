"""Headers that keep a page to itself: what may load, who may frame it, and that nobody stores what is private."""

from __future__ import annotations

from flask import Flask, Response, request
from flask_login import current_user

from backoffice.site.requests import csp_nonce

#: The only foreign host that may be shown inside a page, after a click.
VIDEO_HOST = "https://www.youtube-nocookie.com"


def install(app: Flask) -> None:
    """Put the headers on every answer."""
    app.after_request(_dress)


def _dress(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "strict-origin-when-cross-origin")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("X-Frame-Options", "DENY")
    if response.mimetype == "text/html":
        headers.setdefault("Content-Security-Policy", _policy())
    if request.endpoint not in ("static", "admin.static"):
        response.vary.update(("Cookie", "Accept-Language"))
        if _is_private(response):
            headers["Cache-Control"] = "no-store"
    if request.is_secure:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    return response


def _is_private(response: Response) -> bool:
    """Whether nobody may store the answer: pages for a person, and all of the back office that says no better."""
    if request.path.startswith(("/admin", "/auth")):
        return response.mimetype == "text/html" or not response.cache_control.private
    is_for_her = response.status_code == 401 or bool(current_user and current_user.is_authenticated)
    return response.mimetype == "text/html" and is_for_her


def _policy() -> str:
    nonce = csp_nonce()
    return (
        f"default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; "
        "img-src 'self' https: data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; "
        f"frame-src {VIDEO_HOST}; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
