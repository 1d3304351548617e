"""`docs/permissions.md`: every permission, what it lets people do, and which default roles grant it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from backoffice.accounts.default_roles import DEFAULT_ROLES
from backoffice.foundation.i18n import message_of
from backoffice.foundation.permissions import ALL, EVERYTHING, OWN, Can

HEAD = """# Permissions

Written by `make docs` from the code; a test fails when it is out of date.

A grant is a permission with a reach: **all** records, the person's **own**, or some **locales**. Code asks for
permissions, never for roles; roles are data and can be changed at `/admin/role/`, except for `administrator`, which
holds `*`: every permission, present and future. A person has the rights of all her roles; the wider reach wins.

Own means: a post by its author, a comment under one's own post, a reminder made by or for oneself, files under
`people/<number>/`.
"""


def document(operations: Iterable[Any]) -> str:
    """The whole page; `operations` are those of all views."""
    uses = _uses(operations)
    lines = [HEAD, "| Permission | Lets people | " + " | ".join(role.name for role in DEFAULT_ROLES) + " |"]
    lines.append("|---" * (len(DEFAULT_ROLES) + 2) + "|")
    for can in Can:
        reaches = [_reach(role.grants, can) for role in DEFAULT_ROLES]
        lines.append(f"| `{can.value}` | {uses.get(can, _plain(can))} | " + " | ".join(reaches) + " |")
    lines += ["", "| Role | For |", "|---|---|"]
    lines += [f"| `{role.name}` | {message_of(role.description)} |" for role in DEFAULT_ROLES]
    return "\n".join(lines) + "\n"


def _uses(operations: Iterable[Any]) -> dict[Can, str]:
    verbs: dict[Can, list[str]] = {}
    for operation in operations:
        listed = verbs.setdefault(operation.needs, [])
        if operation.name not in listed:
            listed.append(operation.name)
    return {
        can: f"{_plain(can)}; operations {', '.join(f'`{name}`' for name in names)}" for can, names in verbs.items()
    }


def _plain(can: Can) -> str:
    words = {
        "view": "see the list and the details",
        "create": "add a record",
        "edit": "change a record",
        "delete": "remove a record",
        "export": "take the list away as a file",
        "view_contact": "see e-mail and network address",
        "send_outside": "send reminders to addresses of nobody in the house",
    }
    return words.get(can.verb, can.verb)


def _reach(grants: dict[str, str], can: Can) -> str:
    reach = ALL if EVERYTHING in grants else grants.get(can.value, "")
    return {ALL: "all", OWN: "own"}.get(reach, "locales" if reach else "")
