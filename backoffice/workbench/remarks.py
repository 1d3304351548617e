"""What people say about texts, and warnings they judged to be wrong."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.exc import IntegrityError

from backoffice.catalogs.checks import REGISTRY, Finding, Severity, Source
from backoffice.catalogs.history import storable
from backoffice.catalogs.places import Place
from backoffice.foundation import clock
from backoffice.foundation.database import db
from backoffice.foundation.errors import InvalidInput, NotAllowed, NotApplicable
from backoffice.foundation.i18n import _l
from backoffice.foundation.permissions import Can, is_allowed
from backoffice.records import audit
from backoffice.workbench.models import Dismissal, Remark
from backoffice.workbench.rights import require, rights_of
from backoffice.workbench.suggesting import title_of

#: So many remarks stand at one text.
MOST_REMARKS = 200

Dismissed = frozenset[tuple[str, str, str]]


def remark(place: Place, eid: str, source: Source, text: str, *, actor: Any, for_all: bool = False) -> Remark:
    """Say something about a text, in one language or, `for_all`, to the translators of all. Never commits."""
    if not rights_of(actor, place).suggest:
        raise NotAllowed(permission=Can.TRANSLATION_SUGGEST.value)
    if len(remarks_on(place, eid)) >= MOST_REMARKS:
        raise NotApplicable(_l("There are %(num)s comments on this text already.", num=MOST_REMARKS))
    made = Remark(
        locale=None if for_all else place.locale,
        domain=place.domain,
        eid=eid,
        msgid=storable(source.id),
        text=text,
        by_id=getattr(actor, "id", None),
    )
    db.session.add(made)
    audit.note("translation.remark", title=title_of(place, source.id), eid=eid, said=made.text)
    db.session.flush()
    return made


def resolve(said: Remark, place: Place, *, actor: Any, is_resolved: bool = True) -> None:
    """Mark a remark as settled, or open it again: whoever wrote it, or translates there. Never commits."""
    if not said.is_owned_by(getattr(actor, "id", None) or 0) and not is_allowed(
        actor, Can.TRANSLATION_TRANSLATE, place
    ):
        raise NotAllowed(permission=Can.TRANSLATION_TRANSLATE.value)
    if (said.locale or place.locale, said.domain) != (place.locale, place.domain):
        raise NotAllowed(permission=Can.TRANSLATION_TRANSLATE.value)
    if is_resolved == (said.resolved_at is not None):
        return
    said.resolved_at = clock.now() if is_resolved else None
    said.resolved_by_id = getattr(actor, "id", None) if is_resolved else None
    verb = "resolve" if is_resolved else "reopen"
    audit.note(f"translation.{verb}", title=title_of(place, said.msgid), eid=said.eid, said=said.text)
    db.session.flush()


def remarks_on(place: Place, eid: str) -> list[Remark]:
    """What was said about an entry, in its language and to all, oldest first."""
    query = select(Remark).where(*_here(place), Remark.eid == eid).order_by(Remark.id)
    return list(db.session.scalars(query))


def remark_counts(place: Place) -> dict[str, int]:
    """How many remarks on each entry are not settled, by its short name."""
    query = select(Remark.eid, func.count()).where(*_here(place), Remark.resolved_at.is_(None)).group_by(Remark.eid)
    return {row[0]: row[1] for row in db.session.execute(query)}


def dismiss(place: Place, eid: str, code: str, forms: Sequence[str], *, actor: Any, again: bool = False) -> None:
    """Judge a warning about these forms to be wrong until they change; `again` lets it warn again. Never commits.

    Raises InvalidInput for a check that is no warning: errors cannot be judged away.
    """
    require(actor, Can.TRANSLATION_TRANSLATE, place)
    check = REGISTRY.get(code)
    if check is None or check.severity is not Severity.WARNING:
        raise InvalidInput(_l("Only warnings can be dismissed."), field="code")
    digest = digest_of(forms)
    key = {"locale": place.locale, "domain": place.domain, "eid": eid, "code": code, "digest": digest}
    present = db.session.scalar(select(Dismissal).filter_by(**key))
    if (present is None) == again:
        return
    if present is not None:
        db.session.delete(present)
    else:
        try:
            with db.session.begin_nested():
                db.session.add(Dismissal(**key, by_id=getattr(actor, "id", None)))
        except IntegrityError:
            return
    verb = "warn_again" if again else "dismiss"
    audit.note(f"translation.{verb}", title=f"{place.part} {eid}", eid=eid, check=code, forms=list(forms))
    db.session.flush()


def dismissed_in(place: Place, eid: str | None = None) -> Dismissed:
    """Entry, check and digest of the text of every warning that was judged away in a catalog, or for one entry."""
    query = select(Dismissal.eid, Dismissal.code, Dismissal.digest).where(
        Dismissal.locale == place.locale, Dismissal.domain == place.domain
    )
    if eid is not None:
        query = query.where(Dismissal.eid == eid)
    return frozenset((row.eid, row.code, row.digest) for row in db.session.execute(query))


def dismissed_by_place(places: Iterable[Place]) -> dict[Place, Dismissed]:
    """The same for several catalogs, of which the database is asked at once."""
    found: dict[Place, set[tuple[str, str, str]]] = {place: set() for place in places}
    query = select(Dismissal.locale, Dismissal.domain, Dismissal.eid, Dismissal.code, Dismissal.digest)
    for row in db.session.execute(query.where(Dismissal.locale.in_({place.locale for place in found}))):
        if (place := Place(row.locale, row.domain)) in found:
            found[place].add((row.eid, row.code, row.digest))
    return {place: frozenset(told) for place, told in found.items()}


def left(findings: Iterable[Finding], eid: str, forms: Sequence[str], dismissed: Dismissed) -> list[Finding]:
    """The findings that nobody judged away for exactly these forms."""
    found = list(findings)
    if not dismissed or not found:
        return found
    digest = digest_of(forms)
    return [each for each in found if each.severity is Severity.ERROR or (eid, each.code, digest) not in dismissed]


def digest_of(forms: Sequence[str]) -> str:
    """Names one certain translation."""
    return hashlib.sha256(json.dumps(list(forms)).encode()).hexdigest()


def _here(place: Place) -> tuple[Any, ...]:
    return (Remark.domain == place.domain, or_(Remark.locale.is_(None), Remark.locale == place.locale))
