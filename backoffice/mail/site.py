"""The page on which a reader stops mail she does not want any more; her mail program may press the button for her."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, make_response, render_template, request

from backoffice.foundation.database import unit_of_work
from backoffice.mail import overview
from backoffice.records import stopping
from backoffice.site.access import public, token_free
from backoffice.site.limits import limiter

mail_pages = Blueprint("mail_pages", __name__)

HOW_OFTEN = "20 per minute; 200 per hour"


@mail_pages.route("/mail/unsubscribe/<token>", methods=("GET", "POST"))
@limiter.limit(HOW_OFTEN)
@token_free
@public
def stop(token: str) -> Any:
    """Stop the mail this link came with. Opening the page does nothing; its button, or one click (RFC 8058), does."""
    purpose, id = stopping.read(token)
    if request.method != "POST":  # a HEAD reads as well
        return _page(purpose=purpose, what=purpose.describe(id), state="asks")
    is_again = request.form.get("again") == "1" and purpose.again is not None
    with unit_of_work():
        what = purpose.describe(id)
        if is_again and purpose.again is not None:
            purpose.again(id)
        else:
            purpose.stop(id)
    return _page(purpose=purpose, what=what, state="on" if is_again else "off")


@mail_pages.app_context_processor
def _outbox() -> dict[str, Any]:
    """What the pages of the outbox and the first page ask; nothing is read before they do."""
    return {
        "outbox_overview": overview.overview,
        "outbox_attempts": overview.attempts_of,
        "outbox_folder": overview.folder,
    }


def _page(**values: Any) -> Any:
    response = make_response(render_template("site/mail/stop.html", **values))
    response.cache_control.no_store = True
    # The address of the page is a key, which is nobody else's business.
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
