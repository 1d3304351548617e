"""What rules found, to be shown beside comments."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import select

from backoffice.foundation.database import db
from backoffice.rules.models import Finding


def of(ids: Iterable[int]) -> dict[int, list[Finding]]:
    """The findings of these comments by comment, the one that decided first; one query, none for no comment."""
    wanted = list(ids)
    found: dict[int, list[Finding]] = defaultdict(list)
    if wanted:
        query = select(Finding).where(Finding.comment_id.in_(wanted)).order_by(Finding.is_decisive.desc(), Finding.id)
        for finding in db.session.scalars(query):
            found[finding.comment_id].append(finding)
    return dict(found)
