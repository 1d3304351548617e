"""Who did something, in words: people by their names, the house's own actors in the reader's language."""

from __future__ import annotations

from backoffice.foundation.i18n import Text, _, _l

#: The actors that are no people, by the names under which they are written down.
SYSTEMS: dict[str, Text] = {
    "cli": _l("Command line"),
    "first start": _l("First start"),
    "nobody": _l("Nobody"),
    "rules": _l("Rules"),
    "visitor": _l("A visitor"),
}
_JOB = "job:"


def who_said(actor_id: int | None, actor_name: str) -> str:
    """The name of whoever did something, as the reader reads it."""
    if actor_id is not None:
        return actor_name
    if actor_name.startswith(_JOB):
        return _("Job %(name)s", name=actor_name.removeprefix(_JOB))
    return str(SYSTEMS.get(actor_name, actor_name))
