"""A small German catalog, an application that speaks from it, and short ways to its people and texts."""

from __future__ import annotations

from typing import Any

from backoffice.accounts.models import User
from backoffice.catalogs.editing import Edit
from backoffice.catalogs.library import Item
from backoffice.catalogs.places import Place
from backoffice.catalogs.po import eid_of
from backoffice.workbench.operations import Saved, save_entry, shelf_at
from tests import factories

HERE = Place("de", "messages")
GERMAN = (
    '#: backoffice/a.py\nmsgid "Saved a copy."\nmsgstr "Kopie gespeichert."\n\n'
    '#: backoffice/b.py\n#, python-format\nmsgid "Hello dear %(name)s."\nmsgstr "Hallo %(name)s."\n\n'
    'msgid "%(num)s fine line"\nmsgid_plural "%(num)s fine lines"\n'
    'msgstr[0] "%(num)s feine Zeile"\nmsgstr[1] "%(num)s feine Zeilen"\n\n'
    '#, fuzzy\n#| msgid "Close the gates."\nmsgid "Close the gate."\nmsgstr "Tor schließen."\n\n'
    'msgctxt "harbour"\nmsgid "Open the gate."\nmsgstr ""\n'
)
SAVED, HELLO = eid_of("Saved a copy."), eid_of("Hello dear %(name)s.")
LINES, CLOSE, OPEN = eid_of("%(num)s fine line"), eid_of("Close the gate."), eid_of("Open the gate.", "harbour")


def person(*cans: str, reach: str = "de") -> User:
    """Somebody who may do these things with translations; inside an application context, not committed."""
    role = factories.role(permissions={f"translation.{can}": reach for can in ("view", *cans)})
    return factories.user(roles=[role])


def item(eid: str, place: Place = HERE) -> Item:
    """The entry as it is now."""
    found = shelf_at(place).find(eid)
    assert found is not None
    return found


def forms(eid: str, place: Place = HERE) -> tuple[str, ...]:
    """Its translation as it is now."""
    return item(eid, place).forms


def save(eid: str, *told: str, actor: Any, fuzzy: bool = False, **options: Any) -> Saved:
    """Save an entry over the version that is there."""
    return save_entry(HERE, Edit(eid, item(eid).base, told, fuzzy=fuzzy), actor=actor, **options)
