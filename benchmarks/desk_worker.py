"""The parts of `benchmarks.desk` that run inside the application, each in a process of its own; prints JSON."""

from __future__ import annotations

import json
import statistics
import sys
import time
from typing import Any

from sqlalchemy import event, func, select

from backoffice import create_app
from backoffice.accounts.models import User
from backoffice.comments.models import Comment
from backoffice.comments.operations import VISITOR, submit
from backoffice.foundation.acting import acting
from backoffice.foundation.database import db, unit_of_work
from backoffice.moderation import queues, saved_views
from backoffice.posts.models import Post
from backoffice.records.audit import AuditEntry
from benchmarks import desk_data


def fill() -> dict[str, Any]:
    """Make the queue."""
    return desk_data.fill()


def settle() -> dict[str, Any]:
    """Let the database do what it does after many changes."""
    desk_data.settle()
    return {}


def counts(times: int, is_searching: int) -> dict[str, Any]:
    """Milliseconds of counting all tabs and two saved views, each time in a new session; and what is counted.

    With `is_searching` a third view that asks for a word.
    """
    taken, found = [], []
    for _time in range(times):
        person = db.session.scalars(select(User).where(User.username == "admin")).one()
        asked = [queues.Wanted.saved(view.query) for view in saved_views.offered(person)]
        asked += [queues.Wanted.saved(desk_data.SEARCHED)] * is_searching
        begun = time.perf_counter()
        found = queues.counts(person, asked)
        taken.append((time.perf_counter() - begun) * 1000)
        db.session.remove()
    return {"ms": statistics.median(taken), "found": found}


def submitting(count: int) -> dict[str, Any]:
    """Milliseconds of storing a reader's comment and its statements, from the post that is at hand to the commit."""
    taken: list[float] = []
    statements = [0]
    event.listen(db.engine, "before_cursor_execute", lambda *_: statements.__setitem__(0, statements[0] + 1))
    found: dict[str, int] = {}
    for given in list(desk_data.writers(count)):
        post = db.session.get_one(Post, given["post"])
        statements[0], begun = 0, time.perf_counter()
        with acting(actor=VISITOR, surface="site"), unit_of_work():
            comment = submit(post, actor=VISITOR, **{key: given[key] for key in ("name", "email", "address", "text")})
        taken.append((time.perf_counter() - begun) * 1000)
        status = str(comment.status)
        found[status] = found.get(status, 0) + 1
        db.session.remove()
    slow = statistics.quantiles(taken, n=20)[-1]
    return {"ms": statistics.median(taken), "slow": slow, "statements": statements[0], "found": found}


def writers(count: int) -> dict[str, Any]:
    """What readers send."""
    given = list(desk_data.writers(count))
    slugs = dict(
        db.session.execute(select(Post.id, Post.slug).where(Post.id.in_({each["post"] for each in given}))).all()
    )
    return {"writers": [{**each, "slug": slugs[each["post"]]} for each in given]}


def checked(_accepted: int) -> dict[str, Any]:
    """Of the decisions that were accepted, from standard input: how many are lost, untold, or there twice."""
    given: list[tuple[int, str, int]] = json.load(sys.stdin)
    lost = untold = 0
    for id, status, version in given:
        comment = db.session.get_one(Comment, id)
        lost += (str(comment.status), comment.version) != (status, version)
        told = select(func.count()).where(
            AuditEntry.target_type == "comment",
            AuditEntry.target_id == id,
            AuditEntry.action.in_(("comment.approve", "comment.reject", "comment.spam")),
        )
        untold += db.session.scalar(told) != 1
    return {"lost": lost, "untold": untold, "twice": len(given) - len({id for id, *_rest in given})}


if __name__ == "__main__":
    parts: dict[str, Any] = {"fill": fill, "settle": settle, "counts": counts, "submitting": submitting}
    parts |= {"writers": writers, "checked": checked}
    with create_app({"RATELIMIT_ENABLED": False}).app_context():
        print(json.dumps(parts[sys.argv[1]](*map(int, sys.argv[2:]))))
