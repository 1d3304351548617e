"""Applications under test: one is built in full for each process, and most tests get a copy of it.

To build one takes longer than most tests. A copy has settings, extensions, hooks and a database of its own; it shares
what no test changes: routes, views, compiled templates, catalogs. Whoever adds a route or a template
function asks for a whole application with `make_app(whole=True)`; settings of one's own make it whole as well.
"""

from __future__ import annotations

import copy
from collections import defaultdict
from pathlib import Path
from typing import Any

from flask import Config, Flask

from backoffice import create_app
from backoffice.foundation import connections, database
from backoffice.site import limits
from config import mail_route
from tests.browser import Browser
from tests.databases import CompiledTemplates, settings
from tests.statements import share_compiled_statements

_COMPILED = CompiledTemplates()
_HOOKS = (
    "before_request_funcs",
    "after_request_funcs",
    "teardown_request_funcs",
    "template_context_processors",
    "url_value_preprocessors",
    "url_default_functions",
)
_prototypes: list[Flask] = []


def build(url: str, folder: Path, **changes: Any) -> Flask:
    """An application built in full."""
    app = create_app(settings(url, folder, **changes))
    app.jinja_env.bytecode_cache = _COMPILED
    return _ready(app)


def like_the_first(url: str, folder: Path) -> Flask:
    """A copy of the application that the first call builds, on the database and the folder given."""
    if not _prototypes:
        _prototypes.append(create_app(settings("sqlite://", folder)))
        _prototypes[0].jinja_env.bytecode_cache = _COMPILED
    first = _prototypes[0]
    app = copy.copy(first)
    folder.mkdir(parents=True, exist_ok=True)
    app.instance_path = str(folder)
    app.config = Config(first.config.root_path, first.config)
    app.config.update(
        DATABASE_URL=url,
        INSTANCE=folder,
        MAIL_ROUTE=mail_route("", "", instance=folder, base_url=""),
        SQLALCHEMY_DATABASE_URI=url,
        SQLALCHEMY_ENGINE_OPTIONS=database.engine_options(url),
    )
    for name in _HOOKS:
        setattr(app, name, defaultdict(list, {key: list(value) for key, value in getattr(first, name).items()}))
    app.teardown_appcontext_funcs = list(first.teardown_appcontext_funcs)
    app.view_functions = dict(first.view_functions)
    app.error_handler_spec = copy.deepcopy(first.error_handler_spec)
    app.extensions = {name: copy.copy(value) for name, value in first.extensions.items() if name != "sqlalchemy"}
    app.cli = copy.copy(first.cli)
    app.cli.commands = dict(first.cli.commands)
    app.add_url_rule = _refuse  # type: ignore[method-assign]
    database.install(app)
    connections.install(app)
    # The one object of the process, which an application with limits may have switched on.
    limits.limiter.enabled = app.config["RATELIMIT_ENABLED"]
    return _ready(app)


def _refuse(*_rule: Any, **_options: Any) -> None:
    raise AssertionError("this application shares its routes; ask for make_app(whole=True)")


def _ready(app: Flask) -> Flask:
    app.test_client_class = Browser
    share_compiled_statements(app)
    return app
