"""The data of `benchmarks.desk`: a queue as a large site has it, in an installation that is filled with comments."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import Connection, func, insert, select, text

from backoffice.accounts import passwords
from backoffice.accounts.models import User
from backoffice.accounts.seeding import role_named
from backoffice.comments.models import Comment, CommentStatus
from backoffice.foundation import clock
from backoffice.foundation.acting import acting
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.permissions import System
from backoffice.moderation.models import SavedView, Snooze
from backoffice.rules.models import APART, Rule, TextPrint
from backoffice.rules.prints import print_of
from benchmarks.serving import PASSWORD

#: One in so many comments waits.
ONE_IN = 20
MODERATORS, SNOOZED = 20, 200
#: What the two saved views ask for; the post is the newest that takes comments.
VIEWS = {"Links, likeliest spam first": "order=score&kind=links", "One post": "post={post}"}
#: What a third would ask for, which is counted apart: a search costs what it finds.
SEARCHED = "search=harbour"
_SNOOZES: Any = Snooze.__table__
ACTOR = System("measuring", "*")
#: One rule of each kind. None of them approves, so that all that is sent is kept the long way.
RULES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("words", {"lines": "\n".join(f"forbidden{n}*" for n in range(500)) + "\ncheap pills\nscam"}),
    ("patterns", {"lines": r"\d{3}[- ]?\d{4}[- ]?\d{4}" + "\n(viagra|casino)s?\\b"}),
    ("links", {"number": 2}),
    ("blocked_domains", {"lines": "\n".join(f"bad{n}.example" for n in range(500))}),
    ("trusted_domains", {"lines": "gazette.example\nharbour.example"}),
    ("new_author", {"number": 2}),
    ("rejected_lately", {"number": 3, "of_last": 20}),
    ("repeated", {"number": 1, "days": 30}),
    ("flood", {"number": 30, "minutes": 60}),
    ("old_post", {"days": 365}),
    ("flags", {"number": 3}),
    ("score", {"number": 90}),
)
#: What advertising is made of, and what is talked about otherwise.
_WORDS = (
    "free win click casino pills cheap money subscribe channel bonus offer visit cash prize",
    "harbour ferry council weather market school boat fish people street morning winter gull pier",
)
_FOUND = {
    "new_author": (1, """{"approved": 0, "limit": 2}""", "[]"),
    "links": (2, """{"links": 3, "limit": 2}""", "[[0, 12]]"),
    "words": (3, """{"found": ["harbour", "ferry"]}""", "[[4, 11], [20, 26]]"),
    "score": (5, """{"percent": 93, "limit": 90}""", "[]"),
}


def fill() -> dict[str, int]:
    """Make the queue: what waits, with findings, scores, flags and snoozes; people, rules and views."""
    with acting(actor=ACTOR, surface="cli"), unit_of_work():
        people = _people()
        _rules()
        _views()
    with db.engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL statement_timeout = 0"))
        _queue(connection, people)
        _prints(connection)
    waiting = select(func.count()).select_from(Comment).where(Comment.status == CommentStatus.PENDING)
    return {"waiting": db.session.scalar(waiting) or 0}


def settle() -> None:
    """What a database does by itself in the hours after so much was written."""
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET statement_timeout = 0"))
            connection.execute(text("VACUUM ANALYZE"))
        else:
            connection.execute(text("ANALYZE"))


def labelled(path: Path, rows: int = 600) -> None:
    """A table of made-up texts to learn from: advertising, and talk about a harbour."""
    rng = Random(4)
    bad, good = (words.split() for words in _WORDS)
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["text", "label"])
        for number in range(rows):
            words = rng.choices(bad if number % 2 else good, k=rng.randint(6, 14)) + rng.choices(bad + good, k=3)
            table.writerow([" ".join(words) + f" {number}", "spam" if number % 2 else "ham"])


def _people() -> list[int]:
    role, known = role_named("moderator"), passwords.hashed(PASSWORD)
    made = [User(username=f"mod{n:02}", name=f"Moderator {n}", password_hash=known) for n in range(MODERATORS)]
    for user in made:
        user.roles.append(role)
        db.session.add(user)
    db.session.flush()
    return [user.id for user in made]


def _rules() -> None:
    for rule in db.session.scalars(select(Rule)):
        rule.is_active = False
    for place, (kind, values) in enumerate(RULES, 100):
        db.session.add(Rule(name=f"Measured: {kind}", kind=kind, position=place * APART, is_active=True, **values))


def _views() -> None:
    owner = db.session.scalars(select(User).where(User.username == "admin")).one()
    post = db.session.scalar(select(func.max(Comment.post_id)))
    for place, (name, query) in enumerate(VIEWS.items()):
        db.session.add(SavedView(name=name, owner_id=owner.id, query=query.format(post=post), position=place))


def _queue(connection: Connection, people: list[int]) -> None:
    total, newest = connection.execute(text("SELECT count(*), max(id) FROM comments")).one()
    waiting = connection.scalar(text("SELECT count(*) FROM comments WHERE status = 'pending'")) or 0
    # The newest wait, as on a site that has fallen behind.
    connection.execute(
        text(
            "UPDATE comments SET status = 'pending', decided_at = NULL, reason = '' WHERE id IN "
            "(SELECT id FROM comments WHERE status = 'approved' AND author_id IS NULL ORDER BY id DESC LIMIT :most)"
        ),
        {"most": max(total // ONE_IN - waiting, 0)},
    )
    connection.execute(text("UPDATE comments SET score = (id * 79 % 1000) / 1000.0 WHERE status = 'pending'"))
    for number, person in enumerate(people):
        connection.execute(
            text(
                "UPDATE comments SET decided_by_id = :person "
                "WHERE id > :first AND id <= :last AND decided_at IS NOT NULL AND id % 5 = 0"
            ),
            {"person": person, "first": newest * number // 40, "last": newest * (number + 1) // 40},
        )
    now = clock.now()
    json = "CAST(:{0} AS JSONB)" if connection.dialect.name == "postgresql" else ":{0}"
    for kind, (every, detail, spans) in _FOUND.items():
        connection.execute(
            text(
                "INSERT INTO findings (comment_id, rule_id, rule_name, kind, action, weight, is_decisive, spans, "
                "detail, created_at) SELECT id, (SELECT min(id) FROM rules WHERE kind = :kind AND is_active), :name, "
                f":kind, 'hold', 1, :first, {json.format('spans')}, {json.format('detail')}, created_at FROM comments "
                "WHERE status = 'pending' AND id % :every = 0"
            ),
            {"kind": kind, "name": f"Measured: {kind}", "first": every == 1, "spans": spans, "detail": detail,
             "every": every},
        )  # fmt: skip
    flags = text(
        "INSERT INTO comment_flags (comment_id, visitor, reason, at) SELECT id, :visitor, 'insult', created_at "
        "FROM comments WHERE status = 'pending' AND id % :every = 0"
    )
    for visitor, every in (("a" * 64, 100), ("b" * 64, 200)):
        connection.execute(flags, {"visitor": visitor, "every": every})
    # Among those that would be shown first.
    first = select(Comment.id).where(Comment.status == CommentStatus.PENDING).order_by(Comment.created_at, Comment.id)
    until = now + timedelta(days=30)
    connection.execute(
        insert(_SNOOZES),
        [
            {"comment_id": id, "user_id": people[0], "who": "Moderator 0", "until": until, "set_at": now}
            for id in connection.scalars(first.limit(SNOOZED))
        ],
    )


def _prints(connection: Connection, most: int = 50_000) -> None:
    """Of what was sent last, as the sending would have kept them."""
    rows = connection.execute(text("SELECT id, text FROM comments ORDER BY id DESC LIMIT :most"), {"most": most})
    now, found = clock.now(), list(rows)
    made = [{"comment_id": id, "digest": print_of(words), "created_at": now} for id, words in found]
    connection.execute(insert(TextPrint), [row for row in made if row["digest"] is not None])


def writers(count: int) -> Iterator[dict[str, Any]]:
    """Readers who wrote before, with posts that take comments, for what is sent while measuring."""
    top = db.session.scalar(text("SELECT max(id) FROM comments")) or 1
    posts = list(db.session.scalars(text("SELECT id FROM posts WHERE status = 'published' ORDER BY id DESC LIMIT 500")))
    rng = Random(9)
    find = text(
        "SELECT author_name, author_email, author_address, text FROM comments "
        "WHERE id >= :id AND author_id IS NULL AND author_email IS NOT NULL ORDER BY id LIMIT 1"
    )
    for number in range(count):
        name, email, address, words = db.session.execute(find, {"id": rng.randint(1, top * 9 // 10)}).one()
        said = f"{words} See https://gazette.example/{number} and this."
        yield {"post": posts[number % len(posts)], "name": name, "email": email, "address": address, "text": said}
    db.session.rollback()
