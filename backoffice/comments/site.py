"""A post with the talk under it: reading it, and writing a comment that waits for a moderator."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, abort, make_response, redirect, render_template, request, session, url_for
from flask_login import current_user
from markupsafe import Markup

from backoffice.accounts import notices
from backoffice.comments import threads
from backoffice.comments.admission import Banned, Warned
from backoffice.comments.forms import CommentForm
from backoffice.comments.models import LONGEST_TEXT, Comment, CommentStatus
from backoffice.comments.operations import VISITOR, submit
from backoffice.foundation import clock
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.errors import InvalidInput
from backoffice.foundation.html import for_reading
from backoffice.foundation.i18n import _
from backoffice.foundation.markdown import comment_html
from backoffice.foundation.text import clean_line, clean_text
from backoffice.posts import queries
from backoffice.posts.models import Post
from backoffice.posts.pictures import first_picture
from backoffice.readers import confirming
from backoffice.readers.visitors import digest_of
from backoffice.records.sent_forms import AlreadySent, new_key, spend
from backoffice.site.access import public
from backoffice.site.language import select_locale
from backoffice.site.limits import limiter

comments_pages = Blueprint("comments", __name__)

LARGEST_ID = 2**31 - 1
ADDRESS = f"/blog/post/<int(max={LARGEST_ID}):id>"
#: A field that people do not see and programs fill in. No browser completes a field of this name by itself.
TRAP = "subject"
#: So many of her own comments are remembered for a visitor.
REMEMBERED = 20
HOW_OFTEN = "5 per minute; 30 per hour"


@comments_pages.get(ADDRESS, strict_slashes=False)
@comments_pages.get(f"{ADDRESS}/<slug>", strict_slashes=False)
@public
def read(id: int, slug: str | None = None) -> Any:
    """The post and what is said about it. The present words of the address are added to a link with others."""
    post = _published(id)
    if slug is not None and slug != post.slug:
        asked = f"?{request.query_string.decode('ascii', 'ignore')}" if request.query_string else ""
        response = redirect(url_for("comments.read", id=id, slug=post.slug) + asked, 301)
        # Browsers keep it for good otherwise, and go round in circles when the post gets its old address again.
        response.headers["Cache-Control"] = "no-cache"
        return response
    number = request.args.get("reply", "")
    answered = _answerable(number, post)
    form = CommentForm(name=getattr(current_user, "name", ""), email=getattr(current_user, "email", None) or "")
    return _page(post, form, answered)


@comments_pages.post(ADDRESS, strict_slashes=False)
@comments_pages.post(f"{ADDRESS}/<slug>", strict_slashes=False)
@limiter.limit(HOW_OFTEN)
@public
def write(id: int, slug: str | None = None) -> Any:
    """Take a comment. It waits for a moderator and is shown to its writer meanwhile."""
    post = _published(id)
    form = CommentForm(request.form)
    if request.form.get(TRAP):
        return _thanks(post, form)
    number = request.form.get("parent", "").strip()
    answered = _answerable(number, post)
    if not form.validate():
        return _page(post, form, answered), 422
    if number and answered is None:
        form.text.errors = [_("The comment you reply to is not here any more. Send it again to say it to everybody.")]
        return _page(post, form), 422
    if not _was_sent(post, form, answered):
        try:
            with unit_of_work():
                sent = spend(
                    request.form.get("once"), [("post", str(id)), *request.form.items(multi=True)], actor=VISITOR
                )
                comment = submit(
                    post,
                    actor=VISITOR,
                    name=form.name.data or "",
                    email=form.email.data,
                    text=form.text.data or "",
                    parent=answered,
                    address=request.remote_addr,
                    account_id=current_user.id if current_user.is_authenticated else None,
                    has_read=bool(request.form.get("read")),
                )
                _ask_for_mail(comment)
                if sent is not None:
                    sent.made_id = comment.id
        except AlreadySent as earlier:
            # The button was pressed twice; this answer may be the one the visitor sees.
            session["commented"] = [*_own(), *filter(None, [earlier.made_id])][-REMEMBERED:]
            return _thanks(post, form)
        except Banned as refusal:
            form.text.errors = [str(refusal.message)]
            return _page(post, form, answered), refusal.status
        except Warned as refusal:
            form.text.errors = [str(refusal.message)]
            return _page(post, form, answered, warnings=refusal.words), refusal.status
        except InvalidInput as refusal:
            field = refusal.field if refusal.field in form else "text"
            form[field].errors = [str(refusal.message)]
            return _page(post, form, answered), 422
        session["commented"] = [*_own(), comment.id][-REMEMBERED:]
        return _thanks(post, form, comment)
    return _thanks(post, form)


def _ask_for_mail(comment: Comment) -> None:
    """Ask the writer by mail whether she wants what she ticked; who is signed in with this address has proved it."""
    email, ticked = comment.author_email, {"mail_me": confirming.DECISIONS, "mail_replies": confirming.ANSWERS}
    wishes = [wish for name, wish in ticked.items() if request.form.get(name)]
    if email is None or not wishes:
        return
    if confirming.ANSWERS in wishes and current_user.is_authenticated and notices.address_of(current_user) == email:
        confirming.grant_replies(email, locale=select_locale())
    visitor = digest_of(None, request.remote_addr)
    confirming.ask(email, locale=select_locale(), visitor=visitor, wishes=wishes)


def _published(id: int) -> Post:
    post = db.session.scalar(queries.published(clock.now()).where(Post.id == id))
    if post is None:
        abort(404)
    return post


def _answerable(number: str, post: Post) -> Comment | None:
    """The comment of this number if it is shown under the post."""
    if not (number.isascii() and number.isdecimal() and len(number) < 11 and int(number) <= LARGEST_ID):
        return None
    return db.session.scalar(threads.answerable(int(number), post.id))


def _own() -> list[int]:
    return list(session.get("commented", ()))


def _waiting(post: Post) -> Sequence[Comment]:
    """The visitor's own comments under the post that nobody has read yet."""
    own = _own()
    return db.session.scalars(threads.waiting_among(own, post.id)).all() if own else []


