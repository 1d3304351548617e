"""The catalogs that pages read: ours, and overlays over the words of Flask-Admin and WTForms."""

from __future__ import annotations

from flask import Flask


def install(app: Flask) -> None:
    """Let the application speak from `translations/`."""
