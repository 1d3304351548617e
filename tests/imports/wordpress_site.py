"""A small WordPress site to export, and what an import made of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import select

from backoffice.accounts.models import User
from backoffice.comments.models import Comment
from backoffice.foundation.acting import acting
from backoffice.foundation.database import db
from backoffice.foundation.permissions import System
from backoffice.imports.operations import COMMENTS_NEEDS, WORDPRESS_NEEDS, import_comments, import_wordpress
from backoffice.imports.outcome import Outcome
from backoffice.posts.models import Post
from tests.imports.exports import comment, export, item

ACTOR = System("cli", *WORDPRESS_NEEDS, *COMMENTS_NEEDS)


def tags(**values: str) -> str:
    """Elements of WordPress by name: `tags(status="draft")`; texts are taken as they are."""
    return "".join(f"<wp:{name}><![CDATA[{value}]]></wp:{name}>" for name, value in values.items())


def author(login: str, **values: str) -> str:
    """A person of the export."""
    inside = tags(author_login=login, **{f"author_{name}": value for name, value in values.items()})
    return f"<wp:author>{inside}</wp:author>"


def post(number: int, inside: str = "", *, title: str = "A walk", content: str = "<p>Rain.</p>", **values: str) -> str:
    """A post, published on the second of March 2020 unless the values say otherwise."""
    values = {"post_name": f"post-{number}", "post_date_gmt": "2020-03-02 09:00:00", **values}
    return item(f"{inside}{tags(**values)}", post_id=number, title=f"<![CDATA[{title}]]>", content=content)


def reply(number: int, content: str = "Lovely.", **values: str) -> str:
    """A comment, approved and of the third of March 2020 unless the values say otherwise."""
    values = {"date_gmt": "2020-03-03 10:00:00", **values}
    inside = tags(**{f"comment_{name}": value for name, value in values.items()})
    return comment(inside, comment_id=number, content=content)


def term(kind: str, slug: str, name: str) -> str:
    """A category or tag of a post; `kind` is `category` or `post_tag`."""
    return f'<category domain="{kind}" nicename="{slug}"><![CDATA[{name}]]></category>'


def bring_in(app: Flask, folder: Path, *parts: str, **more: Any) -> Outcome:
    """Import an export of these parts, from the same site each time."""
    path = folder / "export.xml"
    path.write_text(export(*parts), encoding="utf-8")
    return bring_in_file(app, path, **more)


def bring_in_file(app: Flask, path: Path, **more: Any) -> Outcome:
    """Import this file."""
    with app.app_context(), acting(actor=ACTOR, surface="cli"):
        return import_wordpress(path, actor=ACTOR, **more)


def bring_in_table(app: Flask, folder: Path, table: str, post_id: int) -> Outcome:
    """Import a table of comments under this post."""
    path = folder / "comments.csv"
    path.write_text(table, encoding="utf-8")
    with app.app_context(), acting(actor=ACTOR, surface="cli"):
        under = db.session.get(Post, post_id)
        assert under is not None
        return import_comments(path, under, actor=ACTOR)


def people(app: Flask) -> dict[str, User]:
    """Everybody by user name."""
    with app.app_context():
        return {user.username: user for user in db.session.scalars(select(User))}


def posts(app: Flask) -> dict[str, Post]:
    """All posts by title, with author and tags."""
    with app.app_context():
        found = db.session.scalars(select(Post).order_by(Post.id)).unique().all()
        for each in found:
            assert each.author.id
            assert each.tags is not None
        return {each.title: each for each in found}


def comments(app: Flask) -> dict[str, Comment]:
    """All comments by text."""
    with app.app_context():
        found = db.session.scalars(select(Comment).order_by(Comment.id)).all()
        for each in found:
            assert each.post_id and (each.parent is None or each.parent.id)
        return {each.text: each for each in found}


def told(outcome: Outcome, kind: str) -> tuple[int, int, int, int, int]:
    """Read, imported, updated, unchanged and left out of a kind."""
    tally = outcome[kind]
    return tally.read, tally.imported, tally.updated, tally.unchanged, tally.left_out.total()
