"""Records that tests lay ready in a running house, each with a word of its own to find them by."""

from __future__ import annotations

from itertools import count

from sqlalchemy import select

from backoffice.accounts.models import User
from backoffice.comments.models import Comment, CommentStatus
from backoffice.foundation.database import db
from backoffice.posts.models import Post
from tests import factories
from tests.e2e.house import House

_numbers = count(1)


def word() -> str:
    """A word that nothing else in the house contains."""
    return "lantern" + "".join("abcdefghij"[int(digit)] for digit in str(next(_numbers)))


def comments(house: House, word: str, many: int = 1, *, author: str = "jonas") -> list[int]:
    """Numbers of pending comments with this word, the newest first, under one published post of this author."""
    with house.opened():
        post = factories.post(published=True, title=f"The post of {word}", slug=_slug(word), author=person(author))
        made = [factories.comment(post=post, text=f"Remark {number} about {word}.") for number in range(many)]
        return [comment.id for comment in reversed(made)]


def post(house: House, word: str, *, author: str = "jonas", published: bool = True) -> int:
    """The number of a post with this word."""
    with house.opened():
        made = factories.post(published=published, title=f"The post of {word}", slug=_slug(word), author=person(author))
        return int(made.id)


def status(house: House, id: int) -> CommentStatus:
    """Where a comment stands now."""
    with house.opened():
        return db.session.scalars(select(Comment.status).where(Comment.id == id)).one()


def post_called(house: House, title: str) -> Post:
    """The post of this title, with its text."""
    with house.opened():
        return db.session.scalars(select(Post).where(Post.title == title)).one()


def person(username: str) -> User:
    """Somebody of the sample content; inside `house.opened()`."""
    return db.session.scalars(select(User).where(User.username == username)).one()


def _slug(word: str) -> str:
    return f"the-post-of-{word}-{next(_numbers)}"
