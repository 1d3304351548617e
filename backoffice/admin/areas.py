"""The dozen areas by which people think of permissions, where the list of permissions has a word for each kind."""

from __future__ import annotations

from dataclasses import dataclass

from backoffice.admin.words import VERBS
from backoffice.foundation.i18n import Text, _l
from backoffice.foundation.permissions import Can


@dataclass(frozen=True)
class Area:
    """A handful of kinds under one title; `name` stands in addresses."""

    name: str
    title: Text
    kinds: tuple[str, ...]

    @property
    def cans(self) -> list[Can]:
        """Its permissions, kind by kind, each kind in the order in which verbs are explained."""
        return [can for kind in self.kinds for can in _IN_ORDER if can.resource == kind]


_VERBS = list(VERBS)
_IN_ORDER = sorted(Can, key=lambda can: _VERBS.index(can.verb) if can.verb in VERBS else len(_VERBS))

#: A test demands that every permission is in exactly one of them.
AREAS_OF_WORK = (
    Area("comments", _l("Comments"), ("comment", "view")),
    Area("readers", _l("Readers"), ("restriction", "reason", "subscriber")),
    Area("rules", _l("Rules"), ("rule",)),
    Area("posts", _l("Posts"), ("post",)),
    Area("tags", _l("Tags"), ("tag",)),
    Area("files", _l("Files"), ("file",)),
    Area("reminders", _l("Reminders"), ("reminder",)),
    Area("translations", _l("Translations"), ("translation", "term")),
    Area("people", _l("People"), ("user", "session")),
    Area("roles", _l("Roles"), ("role",)),
    Area("trail", _l("Audit trail and trash"), ("audit", "trash")),
    Area("house", _l("Settings, mail and background work"), ("setting", "mail", "job")),
)
