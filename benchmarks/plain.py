"""The other side: a plain Flask-Admin `ModelView` over the same table, as shipped (count, offset, LIKE)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Flask
from flask_admin import Admin
from flask_admin.contrib.sqla import ModelView
from flask_babel import Babel
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    """Models that know nothing of ours."""


class Post(Base):
    """As much of a post as the list shows."""

    __tablename__ = "posts"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]

    def __str__(self) -> str:
        return self.title


class Comment(Base):
    """As much of a comment as list and form show."""

    __tablename__ = "comments"

    id: Mapped[int] = mapped_column(primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id"))
    post: Mapped[Post] = relationship()
    author_name: Mapped[str]
    author_email: Mapped[str | None]
    text: Mapped[str] = mapped_column(Text)
    status: Mapped[str]
    created_at: Mapped[datetime]


class PlainView(ModelView):
    """What its documentation shows for such a model: its columns and its relation, found by itself."""

    column_searchable_list = ("text", "author_name")
    column_filters = ("status",)
    column_default_sort = ("created_at", True)
    form_columns = ("text", "author_name", "author_email")
    page_size = 50


def create_plain_app(url: str, options: dict[str, Any]) -> Flask:
    """An application with that view at `/admin/comment/`."""
    app = Flask("plain")
    app.config.update(SECRET_KEY="plain", SQLALCHEMY_DATABASE_URI=url, SQLALCHEMY_ENGINE_OPTIONS=options)
    db = SQLAlchemy(app)
    Babel(app)
    admin = Admin(app, name="Plain")
    with app.app_context():
        admin.add_view(PlainView(Comment, db, endpoint="comment"))
    return app
