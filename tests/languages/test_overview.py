"""The page of all languages: who sees which, what is left, and what somebody should mend."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask

from backoffice.catalogs.places import catalog_path
from backoffice.foundation.database import db, unit_of_work
from backoffice.languages import overview
from backoffice.workbench.models import Suggestion
from tests.catalogs.conftest import Writer
from tests.workbench.browsing import Translator, text_of
from tests.workbench.translating import OPEN, person

WRONG = "nplurals=3; plural=(n==1 ? 0 : n==2 ? 1 : 2);"


def test_each_language_stands_with_what_is_left_of_it(manager: Translator) -> None:
    page = manager.sees()
    assert page.status_code == 200
    assert 'data-id="de"' in page.text
    assert "1 to check" in text_of(page)
    assert 'href="/admin/i18n/de/messages/?state=fuzzy"' in page.text


def test_a_translator_sees_her_languages_only(translator: Translator, write: Writer) -> None:
    write("fr", 'msgid "Saved a copy."\nmsgstr ""')
    page = translator.sees()
    assert 'data-id="de"' in page.text
    assert 'data-id="fr"' not in page.text
    assert translator.sees("fr/").status_code == 403
    assert "New language" not in page.text


@pytest.mark.parametrize("path", ["xx/", "en/", "..%2f..%2fetc/", "de_DE/", "De/"])
def test_what_is_no_language_here_is_not_found(manager: Translator, path: str) -> None:
    assert manager.sees(path).status_code == 404


@pytest.mark.parametrize("path", ["", "new/", "checks/", "search/", "statistics/", "de/"])
def test_nobody_without_a_right_to_translations_gets_in(house: Flask, path: str) -> None:
    stranger = Translator(house, base="/admin/i18n/", reach="own")
    assert stranger.sees(path).status_code in (403, 404) or 'data-id="de"' not in stranger.sees(path).text


def test_who_only_looks_is_offered_nothing_to_change(house: Flask) -> None:
    reader = Translator(house, reach="all", base="/admin/i18n/")
    assert "New language" not in reader.sees().text
    assert "People may choose it" not in reader.sees("de/").text
    assert reader.browser.submit("/admin/i18n/locales", {"locale": "hr"}).status_code == 403
    assert reader.browser.submit("/admin/i18n/sync").status_code == 403
    assert reader.browser.submit("/admin/i18n/publish", {"locale": "de"}).status_code == 403
    assert reader.browser.submit("/admin/i18n/de/settings", {"offered": "1"}).status_code == 403


def test_a_wrong_rule_for_plural_forms_is_told_and_mended_with_one_press(
    manager: Translator, write: Writer, folder: Path
) -> None:
    path = write("de", 'msgid "Open"\nmsgstr "Offen"', rule=WRONG)
    before = path.read_bytes()
    assert "another rule for plural forms" in manager.sees().text
    manager.browser.submit("/admin/i18n/de/messages/rule")
    after = path.read_bytes()
    assert b"Plural-Forms: nplurals=2; plural=(n != 1);" in after
    assert after.replace(b"nplurals=2; plural=(n != 1);", WRONG.encode()) == before
    assert "another rule for plural forms" not in manager.sees().text


def test_a_translator_is_not_offered_to_mend_a_rule(translator: Translator, write: Writer) -> None:
    path = write("de", 'msgid "Open"\nmsgstr "Offen"', rule=WRONG)
    before = path.read_bytes()
    assert "Put the right rule in" not in translator.sees().text
    assert translator.browser.submit("/admin/i18n/de/messages/rule").status_code == 403
    assert path.read_bytes() == before


def test_a_torn_catalog_is_told_with_its_line(manager: Translator, folder: Path) -> None:
    path = catalog_path(folder, "de", "messages")
    path.write_bytes(path.read_bytes() + b'\nmsgid "torn\nmsgstr ""\n')
    page = manager.sees()
    assert page.status_code == 200
    assert "cannot be read" in page.text
    assert re.search(r"Line \d+: ", text_of(page))
    assert manager.sees("de/").status_code == 200
    assert manager.sees("statistics/").status_code == 200


def test_strings_that_fail_in_two_languages_are_named(manager: Translator, write: Writer) -> None:
    for locale in ("de", "fr"):
        write(locale, 'msgid "Hello dear %(name)s."\nmsgstr "%(nom)s"')
    page = text_of(manager.sees())
    assert "Failing in several languages" in page
    assert "Hello dear %(name)s. de, fr" in page


def test_the_sidebar_counts_what_waits_for_the_person(house: Flask, translator: Translator) -> None:
    with house.app_context():
        who = person("translate")
        before = overview.waiting_for(who)
        with unit_of_work():
            db.session.add(Suggestion(locale="de", domain="messages", eid=OPEN, msgid="Open the gate.", forms=["Auf."]))
        assert overview.waiting_for(who) == before + 1
        assert overview.waiting_for(person()) == 0
    assert re.search(r"Workbench</span><span[^>]*><span[^>]*>waiting: ?</span>", translator.sees().text)


def test_the_first_page_says_what_is_left_in_my_languages(translator: Translator) -> None:
    page = translator.browser.get("/admin/")
    assert 'href="/admin/i18n/de/"' in page.text
    assert "1 to check" in text_of(page)
    assert 'href="/admin/i18n/fr/"' not in page.text


def test_all_numbers_stand_on_one_page(manager: Translator) -> None:
    page = text_of(manager.sees("statistics/"))
    for word in ("Untranslated", "To check", "Failing", "Suggestions", "Obsolete", "Words left"):
        assert word in page


def test_every_check_is_explained(manager: Translator) -> None:
    from backoffice.catalogs.checks import REGISTRY

    page = manager.sees("checks/").text
    assert all(f'<tr id="{code}">' in page for code in REGISTRY)


def test_the_search_finds_a_text_by_its_translation_in_any_language(manager: Translator, write: Writer) -> None:
    write("fr", 'msgid "Saved a copy."\nmsgstr "Copie mise de côté."')
    found = text_of(manager.sees("search/?q=CÔTÉ."))
    assert "1 string found" in found
    assert "Kopie gespeichert." in found


def test_the_search_finds_nothing_of_a_language_beyond_reach(translator: Translator, write: Writer) -> None:
    write("fr", 'msgid "Saved a copy."\nmsgstr "Copie enregistrée."')
    assert "enregistrée" not in text_of(translator.sees("search/?q=copy"))
    assert "Nothing matches" in translator.sees("search/?q=enregistr").text