def _was_sent(post: Post, form: CommentForm, answered: Comment | None) -> bool:
    """Whether the same visitor sent the same a moment ago: a button pressed twice, a page loaded again."""
    said = clean_text(form.text.data), answered.id if answered else None
    own = _own()
    sent = db.session.scalars(threads.sent_among(own, post.id)).all() if own else []
    return any((comment.text, comment.parent_id) == said for comment in sent)


def _thanks(post: Post, form: CommentForm, comment: Comment | None = None) -> Any:
    is_shown = comment is not None and comment.status is CommentStatus.APPROVED
    session["thanked"] = [post.id, clean_line(form.name.data)[:80], is_shown]
    return redirect(url_for("comments.read", id=post.id, slug=post.slug, _anchor="talk"), 303)


def _thanked(post: Post) -> tuple[str, bool] | None:
    """The visitor's name, and whether all see what she wrote, if she has just written under this post; said once."""
    if session.get("thanked", [None])[0] != post.id:
        return None
    _id, name, *rest = session.pop("thanked")
    return str(name), bool(rest and rest[0])


def _page(
    post: Post, form: CommentForm, answered: Comment | None = None, warnings: Sequence[str] | None = None
) -> Response:
    given = request.args.get("comments", "1")
    page = int(given) if given.isascii() and given.isdecimal() and 0 < len(given) < 7 else 1
    found = db.session.scalars(threads.beginnings(post.id, max(page, 1))).all()
    if page < 1 or page > 1 and not found:
        abort(404)
    beginnings = found[: threads.THREADS]
    ids = [comment.id for comment in beginnings]
    replies = db.session.scalars(threads.replies_to(ids)).all() if ids else []
    total = db.session.scalar(threads.count_under(post.id)) or 0
    body = _body(post)
    response = make_response(
        render_template(
            "site/posts/post.html",
            post=post,
            body=body,
            has_video='<figure class="media" data-video="' in body,
            picture=first_picture(post.body),
            threads=threads.arranged(beginnings, replies, _waiting(post)),
            total=total,
            page=page,
            has_older=len(found) > threads.THREADS,
            form=form,
            answered=answered,
            thanked=_thanked(post),
            trap=TRAP,
            longest=LONGEST_TEXT,
            warnings=warnings,
            once=request.form.get("once") or new_key(),
        )
    )
    response.cache_control.private = True
    return response


def _body(post: Post) -> Markup:
    """The text, with its tables in boxes that can be moved sideways, by keys as well, where they are too wide."""
    body = for_reading(post.body, video_label=_("Watch the video. It is loaded from YouTube."), own_host=request.host)
    # In sanitised text the tags stand for tables and for nothing else.
    box = Markup('<div class="bo-wide" role="group" aria-label="{}" tabindex="0"><table>').format(_("Table"))
    return body.replace(Markup("<table>"), box).replace(Markup("</table>"), Markup("</table></div>"))


@comments_pages.app_template_filter("said")
def said(text: str) -> Markup:
    """A reader's words as the markup they may use."""
    # Made of the reader's text by a sanitiser that lets through nothing but a list of harmless tags.
    return Markup(comment_html(text))  # noqa: S704  sanitised, see above
