"""`create_app`: the order of wiring, and nothing else."""

from __future__ import annotations

import logging
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

from dotenv import load_dotenv
from flask import Flask
from flask_migrate import Migrate
from flask_wtf import CSRFProtect

from backoffice import registry
from backoffice.accounts import identity
from backoffice.accounts import undoing as undoing_of_accounts
from backoffice.admin import init_admin
from backoffice.catalogs import languages
from backoffice.catalogs import recording as recording_of_catalogs
from backoffice.cli import init_cli
from backoffice.files import keeping as keeping_of_files
from backoffice.files import recording as recording_of_files
from backoffice.files import undoing as undoing_of_files
from backoffice.foundation import connections, database
from backoffice.jobs import init_jobs
from backoffice.moderation import saved_views as views_of_the_desk
from backoffice.moderation import stamps as stamps_of_the_desk
from backoffice.overlay import site as overlay
from backoffice.posts import leaving as leaving_posts
from backoffice.records import audit, policies, trash
from backoffice.reminders import planning as planning_of_reminders
from backoffice.roles import identity as seeing_as
from backoffice.site import init_site
from backoffice.workbench import undoing as undoing_of_translations
from config import broker_url, cache_url, mail_route, settings_from

ROOT = Path(__file__).resolve().parents[1]


def create_app(settings: dict[str, Any] | None = None) -> Flask:
    """Build one application; nothing is remembered outside it. `settings` replace those of the environment."""
    load_dotenv(ROOT / ".env")
    values = {**settings_from(os.environ), **(settings or {})}
    # The address of the mail server has a password: nothing else gets to see it.
    route = mail_route(
        values.pop("MAIL_URL"), values.pop("MAIL_FROM"), instance=values["INSTANCE"], base_url=values["BASE_URL"]
    )
    values["BROKER_URL"] = broker_url(values["BROKER_URL"], values["DATABASE_URL"])
    values["CACHE_URL"] = cache_url(values["CACHE_URL"])
    app = Flask(
        __name__,
        template_folder=str(ROOT / "templates"),
        instance_path=str(values["INSTANCE"]),
    )
    app.config.from_mapping(_flask_settings(values), MAIL_ROUTE=route)
    app.logger.setLevel(getattr(logging, values["LOG_LEVEL"], logging.INFO))
    values["INSTANCE"].mkdir(parents=True, exist_ok=True, mode=0o700)
    database.install(app)
    connections.install(app)
    Migrate(
        app,
        database.db,
        directory=str(ROOT / "migrations"),
        render_as_batch=True,
        compare_type=True,
    )
    audit.install()
    trash.install()
    policies.install()
    stamps_of_the_desk.install()
    views_of_the_desk.install()
    undoing_of_accounts.install()
    leaving_posts.install()
    recording_of_catalogs.install()
    recording_of_files.install()
    keeping_of_files.install()
    undoing_of_files.install()
    undoing_of_translations.install()
    planning_of_reminders.install()
    languages.install(app)
    init_site(app, registry.PAGES, registry.CATALOGS)
    _ask_for_tokens(app)
    identity.install(app)
    seeing_as.install(app)
    overlay.install(app)
    init_admin(app, registry.ADMIN_MENU, registry.FRONT_PAGE)
    init_cli(app, registry.COMMANDS)
    init_jobs(app, registry.JOBS)
    return app


def _ask_for_tokens(app: Flask) -> None:
    """Every form that is sent comes with a token of its session, but those that say they need none."""
    tokens = CSRFProtect(app)
    for view in app.view_functions.values():
        if getattr(view, "is_token_free", False):
            tokens.exempt(view)


def _flask_settings(values: dict[str, Any]) -> dict[str, Any]:
    prefix = "__Host-" if values["SECURE_COOKIES"] else ""
    return {
        "SQLALCHEMY_DATABASE_URI": values["DATABASE_URL"],
        "SQLALCHEMY_ENGINE_OPTIONS": database.engine_options(values["DATABASE_URL"]),
        "SESSION_COOKIE_NAME": f"{prefix}backoffice",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": values["SECURE_COOKIES"],
        # A slow answer must not bring back a session that was ended meanwhile.
        "SESSION_REFRESH_EACH_REQUEST": False,
        # How long a session lasts is a policy; the cookie only has to live as long as that may be.
        "PERMANENT_SESSION_LIFETIME": timedelta(days=policies.SESSION_DAYS.most),
        "WTF_CSRF_TIME_LIMIT": None,
        "WTF_CSRF_SSL_STRICT": False,
        "MAX_CONTENT_LENGTH": 64 * 1024 * 1024,
        "MAX_FORM_MEMORY_SIZE": 8 * 1024 * 1024,
        "MAX_FORM_PARTS": 1000,
        "BABEL_DEFAULT_LOCALE": "en",
        "BABEL_DEFAULT_TIMEZONE": "UTC",
        "BABEL_TRANSLATION_DIRECTORIES": str(values["TRANSLATIONS"]),
        "SEND_FILE_MAX_AGE_DEFAULT": 31_536_000,
        **values,
    }
