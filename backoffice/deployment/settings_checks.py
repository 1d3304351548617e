"""Settings that are unsafe where strangers reach the installation. Nothing here repeats a secret."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address
from urllib.parse import urlsplit

from sqlalchemy.engine import make_url

from backoffice.deployment.findings import Finding, Installation
from backoffice.foundation.i18n import _

SHORTEST_KEY, FEWEST_SIGNS = 32, 10
#: What people leave in a key that was copied from an example.
WORDS_OF_EXAMPLES = ("changeme", "change-me", "change_me", "secret-key", "secret_key", "example", "insecure", "dev-key")
FEWEST_ROUNDS = 10
#: How PostgreSQL has to be reached elsewhere: anything less falls back to a connection in the clear.
ENCRYPTED = ("require", "verify-ca", "verify-full")


def key(installation: Installation) -> Iterator[Finding]:
    """The key that signs sessions cannot be guessed."""
    value = str(installation.settings["SECRET_KEY"])
    new = 'python -c "import secrets; print(secrets.token_urlsafe(48))"'
    if len(value) < SHORTEST_KEY or len(set(value)) < FEWEST_SIGNS:
        yield Finding(
            "BACKOFFICE_SECRET_KEY",
            _("The key can be guessed. Give at least %(num)s random characters: %(command)s",
              num=SHORTEST_KEY, command=new),
        )  # fmt: skip
    elif any(word in value.lower() for word in WORDS_OF_EXAMPLES):
        yield Finding(
            "BACKOFFICE_SECRET_KEY",
            _("The key looks copied from an example. Make one of your own: %(command)s", command=new),
        )


def public_address(installation: Installation) -> Iterator[Finding]:
    """Links in mails lead to the one public address, by TLS, and cookies go no other way."""
    parts = urlsplit(installation.settings["BASE_URL"])
    if not parts.hostname:
        yield Finding(
            "BACKOFFICE_BASE_URL",
            _("It is not set, so links in mails lead to whatever host a request named. Set it to https://… ."),
        )
    elif parts.scheme != "https":
        yield Finding(
            "BACKOFFICE_BASE_URL",
            _("It is no https address, so passwords travel in the clear. Put a proxy with TLS before the server."),
        )
    if not installation.settings["SESSION_COOKIE_SECURE"]:
        yield Finding(
            "BACKOFFICE_SECURE_COOKIES",
            _("It is off, so browsers send sessions in the clear too. Remove it and set an https BACKOFFICE_BASE_URL."),
        )


def proxies(installation: Installation) -> Iterator[Finding]:
    """Who speaks TLS is counted as a proxy, as all visitors would have its address otherwise."""
    if installation.settings["BASE_URL"].startswith("https:") and not installation.settings["PROXIES"]:
        yield Finding(
            "BACKOFFICE_PROXIES",
            _("It is 0, but TLS needs a proxy: every visitor has its address, and one who guesses passwords slows "
              "all down. Set it to the number of proxies, mostly 1."),
        )  # fmt: skip


def demo(installation: Installation) -> Iterator[Finding]:
    """There are no accounts whose password stands in the manual."""
    if installation.settings["DEMO"]:
        yield Finding("BACKOFFICE_DEMO", _("It makes accounts with a known password. Set it to 0."))


def debugging(installation: Installation) -> Iterator[Finding]:
    """Nobody gets to see the inside when something breaks."""
    if installation.settings["DEBUG"]:
        yield Finding("FLASK_DEBUG", _("It lets visitors of an error page run code. Remove it, and --debug."))
    if installation.settings["LOG_LEVEL"] == "DEBUG":
        yield Finding("BACKOFFICE_LOG_LEVEL", _("DEBUG writes what people typed into the log. Set it to INFO."))


def protections(installation: Installation) -> Iterator[Finding]:
    """No protection was switched off in the code."""
    settings = installation.settings
    wanted = {
        "TESTING": not settings["TESTING"],
        "RATELIMIT_ENABLED": bool(settings["RATELIMIT_ENABLED"]),
        "WTF_CSRF_ENABLED": bool(settings.get("WTF_CSRF_ENABLED", True)),
        "SESSION_COOKIE_HTTPONLY": bool(settings["SESSION_COOKIE_HTTPONLY"]),
        "SESSION_COOKIE_SAMESITE": settings["SESSION_COOKIE_SAMESITE"] in ("Lax", "Strict"),
        "BCRYPT_ROUNDS": settings["BCRYPT_ROUNDS"] >= FEWEST_ROUNDS,
    }
    for name, is_safe in wanted.items():
        if not is_safe:
            yield Finding(
                name, _("It is %(value)s, which is for tests only. Remove what sets it.", value=settings[name])
            )


def mail(installation: Installation) -> Iterator[Finding]:
    """Mail, which carries links that open accounts, is not read on its way."""
    route = installation.settings["MAIL_ROUTE"]
    if route.kind == "smtp" and not is_here(route.host):
        yield Finding(
            "BACKOFFICE_MAIL_URL",
            _("Mail with links that open accounts travels in the clear. Use smtp+starttls:// or smtps://."),
        )


def database(installation: Installation) -> Iterator[Finding]:
    """A database elsewhere is reached by TLS."""
    url = make_url(installation.settings["DATABASE_URL"])
    if url.get_backend_name() == "postgresql":
        mode = url.query.get("sslmode", installation.environment.get("PGSSLMODE", ""))
        host = url.host or url.query.get("host", "")
        if not is_here(str(host)) and mode not in ENCRYPTED:
            yield Finding(
                "BACKOFFICE_DATABASE_URL",
                _("The database is on another machine and may be reached in the clear. Add ?sslmode=require."),
            )


def cache(installation: Installation) -> Iterator[Finding]:
    """Limits hold for all processes together, and their store is not read on the way."""
    parts = urlsplit(installation.settings["CACHE_URL"])
    workers = installation.environment.get("WEB_CONCURRENCY", "")
    if not parts.scheme and workers.isdecimal() and int(workers) > 1:
        yield Finding(
            "BACKOFFICE_CACHE_URL",
            _("It is not set, so each of the %(num)s processes lets a visitor guess as often. Set a redis:// address.",
              num=workers),
        )  # fmt: skip
    if parts.scheme == "redis" and not is_here(parts.hostname or ""):
        yield Finding(
            "BACKOFFICE_CACHE_URL", _("The cache is on another machine and reached in the clear. Use rediss://.")
        )


def is_here(host: str) -> bool:
    """Whether the host is this machine: none, a socket, a loopback address or its name."""
    if not host or host.startswith("/") or host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
