"""Beside the page of a person: her data as a file."""

from __future__ import annotations

import io
from typing import Any

from flask import abort, flash, redirect, send_file, url_for
from flask_admin import BaseView, expose

from backoffice.accounts.models import User
from backoffice.admin.guard import Guarded, refuse
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.errors import DomainError
from backoffice.foundation.i18n import _l
from backoffice.people import personal_data
from backoffice.site.requests import present_actor


class PersonalDataView(Guarded, BaseView):
    """All that is kept about somebody, for whoever answers when people ask for it."""

    resource = "user"
    verbs = frozenset({"disclose"})
    endpoint_verbs = {"index_view": "disclose", "data_view": "disclose"}

    def __init__(self) -> None:
        super().__init__(name=_l("Personal data"), endpoint="personal_data", url="/admin/personal-data")

    def is_visible(self) -> bool:
        """Not in the sidebar: the page of a person leads here."""
        return False

    @expose("/")
    def index_view(self) -> Any:
        """Nothing by itself: to the people."""
        return redirect(url_for("user.index_view"))

    @expose("/<int:id>/", methods=("POST",))
    def data_view(self, id: int) -> Any:
        """The file."""
        user = db.session.get(User, id) if id < 2**31 else None
        if user is None:
            abort(404)
        try:
            with unit_of_work():
                made = personal_data.disclose(user, actor=present_actor())
        except DomainError as refusal:
            if getattr(refusal, "permission", None):
                refuse(refusal.permission)  # type: ignore[attr-defined]  # asked above
            flash(str(refusal.message), "error")
            return redirect(url_for("user.details_view", id=id))
        answer = send_file(
            io.BytesIO(made),
            mimetype="application/zip",
            as_attachment=True,
            download_name=personal_data.file_name(user),
        )
        answer.cache_control.no_store = True
        return answer
