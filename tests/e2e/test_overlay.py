"""A translator wonders where a text stands: the overlay shows the texts of the page, and a click opens one."""

from __future__ import annotations

from tests.e2e.screen import Screen


def test_a_translator_finds_a_text_on_the_page_and_opens_it(gazette: Screen) -> None:
    gazette.is_signed_in("ivo").goes("/admin/?lang=de")
    gazette.one("details:has(form[action^='/babel/']) > summary").click()
    gazette.one("button[formaction='/babel/texts']").click()
    gazette.one("[data-texts] summary")
    gazette.goes("/admin/?lang=de")
    gazette.one("[data-texts] summary").click()
    gazette.one("[data-mark]").click()
    gazette.one("h1[data-has-text]").click()
    gazette.sees("Nothing waits for you.")
    assert "/admin/i18n/de/messages/" in gazette.path
    gazette.one("[data-texts] summary").click()
    gazette.one("[data-texts] form button").click()
    gazette.waits(lambda: not gazette.all("[data-texts]"))


def test_it_works_without_scripts_on_the_pages_for_readers(plain: Screen) -> None:
    plain.is_signed_in("ivo").goes("/blog/?lang=de")
    plain.one("form[action='/babel/texts'] button").click()
    plain.one("[data-texts] summary")
    plain.goes("/blog/?lang=de&texts=open")
    plain.one("[data-texts] a[href*='/admin/i18n/de/']").click()
    assert "/admin/i18n/de/messages/" in plain.path
