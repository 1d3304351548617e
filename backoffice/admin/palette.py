"""The palette's records: whatever the person may see, found by typing, from every view that can be searched."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import current_app, jsonify, request
from flask_admin import BaseView, expose

from backoffice.admin.addresses import address_of
from backoffice.admin.columns import column_of
from backoffice.admin.guard import Guarded
from backoffice.admin.listing import LONGEST_SEARCH
from backoffice.foundation.database import db
from backoffice.foundation.i18n import _l
from backoffice.foundation.search import Searchable, words_of
from backoffice.foundation.text import clean_line, shortened

#: Records of one kind that are offered.
MOST_OF_A_KIND = 5
#: Records whose names are compared one by one ask for as much as this, so that one letter does not read every table.
SHORTEST = 2
LONGEST_NOTE = 90


class PaletteView(Guarded, BaseView):
    """Answers the palette: the same few queries for each kind of record, whatever the size of the tables."""

    resource = "palette"
    icon = "search"
    endpoint_verbs = {"index_view": "enter"}

    def __init__(self) -> None:
        super().__init__(name=_l("Search or jump to"), endpoint="palette", url="/admin/palette")

    def is_visible(self) -> bool:
        """Not in the sidebar: every page has a button and a key for it."""
        return False

    @expose("/")
    def index_view(self) -> Any:
        """The kinds of which something fits `query`: what was found, and the address of the list that has all of it."""
        text = clean_line(request.args.get("query"))[:LONGEST_SEARCH]
        return jsonify(kinds=list(_kinds(text)) if len(text) >= SHORTEST else [])


def _kinds(text: str) -> Iterator[dict[str, Any]]:
    for view in current_app.extensions["managed_views"].values():
        # What nobody works on, such as the trail, is read in its own list.
        if not {"create", "edit"} & set(view.verbs) or not view.is_searchable or not view.permits("view"):
            continue
        if issubclass(view.model, Searchable) and not words_of(text):
            continue
        if found := list(_found(view, text)):
            yield {
                "title": str(view.name),
                "icon": view.icon,
                "list": view.get_url(f"{view.endpoint}.index_view", search=text),
                "records": found,
            }


def _found(view: Any, text: str) -> Iterator[dict[str, Any]]:
    note = _note(view)
    # As the list loads them: whose a record is may be asked of a related one.
    columns = [*view.visible_columns(view.column_list), *([column_of(view.model, note)] if note else [])]
    query = view.searched(view.records(), text).order_by(view.model.id.desc()).limit(MOST_OF_A_KIND)
    for record in db.session.scalars(view.lean(query, columns)).unique():
        address = address_of(record)
        if address is not None:
            status = getattr(record, "status", None)
            yield {
                "text": record.title_text,
                "note": shortened(str(getattr(record, note)), LONGEST_NOTE) if note else "",
                "address": address,
                "status": str(status or ""),
                "label": str(getattr(status, "label", "")),
            }


def _note(view: Any) -> str | None:
    """The words by which a record without a name of its own is known, such as those of a comment."""
    first = next(iter(getattr(view.model, "searched", ())), None)
    titled = view.model.titled_by or view.model.named_by
    return first if first and first not in titled and view.visible_columns([first]) else None
