"""What every test may ask for.

`app`: an application with the default roles and the account `admin`, on a database of its own. It is SQLite, unless the
test is marked `both_databases` (a function, a class or a whole file by `pytestmark`): then the test runs twice, the
second time on PostgreSQL. Mark what depends on the database: lists, search, paging, saving, the trail, migrations,
export. `--databases=postgresql` runs every test there, `--databases=sqlite` none, `--databases=both` each on both.

`make_app(**settings)`: further applications on the same database. `client`: a visitor's browser. `sign_in("mo")`: the
browser of one of the people in `tests/people.py`, or of a user whom a factory made. `post_form` and what reads pages
stand in `tests/browser.py`.

No application context may be held while a browser makes a request, for Flask would share `g`, and with it the person
who is signed in, between requests: write `with app.app_context():` around arranging and around looking, no longer.

PostgreSQL is a private server of this run (`tests/postgres.py`). Where its programs are missing those tests are skipped
with the reason printed; with REQUIRE_SERVICES=1 they fail.
"""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

import config as house_config

# Whatever the developer has set, or keeps in .env, stays out of the tests.
_FOLDER = Path(tempfile.mkdtemp(prefix="bo-tests-"))
for _name, _value in house_config.DEFAULTS.items():
    os.environ[f"{house_config.PREFIX}{_name}"] = _value
os.environ[f"{house_config.PREFIX}INSTANCE"] = str(_FOLDER / "instance")
# What a test translates is not translated in the product.
os.environ[f"{house_config.PREFIX}TRANSLATIONS"] = str(
    shutil.copytree(house_config.ROOT / "translations", _FOLDER / "translations")
)
os.environ[f"{house_config.PREFIX}SECRET_KEY"] = "a key for the tests, long enough to be taken for a good one"

from backoffice.accounts.models import User  # noqa: E402
from backoffice.foundation.database import unit_of_work  # noqa: E402
from tests import applications, people, postgres  # noqa: E402
from tests import databases as dbs  # noqa: E402
from tests.browser import Browser  # noqa: E402
from tests.routes import remember_compiled_rules  # noqa: E402

remember_compiled_rules()
# Applications are large and live long here: searching them for waste takes some per cent of the time.
gc.set_threshold(100_000, 50, 100)
_SERVER = pytest.StashKey[postgres.PostgresServer]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--databases",
        choices=("marked", *dbs.KINDS, "both"),
        default="marked",
        help="which tests run on which database: as marked (default), all on one, or all on both",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "both_databases: runs on SQLite and again on PostgreSQL")


def pytest_unconfigure(config: pytest.Config) -> None:
    if server := config.stash.get(_SERVER, None):
        server.stop()
    shutil.rmtree(_FOLDER, ignore_errors=True)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """With several processes the first one starts the server and tells the others where it is."""
    if node.config.getoption("--databases") != dbs.SQLITE:
        try:
            node.workerinput["postgres"] = _server(node.config).address
        except postgres.Unavailable as error:
            node.workerinput["no_postgres"] = str(error)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "database_kind" not in metafunc.fixturenames:
        return
    chosen = metafunc.config.getoption("--databases")
    if chosen == "marked":
        chosen = "both" if metafunc.definition.get_closest_marker("both_databases") else dbs.SQLITE
    kinds = dbs.KINDS if chosen == "both" else (chosen,)
    if kinds != (dbs.SQLITE,):
        metafunc.parametrize("database_kind", kinds, indirect=True)


@pytest.fixture
def database_kind(request: pytest.FixtureRequest) -> str:
    """`sqlite` or `postgresql`."""
    return str(getattr(request, "param", dbs.SQLITE))


@pytest.fixture(scope="session")
def databases(request: pytest.FixtureRequest) -> Iterator[dbs.Databases]:
    """The databases of this process."""
    given = getattr(request.config, "workerinput", {})

    def address() -> str:
        if reason := given.get("no_postgres"):
            return _missing(reason)
        if "postgres" in given:
            return str(given["postgres"])
        try:
            return _server(request.config).address
        except postgres.Unavailable as error:
            return _missing(str(error))

    made = dbs.Databases(given.get("workerid", "main"), address)
    yield made
    made.close()


@pytest.fixture
def database_url(databases: dbs.Databases, database_kind: str) -> Iterator[str]:
    """A database of this test's own with every migration, the default roles and the account `admin`."""
    url = databases.fresh(database_kind)
    yield url
    databases.drop(url)


@pytest.fixture
def make_app(database_url: str, tmp_path: Path) -> Iterator[Callable[..., Flask]]:
    """Makes applications on the database of this test; keywords are settings. See `tests/applications.py`."""
    made: list[Flask] = []

    def make(*, whole: bool = False, **changes: Any) -> Flask:
        if whole or changes:
            made.append(applications.build(database_url, tmp_path, **changes))
        else:
            made.append(applications.like_the_first(database_url, tmp_path))
        return made[-1]

    yield make
    for app in made:
        dbs.close(app)


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    """The application."""
    return make_app()


@pytest.fixture
def client(app: Flask) -> Browser:
    """A visitor's browser."""
    return app.test_client()  # type: ignore[return-value]


@pytest.fixture
def sign_in(app: Flask) -> Callable[[str | User], Browser]:
    """Signs a person in, by user name or record, through the sign-in form, and returns her browser."""

    def signed_in(who: str | User) -> Browser:
        username = who if isinstance(who, str) else who.username
        if username in people.CAST:
            with app.app_context(), unit_of_work():
                people.person(username)
        browser = app.test_client()
        password = dbs.ADMIN_PASSWORD if username == "admin" else people.PASSWORD
        answer = browser.sign_in(username, password)  # type: ignore[attr-defined]
        assert answer.status_code == 302, f"{username} could not sign in: {answer.status_code}"
        return browser  # type: ignore[return-value]

    return signed_in


def _server(config: pytest.Config) -> postgres.PostgresServer:
    if _SERVER not in config.stash:
        config.stash[_SERVER] = postgres.PostgresServer()
    return config.stash[_SERVER]


def _missing(reason: str) -> Any:
    if os.environ.get("REQUIRE_SERVICES") == "1":
        pytest.fail(f"PostgreSQL is required: {reason}")
    pytest.skip(f"PostgreSQL: {reason}")
