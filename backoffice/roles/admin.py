"""Why somebody may do something, as a page, and seeing the back office as another."""

from __future__ import annotations

import hashlib
from typing import Any

from flask import Response, abort, flash, g, redirect, request, session, url_for
from flask_admin import BaseView, expose
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from backoffice.accounts import queries
from backoffice.accounts.default_roles import purpose_of
from backoffice.accounts.models import Role, User
from backoffice.admin.areas import AREAS_OF_WORK
from backoffice.admin.guard import Guarded, refuse
from backoffice.admin.scope import key_of
from backoffice.admin.undoing import say_done
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.errors import DomainError, NotFound
from backoffice.foundation.i18n import _, _l, _n
from backoffice.foundation.permissions import Can, is_allowed
from backoffice.foundation.text import clean_line
from backoffice.records import audit
from backoffice.roles import explaining, files, viewing
from backoffice.roles.effects import Effects, effects_of
from backoffice.site.redirects import came_from
from backoffice.site.refusals import refused
from backoffice.site.requests import present_actor

LONGEST_NAME = 254


class ExplainView(Guarded, BaseView):
    """For a person and an action, perhaps on a record: yes or no, and why. Everybody may ask about himself."""

    resource = "explain"
    icon = "info"
    endpoint_verbs = {"index_view": "enter"}

    def __init__(self) -> None:
        super().__init__(name=_l("Explain"), endpoint="explain", url="/admin/explain")

    def is_visible(self) -> bool:
        """Not in the sidebar: it is linked from where the question comes up."""
        return False

    @expose("/")
    def index_view(self) -> Any:
        """`person` is a user name or an address, oneself unless given; `action` a permission; `record` as `post:12`."""
        actor = present_actor()
        may_ask = may_ask_about_others(actor)
        asked = clean_line(request.args.get("person"))[:LONGEST_NAME]
        complaint, status = "", 200
        user = _self(actor)
        if asked and asked.lower() not in (user.username, user.email):
            if not may_ask:
                refuse(Can.USER_VIEW.value if not is_allowed(actor, Can.USER_VIEW) else Can.ROLE_VIEW.value)
            found = db.session.scalar(queries.by_name(asked))
            if found is None:
                complaint, status = _("There is no account %(name)s.", name=asked), 404
            else:
                user = found
        action = request.args.get("action", "")
        record = _record(actor, request.args.get("record", ""))
        actions = set(explaining.actions_on(record)) if record is not None else set(Can)
        if action and action not in actions:
            abort(404)
        told = explaining.explain(user, Can(action), record, names_roles=may_ask) if action and not complaint else None
        page = self.render(
            "admin/house/explain.html",
            user=user,
            typed=asked or user.username,
            action=action,
            record=record,
            told=told,
            complaint=complaint,
            areas=[(area.title, [can for can in area.cans if can in actions]) for area in AREAS_OF_WORK],
            may_ask=may_ask,
            people=explaining.active_people() if may_ask else [],
            rights=explaining.all_rights(user) if not action and record is None and not complaint else None,
        )
        return page, status


class ViewAsView(Guarded, BaseView):
    """Begins and ends seeing the back office as a role or a person, both of which the trail tells."""

    resource = "user"
    icon = "eye"
    verbs = frozenset({"view_as"})
    endpoint_verbs = {"index_view": "view_as", "begin": "view_as", "end": "enter"}

    def __init__(self) -> None:
        super().__init__(name=_l("View as"), endpoint="view_as", url="/admin/view-as")

    def is_visible(self) -> bool:
        """Not in the sidebar: it stands beside roles and people."""
        return False

    @expose("/")
    def index_view(self) -> Any:
        """The roles and people to choose from."""
        actor = present_actor()
        roles = [role for role in db.session.scalars(queries.all_roles()) if role.grants and not role.holds_everything]
        people = explaining.active_people() if is_allowed(actor, Can.USER_VIEW) else []
        return self.render(
            "admin/house/view_as.html",
            roles=roles,
            purposes={role.id: purpose_of(role) for role in roles},
            counts=queries.people_by_role(),
            people=people,
        )

    @expose("/", methods=("POST",))
    def begin(self) -> Any:
        """See it as the role or the person of this number, `role` or `person`; a user name will do."""
        actor: Any = present_actor()
        kind = "role" if request.form.get("role") else "person"
        target = _target(kind, request.form.get(kind, ""))
        if kind == "person" and not is_allowed(actor, Can.USER_VIEW):
            refuse(Can.USER_VIEW.value)
        try:
            if target is None:
                raise NotFound
            viewing.as_role(actor, target) if kind == "role" else viewing.as_person(actor, target)
        except DomainError as refusal:
            refused(getattr(refusal, "permission", None))
            flash(str(refusal.message), "error")
            return redirect(came_from() or url_for(".index_view"))
        with unit_of_work():
            audit.note(f"{target.resource}.view_as", target=target)
        session[viewing.SESSION_KEY] = [kind, target.id]
        return redirect(url_for("admin.index"))

    @expose("/end", methods=("POST",))
    def end(self) -> Any:
        """See it as oneself again."""
        session.pop(viewing.SESSION_KEY, None)
        seen = g.pop("viewing", None)
        if seen is not None:
            target = seen.actor.roles[0] if seen.is_role else seen.actor
            with unit_of_work():
                audit.note(f"{target.resource}.view_as_end", target=target)
        return redirect(came_from() or url_for("admin.index"))


