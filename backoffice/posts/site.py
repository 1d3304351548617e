"""The paper: front page, posts by tag and by author, the feed, and what the head of every public page needs."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from babel.dates import format_date, format_skeleton
from flask import Blueprint, Response, abort, current_app, make_response, render_template, request, url_for
from flask_babel import get_locale, get_timezone
from sqlalchemy import Select, select
from sqlalchemy.orm import lazyload

from backoffice.accounts.models import USERNAME, User
from backoffice.comments.threads import COUNTED, counts_under
from backoffice.foundation import clock
from backoffice.foundation.database import db
from backoffice.foundation.i18n import SOURCE_LOCALE, _, speaking
from backoffice.foundation.text import is_slug
from backoffice.posts import queries
from backoffice.posts.feed import MEDIA_TYPE, MOST_ENTRIES, Feed
from backoffice.posts.models import Post, Tag
from backoffice.posts.pictures import first_picture
from backoffice.site.access import public

posts_pages = Blueprint("posts", __name__)

#: Stories on a page; on the front page those after the first few stand in the second column.
STORIES = 10
IN_FRONT = 5
SECTIONS = 6
LARGEST_PAGE = 2**31 - 1
A_WEEK = timedelta(days=7)


@posts_pages.get("/blog/")
@posts_pages.get(f"/blog/<int(min=1, max={LARGEST_PAGE}):page>")
@public
def front(page: int = 1) -> Any:
    """The front page, or an older page of posts."""
    stories, has_older = _page_of(queries.stories(clock.now()), page)

    def address(number: int) -> str:
        return url_for("posts.front", page=number) if number > 1 else url_for("posts.front")

    turn = _turn(page, has_older, address)
    if page > 1:
        return render_template("site/posts/list.html", stories=stories, counts=_counts(stories), turn=turn, page=page)
    aside = stories[IN_FRONT:]
    return render_template(
        "site/posts/front.html",
        stories=stories[:IN_FRONT],
        aside=aside,
        aside_is_new=bool(aside) and clock.now() - _shown_since(aside[-1]) < A_WEEK,
        picture=first_picture(stories[0].body) if stories else None,
        counts=_counts(stories),
        turn=turn,
    )


@posts_pages.get("/blog/tag/<slug>", strict_slashes=False)
@public
def tagged(slug: str) -> Any:
    """The posts that carry a tag."""
    tag = db.session.scalar(select(Tag).where(Tag.slug == slug)) if is_slug(slug) else None
    if tag is None:
        abort(404)
    return _list(queries.tagged(queries.stories(clock.now()), tag), url_for("posts.tagged", slug=slug), tag=tag)


@posts_pages.get("/blog/user/<username>", strict_slashes=False)
@public
def written_by(username: str) -> Any:
    """What one person published. Who published nothing is not shown to exist."""
    named = select(User).where(User.username == username).options(lazyload(User.roles))
    author = db.session.scalar(named) if re.fullmatch(USERNAME, username) else None
    if author is None:
        abort(404)
    stories = queries.stories(clock.now()).where(Post.author_id == author.id)
    return _list(stories, url_for("posts.written_by", username=username), author=author)


@posts_pages.get("/blog/feed.xml")
@public
def feed() -> Response:
    """The newest posts as an Atom feed, the same for everybody; unchanged, it is answered with 304."""
    newest = db.session.scalars(queries.published(clock.now()).limit(MOST_ENTRIES)).all()
    atom = Feed(
        title=current_app.config["PUBLICATION"],
        home=absolute(url_for("posts.front")),
        here=absolute(url_for("posts.feed")),
        posts=newest,
        address_of=lambda post: absolute(url_for("comments.read", id=post.id, slug=post.slug)),
        page_of=lambda post: absolute(url_for("posts.written_by", username=post.author.username)),
    )
    response = make_response()
    response.set_etag(atom.stamp)
    response.last_modified = atom.updated
    response.cache_control.max_age = 300
    response.make_conditional(request)
    if response.status_code == 200:
        with speaking(SOURCE_LOCALE):
            response.set_data(atom.xml(video_label=_("Watch the video on YouTube")))
        response.content_type = f"{MEDIA_TYPE}; charset=utf-8"
    return response


def absolute(path: str) -> str:
    """The address of a path of this site for readers elsewhere."""
    return (current_app.config["BASE_URL"] or request.url_root.rstrip("/")) + path


@posts_pages.app_context_processor
def _for_the_head() -> dict[str, Any]:
    return {"absolute": absolute, "sections": sections, "in_language": in_language, "counted": COUNTED}


def sections() -> list[tuple[str, str]]:
    """Name and slug of the tags that stand below the name of the paper."""
    return [(row.name, row.slug) for row in db.session.execute(queries.sections(clock.now(), SECTIONS))]


def in_language(locale: str) -> str:
    """The address that switches this page to another language."""
    kept = [(name, value) for name, value in request.args.items(multi=True) if name != "lang"]
    here = request.path + (f"?{urlencode(kept)}" if kept else "")
    return url_for("accounts.language", locale=locale, next=here)


@posts_pages.app_template_filter("print_day")
def print_day(moment: datetime) -> str:
    """The day as a paper names it: a weekday this week, else day and month, with the year if it is another."""
    locale, local, today = get_locale(), moment.astimezone(get_timezone()), clock.now().astimezone(get_timezone())
    if timedelta(0) <= today.date() - local.date() < A_WEEK:
        return format_date(local, "cccc", locale)
    return format_skeleton("MMMMd" if local.year == today.year else "yMMMMd", local, locale=locale)


def _list(query: Select[Post], address: str, **about: Any) -> Any:
    """A list that pages by `?page=`; 404 for a page without posts."""
    given = request.args.get("page", "1")
    page = int(given) if given.isascii() and given.isdecimal() and len(given) < 10 else 1
    stories, has_older = _page_of(query, page)
    if not stories:
        abort(404)
    turn = _turn(page, has_older, lambda number: f"{address}?page={number}" if number > 1 else address)
    return render_template(
        "site/posts/list.html", stories=stories, counts=_counts(stories), turn=turn, page=page, **about
    )


def _page_of(query: Select[Post], page: int) -> tuple[list[Post], bool]:
    """The posts of a page and whether older ones follow; 404 beyond the last page."""
    if page < 1:
        abort(404)
    found = db.session.scalars(query.offset((page - 1) * STORIES).limit(STORIES + 1)).all()
    if page > 1 and not found:
        abort(404)
    return list(found[:STORIES]), len(found) > STORIES


def _turn(page: int, has_older: bool, address: Any) -> dict[str, str | None]:
    return {
        "here": address(page),
        "newer": address(page - 1) if page > 1 else None,
        "older": address(page + 1) if has_older else None,
    }


def _counts(stories: list[Post]) -> dict[int, int]:
    found = db.session.execute(counts_under([post.id for post in stories])) if stories else ()
    return {row.post_id: row.number for row in found}


def _shown_since(post: Post) -> datetime:
    return post.published_at or post.created_at
