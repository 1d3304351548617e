"""How often one visitor may do a thing that costs or annoys."""

from __future__ import annotations

from flask import Flask
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

#: Unbound until `install`; pages put `limiter.limit(…)` on what they want to slow down.
limiter = Limiter(get_remote_address, strategy="moving-window", headers_enabled=False)


def install(app: Flask) -> None:
    """Count in the cache that is set, else in this process."""
    app.config.setdefault("RATELIMIT_STORAGE_URI", app.config["CACHE_URL"] or "memory://")
    app.config.setdefault("RATELIMIT_SWALLOW_ERRORS", True)
    limiter.init_app(app)
