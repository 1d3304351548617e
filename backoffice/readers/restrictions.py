"""What holds for whoever writes: found by one query over account, e-mail, domains and networks."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select

from backoffice.foundation import clock
from backoffice.foundation.database import db
from backoffice.foundation.errors import InvalidInput
from backoffice.readers.models import Measure, Restriction
from backoffice.readers.subjects import Subject, domains_of, email_of, networks_of


def on(
    account_id: int | None = None, email: str | None = None, address: str | None = None, now: datetime | None = None
) -> list[Restriction]:
    """What holds at this moment for such a writer, the hardest first and the latest of each kind first; one query."""
    about = _about(account_id, email, address)
    if not about:
        return []
    query = select(Restriction).where(
        or_(*about),
        or_(Restriction.until.is_(None), Restriction.until > (now or clock.now())),
        or_(Restriction.measure != Measure.WARN, Restriction.acknowledged_at.is_(None)),
    )
    found = db.session.scalars(query).all()
    order = list(Measure)
    return sorted(found, key=lambda each: (order.index(each.measure), -each.id))


def ever_on(account_id: int | None = None, email: str | None = None, address: str | None = None) -> Select[Any]:
    """The same with what has ended and warnings that were read, newest first."""
    about = _about(account_id, email, address)
    query = select(Restriction).order_by(Restriction.id.desc())
    return query.where(or_(*about)) if about else query.where(Restriction.id.is_(None))


def _about(account_id: int | None, email: str | None, address: str | None) -> list[ColumnElement[bool]]:
    """The criteria for what may be said of such a writer; each of them has an index."""
    about: list[ColumnElement[bool]] = []
    if account_id is not None:
        about.append(Restriction.account_id == account_id)
    if email:
        try:
            about.append(and_(Restriction.known_by == Subject.EMAIL, Restriction.value == email_of(email)))
        except InvalidInput:
            pass  # what is no address has none
        if domains := domains_of(email):
            about.append(and_(Restriction.known_by == Subject.DOMAIN, Restriction.value.in_(domains)))
    if address and (networks := networks_of(address)):
        about.append(and_(Restriction.known_by == Subject.NETWORK, Restriction.value.in_(networks)))
    return about
