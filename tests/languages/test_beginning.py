"""Beginning a language: finding it among those Babel knows, and making its catalogs."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from backoffice.catalogs import languages, po
from backoffice.catalogs.places import catalog_path
from backoffice.languages import beginning
from tests.workbench.browsing import Translator, text_of


@pytest.mark.parametrize(
    ("query", "locale"),
    [
        ("hrvatski", "hr"),
        ("Croatian", "hr"),
        ("kroatisch", "hr"),
        ("pt_BR", "pt_BR"),
        ("sr-latn", "sr_Latn"),
        ("עבר", "he"),
    ],
)
def test_a_language_is_found_by_its_own_name_the_readers_and_its_code(query: str, locale: str) -> None:
    reader = "de" if query == "kroatisch" else "en"
    assert beginning.candidates(query, (), reader)[0][0].locale == locale


def test_accents_and_capitals_do_not_matter() -> None:
    assert beginning.candidates("FRANCAIS", (), "en")[0][0].locale == "fr"


def test_what_is_begun_is_not_offered_again() -> None:
    assert "hr" not in {each.locale for each in beginning.candidates("hr", ("hr",), "en")[0]}


def test_the_numbers_of_each_plural_form_are_shown() -> None:
    croatian = beginning.candidates("hr", (), "en")[0][0]
    assert [form.numbers[:3] for form in croatian.forms] == [(1, 21, 31), (2, 3, 4), (0, 5, 6)]


def test_a_language_is_begun_in_two_clicks(manager: Translator, folder: Path) -> None:
    page = manager.sees("new/?q=hrvatski")
    assert 'value="hr"' in page.text
    answer = manager.browser.submit("/admin/i18n/locales", {"locale": "hr"})
    assert answer.location == "/admin/i18n/hr/"
    made = po.parse(catalog_path(folder, "hr", "messages").read_bytes())
    assert made.nplurals == 3
    assert len(made.entries) > 500
    assert not any(entry.is_translated for entry in made.entries)
    assert "Hrvatski" in text_of(manager.sees())


def test_nobody_may_choose_it_before_it_is_offered(house: Flask, manager: Translator) -> None:
    manager.browser.submit("/admin/i18n/locales", {"locale": "hr"})
    with house.app_context():
        assert "hr" not in languages.offered()
        assert "hr" in languages.kept()


@pytest.mark.parametrize("locale", ["", "zz", "../x", "hr_hr", "de", "en", "a" * 500])
def test_what_is_no_new_language_is_refused(manager: Translator, folder: Path, locale: str) -> None:
    before = sorted(folder.iterdir())
    answer = manager.browser.submit("/admin/i18n/locales", {"locale": locale})
    assert answer.location == "/admin/i18n/new/"
    assert sorted(folder.iterdir()) == before


def test_who_manages_german_begins_no_other_language(house: Flask, folder: Path) -> None:
    keeper = Translator(house, "manage", reach="de", base="/admin/i18n/")
    keeper.browser.submit("/admin/i18n/locales", {"locale": "hr"})
    assert not (folder / "hr").exists()
    assert "New language" not in keeper.sees().text


@pytest.mark.parametrize(("locale", "forms"), [("id", 1), ("smj", 3), ("cs", 3), ("sl", 4), ("ht", 2)])
def test_a_language_begins_with_its_own_plural_forms(
    manager: Translator, folder: Path, locale: str, forms: int
) -> None:
    manager.browser.submit("/admin/i18n/locales", {"locale": locale})
    made = po.parse(catalog_path(folder, locale, "messages").read_bytes())
    assert made.nplurals == forms
    assert {len(entry.forms) for entry in made.entries if entry.plural is not None} == {forms}
    assert "another rule for plural forms" not in manager.sees().text
