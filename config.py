"""Settings: every one is an environment variable `BACKOFFICE_…` with a default that is safe on one machine."""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.errors import MessageError
from email.headerregistry import Address
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from click import ClickException

ROOT = Path(__file__).resolve().parent
PREFIX = "BACKOFFICE_"

#: What may be set, and what it means when it is not. The README lists the same names.
DEFAULTS: dict[str, str] = {
    "INSTANCE": str(ROOT / "instance"),
    "DATABASE_URL": "",
    "SECRET_KEY": "",
    "ADMIN_PASSWORD": "",
    "DEMO": "0",
    "BROKER_URL": "",
    "CACHE_URL": "",
    "MAIL_URL": "",
    "MAIL_FROM": "",
    "TRANSLATIONS": str(ROOT / "translations"),
    "BASE_URL": "",
    "NAME": "The Harbour Gazette",
    "PROXIES": "0",
    "SECURE_COOKIES": "",
    "LOG_LEVEL": "INFO",
    "METRICS_TOKEN": "",
    "PSEUDO_LOCALE": "0",
    "SOURCE_URL": "",
    "NAME_TRANSLATORS": "0",
}

#: What may also be read from the file that `BACKOFFICE_…_FILE` names.
SECRETS = ("SECRET_KEY", "ADMIN_PASSWORD", "DATABASE_URL", "BROKER_URL", "CACHE_URL", "MAIL_URL", "METRICS_TOKEN")
#: Names with the prefix that only the tests read.
NOT_OURS = {"SAMPLE_DATA"}


class SettingError(ClickException):
    """A setting cannot be used; the message says which and what to do. Commands end with it in one line."""


def settings_from(environment: Mapping[str, str]) -> dict[str, Any]:
    """Flask's configuration from environment variables. Raises SettingError for unknown or unusable ones."""
    given = {name[len(PREFIX) :]: value for name, value in environment.items() if name.startswith(PREFIX)}
    unknown = sorted(set(given) - set(DEFAULTS) - {f"{name}_FILE" for name in SECRETS} - NOT_OURS)
    if unknown:
        raise SettingError(f"Unknown setting {PREFIX}{unknown[0]}. See the table of settings in README.md.")
    values = {**DEFAULTS, **given}
    instance = Path(values["INSTANCE"]).expanduser().resolve()
    database = secret("DATABASE_URL", values) or f"sqlite:///{instance / 'backoffice.sqlite3'}"
    if database.startswith(("postgres://", "postgresql://")):
        database = "postgresql+psycopg://" + database.split("://", 1)[1]
    base_url = values["BASE_URL"].rstrip("/")
    secure = (
        flag("SECURE_COOKIES", values["SECURE_COOKIES"]) if values["SECURE_COOKIES"] else base_url.startswith("https:")
    )
    return {
        "INSTANCE": instance,
        "DATABASE_URL": database,
        "SECRET_KEY": secret("SECRET_KEY", values) or _kept_key(instance),
        "ADMIN_PASSWORD": secret("ADMIN_PASSWORD", values),
        "DEMO": flag("DEMO", values["DEMO"]),
        "BROKER_URL": secret("BROKER_URL", values),
        "CACHE_URL": secret("CACHE_URL", values),
        "MAIL_URL": secret("MAIL_URL", values),
        "MAIL_FROM": values["MAIL_FROM"],
        "TRANSLATIONS": Path(values["TRANSLATIONS"]).expanduser().resolve(),
        "BASE_URL": base_url,
        "PUBLICATION": values["NAME"],
        "PROXIES": number("PROXIES", values["PROXIES"], 0, 10),
        "SECURE_COOKIES": secure,
        "LOG_LEVEL": values["LOG_LEVEL"].upper(),
        "METRICS_TOKEN": secret("METRICS_TOKEN", values),
        "PSEUDO_LOCALE": flag("PSEUDO_LOCALE", values["PSEUDO_LOCALE"]),
        "SOURCE_URL": source_url(values["SOURCE_URL"]),
        "NAME_TRANSLATORS": flag("NAME_TRANSLATORS", values["NAME_TRANSLATORS"]),
        "BCRYPT_ROUNDS": 12,
        "RATELIMIT_ENABLED": True,
        "TESTING": False,
    }


def flag(name: str, value: str) -> bool:
    """`1`, `true`, `yes`, `on` or their opposites; anything else is refused."""
    if value.lower() in ("1", "true", "yes", "on"):
        return True
    if value.lower() in ("0", "false", "no", "off", ""):
        return False
    raise SettingError(f"{PREFIX}{name} is {value!r}; use 1 or 0.")


def number(name: str, value: str, least: int, most: int) -> int:
    """A whole number within bounds; anything else is refused."""
    if value.isdecimal() and least <= int(value) <= most:
        return int(value)
    raise SettingError(f"{PREFIX}{name} is {value!r}; use a whole number from {least} to {most}.")


def source_url(pattern: str) -> str:
    """The pattern for the addresses of code on the web; anything but a web address with `{path}` in it is refused."""
    if pattern and not (pattern.startswith(("https://", "http://")) and "{path}" in pattern):
        raise SettingError(f"{PREFIX}SOURCE_URL has to look like https://code.example.org/{{path}}#L{{line}}.")
    return pattern


