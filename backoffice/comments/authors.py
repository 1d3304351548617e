"""Who wrote a comment, and what else is hers: by account, by e-mail and its domain, by network."""

from __future__ import annotations

import ipaddress
from itertools import takewhile
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from backoffice.comments.models import Comment, CommentStatus
from backoffice.foundation.database import db
from backoffice.foundation.errors import InvalidInput
from backoffice.foundation.i18n import _l
from backoffice.foundation.permissions import Can, is_allowed, reachable_by
from backoffice.readers.subjects import CONTACT, Subject, author_key, domains_of
from backoffice.readers.visitors import household

#: Nobody waits for an exact count above this.
COUNTED = 10_000
#: Different addresses of one network that are looked through.
MOST_ADDRESSES = 5_000
_MISSING = {
    Subject.ACCOUNT: _l("It was not written with an account."),
    Subject.EMAIL: _l("It came without an e-mail."),
    Subject.DOMAIN: _l("It came without an e-mail."),
    Subject.NETWORK: _l("It came without a network address."),
}


def key_of(comment: Comment) -> str:
    """The one word for its author: account, else e-mail, else name."""
    return author_key(comment.author_id, comment.author_email, comment.author_name)


def is_by(comment: Comment) -> ColumnElement[bool]:
    """The criterion for all comments of its author, as `key_of` knows her."""
    if comment.author_id is not None:
        return Comment.author_id == comment.author_id
    if comment.author_email:
        return Comment.author_email == comment.author_email
    return and_(Comment.author_name == comment.author_name, Comment.author_email.is_(None))


def value_of(comment: Comment, subject: Subject) -> str | None:
    """What the comment says of its author in this respect, None if nothing."""
    if subject is Subject.ACCOUNT:
        return comment.author.username if comment.author is not None else None
    if subject is Subject.NETWORK:
        return household(comment.author_address) if comment.author_address else None
    if subject is Subject.DOMAIN:
        return next(iter(domains_of(comment.author_email or "")), None)
    return comment.author_email


def known_by(comment: Comment, actor: Any) -> dict[Subject, str]:
    """By what the author is known, as far as the actor may see it."""
    may_see = is_allowed(actor, Can.COMMENT_VIEW_CONTACT, comment)
    values = {each: value_of(comment, each) for each in Subject if may_see or each not in CONTACT}
    return {subject: value for subject, value in values.items() if value}


def refuse_missing(comment: Comment, subject: Subject) -> str:
    """What the comment says of its author. Raises InvalidInput where it says nothing."""
    value = value_of(comment, subject)
    if not value:
        raise InvalidInput(_MISSING[subject], field="by")
    return value


def open_ones(comment: Comment, subject: Subject, actor: Any) -> Select[Any]:
    """What of the author, known by this, waits or is shown, and the actor may decide about; never what staff wrote."""
    own = Comment.author_id.is_(None)
    return select(Comment).where(
        _known_by(comment, subject),
        Comment.status.in_((CommentStatus.PENDING, CommentStatus.APPROVED)),
        Comment.author_id == comment.author_id if subject is Subject.ACCOUNT else own,
        reachable_by(actor, Can.COMMENT_MODERATE, Comment),
    )


def count_open(comment: Comment, subject: Subject, actor: Any) -> int:
    """How many those are, counted no further than one above `COUNTED`."""
    found = open_ones(comment, subject, actor).with_only_columns(Comment.id).limit(COUNTED + 1)
    return db.session.scalar(select(func.count()).select_from(found.subquery())) or 0


def _known_by(comment: Comment, subject: Subject) -> ColumnElement[bool]:
    if subject is Subject.ACCOUNT:
        return Comment.author_id == comment.author_id
    if subject is Subject.EMAIL:
        return Comment.author_email == comment.author_email
    if subject is Subject.DOMAIN:
        domain = (comment.author_email or "").rpartition("@")[2]
        under = (Comment.author_email.endswith(f"{sign}{domain}", autoescape=True) for sign in "@.")
        return and_(Comment.author_email.is_not(None), or_(*under))
    return Comment.author_address.in_(_addresses(comment.author_address or ""))


def _addresses(address: str) -> list[str]:
    """The addresses of comments that lie in the network of this one."""
    network = household(address)
    if ":" not in network:
        return [address]
    inside = ipaddress.ip_network(network)
    # Addresses of a network are written alike up to the first group that is 0, which may be left out.
    groups = takewhile(lambda group: group != "0000", inside.network_address.exploded.split(":")[:4])
    start = "".join(f"{group.lstrip('0')}:" for group in groups)
    found = select(Comment.author_address).where(_begins_with(start or ":")).distinct().limit(MOST_ADDRESSES)
    return [each for each in db.session.scalars(found) if each and _lies_in(each, inside)]


def _begins_with(start: str) -> ColumnElement[bool]:
    """The criterion that the index of addresses answers: SQLite asks it for a range, PostgreSQL for a beginning."""
    if db.engine.dialect.name == "sqlite":
        return and_(Comment.author_address >= start, Comment.author_address < f"{start[:-1]};")
    return Comment.author_address.startswith(start, autoescape=True)


def _lies_in(address: str, network: Any) -> bool:
    try:
        return ipaddress.ip_address(address.partition("%")[0]) in network
    except ValueError:
        return False
