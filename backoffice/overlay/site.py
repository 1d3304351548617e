"""The overlay of translators: at the end of every page, its texts, how far each is, and a way to the workbench.

It is switched on for a session, on the pages of the back office and on those for readers. It changes nothing of the
page before it, and is shown to nobody else: such answers are never kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Flask, Response, g, redirect, render_template, request, session, url_for
from flask_babel import get_locale

from backoffice.catalogs import library, scripts, serving
from backoffice.catalogs.languages import languages
from backoffice.catalogs.library import Item
from backoffice.catalogs.places import OURS, Place
from backoffice.catalogs.po import eid_of
from backoffice.foundation.i18n import SOURCE_LOCALE, direction_of
from backoffice.foundation.permissions import Can
from backoffice.overlay.noting import Noted
from backoffice.site.access import FILES, signed_in
from backoffice.site.redirects import came_from
from backoffice.site.requests import present_actor
from backoffice.workbench import rights

overlay_pages = Blueprint("overlay", __name__)

#: Where a session remembers that it is switched on.
SESSION_KEY = "texts"
_END = b"</body>"


@dataclass(frozen=True)
class Text:
    """One text of the page, as the overlay shows it."""

    place: Place
    item: Item
    #: Whether only scripts say it, so that nobody knows yet whether this page does.
    is_of_script: bool = False

    @property
    def address(self) -> str:
        """Where it is translated."""
        return f"/admin/i18n/{self.place.locale}/{self.place.domain}/{self.item.eid}"


@overlay_pages.post("/babel/texts")
@signed_in
def switch() -> Any:
    """Switch the overlay on or off for this session, and go back to the page."""
    may = bool(_locales())
    if not may:
        rights.require(present_actor(), Can.TRANSLATION_VIEW, Place(str(get_locale()), OURS))
    if session.pop(SESSION_KEY, None) is None:
        session[SESSION_KEY] = True
    return redirect(came_from() or url_for("admin.index"))


@overlay_pages.app_template_global()
def may_see_texts() -> bool:
    """Whether whoever is here may look at the texts of pages."""
    return bool(_locales())


@overlay_pages.app_template_global()
def sees_texts() -> bool:
    """Whether she has switched that on."""
    return "noted" in g


def install(app: Flask) -> None:
    """Look at every request, once it is known who asks."""
    app.before_request(_begin)
    app.after_request(_show)


def _locales() -> list[str]:
    """The languages whose texts the person may look at, in the order of menus; asked once in a request."""
    if "texts_in" not in g:
        actor = present_actor()
        g.texts_in = list(dict.fromkeys(place.locale for place in rights.places_for(actor)))
    found: list[str] = g.texts_in
    return found


def _begin() -> None:
    if SESSION_KEY not in session or request.endpoint in FILES or request.method != "GET" or not _locales():
        return
    g.noted = Noted()
    # What a browser has kept was made without the overlay.
    for name in ("HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE"):
        request.environ.pop(name, None)
    serving.note_with(g.noted)


def _show(response: Response) -> Response:
    noted: Noted | None = g.get("noted")
    if noted is None:
        return response
    noted.is_noting = False
    if response.mimetype != "text/html" or response.is_streamed or response.direct_passthrough:
        return response
    before, end, after = response.get_data().rpartition(_END)
    if not end:
        return response
    locale = _locale()
    texts = [*_texts(noted, locale), *_texts_of_scripts(noted, locale)]
    panel = render_template(
        "site/overlay/panel.html",
        texts=[each for each in texts if not each.is_of_script],
        texts_of_scripts=[each for each in texts if each.is_of_script],
        language=languages(rights.catalogs_folder())[locale],
        direction_of_texts=direction_of(locale),
    )
    response.set_data(before + panel.encode() + end + after)
    response.headers.pop("ETag", None)
    response.headers["Cache-Control"] = "no-store"
    return response


def _locale() -> str:
    """The language of the page where the person may look at its texts; else, as in English, her first."""
    locale = str(get_locale())
    return locale if locale in _locales() and locale != SOURCE_LOCALE else _locales()[0]


def _texts(noted: Noted, locale: str) -> Iterator[Text]:
    allowed = {place.domain for place in rights.places_for(present_actor()) if place.locale == locale}
    for domain, eid in noted.texts:
        if domain in allowed:
            place = Place(locale, domain)
            item = library.shelf_of(rights.catalogs_folder(), locale, domain).find(eid)
            if item is not None:
                yield Text(place, item)


def _texts_of_scripts(noted: Noted, locale: str) -> Iterator[Text]:
    if Place(locale, OURS) not in rights.places_for(present_actor()):
        return
    shelf = library.shelf_of(rights.catalogs_folder(), locale, OURS)
    for text in scripts.texts_of_scripts():
        eid = eid_of(text, None)
        item = shelf.find(eid)
        if item is not None and (OURS, eid) not in noted.texts:
            yield Text(Place(locale, OURS), item, is_of_script=True)
