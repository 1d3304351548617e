"""Who has which entry of a catalog open, so that two translators do not work on the same one unawares. No locks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from backoffice.catalogs.places import Place
from backoffice.foundation import clock
from backoffice.foundation.database import db
from backoffice.records.presences import EXPIRES, Presence

#: What entries are called among the presences.
KIND = "translation"
#: More open entries of one catalog are not looked at.
MOST = 200


def key_of(place: Place, eid: str) -> str:
    """An entry as presences know it."""
    return f"{place.part}:{eid}"[-64:]


def open_in(place: Place, *, actor: Any) -> Mapping[str, str]:
    """The entries of a catalog that others have open, each with the name of who has; those opened last come first."""
    begin = f"{place.part}:"
    query = select(Presence.record_id, Presence.who).where(
        Presence.kind == KIND,
        Presence.record_id.startswith(begin, autoescape=True),
        Presence.user_id != actor.id,
        Presence.seen_at > clock.now() - EXPIRES,
    )
    rows = db.session.execute(query.order_by(Presence.seen_at.desc()).limit(MOST))
    found: dict[str, str] = {}
    for key, who in rows:
        found.setdefault(key.removeprefix(begin), who)
    return found
