"""Three addresses for machines: `/healthz`, `/readyz` and `/metrics`. None of them knows a session or counts as use."""

from __future__ import annotations

import hmac
import ipaddress
from typing import Any

from flask import Blueprint, Response, abort, current_app, jsonify, request

from backoffice.health.metrics import exposition
from backoffice.health.readiness import readiness
from backoffice.site.access import public, uncounted

health_pages = Blueprint("probes", __name__)

#: Headers by which a proxy says for whom it asks.
_FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Real-IP")


@health_pages.get("/healthz")
@public
@uncounted
def lives() -> Any:
    """The process answers; nothing else is asked, so that nobody restarts it because the database is away."""
    return _fresh(jsonify(status="ok"))


@health_pages.get("/readyz")
@public
@uncounted
def is_ready() -> Any:
    """200 if the process can do its work, else 503 with reasons."""
    found = readiness()
    answer = jsonify(
        status="ready" if not found.reasons else "not ready",
        reasons=found.reasons,
        checks={"database": found.database, "schema": found.schema, "disk": found.disk, "mail": found.mail},
    )
    answer.status_code = 503 if found.reasons else 200
    return _fresh(answer)


@health_pages.get("/metrics")
@public
@uncounted
def numbers() -> Any:
    """The numbers for Prometheus: for this machine and for whoever has the token; others never learn of it."""
    if not _may_measure():
        abort(404)
    return _fresh(Response(exposition(), content_type="text/plain; version=0.0.4; charset=utf-8"))


def _may_measure() -> bool:
    if token := current_app.config["METRICS_TOKEN"]:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return hmac.compare_digest(given.encode(), token.encode())
    # Behind a proxy that the installation does not know of, everybody seems to be this machine.
    if not current_app.config["PROXIES"] and any(name in request.headers for name in _FORWARDED):
        return False
    try:
        return ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False


def _fresh(answer: Response) -> Response:
    answer.headers["Cache-Control"] = "no-store"
    return answer
