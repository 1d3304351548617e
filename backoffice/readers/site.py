"""What readers do besides writing: report a comment, and say whether moderators may write to them."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, make_response, redirect, render_template, request, session, url_for
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import joinedload
from wtforms import RadioField
from wtforms.validators import InputRequired

from backoffice.comments.judging import flagged
from backoffice.comments.models import Comment, CommentStatus
from backoffice.foundation import clock
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.errors import NotApplicable
from backoffice.foundation.fields import options
from backoffice.foundation.forms import InputForm
from backoffice.foundation.i18n import _, _l
from backoffice.posts import queries
from backoffice.posts.models import Post
from backoffice.readers import confirming, flags
from backoffice.readers.models import FlagReason
from backoffice.readers.visitors import digest_of
from backoffice.site.access import public
from backoffice.site.limits import limiter

readers_pages = Blueprint("readers", __name__)

LARGEST_ID = 2**31 - 1
HOW_OFTEN = "10 per minute; 60 per hour"


class ReportForm(InputForm):
    """Why."""

    reason = RadioField(
        _l("What is wrong with it?"),
        [InputRequired(_l("Choose what is wrong with it."))],
        choices=options(FlagReason.choices()),
    )


@readers_pages.route(f"/comment/<int(max={LARGEST_ID}):id>/report", methods=("GET", "POST"))
@limiter.limit(HOW_OFTEN, methods=["POST"])
@public
def report(id: int) -> Any:
    """Say that a comment should not be here. The moderators are told; the comment stays for now."""
    comment = _shown(id)
    form = ReportForm(request.form)
    if request.method == "POST" and form.validate():
        visitor = digest_of(current_user.id if current_user.is_authenticated else None, request.remote_addr)
        try:
            with unit_of_work():
                if flags.add(comment.id, visitor=visitor, reason=FlagReason.of(form.reason.data)):
                    flagged(comment)
        except NotApplicable as refusal:
            form.reason.errors = [str(refusal.message)]
            return _page("report", comment=comment, form=form), 429
        session["reported"] = comment.id
        return redirect(url_for("readers.reported"), 303)
    return _page("report", comment=comment, form=form), 422 if form.errors else 200


@readers_pages.get("/comment/reported")
@public
def reported() -> Any:
    """Thanks, and the way back."""
    comment = db.session.get(Comment, session.get("reported") or 0)
    if comment is None:
        abort(404)
    post = db.session.scalar(queries.published(clock.now()).where(Post.id == comment.post_id))
    is_shown = comment.status is CommentStatus.APPROVED
    return _page("reported", post=post, anchor=f"comment-{comment.id}" if is_shown else "talk")


@readers_pages.route("/mail/confirm/<token>", methods=("GET", "POST"))
@limiter.limit(HOW_OFTEN)
@public
def confirm(token: str) -> Any:
    """Say yes to mail from the moderators; opening the page does nothing."""
    if request.method != "POST":  # a HEAD reads as well
        return _page("mail", row=confirming.confirmable(token), is_stop=False, is_done=False)
    with unit_of_work():
        row = confirming.confirm(token)
    return _page("mail", row=row, is_stop=False, is_done=True)


@readers_pages.route("/mail/stop/<token>", methods=("GET", "POST"))
@limiter.limit(HOW_OFTEN)
@public
def stop(token: str) -> Any:
    """Say no to mail from the moderators; opening the page does nothing."""
    if request.method != "POST":  # a HEAD reads as well
        return _page("mail", row=confirming.withdrawable(token), is_stop=True, is_done=False)
    with unit_of_work():
        row = confirming.withdraw(token)
    return _page("mail", row=row, is_stop=True, is_done=True)


def _shown(id: int) -> Comment:
    """The reader's comment of this number, if it is shown under a post that is public."""
    shown = queries.published(clock.now()).with_only_columns(Post.id)
    query = select(Comment).options(joinedload(Comment.post)).where(Comment.id == id, Comment.post_id.in_(shown))
    found = db.session.scalar(query.where(Comment.status == CommentStatus.APPROVED, Comment.author_id.is_(None)))
    if found is None:
        abort(404, _("This comment is not shown any more."))
    return found


def _page(name: str, **values: Any) -> Any:
    response = make_response(render_template(f"site/readers/{name}.html", **values))
    response.cache_control.no_store = True
    # The address of these pages can be a key, which is nobody else's business.
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
