"""Why somebody may do something, as a page, and seeing the back office as another."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask_admin import BaseView, expose

from backoffice.accounts import queries
from backoffice.accounts.models import Role, User
from backoffice.admin.areas import AREAS_OF_WORK
from backoffice.admin.guard import Guarded, refuse
from backoffice.admin.scope import key_of
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.errors import DomainError, NotFound
from backoffice.foundation.i18n import _, _l
from backoffice.foundation.permissions import Can, is_allowed
from backoffice.foundation.text import clean_line
from backoffice.records import audit
from backoffice.roles import explaining, identity, viewing
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
        return self.render("admin/house/view_as.html", roles=roles, people=people)

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
        identity.begin(kind, target.id)
        return redirect(url_for("admin.index"))

    @expose("/end", methods=("POST",))
    def end(self) -> Any:
        """See it as oneself again."""
        seen = identity.stop()
        if seen is not None:
            target = seen.actor.roles[0] if seen.is_role else seen.actor
            with unit_of_work():
                audit.note(f"{target.resource}.view_as_end", target=target)
        return redirect(came_from() or url_for("admin.index"))


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
