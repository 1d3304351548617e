"""Who looks at which comment. A claim runs out by itself, so a page that was left open keeps nothing from anybody."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError

from backoffice.foundation import clock
from backoffice.foundation.database import db
from backoffice.foundation.errors import NotAllowed, NotApplicable
from backoffice.foundation.i18n import _l
from backoffice.foundation.permissions import Can, is_allowed
from backoffice.moderation import stamps
from backoffice.moderation.models import Claim

#: A claim that nobody refreshes is gone after this.
EXPIRES = timedelta(seconds=90)
#: It is moved on when less than this is left of it.
REFRESHED = timedelta(seconds=60)


def among(ids: Iterable[int], now: datetime | None = None) -> dict[int, Claim]:
    """The claims on these comments that have not run out."""
    query = select(Claim).where(Claim.id.in_(list(ids)), Claim.expires_at > (now or clock.now()))
    return {claim.id: claim for claim in db.session.scalars(query.execution_options(populate_existing=True))}


def take(comment_id: int, *, actor: Any, is_firm: bool, over: bool = False) -> Claim:
    """Look at a comment, or take it on purpose. Never commits.

    Raises NotApplicable where somebody else has it, and NotAllowed for taking it over without the permission to.
    """
    now = clock.now()
    if over and not is_allowed(actor, Can.COMMENT_TAKE_OVER):
        raise NotAllowed(permission=Can.COMMENT_TAKE_OVER.value)
    claim = db.session.scalars(select(Claim).where(Claim.id == comment_id).with_for_update()).first()
    is_theirs = claim is not None and claim.user_id != actor.id and claim.expires_at > now
    if claim is not None and is_theirs and not over and (claim.is_firm or not is_firm):
        raise NotApplicable(_l("%(who)s has this one.", who=claim.who))
    if claim is None:
        claim = _added(comment_id, actor, now)
    is_mine = claim.user_id == actor.id and claim.expires_at > now
    claim.is_firm = is_firm or (is_mine and claim.is_firm)
    if not is_mine:
        claim.user_id, claim.who, claim.taken_at = actor.id, actor.title_text[:80], now
    claim.expires_at = now + EXPIRES
    stamps.touch(claim.expires_at)
    return claim


def _added(comment_id: int, actor: Any, now: datetime) -> Claim:
    made = Claim(
        id=comment_id,
        user_id=actor.id,
        who=actor.title_text[:80],
        is_firm=False,
        taken_at=now,
        expires_at=now + EXPIRES,
    )
    try:
        with db.session.begin_nested():
            db.session.add(made)
    except IntegrityError:
        # Another page was a moment faster; whoever it was has it.
        claim = db.session.get(Claim, comment_id, populate_existing=True)
        if claim is None or claim.user_id != actor.id:
            raise NotApplicable(_l("Somebody else has this one.")) from None
        return claim
    return made


def refresh(ids: Sequence[int], *, actor: Any, now: datetime) -> None:
    """Move one's own claims on these on. Never commits, and nobody else is told: who has them is the same."""
    mine = (Claim.id.in_(ids), Claim.user_id == actor.id, Claim.expires_at > now)
    statement = update(Claim).where(*mine).values(expires_at=now + EXPIRES)
    db.session.execute(statement.execution_options(synchronize_session=False))


def release(*comment_ids: int, actor: Any = None) -> None:
    """Let comments go: one's own claims on them, or with no actor anybody's. Never commits."""
    these = [Claim.id.in_(comment_ids), *([Claim.user_id == actor.id] if actor is not None else [])]
    found: Any = db.session.execute(delete(Claim).where(*these).execution_options(synchronize_session=False))
    if found.rowcount:
        stamps.touch()


def release_looks(*, actor: Any, but: int | None = None) -> None:
    """Let go of whatever the actor only looked at, but for one. Never commits."""
    these = (Claim.user_id == actor.id, Claim.is_firm.is_(False), Claim.id != (but or 0))
    found: Any = db.session.execute(delete(Claim).where(*these).execution_options(synchronize_session=False))
    if found.rowcount:
        stamps.touch()
