"""What wakes workers, and what limits are counted in: reached by TLS where it is elsewhere, and there at all."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from backoffice.deployment.findings import Finding, Installation
from backoffice.deployment.settings_checks import is_here
from backoffice.foundation.i18n import _

#: Seconds to wait for a server that should answer at once.
PATIENCE = 4


def way(installation: Installation) -> Iterator[Finding]:
    """Nobody on the way, and nobody who finds the port, can send messages to the workers."""
    parts = urlsplit(installation.settings["BROKER_URL"])
    if not parts.scheme or is_here(parts.hostname or ""):
        return
    if parts.scheme in ("redis", "amqp"):
        yield Finding(
            "BACKOFFICE_BROKER_URL",
            _("The broker is on another machine, and its password travels in the clear. Use rediss:// or amqps://."),
        )
    if not parts.password or parts.username == parts.password == "guest":
        yield Finding(
            "BACKOFFICE_BROKER_URL",
            _("The broker takes messages from everybody who can reach it. Give it a name and a password of its own."),
        )


def broker(installation: Installation) -> Iterator[Finding]:
    """The broker answers: without it nothing is done in the background."""
    url = installation.settings["BROKER_URL"]
    if url and not _takes_a_call(url):
        yield Finding(
            "BACKOFFICE_BROKER_URL",
            _("The broker does not answer, or refuses the name and the password. No worker can be woken."),
        )


def cache(installation: Installation) -> Iterator[Finding]:
    """The cache answers: without it each process counts for itself."""
    url = installation.settings["CACHE_URL"]
    if url.startswith("redis") and not _takes_a_call(url):
        yield Finding(
            "BACKOFFICE_CACHE_URL",
            _("The cache does not answer, or refuses the password. Each process counts for itself until it does."),
        )


def _takes_a_call(url: str) -> bool:
    if url.startswith("redis"):
        import redis

        client = redis.Redis.from_url(url, socket_connect_timeout=PATIENCE, socket_timeout=PATIENCE)
        try:
            return bool(client.ping())
        except (redis.RedisError, OSError):
            return False
        finally:
            client.close()
    from kombu import Connection

    tls = {"ssl": {"server_hostname": urlsplit(url).hostname}} if url.startswith("amqps") else {}
    connection = Connection(url, connect_timeout=PATIENCE, transport_options={"read_timeout": PATIENCE}, **tls)
    try:
        connection.connect()
        return True
    except (*connection.connection_errors, OSError):
        return False
    finally:
        connection.release()
