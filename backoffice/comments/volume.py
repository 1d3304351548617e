"""Volume data: very many comments under many posts, the same for the same numbers, to see how fast lists are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, cast

from sqlalchemy import Select, Table, func, insert, select

from backoffice.accounts.models import User
from backoffice.comments.models import Comment, CommentStatus
from backoffice.comments.volume_loading import after_loading, insert_rows, next_id, roomy, settle, without_indexes
from backoffice.comments.volume_words import Writer
from backoffice.foundation.database import after_commit, db
from backoffice.foundation.errors import InvalidInput, NotAllowed
from backoffice.foundation.i18n import _l
from backoffice.foundation.permissions import Can, is_allowed
from backoffice.foundation.text import slug_of
from backoffice.posts.models import Post, PostStatus, Tag, post_tags
from backoffice.records.audit import note

#: What volume data needs of the actor.
NEEDS = (Can.POST_CREATE, Can.POST_PUBLISH, Can.COMMENT_CREATE, Can.COMMENT_MODERATE, Can.TAG_CREATE, Can.USER_CREATE)

_POSTS, _COMMENTS = cast(Table, Post.__table__), cast(Table, Comment.__table__)

#: Fixed, so that the same command makes the same data on any day.
_LAST = datetime(2026, 11, 1, tzinfo=UTC)
_FIRST = _LAST - timedelta(days=3 * 365)
_SPAN = int((_LAST - _FIRST).total_seconds())

_AUTHORS = 12
_AUTHOR = "demo-author-"
_TAGS = ("Harbour", "Ferry", "Weather", "Council", "Market", "School", "Music", "Sport", "Food", "History", "Letters")
_COMMENTERS = 20_000
#: How many of the last comments of a post are answered, and how deep a thread goes.
_ANSWERED, _DEEPEST = 6, 5

_PUBLISHED = PostStatus.PUBLISHED
_POST_STATUSES = {_PUBLISHED: 94, PostStatus.DRAFT: 4, PostStatus.WITHDRAWN: 2}
_COMMENT_STATUSES = {
    CommentStatus.APPROVED: 88,
    CommentStatus.PENDING: 4,
    CommentStatus.REJECTED: 4,
    CommentStatus.SPAM: 4,
}
_CYCLE = 10_000
_SAME_MOMENT, _REPLIES, _BY_STAFF = 0.04, 0.25, 0.1
#: Seconds until a comment is decided, at most.
_SLOWEST = 3 * 86_400
_REASON = "Off the subject"

#: Called with the number of rows that are done and the number that will be.
Progress = Callable[[int, int], None]

_POST_COLUMNS = (
    *("id", "title", "slug", "summary", "body", "body_text", "status", "published_at"),
    *("author_id", "created_at", "updated_at", "version"),
)
_COMMENT_COLUMNS = (
    *("id", "post_id", "parent_id", "author_id", "author_name", "author_email", "author_address"),
    *("text", "status", "reason", "decided_at", "created_at", "updated_at", "version"),
)


@dataclass(frozen=True)
class _Place:
    """A post that comments can stand under from a moment on, and those that may be answered, with their depth."""

    id: int
    second: int
    answerable: list[tuple[int, int]]


def load(
    comments: int, posts: int, *, actor: Any, seed: int = 1, add: bool = False, progress: Progress | None = None
) -> None:
    """Add so many comments under so many new posts. Flushes, and leaves one entry in the audit trail.

    Raises InvalidInput if there is volume data already, unless `add`; NotAllowed.
    """
    for can in NEEDS:
        if not is_allowed(actor, can):
            raise NotAllowed(permission=can.value)
    present = posts_present()
    if present and not add:
        raise InvalidInput(_l("There is volume data already: %(num)s posts. --add adds to it.", num=present))
    authors = _authors()
    tags = _tags()
    note("comment.demo", comments=comments, posts=posts, seed=seed)
    db.session.flush()
    connection = db.session.connection()
    with roomy(connection):
        first_post, first_comment = (next_id(connection, table) for table in (_POSTS, _COMMENTS))
        rng = Random(f"{seed}:{first_post}:{first_comment}")  # noqa: S311 - nothing secret comes of it
        writer = Writer(rng)
        places = _load_posts(writer, first_post, posts, authors, tags)
        rows = _counted(_comments(writer, first_comment, comments, places, authors), comments, progress)
        with without_indexes(connection, _COMMENTS, comments):
            insert_rows(connection, _COMMENTS, _COMMENT_COLUMNS, rows)
        for table in (_POSTS, _COMMENTS):
            settle(connection, table)
    after_commit(after_loading)


def posts_present() -> int:
    """How many posts of volume data there are."""
    query = select(func.count()).select_from(Post).join(User).where(User.username.startswith(_AUTHOR))
    return db.session.scalar(query) or 0


def made_posts() -> Select[int]:
    """The numbers of the posts of volume data: what stands under them nobody has written or judged."""
    return select(Post.id).join(User).where(User.username.startswith(_AUTHOR))


def _authors() -> list[User]:
    """People to have written the posts; nobody can sign in as one."""
    known = {user.username: user for user in db.session.scalars(select(User).where(User.username.startswith(_AUTHOR)))}
    for number in range(1, _AUTHORS + 1):
        name = f"{_AUTHOR}{number:02}"
        if name not in known:
            known[name] = User(username=name, name=f"Demo Author {number}", is_active=False)
            db.session.add(known[name])
    return [known[name] for name in sorted(known)]


def _tags() -> list[Tag]:
    known = {tag.slug: tag for tag in db.session.scalars(select(Tag))}
    for name in _TAGS:
        if slug_of(name) not in known:
            known[slug_of(name)] = Tag(name=name)
            db.session.add(known[slug_of(name)])
    return [known[slug_of(name)] for name in _TAGS]


def _load_posts(writer: Writer, first: int, count: int, authors: list[User], tags: list[Tag]) -> list[_Place]:
    """Add the posts and return those that comments can stand under, oldest first."""
    places: list[_Place] = []
    links: list[dict[str, int]] = []
    rng, stamp = writer.rng, _Stamp()

    def rows() -> Iterator[tuple[Any, ...]]:
        for number in range(count):
            paragraphs, title, id = writer.paragraphs(), writer.title(), first + number
            # The first is always shown, so that there is a place for comments.
            status = rng.choices(tuple(_POST_STATUSES), tuple(_POST_STATUSES.values()))[0] if number else _PUBLISHED
            second = _SPAN * number // count
            moment = stamp(second)
            links.extend({"post_id": id, "tag_id": tag.id} for tag in rng.sample(tags, rng.randint(0, 3)))
            if status is not PostStatus.DRAFT:
                places.append(_Place(id, second, []))
            yield (
                *(id, title, f"demo-{id}-{slug_of(title)}", writer.text(60, 160)),
                "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs),
                *(" ".join(paragraphs), status.value, None if status is PostStatus.DRAFT else moment),
                *(rng.choice(authors).id, moment, moment, 1),
            )

    connection = db.session.connection()
    insert_rows(connection, _POSTS, _POST_COLUMNS, rows())
    for start in range(0, len(links), 1000):
        connection.execute(insert(post_tags), links[start : start + 1000])
    return places


def _comments(
    writer: Writer, first: int, count: int, places: list[_Place], authors: list[User]
) -> Iterator[tuple[Any, ...]]:
    """The rows, in the order in which they were written."""
    rng, stamp = writer.rng, _Stamp()
    random, people = rng.random, writer.commenters(min(_COMMENTERS, max(count // 4, 1)))
    statuses = rng.choices(tuple(_COMMENT_STATUSES), tuple(_COMMENT_STATUSES.values()), k=_CYCLE)
    second = shown = 0
    for number in range(count):
        id = first + number
        if random() > _SAME_MOMENT:
            second = max(second, int(_SPAN * (number + random()) / count))
        while shown < len(places) and places[shown].second <= second:
            shown += 1
        # New posts get more comments than old ones, and none does before it is published.
        place = places[max(shown - 1 - int(shown * random() ** 1.5), 0)]
        status = statuses[int(random() * _CYCLE)]
        parent, depth = None, 0
        if place.answerable and random() < _REPLIES:
            parent, depth = place.answerable[int(random() * len(place.answerable))]
        author_id: int | None = None
        person = people[int(len(people) * random() ** 2.2)]
        if parent is not None and random() < _BY_STAFF:
            author = authors[place.id % len(authors)]
            author_id, person, status = author.id, (author.name, author.email, None), CommentStatus.APPROVED
        if status is CommentStatus.APPROVED and depth < _DEEPEST:
            place.answerable.append((id, depth + 1))
            del place.answerable[:-_ANSWERED]
        written = stamp(second)
        decided = None if status is CommentStatus.PENDING else stamp(second + int(_SLOWEST * random() ** 4))
        yield (
            *(id, place.id, parent, author_id, *person, writer.text(), status.value),
            *(_REASON if status is CommentStatus.REJECTED and number % 2 else "", decided),
            *(written, decided or written, 1),
        )


def _counted(rows: Iterator[Any], total: int, progress: Progress | None) -> Iterator[Any]:
    for number, row in enumerate(rows, 1):
        if progress and (number % 5000 == 0 or number == total):
            progress(number, total)
        yield row


class _Stamp:
    """Writes a moment, given in seconds after the first one, as the databases store it."""

    def __init__(self) -> None:
        self._day, self._date = -1, ""

    def __call__(self, second: int) -> str:
        day, rest = divmod(second, 86_400)
        if day != self._day:
            self._day, self._date = day, f"{_FIRST + timedelta(days=day):%Y-%m-%d}"
        return f"{self._date} {rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}.000000"
