"""What a card of the desk shows: everything a decision needs, for a page of comments in a fixed number of queries."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import TextClause, text
from sqlalchemy.orm import joinedload, lazyload, load_only

from backoffice.accounts.models import User
from backoffice.comments.authors import key_of
from backoffice.comments.models import Comment, CommentStatus
from backoffice.foundation import clock
from backoffice.foundation.database import db
from backoffice.foundation.permissions import Can, is_allowed
from backoffice.moderation import claims, snoozing
from backoffice.moderation.models import Claim, Snooze
from backoffice.posts.models import Post
from backoffice.readers import flags, notes
from backoffice.readers.flags import Reported
from backoffice.rules import findings
from backoffice.rules.models import Finding

#: Of an author the newest so many comments are counted on a card; the drawer counts more.
COUNTED = 30
#: They are asked for so many at a time.
PADDED = 10
#: Characters that a card shows before "show the rest", and of the comment that is answered.
SHOWN, QUOTED = 1_200, 300
#: A spam score below this is no news on a card; the drawer tells every one.
SUSPECT = 0.2
_LINK = re.compile(r"(?:https?://|www\.)[^\s<>\"]{1,500}", re.I)


@dataclass(frozen=True)
class Brief:
    """An author in one line: comments counted, and how many of the decided ones were rejected or spam."""

    total: int = 0
    decided: int = 0
    refused: int = 0

    @property
    def is_capped(self) -> bool:
        """Whether there are more than were counted."""
        return self.total >= COUNTED

    @property
    def share(self) -> int:
        """Percent of the decided ones that were refused."""
        return round(100 * self.refused / self.decided) if self.decided else 0


@dataclass(frozen=True)
class Piece:
    """A part of a text; `mark` is `match` for what a rule found, `link` for an address, or empty."""

    text: str
    mark: str = ""


@dataclass
class Card:
    """A comment with all that is shown around it."""

    comment: Comment
    brief: Brief = field(default_factory=Brief)
    findings: Sequence[Finding] = ()
    flags: Sequence[Reported] = ()
    claim: Claim | None = None
    snooze: Snooze | None = None
    shows_contact: bool = False
    #: Whether colleagues have written notes about the author.
    has_notes: bool = False

    @property
    def is_asleep(self) -> bool:
        """Whether it is put off at the moment."""
        return self.snooze is not None and self.snooze.until > clock.now()

    @property
    def begin(self) -> list[Piece]:
        """What of the text is shown at once."""
        return list(pieces(self.comment.text, self._spans, 0, self._cut))

    @property
    def rest(self) -> list[Piece]:
        """What is shown when it is asked for; nothing of most."""
        if self._cut == len(self.comment.text):
            return []
        return list(pieces(self.comment.text, self._spans, self._cut, len(self.comment.text)))

    @property
    def _cut(self) -> int:
        text = self.comment.text
        # A little more is no reason to hide it.
        return len(text) if len(text) <= SHOWN + 200 else SHOWN

    @property
    def _spans(self) -> list[tuple[int, int]]:
        return [(int(start), int(end)) for found in self.findings for start, end in found.spans or ()]

    @property
    def quoted(self) -> str:
        """The beginning of what it answers."""
        parent = self.comment.parent
        if parent is None:
            return ""
        return parent.text if len(parent.text) <= QUOTED else parent.text[:QUOTED].rstrip() + "…"

    @property
    def is_suspect(self) -> bool:
        """Whether the spam score says anything that a moderator should see at once."""
        return self.comment.score >= SUSPECT

    @property
    def percent(self) -> int:
        """The spam score in hundredths; 0 where there is none."""
        return round(100 * self.comment.score)


def of(comments: Sequence[Comment], actor: Any) -> list[Card]:
    """The cards of these comments for this person. The comments come from `loaded`."""
    ids = [comment.id for comment in comments]
    if not ids:
        return []
    found, reported = findings.of(ids), flags.of(ids)
    claimed, asleep, known = claims.among(ids), snoozing.among(ids), briefs(comments)
    shows = is_allowed(actor, Can.COMMENT_VIEW_CONTACT)
    noted = notes.counted({key_of(comment) for comment in comments})
    return [
        Card(
            comment,
            brief=known[comment.id],
            findings=found.get(comment.id, ()),
            flags=[flag for flag in reported.get(comment.id, ()) if not flag.is_seen],
            claim=claimed.get(comment.id),
            snooze=asleep.get(comment.id),
            shows_contact=shows,
            has_notes=key_of(comment) in noted,
        )
        for comment in comments
    ]


@cache
def loaded() -> list[Any]:
    """Options for a query of comments that are to become cards."""
    post = joinedload(Comment.post).options(
        load_only(Post.title, Post.slug, Post.status, Post.author_id), lazyload("*")
    )
    parent = joinedload(Comment.parent).options(
        load_only(Comment.author_name, Comment.text, Comment.status), lazyload("*")
    )
    decider = joinedload(Comment.decided_by).options(load_only(User.name, User.username), lazyload("*"))
    return [post, parent, decider]


def pieces(text: str, spans: Iterable[tuple[int, int]], start: int, end: int) -> Iterable[Piece]:
    """The text from `start` to `end`, cut where a match or a link begins or ends."""
    marks = [(max(a, start), min(b, end), "match") for a, b in spans if a < b and a < end and b > start]
    marks += [(start + found.start(), start + found.end(), "link") for found in _LINK.finditer(text[start:end])]
    at = start
    for a, b, mark in sorted(marks, key=lambda each: (each[0], each[2] != "match")):
        a = max(a, at)
        if a >= b:
            continue
        if a > at:
            yield Piece(text[at:a])
        yield Piece(text[a:b], mark)
        at = b
    if at < end:
        yield Piece(text[at:end])


def briefs(comments: Sequence[Comment]) -> dict[int, Brief]:
    """How the writers of these comments have fared: of each the newest `COUNTED` comments, all in one query."""
    writers = [_writer(comment) for comment in comments]
    # By column, so that pages with as many writers of each kind ask in the same words.
    authors = sorted(dict.fromkeys(writers), key=lambda each: each[0])
    # A page with fewer asks for nobody besides, so that PostgreSQL plans it once.
    authors += [("author_name", "")] * (-len(authors) % PADDED)
    values = {f"value_{number}": value for number, (_column, value) in enumerate(authors)}
    rows = db.session.execute(_newest_of(tuple(column for column, _value in authors)), values)
    counted: dict[tuple[str, Any], dict[str, int]] = defaultdict(dict)
    for number, status, count in rows:
        counted[authors[number]][status] = count
    found = {}
    for comment, writer in zip(comments, writers, strict=True):
        per = counted[writer]
        total = sum(per.values())
        waiting = per.get(CommentStatus.PENDING.value, 0)
        refused = per.get(CommentStatus.REJECTED.value, 0) + per.get(CommentStatus.SPAM.value, 0)
        found[comment.id] = Brief(total, total - waiting, refused)
    return found


@lru_cache(maxsize=256)
def _newest_of(columns: tuple[str, ...]) -> TextClause:
    """Author, status and count; as text, because putting forty queries together takes longer than answering them."""
    part = (
        "SELECT {number} AS author, status, count(*) AS comments FROM (SELECT status FROM comments "
        "WHERE {column} = :value_{number} ORDER BY created_at DESC, id DESC LIMIT {most}) AS newest_{number} "
        "GROUP BY status"
    )
    parts = [part.format(number=number, column=column, most=COUNTED) for number, column in enumerate(columns)]
    return text(" UNION ALL ".join(parts))


def _writer(comment: Comment) -> tuple[str, Any]:
    """Who wrote it, as far as anybody knows, as column and value: the account, else the address, else the name."""
    if comment.author_id is not None:
        return "author_id", comment.author_id
    if comment.author_email:
        return "author_email", comment.author_email
    return "author_name", comment.author_name
