"""`docs/routes.md`: every address and method, and how far each default role gets there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from backoffice.accounts.default_roles import DEFAULT_ROLES
from backoffice.foundation.permissions import ALL, EVERYTHING, OWN

#: What a route asks for where that is no permission.
PUBLIC, SIGNED_IN, STAFF = "anybody", "signed in", "any permission"
#: The words of the table.
OPEN, YES, NO, SIGN_IN, EVERY, HERS, LOCALES = "open", "yes", "no", "sign in", "all", "own", "locales"
#: Whoever is not signed in, and whoever was deactivated: her session is over.
STRANGER = "visitor"

HEAD = f"""# Routes

Written by `make docs` from the code. A test fails when a route is missing here, and walks all of them over HTTP as
every role, as a visitor and as a person who was deactivated, with the numbers of other people's records.

| Word | Means | Answer |
|---|---|---|
| {OPEN} | anybody | the page |
| {SIGN_IN} | nobody is signed in | 302 to the sign-in, 401 to what is sent and to scripts |
| {NO} | the permission is missing | 403, written into the trail; 302 from the dashboard to the profile |
| {EVERY} | the permission reaches all records | the page; 404 for a record that is not there |
| {HERS}, {LOCALES} | it reaches the person's own records, or some languages | 404 for any other record |
| {YES} | the page shows each person what is hers | 404 for another person's |

What is posted without its token gets 400. *Asks for* names the permission; `or` means that one of them is enough.
Operations (`…/action/`) ask for a permission each beyond that: see [permissions.md](permissions.md).
"""


@dataclass(frozen=True)
class Route:
    """One address with one method; `asks` is a permission, several with `or`, or one of the words above."""

    address: str
    method: str
    asks: str

    def reach(self, grants: Mapping[str, str] | None) -> str:
        """How far a person with these grants gets, as a word of the table; None stands for whoever is not signed in."""
        if self.asks == PUBLIC:
            return OPEN
        if grants is None:
            return SIGN_IN
        if self.asks in (SIGNED_IN, STAFF):
            return YES if grants or self.asks == SIGNED_IN else NO
        if EVERYTHING in grants and self.asks:
            return EVERY
        found = {grants[name] for name in self.asks.split(" or ") if name in grants}
        if ALL in found:
            return EVERY
        return NO if not found else HERS if found == {OWN} else LOCALES

    def line(self) -> str:
        """Its line of the table."""
        asks = f"`{self.asks}`" if "." in self.asks else self.asks or "nobody may"
        reaches = [self.reach(None), *(self.reach(role.grants) for role in reversed(DEFAULT_ROLES))]
        return f"| `{self.address}` | {self.method} | {asks} | {' | '.join(reaches)} |"


def document(routes: Iterable[Route]) -> str:
    """The whole page."""
    names = ["Address", "Method", "Asks for", f"{STRANGER}, deactivated", *(r.name for r in reversed(DEFAULT_ROLES))]
    lines = [HEAD, f"| {' | '.join(names)} |", "|---" * len(names) + "|"]
    lines += [route.line() for route in sorted(routes, key=lambda route: (route.address, route.method))]
    return "\n".join(lines) + "\n"
