"""The words of scripts, as a file that browsers keep until a translation changes."""

from __future__ import annotations

from flask import Blueprint, Response, abort, current_app, request, url_for

from backoffice.catalogs import scripts, serving
from backoffice.catalogs.places import OURS
from backoffice.foundation.i18n import offered_locales
from backoffice.site.access import public
from backoffice.site.language import select_locale

catalogs_pages = Blueprint("catalogs", __name__)


@catalogs_pages.app_template_global()
def words_script() -> str | None:
    """The address of the words for scripts in the language of this request; None for English."""
    found = _words(select_locale())
    return url_for("catalogs.words", locale=select_locale(), v=found.stamp) if found else None


@catalogs_pages.get("/babel/<locale>/words.js")
@public
def words(locale: str) -> Response:
    """The words that scripts need in a language. The address carries a stamp of the content, so it may be kept."""
    found = _words(locale) if locale in offered_locales() else None
    if found is None:
        abort(404)
    response = Response(found.script, mimetype="text/javascript")
    present = request.args.get("v") == found.stamp
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if present else "no-cache"
    response.set_etag(found.stamp)
    response.make_conditional(request)
    return response


def _words(locale: str) -> scripts.ScriptWords | None:
    domain = serving.of(current_app, OURS)
    return scripts.words_for(domain.translations_for(locale)) if domain else None
