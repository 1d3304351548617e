"""Which English texts are new: every text is written down when it is first seen, and forgotten once it is gone."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert, select

from backoffice.catalogs import library, po
from backoffice.catalogs.places import DOMAINS
from backoffice.foundation import clock
from backoffice.foundation.database import db
from backoffice.languages.models import Arrival

#: A text counts as new on pages for so long.
NEW_FOR = timedelta(days=7)
#: Rows that one statement names.
_AT_ONCE = 500


def take_in() -> int:
    """Write down the texts that nobody has seen before and forget those that are gone; returns how many are new.

    The first time all texts are there already, and none of them is new. Never commits.
    """
    rows = db.session.execute(select(Arrival.id, Arrival.domain, Arrival.eid))
    held = {(domain, eid): id for id, domain, eid in rows}
    read = {domain: eids for domain in DOMAINS if (eids := _eids(domain))}
    there = {(domain, eid) for domain, eids in read.items() for eid in eids}
    new = sorted(there - held.keys())
    # What cannot be read is not gone.
    gone = [id for key, id in held.items() if key[0] in read and key not in there]
    now = clock.now()
    told_at = None if held else now
    for some in _parts(new):
        values = [{"domain": domain, "eid": eid, "at": now, "told_at": told_at} for domain, eid in some]
        db.session.execute(insert(Arrival), values)
    for ids in _parts(gone):
        db.session.execute(delete(Arrival).where(Arrival.id.in_(ids)).execution_options(synchronize_session=False))
    return len(new) if held else 0


def untold() -> list[Arrival]:
    """The texts that translators have not been told of."""
    return list(db.session.scalars(select(Arrival).where(Arrival.told_at.is_(None)).order_by(Arrival.id)))


def since(moment: datetime) -> set[tuple[str, str]]:
    """Domain and short name of the texts that came after a moment, without those that were there from the start."""
    first = select(Arrival.at).order_by(Arrival.at).limit(1).scalar_subquery()
    query = select(Arrival.domain, Arrival.eid).where(Arrival.at > moment, Arrival.at > first)
    return {(domain, eid) for domain, eid in db.session.execute(query)}


def _eids(domain: str) -> set[str]:
    return {po.eid_of(source.id, source.context) for source in library.sources_of(domain)}


def _parts(all_of_them: list[Any]) -> list[list[Any]]:
    return [all_of_them[start : start + _AT_ONCE] for start in range(0, len(all_of_them), _AT_ONCE)]
