"""Everything that matches, chosen at once and safely.

What was listed travels as a signed token: view, search, filters, count, operation and person. One page before shows
the number and some of it; when its button is pressed the records are written down and counted in the same transaction,
and a number that differs from the one that was shown stops it. The work is a task in the background with one undo.
"""

from __future__ import annotations

from typing import Any

from flask import abort, current_app, redirect, request, url_for
from flask_admin import expose
from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy import Select, func, select
from werkzeug.datastructures import MultiDict

from backoffice.admin.guard import refuse
from backoffice.admin.listing import Listing
from backoffice.admin.parts import Part
from backoffice.admin.seen import now_seen
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.i18n import _
from backoffice.foundation.operations import Operation
from backoffice.records import batches
from backoffice.records.sent_forms import AlreadySent, new_key, spend
from backoffice.records.tasks import begin, give_items
from backoffice.site.redirects import wanted
from backoffice.site.requests import present_actor

SAMPLES = 5
#: Parts of an address that change how a list looks and not what is in it.
_LOOKS = {"page_size", "lang"}


class _OtherNumber(Exception):
    """So many match now, and not as many as were shown."""

    def __init__(self, count: int) -> None:
        super().__init__(count)
        self.count = count


class Selecting(Part):
    """Gives a view what is done to all that matches, at `/all/`."""

    model: Any

    def everything_listed(self, listing: Listing) -> str | None:
        """A token for all that the list holds, where that is more than one page of it."""
        if len(listing.rows) >= listing.count or not any(each.in_lists for each in self.offered()):
            return None
        kept = {name: value for name, value in self.kept(listing.filters).items() if name not in _LOOKS}
        return self._signed(kept, None, "")

    @expose("/all/", methods=("POST",))
    def all_view(self) -> Any:
        """Do an operation to all that matches, if it is still as many as the page before said."""
        token = self._read(request.form.get("all"))
        operation = self.operation_named(request.form.get("action"))
        if token is None or operation is None or token["a"] != operation.name or token["n"] is None:
            abort(400)
        if not operation.is_allowed(present_actor()):
            refuse(operation.needs.value)
        form = operation.takes(request.form) if operation.takes else None
        if form is not None and not form.validate():
            return self._all_page(operation, token["q"], form=form, status=422)
        if operation.is_final and request.form.get("confirm", "").strip() != str(token["n"]):
            return self._all_page(operation, token["q"], form=form, wrong=True, status=422)
        inputs = {name: value for name, value in request.form.items() if form is not None and name in form}
        try:
            with unit_of_work():
                sent = spend(request.form.get("once"), request.form.items(multi=True), actor=present_actor())
                task = begin(
                    batches.operate,
                    _("%(verb)s: %(num)s", verb=operation.label, num=token["n"]),
                    actor=present_actor(),
                    action=operation.action,
                    inputs=inputs,
                    seen=token["s"],
                )
                count = give_items(task, self._matching(token["q"]), self.model)
                if count != token["n"]:
                    raise _OtherNumber(count)
                if sent is not None:
                    sent.made_id = task.id
                number = task.id
        except AlreadySent as sent_before:
            # A button pressed twice is one task.
            number = sent_before.made_id or 0
        except _OtherNumber as other:
            before = token["n"]
            said = _("%(before)s were chosen, and %(now)s match now. Nothing was done.", before=before, now=other.count)
            return self._all_page(operation, token["q"], form=form, changed=said, status=409)
        return redirect(url_for("jobs.task_view", id=number, url=wanted("url") or ""))

    def ask_for_all(self, operation: Operation) -> Any:
        """The page before, for what the ticked box of a list says."""
        token = self._read(request.form.get("all"))
        if token is None or not operation.in_lists:
            abort(400)
        return self._all_page(operation, token["q"])

    def _all_page(
        self, operation: Operation, kept: dict[str, str], form: Any = None, status: int = 200, **said: str | bool
    ) -> Any:
        query, seen = self._matching(kept), now_seen()
        count = db.session.scalar(select(func.count()).select_from(query.with_only_columns(self.model.id).subquery()))
        order, _name = self.order_for(MultiDict(kept))
        samples = db.session.scalars(order.applied(query).limit(SAMPLES)).all()
        if form is None and operation.takes:
            form = operation.takes()
        if form is not None:
            form.about(samples, present_actor(), count or 0)
        page = self.render(
            "admin/house/all.html",
            operation=operation,
            form=form,
            count=count,
            samples=samples,
            once=request.form.get("once") or new_key(),
            token=self._signed(kept, count, operation.name, seen),
            following=wanted("url") or url_for(f"{self.endpoint}.index_view"),
            said=said,
        )
        return page, status

    def _matching(self, kept: dict[str, str]) -> Select[Any]:
        return self.narrowed(MultiDict(kept), is_whole=True)

    def _signed(self, kept: dict[str, str], count: int | None, action: str, seen: str = "") -> str:
        told = {"v": self.endpoint, "q": kept, "n": count, "a": action, "u": present_actor().id, "s": seen}
        return str(_signer().dumps(told))

    def _read(self, text: str | None) -> dict[str, Any] | None:
        """What a token of this view and this person says; None for any other."""
        try:
            told = _signer().loads(text or "")
        except BadData:
            return None
        good = told["v"] == self.endpoint and told["u"] == present_actor().id
        return told if good else None


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="all that match")
