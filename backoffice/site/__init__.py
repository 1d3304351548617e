"""The machinery of every web page: who asks, in which language, what may load, and errors in words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Blueprint, Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from backoffice.site import (
    access,
    errors,
    headers,
    language,
    limits,
    refusals,
    requests,
    templating,
)


def init_site(app: Flask, pages: Iterable[Blueprint], catalogs: Any) -> None:
    """Prepare the application for the web and register the public pages."""
    hops = app.config["PROXIES"]
    if hops:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    language.install(app, catalogs)
    requests.install(app)
    access.install(app)
    headers.install(app)
    errors.install(app)
    refusals.install(app)
    templating.install(app)
    limits.install(app)
    for blueprint in pages:
        app.register_blueprint(blueprint)
