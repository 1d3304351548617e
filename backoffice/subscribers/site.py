"""Subscribing to the weekly mail: a box on the pages of the blog, a page of its own, and the link from the mail.

The box carries no token, for pages that are only read need no cookie, and there is nothing to protect: whoever asks for
a stranger is asked back by mail, once a day, whichever browser she used.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, make_response, redirect, render_template, request, session, url_for

from backoffice.foundation.database import unit_of_work
from backoffice.foundation.errors import InvalidInput
from backoffice.readers.visitors import digest_of
from backoffice.site.access import public, token_free
from backoffice.site.language import select_locale
from backoffice.site.limits import limiter
from backoffice.subscribers import subscribing

subscribers_pages = Blueprint("subscribers", __name__)
subscribers_pages.add_app_template_global(subscribing.is_open, "can_subscribe")

#: A field that people do not see and programs fill in.
TRAP = "subject"
HOW_OFTEN = "5 per minute; 30 per hour"


@subscribers_pages.get("/blog/subscribe")
@public
def subscribe() -> Any:
    """What one subscribes to, and where to type the address."""
    if not subscribing.is_open():
        abort(404)
    return _page("subscribe")


@subscribers_pages.post("/blog/subscribe")
@limiter.limit(HOW_OFTEN)
@token_free
@public
def ask() -> Any:
    """Ask by mail whether the reader wants it. The answer is the same whether the address is known or not."""
    if not subscribing.is_open():
        abort(404)
    typed = request.form.get("email", "")
    if not request.form.get(TRAP):
        try:
            with unit_of_work():
                visitor = digest_of(None, request.remote_addr)
                subscribing.ask(typed, locale=select_locale(), visitor=visitor)
        except InvalidInput as refusal:
            return _page("subscribe", typed=typed[:254], error=str(refusal.message)), 422
    session["subscribing"] = typed.strip()[:254]
    return redirect(url_for("subscribers.asked"), 303)


@subscribers_pages.get("/blog/subscribe/asked")
@public
def asked() -> Any:
    """Where to look for the mail."""
    address = session.get("subscribing")
    if not address:
        return redirect(url_for("subscribers.subscribe"))
    return _page("asked", address=address)


@subscribers_pages.route("/blog/subscribe/<token>", methods=("GET", "POST"))
@limiter.limit("20 per minute")
@public
def confirm(token: str) -> Any:
    """The link from the mail; opening the page does nothing, the button subscribes."""
    if request.method != "POST":  # a HEAD reads as well
        return _page("confirm", row=subscribing.confirmable(token), is_done=False)
    with unit_of_work():
        row = subscribing.confirm(token)
    return _page("confirm", row=row, is_done=True)


def _page(name: str, **values: Any) -> Any:
    response = make_response(render_template(f"site/subscribers/{name}.html", trap=TRAP, **values))
    response.cache_control.no_store = True
    # The address of a page can be a key, which is nobody else's business.
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
