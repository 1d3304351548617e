"""Addresses of pages, where no request says under which host they are reached."""

from __future__ import annotations

from typing import Any

from flask import current_app


def address_of(endpoint: str, **values: Any) -> str:
    """The page's address: whole if `BACKOFFICE_BASE_URL` is set, else the path."""
    path = current_app.url_map.bind("localhost").build(endpoint, values)
    return f"{current_app.config['BASE_URL']}{path}"
