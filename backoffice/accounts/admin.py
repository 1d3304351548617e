"""People and roles in the back office."""

from __future__ import annotations

from backoffice.accounts import addresses, guards, queries
from backoffice.accounts.default_roles import purpose_of
from backoffice.accounts.giving import give_role, take_role
from backoffice.accounts.models import Role, User
from backoffice.accounts.operations import (
    deactivate,
    delete,
    invite,
    reactivate,
    set_permissions,
    set_roles,
)
from backoffice.admin.columns import Cell, named
from backoffice.admin.fields import LanguageField, PermissionsField, TimeZoneField
from backoffice.admin.view import ManagedView
from backoffice.admin.words import can_label, resource_title
from backoffice.foundation.i18n import _, _l
from backoffice.foundation.permissions import ALL, Can
from backoffice.people.erasing import erase
from backoffice.roles.explaining import reach_words
from backoffice.roles.operations import restore_default
from backoffice.signing.operations import (
    demand_new_password,
    demand_no_new_password,
    demand_no_second_factor,
    demand_second_factor,
    remove_second_factor,
    start_reset,
)
from backoffice.site.templating import clock_time, day, listed


def ends(user: User) -> Cell:
    """The roles that end, each with its moment in the reader's time."""
    told = [
        _("%(role)s until %(day)s, %(time)s", role=term.role.name, day=day(term.until), time=clock_time(term.until))
        for term in user.terms
    ]
    return Cell("names", told) if told else Cell("none")


class UserView(ManagedView):
    """Everybody who can sign in. Passwords, roles and being active change by operation only."""

    model = User
    go = "u"
    icon = "users"
    adding = _l("New person")
    lede = _l("Who works here. Nobody is deleted: people are deactivated, and what they wrote stays.")
    verbs = frozenset({"view", "create", "edit", "export"})
    operations = (
        invite,
        start_reset,
        demand_new_password,
        demand_no_new_password,
        remove_second_factor,
        give_role,
        take_role,
        deactivate,
        reactivate,
        erase,
    )
    via = {"roles": set_roles}
    refuses = (guards.refuse_above,)
    then = invite
    on_create = addresses.entered
    on_edit = addresses.changed
    choosing = {"roles": queries.all_roles}
    column_list = ("name", "roles", "email", "is_active", "created_at")
    column_filters = ("is_active", "roles", "created_at")
    column_searchable_list = ("username", "name", "email")
    column_default_sort = ("name", False)
    column_details_list = (
        "username",
        "name",
        "email",
        "roles",
        "terms",
        "is_active",
        "must_change_password",
        "locale",
        "time_zone",
        "created_at",
    )
    cells = {"name": named("name", aside="username")}
    in_words = {"terms": ends}
    details_template = "admin/house/person.html"
    reads = ("username",)
    form_columns = ("name", "username", "email", "roles", "locale", "time_zone")
    form_aside = ("roles", "locale", "time_zone")
    form_overrides = {"locale": LanguageField, "time_zone": TimeZoneField}


def purpose(role: Role) -> Cell:
    """What a role is for: of a built-in role in the reader's language, as long as nobody has written it anew."""
    return Cell("text", purpose_of(role))


def in_areas(role: Role) -> Cell:
    """What a role grants, area by area in words."""
    if role.holds_everything:
        return Cell("text", _("everything"))
    areas: dict[str, list[str]] = {}
    for grant in role.grants:
        can = Can(grant.permission)
        reach = "" if grant.reach == ALL else f" ({reach_words(grant.reach)})"
        areas.setdefault(str(resource_title(can.resource)), []).append(f"{can_label(can)}{reach}")
    return Cell("names", [f"{area}: {listed(verbs)}" for area, verbs in sorted(areas.items())])


class RoleView(ManagedView):
    """Named bundles of permissions."""

    model = Role
    icon = "key"
    list_template = "admin/house/roles.html"
    details_template = "admin/house/role.html"
    adding = _l("New role")
    lede = _l("What people may do. A person has all the rights of all their roles. You can give only what you hold.")
    operations = (restore_default, demand_second_factor, demand_no_second_factor, delete)
    via = {"permissions": set_permissions}
    refuses = (guards.refuse_the_whole_key,)
    column_list = ("name", "description", "is_built_in", "updated_at")
    in_words = {"description": purpose, "grants": in_areas}
    column_filters = ("is_built_in",)
    column_searchable_list = ("name", "description")
    column_default_sort = ("name", False)
    column_details_list = (
        "name",
        "description",
        "is_built_in",
        "demands_second_factor",
        "grants",
        "created_at",
        "updated_at",
    )
    form_columns = ("name", "description", "permissions")
    form_extra_fields = {"permissions": PermissionsField(_l("Permissions"))}
