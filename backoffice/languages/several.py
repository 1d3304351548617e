"""What can be done to several strings of a catalog at once, as it is asked for in an address or a form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from backoffice.catalogs.merging import Kind
from backoffice.catalogs.places import Place
from backoffice.foundation.errors import InvalidInput
from backoffice.foundation.i18n import Text, _l
from backoffice.workbench import bulk, queries
from backoffice.workbench.bulk import Plan
from backoffice.workbench.queries import Wanted

#: Rows that the preview shows.
MOST_SHOWN = 200
LONGEST_QUERY = 200

#: What can be done, in the order of the page.
VERBS: dict[str, Text] = {
    "replace": _l("Find and replace"),
    "same": _l("Take over what was translated before"),
    "fuzzy": _l("Mark as to check"),
    "checked": _l("Mark as checked"),
    "autofix": _l("Mend spaces and new lines at the ends"),
}
#: Which strings it is done to, in the order of tabs.
STATES: dict[str, Text] = {
    "all": _l("All"),
    "untranslated": _l("Untranslated"),
    "fuzzy": _l("To check"),
    "failing": _l("Failing"),
    "warnings": _l("Possible mistakes"),
    "translated": _l("Translated"),
}
#: What the rows of an uploaded catalog are.
KIND_TITLES: dict[Kind, Text] = {
    "conflicting": _l("Changed on both sides"),
    "failing": _l("With an error, kept to be checked"),
    "changed": _l("Changed"),
    "added": _l("Newly translated"),
    "unknown": _l("Not in this catalog"),
    "same": _l("Nothing to do"),
}


@dataclass(frozen=True)
class Asked:
    """What is to be done to which strings; without `do` nothing was asked yet."""

    do: str = ""
    state: str = "all"
    q: str = ""
    find: str = ""
    replacement: str = ""
    is_case_sensitive: bool = True

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> Asked:
        """What an address or a form asks for; what is none of ours counts as not said."""
        do, state = given.get("do", ""), given.get("state", "")
        return cls(
            do if do in VERBS else "",
            state if state in STATES else "all",
            given.get("q", "")[:LONGEST_QUERY],
            given.get("find", "").replace("\r\n", "\n"),
            given.get("replacement", "").replace("\r\n", "\n"),
            "anycase" not in given,
        )


def plan_of(place: Place, asked: Asked, *, actor: Any) -> Plan:
    """What would become of which strings. Raises NotAllowed, or InvalidInput for what cannot be done."""
    wanted = Wanted(state=asked.state, q=asked.q)
    is_narrowed = asked.state != "all" or bool(asked.q.strip())
    look = queries.look_at(place)
    eids = {item.eid for item in queries.filtered(look, wanted)} if is_narrowed else None
    match asked.do:
        case "replace":
            return bulk.replace_in(place, eids, asked.find, asked.replacement, asked.is_case_sensitive, actor=actor)
        case "same":
            return bulk.fill_same(place, eids, actor=actor)
        case "fuzzy" | "checked":
            return bulk.set_fuzzy(place, eids, asked.do == "fuzzy", actor=actor)
        case "autofix":
            return bulk.autofix(place, eids, actor=actor)
    raise InvalidInput(_l("Choose what is to be done."), field="do")
