"""What permissions and areas are called: for the templates of the back office."""

from __future__ import annotations

from typing import Any

from flask import current_app

from backoffice.foundation.i18n import Text, _l
from backoffice.foundation.permissions import Can

#: The verbs of permissions as people read them; a test wants one for each verb in the list of permissions.
VERBS: dict[str, Text] = {
    "view": _l("See"),
    "create": _l("Add"),
    "edit": _l("Change"),
    "delete": _l("Delete"),
    "export": _l("Export"),
    "moderate": _l("Approve, reject, mark as spam"),
    "view_contact": _l("See e-mail and network address"),
    "publish": _l("Publish, schedule, withdraw"),
    "erase": _l("Erase values"),
    "grant": _l("Give and take roles"),
    "invite": _l("Make password links"),
    "restore": _l("Restore"),
    "end": _l("End sessions"),
    "secure": _l("Demand new passwords, remove second factors"),
    "retry": _l("Send again, cancel"),
    "test": _l("Send oneself a trial"),
    "send_outside": _l("Mail addresses outside the house"),
    "purge": _l("Delete for good"),
    "share": _l("Share with a role"),
    "suggest": _l("Suggest translations"),
    "translate": _l("Translate"),
    "review": _l("Review translations"),
    "manage": _l("Manage languages"),
    "take_over": _l("Take over what a colleague has claimed"),
    "view_as": _l("See the back office as another"),
    "deactivate": _l("Deactivate and reactivate"),
    "disclose": _l("Export all that is kept about somebody"),
}

#: Areas that are no managed model.
AREAS: dict[str, Text] = {
    "file": _l("Files"),
    "job": _l("Background work"),
    "setting": _l("Settings"),
    "term": _l("Glossary"),
    "translation": _l("Translations"),
    "view": _l("Saved views"),
}


def can_label(can: Can) -> Any:
    """The verb of a permission in words."""
    return VERBS.get(can.verb, can.verb)


def permission_words(name: str) -> str:
    """Area and verb of a permission in words."""
    can = Can(name)
    return f"{resource_title(can.resource)}: {can_label(can)}"


def resource_title(resource: str) -> Any:
    """The title of an area: that of the view that manages it."""
    if resource in AREAS:
        return AREAS[resource]
    view = views().get(resource)
    return view.name if view is not None else resource


def can_be_own(can: Can) -> bool:
    """Whether records of this area belong to somebody, so that a grant may reach one's own only."""
    if can.resource == "file":
        return True
    view = views().get(can.resource)
    return view is not None and "owned_by" in vars(view.model)


def can_be_local(can: Can) -> bool:
    """Whether a grant may reach some languages only."""
    return can.resource in ("translation", "term")


def views() -> dict[str, Any]:
    """The managed views of this application by resource."""
    found: dict[str, Any] = current_app.extensions["managed_views"]
    return found
