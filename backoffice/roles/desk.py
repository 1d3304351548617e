"""The role desk: all roles side by side, changed in place, with what that means for people before it is saved."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from flask import redirect, request, url_for
from flask_admin import BaseView, expose
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from backoffice.accounts import queries
from backoffice.accounts.models import Role
from backoffice.admin.areas import AREAS_OF_WORK, Area
from backoffice.admin.guard import Guarded
from backoffice.admin.undoing import say_done
from backoffice.admin.words import views
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.errors import DomainError, StaleRecord
from backoffice.foundation.i18n import _, _l, _n
from backoffice.foundation.permissions import Can, is_allowed
from backoffice.foundation.text import clean_line
from backoffice.roles.choices import NOTHING, Choices, control, offered, stamp
from backoffice.roles.differences import changes_between
from backoffice.roles.effects import effects_of
from backoffice.roles.operations import DEFAULTS, change_grants, check_grants, clone, is_restorable
from backoffice.roles.reaches import can_be_local
from backoffice.site.refusals import refused
from backoffice.site.requests import present_actor


class RoleDeskView(Guarded, BaseView):
    """What every role grants, in a dozen areas; an area is opened to change it."""

    resource = "role"
    verbs = frozenset({"view", "create", "edit"})
    icon = "key"
    endpoint_verbs = {"index_view": "view", "change": "edit", "difference_view": "view", "copy_view": "create"}

    def __init__(self) -> None:
        super().__init__(name=_l("Side by side"), endpoint="role_desk", url="/admin/role/desk")

    def is_visible(self) -> bool:
        """Not in the sidebar: it stands beside the list of roles."""
        return False

    @expose("/")
    def index_view(self) -> Any:
        """The matrix; `area` names areas that are open."""
        roles, open_areas = _roles(), _areas(request.args.getlist("area"))
        return self._page(roles, open_areas, NOTHING)

    @expose("/", methods=("POST",))
    def change(self) -> Any:
        """Open one more area (`open`), show what the choices mean (`preview`), or save what was shown (`save`)."""
        roles, open_areas = _roles(), _areas([*request.form.getlist("area"), request.form.get("open", "")])
        try:
            choices = Choices.read(request.form.get("seen", ""), request.form.getlist)
        except DomainError as refusal:
            return self._page(roles, open_areas, NOTHING, complaint=refusal), 422
        if "open" in request.form:
            return self._page(roles, open_areas, choices)
        wanted = choices.wanted(roles)
        if not wanted:
            return self._page(roles, open_areas, choices, says=_("Nothing is changed yet.")), 422
        if clashes := choices.clashes(roles):
            return self._page(roles, open_areas, choices, clashes=clashes, is_preview=True), 409
        if "save" not in request.form or request.form.get("stamp") != stamp(wanted):
            return self._page(roles, open_areas, choices, is_preview=True)
        try:
            with unit_of_work():
                changed = change_grants(wanted, actor=present_actor())
        except (StaleDataError, StaleRecord):
            return self._page(_roles(), open_areas, choices, is_preview=True), 409
        except DomainError as refusal:
            refused(getattr(refusal, "permission", None))
            return self._page(_roles(), open_areas, choices, complaint=refusal), 422
        names = ", ".join(role.name for role in changed)
        say_done(_n("%(num)s role changed: %(names)s.", "%(num)s roles changed: %(names)s.", len(changed), names=names))
        return redirect(url_for(".index_view"))

    @expose("/difference/")
    def difference_view(self) -> Any:
        """Two roles beside each other, by number; `against` may be `default` for what was shipped."""
        roles = _roles()
        by_number = {str(role.id): role for role in roles}
        first = next((role for role in roles if is_restorable(role)), next(iter(roles), None))
        one = by_number.get(request.args.get("role", "")) or first
        asked = request.args.get("against", "" if "role" in request.args else "default")
        other = by_number.get(asked)
        shipped = DEFAULTS.get(one.began_as or "") if one is not None and asked == "default" else None
        changes, same = None, 0
        if one is not None and (other is not None or shipped is not None):
            against = other.granted if other is not None else shipped.grants if shipped else {}
            changes = changes_between(one.granted, against)
            same = sum(one.granted.get(name) == reach for name, reach in against.items())
        return self.render(
            "admin/house/role_difference.html",
            roles=roles,
            one=one,
            other=other,
            shipped=shipped,
            changes=changes,
            same=same,
            can_restore=bool(shipped and one and is_restorable(one) and changes and self.permits("edit")),
        )

    @expose("/copy/", methods=("GET", "POST"))
    def copy_view(self) -> Any:
        """A new role that grants what the role with the number `role` grants; asks for its name."""
        role = views()["role"].one_or_404(request.values.get("role"))
        name, complaint = request.form.get("name", ""), ""
        if request.method == "POST":
            try:
                with unit_of_work():
                    made = clone(role, actor=present_actor(), name=name)
            except IntegrityError:
                complaint = _("There is a role %(name)s already.", name=clean_line(name))
            except DomainError as refusal:
                refused(getattr(refusal, "permission", None))
                complaint = str(refusal.message)
            else:
                say_done(_("Saved: %(title)s.", title=made.title_text))
                return redirect(url_for("role.details_view", id=made.id))
        page = self.render("admin/house/role_copy.html", role=role, name=name, complaint=complaint)
        return page, 422 if complaint else 200

    def _page(
        self,
        roles: Sequence[Role],
        open_areas: Sequence[Area],
        choices: Choices,
        *,
        complaint: DomainError | None = None,
        says: str = "",
        clashes: Sequence[Any] = (),
        is_preview: bool = False,
    ) -> Any:
        actor = present_actor()
        may_edit = self.permits("edit")
        shown = {can for area in open_areas for can in area.cans}

        def changeable(role: Role) -> list[Can]:
            if not may_edit or role.holds_everything:
                return []
            return [can for can in Can if can in shown and offered(can, role.granted.get(can.value, ""), actor.granted)]

        choices = choices.anew(roles, changeable)
        wanted = choices.wanted(roles) if is_preview else {}
        effects = effects_of({role.name: grants for role, grants in wanted.items()}) if wanted else None
        if wanted and complaint is None:
            try:
                check_grants(wanted, actor=actor)
            except DomainError as refusal:
                complaint = refusal
        return self.render(
            "admin/house/role_desk.html",
            roles=roles,
            people=queries.people_by_role(),
            areas=AREAS_OF_WORK,
            open_areas=open_areas,
            choices=choices,
            may_edit=may_edit,
            offered=lambda can, role: offered(can, role.granted.get(can.value, ""), actor.granted),
            control=control,
            can_be_local=can_be_local,
            effects=effects,
            stamp=stamp(wanted) if wanted and complaint is None else "",
            complaint=complaint,
            clashes=clashes,
            says=says,
            sees_people=is_allowed(actor, Can.USER_VIEW),
        )


def _roles() -> list[Role]:
    return list(db.session.scalars(queries.all_roles()))


def _areas(names: Iterable[str]) -> list[Area]:
    """The areas of these names in their own order; an unknown one is nothing."""
    asked = set(names)
    return [area for area in AREAS_OF_WORK if area.name in asked]
