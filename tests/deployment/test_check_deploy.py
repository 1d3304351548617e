"""`flask check-deploy` names what is unsafe, says what to do, repeats no secret, and is content with what is good."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text

from backoffice.accounts import passwords
from backoffice.accounts.models import Role, User
from backoffice.accounts.seeding import DEMO_PASSWORD
from backoffice.deployment import database_checks, file_checks, settings_checks
from backoffice.deployment.commands import CHECKS, findings
from backoffice.deployment.findings import Installation
from backoffice.foundation.database import db, unit_of_work
from config import mail_route
from tests import factories
from tests.databases import ADMIN_PASSWORD
from tests.terminal import refusal, run

MakeApp = Callable[..., Flask]
GOOD: dict[str, Any] = {
    "SECRET_KEY": "Yq2xv8P0sLw7bN4tR9kEzJ5uAhD3mCfG1oVi6BTy",
    "BASE_URL": "https://desk.paper.org",
    "SECURE_COOKIES": True,
    "PROXIES": 1,
    "RATELIMIT_ENABLED": True,
    "TESTING": False,
    "BCRYPT_ROUNDS": 12,
    "ADMIN_PASSWORD": "",
}
#: Settings as the application keeps them.
SETTINGS = {
    **GOOD,
    "SESSION_COOKIE_SECURE": True,
    "SESSION_COOKIE_HTTPONLY": True,
    "SESSION_COOKIE_SAMESITE": "Lax",
    "DEMO": False,
    "DEBUG": False,
    "LOG_LEVEL": "INFO",
    "DATABASE_URL": "postgresql+psycopg://desk:a%20password@127.0.0.1/desk",
    "CACHE_URL": "",
}
OF_SETTINGS = [check for check in CHECKS if check.__module__ == settings_checks.__name__]
HIDDEN = "kept-to-ourselves"


def told(settings: dict[str, Any], environment: dict[str, str] | None = None, mail: str = "") -> list[str]:
    """What is said about these settings, where the others are good."""
    route = mail_route(mail, "", instance=Path("/srv"), base_url="https://desk.paper.org")
    values = {**SETTINGS, "MAIL_ROUTE": route, **settings}
    installation = Installation(values, environment or {}, Path("/srv"))
    return [str(finding) for check in OF_SETTINGS for finding in check(installation)]


def test_good_settings_are_left_alone() -> None:
    assert told({}) == []
    for host in ("localhost", "127.0.0.1", "[::1]", ""):
        assert (
            told({"DATABASE_URL": f"postgresql+psycopg://desk@{host}/desk"}, mail=f"smtp://{host or 'localhost'}") == []
        )
    assert told({"DATABASE_URL": "postgresql+psycopg:///desk?host=/run/postgresql"}) == []
    assert told({"DATABASE_URL": "postgresql+psycopg://db.paper.org/desk"}, {"PGSSLMODE": "verify-full"}) == []
    assert told({"CACHE_URL": "rediss://cache.paper.org"}, {"WEB_CONCURRENCY": "4"}) == []
    assert told({}, mail=f"smtps://desk:{HIDDEN}@mail.paper.org") == []


@pytest.mark.parametrize(
    ("about", "settings"),
    [
        ("BACKOFFICE_SECRET_KEY", {"SECRET_KEY": ""}),
        ("BACKOFFICE_SECRET_KEY", {"SECRET_KEY": "short"}),
        ("BACKOFFICE_SECRET_KEY", {"SECRET_KEY": "abc" * 30}),
        ("BACKOFFICE_SECRET_KEY", {"SECRET_KEY": "changeme-changeme-0123456789-abcdefgh"}),
        ("BACKOFFICE_BASE_URL", {"BASE_URL": ""}),
        ("BACKOFFICE_BASE_URL", {"BASE_URL": "http://desk.paper.org"}),
        ("BACKOFFICE_BASE_URL", {"BASE_URL": "desk.paper.org"}),
        ("BACKOFFICE_SECURE_COOKIES", {"SESSION_COOKIE_SECURE": False}),
        ("BACKOFFICE_PROXIES", {"PROXIES": 0}),
        ("BACKOFFICE_DEMO", {"DEMO": True}),
        ("FLASK_DEBUG", {"DEBUG": True}),
        ("BACKOFFICE_LOG_LEVEL", {"LOG_LEVEL": "DEBUG"}),
        ("TESTING", {"TESTING": True}),
        ("RATELIMIT_ENABLED", {"RATELIMIT_ENABLED": False}),
        ("WTF_CSRF_ENABLED", {"WTF_CSRF_ENABLED": False}),
        ("SESSION_COOKIE_HTTPONLY", {"SESSION_COOKIE_HTTPONLY": False}),
        ("SESSION_COOKIE_SAMESITE", {"SESSION_COOKIE_SAMESITE": None}),
        ("BCRYPT_ROUNDS", {"BCRYPT_ROUNDS": 4}),
        ("BACKOFFICE_DATABASE_URL", {"DATABASE_URL": f"postgresql+psycopg://desk:{HIDDEN}@db.paper.org/desk"}),
        ("BACKOFFICE_DATABASE_URL", {"DATABASE_URL": "postgresql+psycopg://10.0.0.5/desk?sslmode=prefer"}),
        ("BACKOFFICE_CACHE_URL", {"CACHE_URL": f"redis://:{HIDDEN}@cache.paper.org:6379/0"}),
    ],
)
def test_each_unsafe_setting_is_named_in_one_line_without_its_secret(about: str, settings: dict[str, Any]) -> None:
    (line,) = told(settings)
    assert line.startswith(f"{about}: ")
    assert (
        "\n" not in line and HIDDEN not in line and not (settings.get("SECRET_KEY") and settings["SECRET_KEY"] in line)
    )


def test_mail_in_the_clear_and_limits_of_each_process_are_named() -> None:
    (line,) = told({}, mail=f"smtp://desk:{HIDDEN}@mail.paper.org")
    assert line.startswith("BACKOFFICE_MAIL_URL: ") and HIDDEN not in line
    (line,) = told({}, {"WEB_CONCURRENCY": "4"})
    assert line.startswith("BACKOFFICE_CACHE_URL: ")


def test_files_that_other_accounts_can_read_are_named(tmp_path: Path) -> None:
    here = tmp_path
    while here.parent != here:  # what stands above is the machine's
        if not here.stat().st_mode & 0o001:
            if here.stat().st_uid != os.getuid():
                pytest.skip(f"{here} keeps others out already")
            here.chmod(here.stat().st_mode | 0o001)
        here = here.parent
    instance, elsewhere = tmp_path / "instance", tmp_path / "elsewhere"
    instance.mkdir(mode=0o700)
    elsewhere.mkdir()
    for name in ("key", "desk.sqlite3", ".env"):
        (elsewhere / name).write_text(HIDDEN)
        (elsewhere / name).chmod(0o600)
    settings = {
        "INSTANCE": instance,
        "DATABASE_URL": f"sqlite:///{elsewhere / 'desk.sqlite3'}",
        "MAIL_ROUTE": mail_route("", "", instance=instance, base_url=""),
    }
    installation = Installation(settings, {"BACKOFFICE_SECRET_KEY_FILE": str(elsewhere / "key")}, elsewhere)

    def names() -> list[str]:
        checks = (file_checks.instance, file_checks.outside)
        return [finding.about for check in checks for finding in check(installation)]

    assert names() == []
    instance.chmod(0o755)
    for name in ("key", "desk.sqlite3", ".env"):
        (elsewhere / name).chmod(0o644)
    assert names() == ["BACKOFFICE_INSTANCE", ".env", "BACKOFFICE_SECRET_KEY_FILE", "BACKOFFICE_DATABASE_URL"]
    elsewhere.chmod(0o700)
    assert names() == ["BACKOFFICE_INSTANCE"]


def test_a_good_installation_passes_and_an_unsafe_one_is_refused(make_app: MakeApp) -> None:
    done = run(make_app(**GOOD), "check-deploy")
    assert (done.exit_code, done.stdout, done.stderr) == (0, "Nothing unsafe was found.\n", "")
    unsafe = run(make_app(**{**GOOD, "SECRET_KEY": "short", "PROXIES": 0}), "check-deploy")
    assert unsafe.exit_code == 1
    assert [line.split(":")[0] for line in unsafe.stdout.splitlines()] == [
        "BACKOFFICE_SECRET_KEY",
        "BACKOFFICE_PROXIES",
    ]
    assert refusal(unsafe) == "Error: 2 settings are unsafe."


def test_passwords_that_others_know_are_named(make_app: MakeApp) -> None:
    app = make_app(**{**GOOD, "ADMIN_PASSWORD": ADMIN_PASSWORD})
    with app.app_context():
        with unit_of_work():
            for name, is_active in (("mira", True), ("jonas", False)):
                hash = passwords.hashed(DEMO_PASSWORD, 4)
                factories.user(username=name, password_hash=hash, is_active=is_active)
            factories.user(username="tomas", password_hash=passwords.hashed("a password of his own", 4))
        found = [str(finding) for finding in findings(Installation(app.config, {}, Path(app.root_path).parent))]
    assert [line.split(":")[0] for line in found] == ["BACKOFFICE_ADMIN_PASSWORD", "BACKOFFICE_DEMO"]
    assert "mira" in found[1]
    assert not [line for line in found if ADMIN_PASSWORD in line or DEMO_PASSWORD in line]


@pytest.mark.both_databases
def test_a_database_that_is_not_ready_is_named(app: Flask) -> None:
    installation = Installation(app.config, {}, Path(app.root_path).parent)
    with app.app_context():
        assert list(database_checks.schema(installation)) == []
        with unit_of_work():
            for user in db.session.scalars(select(User).join(User.roles).where(Role.name == "administrator")).unique():
                user.is_active = False
        assert [finding.about for finding in database_checks.people(installation)] == ["flask accounts"]
        with unit_of_work():
            db.session.execute(text("UPDATE alembic_version SET version_num = 'an older one'"))
        assert [finding.about for finding in database_checks.schema(installation)] == ["BACKOFFICE_DATABASE_URL"]
        assert list(database_checks.people(installation)) == []
        is_postgresql = db.engine.dialect.name == "postgresql"
        # The server of the tests has no other role.
        assert len(list(database_checks.role_of_the_server(installation))) == is_postgresql
