"""The Flask-Admin machinery: what every page of the back office inherits; knows no feature."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Flask
from flask_admin import Admin
from flask_admin.theme import Bootstrap4Theme

from backoffice.admin import deeds, words
from backoffice.admin.addresses import address_of
from backoffice.admin.menu import Section, Sidebar
from backoffice.admin.undoing import undoable
from backoffice.admin.view import ManagedView
from backoffice.records.actors import who_said
from backoffice.site.requests import csp_nonce


def init_admin(app: Flask, menu: Iterable[Section], front_page: Any) -> None:
    """A fresh Admin, with fresh views, for this one application."""
    sections = tuple(menu)
    admin = Admin(
        name=app.config["PUBLICATION"],
        theme=Bootstrap4Theme(base_template="admin/house/base.html"),
        index_view=front_page(),
        csp_nonce_generator=csp_nonce,
    )
    made = []
    with app.app_context():
        for section in sections:
            views = [view() for view in section.views]
            for view in views:
                admin.add_view(view)
            made.append((section, views))
    admin.init_app(app)
    app.extensions["menu"] = made
    app.extensions["managed_views"] = {
        view.resource: view for _section, views in made for view in views if isinstance(view, ManagedView)
    }
    app.jinja_env.globals.update(
        can_label=words.can_label,
        permission_words=words.permission_words,
        can_be_own=words.can_be_own,
        can_be_local=words.can_be_local,
        resource_title=words.resource_title,
        record_address=address_of,
        sidebar=Sidebar(made),
        told=deeds.told,
        who_said=who_said,
        has_history=deeds.has_history,
        history_of=deeds.history_of,
        most_shown=deeds.MOST_SHOWN,
        changes_of=deeds.changes_of,
        undoable=undoable,
    )


__all__ = ["Section", "init_admin"]
