"""The policies of the house in the back office: one page, one form, grouped by what they are about."""

from __future__ import annotations

from typing import Any

from flask import redirect, request, url_for
from flask_admin import BaseView, expose
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from backoffice.admin.attending import attend, heartbeat, last_entry, left
from backoffice.admin.guard import Guarded
from backoffice.admin.merging import Conflict, Merge, unseen, words_changed
from backoffice.admin.undoing import say_done
from backoffice.foundation.database import unit_of_work
from backoffice.foundation.i18n import _, _l
from backoffice.records.actors import who_said
from backoffice.records.audit import AuditEntry
from backoffice.records.policies import POLICIES, Group, told
from backoffice.records.presences import leave, others
from backoffice.settings.forms import Line, lines_of, versions_read, versions_told
from backoffice.settings.operations import rows_of, set_policies
from backoffice.site.access import uncounted
from backoffice.site.requests import present_actor

#: The settings are one form, whatever their number: what stands for it where records have theirs.
ALL_OF_THEM = 0


class SettingsView(Guarded, BaseView):
    """What people decide about the house as a whole."""

    resource = "setting"
    icon = "settings"
    verbs = frozenset({"view", "edit"})
    endpoint_verbs = {"index_view": "view", "save": "edit", "presence_view": "edit"}

    def __init__(self) -> None:
        super().__init__(name=_l("Settings"), endpoint="setting", url="/admin/setting")

    @expose("/")
    def index_view(self) -> Any:
        """What every policy is set to."""
        return self._page(lines_of(rows_of(POLICIES)))

    @expose("/", methods=("POST",))
    def save(self) -> Any:
        """Set what was typed; what others set meanwhile is merged, and put side by side where both set the same."""
        try:
            return self._set()
        except (IntegrityError, StaleDataError):
            pass  # somebody saved at the same moment, perhaps the same person by a double click: once more
        try:
            return self._set()
        except (IntegrityError, StaleDataError):
            again = lines_of(rows_of(POLICIES), request.form)
            return self._page(again, Merge(who=None, when=None, version=0), base=request.form.get("version")), 409

    def _set(self) -> Any:
        lines = lines_of(rows_of(POLICIES), request.form)
        if name := request.form.get("default"):
            for line in lines:
                if line.policy.name == name:
                    line.put(line.policy.default)
            return self._page(lines, base=request.form.get("version"))
        for line in lines:
            if request.form.get(f"keep.{line.policy.name}") == "theirs":
                line.put(line.held)
        refused = [line for line in lines if not line.checked()]
        if refused:
            return self._page(lines, base=request.form.get("version")), 422
        merge = _merged(lines, versions_read(request.form.get("version", "")))
        if merge.conflicts:
            return self._page(lines, merge), 409
        with unit_of_work():
            set_policies({line.policy: line.value for line in lines}, actor=present_actor())
            leave(self.resource, ALL_OF_THEM, actor=present_actor())
        say_done(_saved(merge))
        return redirect(url_for(".index_view"))

    @expose("/presence/", methods=("POST",))
    @uncounted
    def presence_view(self) -> Any:
        """The heartbeat of the form, as of the form of any record."""
        if "left" in request.form:
            return left(self.resource, ALL_OF_THEM)
        found = others(self.resource, ALL_OF_THEM, actor=present_actor())
        now = versions_told(lines_of(rows_of(POLICIES)))
        is_newer = request.form.get("version", now) != now
        saved = last_entry(AuditEntry.target_type == self.resource) if is_newer else None
        return heartbeat(self.resource, ALL_OF_THEM, found, saved)

    def _page(self, lines: list[Line], merge: Merge | None = None, base: str | None = None) -> Any:
        """The page; `base` are the versions the form was opened with, while they are still to be compared."""
        may_edit = self.permits("edit")
        return self.render(
            "admin/house/settings.html",
            groups=[(group, [line for line in lines if line.policy.group is group]) for group in Group],
            problems=sum(bool(line.error) for line in lines),
            conflict=merge,
            version=versions_told(lines) if base is None else base,
            may_edit=may_edit,
            attendance=attend(self.resource, ALL_OF_THEM, url_for(".presence_view")) if may_edit else None,
            told=told,
        )


def _merged(lines: list[Line], versions: dict[str, int]) -> Merge:
    """Put what others set since into the form, except where its writer set the same policy to something else."""
    found = Merge(who=None, when=None, version=0)
    for line in lines:
        policy, base = line.policy, versions.get(line.policy.name, 0)
        if line.record is None or line.version == base or line.value == line.held:
            continue
        entries = unseen(line.record, base)
        before = [entry.changes["value"][0] for entry in entries if "value" in entry.changes][-1:]
        found.who = found.who or (who_said(entries[0].actor_id, entries[0].actor_name) if entries else None)
        if before and line.value == policy.or_default(before[0]):
            line.put(line.held)
            found.taken.append(policy.label)
            continue
        old = told(policy, policy.or_default(before[0])) if before else ""
        theirs, mine = (words_changed(old, told(policy, value)) for value in (line.held, line.value))
        who = who_said(entries[0].actor_id, entries[0].actor_name) if entries else None
        when = entries[0].at if entries else None
        found.conflicts.append(Conflict(policy.name, policy.label, old, theirs, mine, who, when))
    return found


def _saved(merge: Merge) -> str:
    if not merge.taken:
        return _("Saved.")
    fields = ", ".join(str(label) for label in merge.taken)
    kept = _("Kept what %(name)s changed meanwhile: %(fields)s.", name=merge.who, fields=fields)
    return f"{_('Saved.')} {kept}"
