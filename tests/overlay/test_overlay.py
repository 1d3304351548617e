"""The overlay of translators: the texts of a page with a way to each, for whoever may look at them and asked for it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask

from backoffice.catalogs.po import eid_of
from tests.browser import Browser

SignIn = Callable[..., Browser]
PANEL = 'class="bo-texts"'
ROW = re.compile(r'<a href="/admin/i18n/(\w+)/(\w+)/([0-9a-f]{16})"')


def rows(page: str) -> set[tuple[str, ...]]:
    """Language, catalog and short name of every text that the overlay of a page leads to."""
    return set(ROW.findall(page))


def switched_on(browser: Browser) -> Browser:
    assert browser.submit("/babel/texts").status_code == 302
    return browser


@pytest.mark.parametrize("address", ["/admin/", "/blog/", "/auth/profile", "/admin/no-such-page"])
def test_a_translator_sees_the_texts_of_every_kind_of_page(sign_in: SignIn, address: str) -> None:
    browser = switched_on(sign_in("tra"))
    page = browser.get(f"{address}?lang=de").text
    assert PANEL in page
    assert ("de", "messages", eid_of("Skip to content")) in rows(page)
    assert "Zum Inhalt springen" in page or eid_of("Skip to content") in page


def test_a_page_leads_to_its_own_texts_only(sign_in: SignIn) -> None:
    browser = switched_on(sign_in("tra"))
    profile = eid_of("Use at least %(num)s characters.")
    assert not any(eid == profile for _locale, _domain, eid in rows(browser.get("/blog/?lang=de").text))


def test_in_english_the_first_of_her_languages_is_shown(sign_in: SignIn) -> None:
    page = switched_on(sign_in("tra")).get("/admin/?lang=en").text
    assert {locale for locale, _domain, _eid in rows(page)} == {"de"}


def test_it_is_switched_off_again_and_was_never_kept(sign_in: SignIn) -> None:
    browser = switched_on(sign_in("tra"))
    answer = browser.get("/blog/")
    assert answer.headers["Cache-Control"] == "no-store"
    assert "ETag" not in answer.headers
    assert browser.submit("/babel/texts").status_code == 302
    assert PANEL not in browser.get("/blog/").text


@pytest.mark.parametrize("who", ["mo", "aut"])
def test_nobody_else_is_offered_it_or_gets_it(sign_in: SignIn, who: str) -> None:
    browser = sign_in(who)
    assert "/babel/texts" not in browser.get("/admin/").text
    assert browser.submit("/babel/texts").status_code == 403
    assert PANEL not in browser.get("/admin/").text


def test_a_visitor_is_asked_to_sign_in(app: Flask) -> None:
    browser = app.test_client()
    assert browser.post("/babel/texts").status_code in (400, 401)
    assert "/babel/texts" not in browser.get("/blog/").text


def test_files_and_answers_for_scripts_are_left_as_they_are(sign_in: SignIn) -> None:
    browser = switched_on(sign_in("ana"))
    assert browser.get("/blog/feed.xml").mimetype != "text/html"
    assert PANEL not in browser.get("/blog/feed.xml").text
    assert browser.get("/admin/moderation/cards/?lang=de").is_json
