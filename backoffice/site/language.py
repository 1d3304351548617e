"""The language and time zone of a request: `?lang=`, session, profile, browser, default."""

from __future__ import annotations

from typing import Any

from flask import Flask, g, has_request_context, request, session
from flask_babel import Babel, get_domain
from flask_login import current_user

from backoffice.foundation.i18n import (
    SOURCE_LOCALE,
    direction_of,
    known_locale,
    negotiated_locale,
    offered_locales,
)
from backoffice.foundation.text import is_time_zone


def select_locale() -> str:
    """The locale for this request; the source language where there is none. Never raises."""
    if not has_request_context():
        return SOURCE_LOCALE
    if "locale" not in g:
        profile = getattr(current_user, "locale", None) if current_user else None
        accepted = [tag for tag, quality in request.accept_languages if quality > 0]
        g.locale = (
            known_locale(request.args.get("lang"))
            or known_locale(session.get("locale"))
            or known_locale(profile)
            or negotiated_locale(accepted)
            or SOURCE_LOCALE
        )
    return str(g.locale)


def select_timezone() -> str:
    """The zone of the person who is signed in, else UTC. Never raises."""
    zone = getattr(current_user, "time_zone", None) if has_request_context() and current_user else None
    return str(zone) if is_time_zone(zone) else "UTC"


def install(app: Flask, catalogs: Any) -> None:
    """Choose the language of every request and give templates the words for it."""
    Babel(app, locale_selector=select_locale, timezone_selector=select_timezone)
    catalogs.install(app)
    app.context_processor(_words)


def _words() -> dict[str, Any]:
    locale = select_locale()
    speak = get_domain().speaker()
    return {
        "locale": locale,
        "direction": direction_of(locale),
        "locales": offered_locales(),
        "_": speak,
        "gettext": speak,
    }