class RolesFileView(Guarded, BaseView):
    """Roles as a file, out of the house and in again; what a file would change is shown before it is."""

    resource = "role"
    icon = "download"
    verbs = frozenset({"view", "export", "create", "edit"})
    endpoint_verbs = {"index_view": "view", "file_view": "export", "read": "create or edit"}

    def __init__(self) -> None:
        super().__init__(name=_l("As a file"), endpoint="role_file", url="/admin/role/file")

    def is_visible(self) -> bool:
        """Not in the sidebar: it stands beside the list of roles."""
        return False

    @expose("/")
    def index_view(self) -> Any:
        """The ways out and in."""
        return self._page()

    @expose("/roles.json")
    def file_view(self) -> Any:
        """All roles but the one that holds everything."""
        roles = db.session.scalars(queries.all_roles()).all()
        with unit_of_work():
            text = files.dump(roles)
            audit.note("role.export", entries=len(roles))
        response = Response(text, mimetype="application/json")
        response.headers["Content-Disposition"] = "attachment; filename=roles.json"
        return response

    @expose("/", methods=("POST",))
    def read(self) -> Any:
        """Show what the file would change; with `save`, bring in the text that was shown."""
        sent = request.files.get("file")
        content = sent.read(files.MOST_BYTES + 1) if sent else request.form.get("text", "").encode("utf-8", "replace")
        text = content.decode("utf-8", "replace")
        actor = present_actor()
        try:
            kept = files.load(content)
            files.check(kept, actor=actor)
            effects = effects_of({each.name: each.grants for each in kept})
            if "save" not in request.form or request.form.get("stamp") != _stamp(text, effects):
                return self._page(text, effects=effects, stamp=_stamp(text, effects))
            with unit_of_work():
                changed = files.bring_in(kept, actor=actor)
        except (IntegrityError, StaleDataError):
            complaint = _("Somebody else changed this at the same moment. Look at it again.")
            return self._page(text, complaint=complaint), 409
        except DomainError as refusal:
            refused(getattr(refusal, "permission", None))
            return self._page(text[: files.MOST_BYTES], complaint=str(refusal.message)), 422
        say_done(_n("%(num)s role brought in.", "%(num)s roles brought in.", len(changed)))
        return redirect(url_for("role_desk.index_view"))

    def _page(self, text: str = "", effects: Effects | None = None, stamp: str = "", complaint: str = "") -> Any:
        return self.render(
            "admin/house/role_file.html",
            text=text,
            effects=effects,
            stamp=stamp,
            complaint=complaint,
            may_export=self.permits("export"),
            may_import=self.permits("create or edit"),
            sees_people=is_allowed(present_actor(), Can.USER_VIEW),
        )


def _stamp(text: str, effects: Effects) -> str:
    """Stands for this text and what it would change now, so that what is brought in is what was looked at."""
    told = "\n".join((text.replace("\r\n", "\n"), repr(effects.roles)))
    return hashlib.sha256(told.encode()).hexdigest()[:32]


def _target(kind: str, text: str) -> Any:
    if kind == "role":
        key = key_of(text, Role)
        return db.session.get(Role, key) if key is not None else None
    key = key_of(text, User)
    found = db.session.get(User, key) if key is not None else None
    return found or db.session.scalar(queries.by_name(clean_line(text)[:LONGEST_NAME]))


def may_ask_about_others(actor: Any) -> bool:
    """Whether the person may know what others may do: she sees people and roles."""
    return is_allowed(actor, Can.USER_VIEW) and is_allowed(actor, Can.ROLE_VIEW)


def _self(actor: Any) -> User:
    found = db.session.get(User, actor.id)
    if found is None:
        abort(404)
    return found


def _record(actor: Any, name: str) -> Any:
    """The record, if the person who asks may see it; 404 else."""
    if not name:
        return None
    try:
        record = explaining.record_called(name)
    except NotFound:
        abort(404)
    view = f"{record.resource}.view"
    if view not in set(Can) or not is_allowed(actor, Can(view), record):
        abort(404)
    return record
