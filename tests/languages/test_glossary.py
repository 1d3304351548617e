"""The glossary: agreed words, each for the languages that a person translates."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import select

from backoffice.foundation.database import db, unit_of_work
from backoffice.workbench.models import Term
from tests import factories
from tests.browser import Browser
from tests.people import PASSWORD


def keeper(app: Flask, reach: str) -> Browser:
    """The browser of somebody who may keep the glossary of these languages."""
    with app.app_context(), unit_of_work():
        rights = {f"term.{verb}": reach for verb in ("view", "create", "edit", "delete", "export")}
        username = factories.user(roles=[factories.role(permissions=rights)]).username
    browser: Browser = app.test_client()  # type: ignore[assignment]
    assert browser.sign_in(username, PASSWORD).status_code == 302
    return browser


def terms(app: Flask) -> list[tuple[str, str, str]]:
    with app.app_context():
        return [(term.locale, term.term, term.translation) for term in db.session.scalars(select(Term))]


def test_a_term_is_agreed_for_a_language(app: Flask) -> None:
    browser = keeper(app, "all")
    page = browser.get("/admin/term/new/").text
    assert '<option value="de">Deutsch</option>' in page
    assert '<option value="en">' not in page
    browser.submit("/admin/term/new/", {"locale": "de", "term": "harbour", "translation": "Hafen"})
    assert terms(app) == [("de", "harbour", "Hafen")]
    assert "Hafen" in browser.get("/admin/term/").text


def test_nobody_keeps_the_words_of_a_language_beyond_reach(app: Flask) -> None:
    with app.app_context(), unit_of_work():
        french = factories.term(locale="fr", term="harbour", translation="Kai-Mauer").id
    browser = keeper(app, "de")
    assert "Kai-Mauer" not in browser.get("/admin/term/").text
    assert browser.get(f"/admin/term/edit/?id={french}").status_code == 404
    browser.submit("/admin/term/new/", {"locale": "fr", "term": "quay", "translation": "quai"})
    assert ("fr", "quay", "quai") not in terms(app)
