"""Where a record is shown to the person who asks."""

from __future__ import annotations

from typing import Any

from flask import current_app, g, url_for

from backoffice.foundation.permissions import ALL, Can, is_allowed, reach_of
from backoffice.site.requests import present_actor


def address_of(record: Any) -> str | None:
    """The address of the form or the page of the record, whichever the person may open; None if neither."""
    for can, everywhere, base in _pages(record.resource):
        if everywhere or is_allowed(present_actor(), can, record):
            return f"{base}?id={record.id}"
    return None


def _pages(resource: str) -> list[tuple[Can, bool, str]]:
    """What opens a record of the kind, best first; worked out once in a request, as a list asks for every row."""
    known: dict[str, Any] = g.setdefault("record_pages", {})
    if resource not in known:
        view = current_app.extensions["managed_views"].get(resource)
        known[resource] = [
            (can, reach == ALL, url_for(f"{view.endpoint}.{endpoint}"))
            for verb, endpoint in (("edit", "edit_view"), ("view", "details_view"))
            if view is not None and verb in view.verbs
            for can in [Can(f"{resource}.{verb}")]
            for reach in [reach_of(present_actor(), can)]
            if reach is not None
        ]
    found: list[tuple[Can, bool, str]] = known[resource]
    return found
