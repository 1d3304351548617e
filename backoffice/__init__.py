"""The back office of a publication."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flask import Flask


def create_app(settings: dict[str, Any] | None = None) -> Flask:
    """Build one application; see `backoffice.app.create_app`."""
    from backoffice.app import create_app as build

    return build(settings)


__all__ = ["create_app"]
