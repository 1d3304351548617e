"""How often one visitor may do a thing that costs or annoys."""

from __future__ import annotations

import ipaddress

from flask import Flask, request
from flask_limiter import Limiter

#: Whoever has one address of IPv6 has as many as she likes in the same network of this length.
_NETWORK_BITS = 64


def network() -> str:
    """Where the present request comes from: the address, or of IPv6 the network."""
    return network_of(request.remote_addr or "")


def network_of(address: str) -> str:
    """The same of an address; what is none stands for itself."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address[:60]
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found.packed, _NETWORK_BITS), strict=False).network_address)
    return str(found)


#: Unbound until `install`; pages put `limiter.limit(…)` on what they want to slow down.
limiter = Limiter(network, strategy="moving-window", headers_enabled=False)


def install(app: Flask) -> None:
    """Count in the cache that is set, else in this process."""
    app.config.setdefault("RATELIMIT_STORAGE_URI", app.config["CACHE_URL"] or "memory://")
    app.config.setdefault("RATELIMIT_SWALLOW_ERRORS", True)
    if app.config["CACHE_URL"].startswith("redis"):
        # A cache that is away costs a visitor a moment and nobody the limits: until it is back each process counts.
        app.config.setdefault("RATELIMIT_STORAGE_OPTIONS", {"socket_connect_timeout": 1, "socket_timeout": 1})
        app.config.setdefault("RATELIMIT_IN_MEMORY_FALLBACK_ENABLED", True)
    limiter.init_app(app)