def secret(name: str, values: Mapping[str, str]) -> str:
    """The secret, or the content of the file that `NAME_FILE` points to."""
    path = values.get(f"{name}_FILE")
    if not path:
        return values.get(name, "")
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SettingError(f"{PREFIX}{name}_FILE cannot be read: {error.strerror}.") from error


@dataclass(frozen=True)
class MailRoute:
    """Where mail goes: into a folder (`kind` is `file`), or to a server by `smtp`, `smtps` or `smtp+starttls`."""

    kind: str
    sender: str
    folder: Path = Path()
    host: str = ""
    port: int = 0
    username: str = ""
    password: str = field(default="", repr=False)


#: The ways to a server, and the port each uses unless another is named.
MAIL_PORTS = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}


def mail_route(url: str, sender: str, *, instance: Path, base_url: str) -> MailRoute:
    """What `MAIL_URL` and `MAIL_FROM` say. Raises SettingError, which never repeats the address: it has a password."""
    sender = sender or f"no-reply@{_host_of(base_url) or 'localhost'}"
    try:
        Address(addr_spec=sender)
    except (MessageError, ValueError, IndexError):
        raise SettingError(f"{PREFIX}MAIL_FROM is {sender!r}; use an address such as desk@example.org.") from None
    if not url or url.startswith("file:"):
        folder = unquote(url.removeprefix("file:").removeprefix("//"))
        return MailRoute("file", sender, folder=Path(folder).expanduser() if folder else instance / "mail")
    kind = url.split("://", 1)[0].lower()
    if "://" not in url or kind not in MAIL_PORTS:
        raise SettingError(
            f"{PREFIX}MAIL_URL has to begin with file:, {':// or '.join(MAIL_PORTS)}://, as in smtps://name@mail.example.org."
        )
    try:
        parts = urlsplit(url)
        port = parts.port or MAIL_PORTS[kind]
    except ValueError:
        raise SettingError(f"{PREFIX}MAIL_URL has a host or a port that cannot be one.") from None
    if not parts.hostname or parts.path.strip("/") or parts.query or parts.fragment:
        raise SettingError(
            f"{PREFIX}MAIL_URL takes a host and nothing after it; write / ? # @ in a password as %2F %3F %23 %40."
        )
    username, password = unquote(parts.username or ""), unquote(parts.password or "")
    if bool(username) != bool(password):
        raise SettingError(f"{PREFIX}MAIL_URL has a name without a password, or the other way round.")
    return MailRoute(kind, sender, host=parts.hostname, port=port, username=username, password=password)


#: What can carry the messages between servers and workers, and what keeps the counts of limits.
BROKERS = ("redis", "rediss", "amqp", "amqps")
CACHES = ("redis", "rediss", "memory")


def broker_url(url: str, database: str) -> str:
    """Where wake-ups for workers go; empty if the server runs the jobs itself.

    Raises SettingError for what is no such address, and for one beside SQLite: other processes, on other machines, have
    to write to the same database at once. No message repeats the address: it has a password.
    """
    if not url:
        return ""
    _server_of("BROKER_URL", url, BROKERS, "redis://127.0.0.1:6379/0 or amqp://name:password@127.0.0.1:5672//")
    if database.startswith("sqlite"):
        raise SettingError(
            f"{PREFIX}BROKER_URL needs PostgreSQL, and the database is SQLite. "
            f"Set {PREFIX}DATABASE_URL=postgresql://… too, or remove {PREFIX}BROKER_URL: "
            "the server then runs the jobs itself."
        )
    return url


def cache_url(url: str) -> str:
    """Where limits are counted; empty if each process counts for itself. Raises SettingError as `broker_url` does."""
    if url:
        _server_of("CACHE_URL", url, CACHES, "redis://127.0.0.1:6379/1")
    return url


def _server_of(name: str, url: str, kinds: tuple[str, ...], example: str) -> None:
    kind = url.split("://", 1)[0].lower()
    if "://" not in url or kind not in kinds:
        raise SettingError(f"{PREFIX}{name} has to begin with {':// or '.join(kinds)}://, as in {example}.")
    try:
        parts = urlsplit(url)
        found = parts.hostname or kind == "memory"
        _port = parts.port
    except ValueError:
        found = False
    if not found or (kind.startswith("redis") and parts.path.strip("/") and not parts.path.strip("/").isdecimal()):
        raise SettingError(
            f"{PREFIX}{name} has a host, a port or a number of the database that cannot be one; "
            "write / ? # @ in a password as %2F %3F %23 %40."
        )


def _host_of(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").encode("idna").decode()
    except ValueError:  # UnicodeError is one
        return ""


def _kept_key(instance: Path) -> str:
    """The key in the instance folder, made on the first start; one process wins when several start at once."""
    path = instance / "secret_key"
    if not path.exists():
        instance.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor, draft = tempfile.mkstemp(dir=instance)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(secrets.token_urlsafe(48) + "\n")
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
        os.unlink(draft)
    return path.read_text(encoding="utf-8").strip()
