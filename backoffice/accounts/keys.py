"""Which key does what, as each person wants it: two presets, single keys changed, or no keys at all.

A key is one printable sign as it is typed, so `A` is Shift and a. The keys for the ticked lines are the capitals of the
keys for one. WCAG 2.1.4 asks for a way to change them or switch them off.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any

from backoffice.foundation.enums import LabelledEnum
from backoffice.foundation.errors import InvalidInput
from backoffice.foundation.i18n import Text, _l


class Preset(LabelledEnum):
    """What the keys begin with."""

    WORDPRESS = "wordpress", _l("Like WordPress")
    CORAL = "coral", _l("Like Coral: the right hand moves, the left one decides")


#: What has a key of its own: the action, what it is called, and its key in each preset.
ACTIONS: dict[str, tuple[Text, str, str]] = {
    "next": (_l("Next"), "j", "j"),
    "previous": (_l("Previous"), "k", "k"),
    "approve": (_l("Approve"), "a", "f"),
    "reject": (_l("Reject, for the last reason"), "d", "d"),
    "choose_reason": (_l("Reject, choosing a reason"), "R", "R"),
    "spam": (_l("Spam"), "s", "s"),
    "restore": (_l("Back to waiting"), "u", "y"),
    "undo": (_l("Undo what was done last"), "z", "u"),
    "reply": (_l("Reply"), "r", "r"),
    "edit": (_l("Edit in place"), "q", "q"),
    "open": (_l("Open the page of its own"), "e", "e"),
    "author": (_l("The person who wrote it"), "o", "o"),
    "thread": (_l("The talk around it"), "p", "p"),
    "ban": (_l("Warn, hold or ban"), "b", "b"),
    "snooze": (_l("Put off for 2 hours"), "w", "w"),
    "choose_snooze": (_l("Put off, choosing until when"), "W", "W"),
    "claim": (_l("Claim, or let go"), "c", "c"),
    "tick": (_l("Tick"), "x", "x"),
    "tick_all": (_l("Tick all"), "X", "X"),
    "single": (_l("One at a time"), "v", "z"),
    "queue": (_l("Next queue"), "t", "t"),
}
#: Actions whose capital does the same to everything that is ticked.
FOR_TICKED = ("approve", "reject", "spam", "restore")
#: Keys that mean something on every page: search, help, going somewhere, something new; digits choose a queue.
TAKEN = frozenset("/?gn123456789")


def keys_of(kept: Mapping[str, Any] | None) -> dict[str, str]:
    """The key of each action as the person wants it, for the ticked ones as `ticked.approve`; empty if all are off."""
    kept = kept or {}
    if kept.get("off"):
        return {}
    column = 2 if kept.get("preset") == Preset.CORAL.value else 1
    found = {action: str(about[column]) for action, about in ACTIONS.items()}
    changed = kept.get("map")
    if isinstance(changed, dict):
        found.update({name: key for name, key in changed.items() if name in ACTIONS and is_key(key)})
    singles = set(found.values())
    for action in FOR_TICKED:
        key = found[action].upper()
        if key != found[action] and key not in singles:
            found[f"ticked.{action}"] = key
    return found


def is_key(key: Any) -> bool:
    """Whether a text is one printable sign that a key may be."""
    return isinstance(key, str) and len(key) == 1 and not key.isspace() and unicodedata.category(key)[0] in "LNPS"


def to_keep(preset: str, off: bool, keys: Mapping[str, str]) -> dict[str, Any] | None:
    """What to keep for a person: the preset and what differs from it; None for what everybody begins with.

    Raises InvalidInput, with the action as its field, for what is no single sign, means something everywhere already,
    or is the key of two actions.
    """
    chosen = Preset.CORAL if preset == Preset.CORAL.value else Preset.WORDPRESS
    column, changed = 2 if chosen is Preset.CORAL else 1, {}
    for action in ACTIONS:
        key = (keys.get(action) or "").strip()
        if key and not is_key(key):
            raise InvalidInput(_l("Give one letter, digit or sign."), field=action)
        if key in TAKEN:
            raise InvalidInput(_l("%(key)s means something on every page. Choose another.", key=key), field=action)
        if key and key != ACTIONS[action][column]:
            changed[action] = key
    present = {action: str(changed.get(action, about[column])) for action, about in ACTIONS.items()}
    seen: dict[str, str] = {}
    for action, key in present.items():
        if key in seen:
            both = _l("%(key)s is the key of “%(other)s” already.", key=key, other=ACTIONS[seen[key]][0])
            raise InvalidInput(both, field=action if action in changed else seen[key])
        seen[key] = action
    if chosen is Preset.WORDPRESS and not off and not changed:
        return None
    return {"preset": chosen.value, "off": off, "map": changed}
