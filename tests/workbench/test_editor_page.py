"""The page of a catalog: its list, the entry that is open, and who gets to see it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from config import SettingError, settings_from
from tests.catalogs.conftest import Writer
from tests.workbench.browsing import AS_SCRIPT, Translator, listed, text_of
from tests.workbench.translating import CLOSE, GERMAN, HELLO, LINES, OPEN, SAVED

ARABIC_LINES = 'msgid "%(num)s fine line"\nmsgid_plural "%(num)s fine lines"\n' + "\n".join(
    f'msgstr[{index}] ""' for index in range(6)
)


@pytest.fixture
def translator(speaker: Flask, write: Writer) -> Translator:
    """She may translate German."""
    write("de", GERMAN)
    return Translator(speaker, "suggest", "translate")


def test_a_catalog_opens_at_what_is_left_with_the_first_entry_open(translator: Translator) -> None:
    page = translator.sees("?q=gate")
    assert page.status_code == 200
    assert listed(translator.sees("?state=untranslated&q=gate.")) == [OPEN]
    assert f'data-eid="{CLOSE}"' in page.text


def test_every_state_lists_its_own(translator: Translator) -> None:
    assert listed(translator.sees("?state=fuzzy")) == [CLOSE]
    assert listed(translator.sees("?state=translated")) == [SAVED, HELLO, LINES]
    assert listed(translator.sees("?state=failing")) == []


def test_the_search_looks_into_source_translation_and_context(translator: Translator) -> None:
    assert listed(translator.sees("?state=all&q=KOPIE")) == [SAVED]
    assert listed(translator.sees("?state=all&q=hello dear")) == [HELLO]
    assert listed(translator.sees("?state=all&q=harbour&file=")) == [OPEN]


def test_a_list_is_narrowed_to_a_file_and_widened_again_by_its_pill(translator: Translator) -> None:
    page = translator.sees("?state=all&file=backoffice/b.py")
    assert listed(page) == [HELLO]
    assert 'class="bo-pill"' in page.text


def test_placeholders_of_the_source_can_be_pressed(translator: Translator) -> None:
    page = translator.sees(HELLO).text
    assert '<button class="bo-ph" type="button" data-put="%(name)s" aria-keyshortcuts="Control+1"' in page


def test_plural_boxes_say_which_numbers_they_are_for(translator: Translator, write: Writer, speaker: Flask) -> None:
    german = text_of(translator.sees(LINES))
    assert "One 1" in german
    assert "Other 0, 2, 3, 4, 5 …" in german
    write("ar", ARABIC_LINES)
    arabic = Translator(speaker, "translate", reach="ar", base="/admin/i18n/ar/messages/").sees(LINES)
    assert "Few 3, 4, 5, 6, 7 …" in text_of(arabic)
    assert arabic.text.count('lang="ar" dir="rtl"') >= 6


def test_a_changed_source_is_told_word_by_word(translator: Translator) -> None:
    page = translator.sees(CLOSE).text
    assert "Close the <del>gates</del><ins>gate</ins>." in page


def test_the_context_is_shown_and_never_becomes_markup(translator: Translator, write: Writer) -> None:
    write("de", 'msgctxt "<script>alert(1)</script>"\nmsgid "Evil <b>gate</b>"\nmsgstr "x"\n')
    page = translator.sees("?state=all&q=evil").text
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_spaces_that_could_not_be_seen_have_a_sign(translator: Translator, write: Writer) -> None:
    write("de", 'msgid "Two  odd spaces\\n"\nmsgstr ""\n')
    page = translator.sees("?state=all&q=odd").text
    assert 'data-sign="··"' in page
    assert 'data-sign="↵"' in page


@pytest.mark.parametrize("path", ["0123456789abcdef", "nothing", "0123456789ABCDEF/history"])
def test_an_entry_that_is_not_there_is_not_found(translator: Translator, path: str) -> None:
    assert translator.sees(path).status_code == 404


@pytest.mark.parametrize("base", ["/admin/i18n/it/messages/", "/admin/i18n/de/poems/", "/admin/i18n/xx/messages/"])
def test_a_catalog_that_is_not_there_is_not_found(translator: Translator, base: str) -> None:
    assert translator.browser.get(base).status_code == 404


def test_whoever_translates_german_is_refused_french(translator: Translator, write: Writer) -> None:
    write("fr", GERMAN)
    base = "/admin/i18n/fr/messages/"
    assert translator.browser.get(base).status_code == 403
    for what in ("", "/check", "/remark", "/dismiss", "/revert", "/decide", "/resolve", "/suggest", "/presence"):
        answer = translator.browser.submit(f"{base}{SAVED}{what}", {"msgstr-0": "Copie."})
        assert answer.status_code == 403, what


def test_a_visitor_is_asked_to_sign_in(speaker: Flask, write: Writer) -> None:
    write("de", GERMAN)
    assert speaker.test_client().get("/admin/i18n/de/messages/").status_code == 302


def test_who_may_only_look_finds_no_button(speaker: Flask, write: Writer) -> None:
    write("de", GERMAN)
    reader = Translator(speaker)
    page = reader.sees(HELLO)
    assert page.status_code == 200
    assert 'name="action"' not in page.text
    assert " readonly" in page.text
    assert reader.browser.submit(reader.base + HELLO, {"msgstr-0": "Moin %(name)s."}).status_code == 403


def test_a_script_gets_the_page_to_put_in_place_and_its_address(translator: Translator) -> None:
    answer = translator.sees(f"{HELLO}?state=all", **AS_SCRIPT)
    assert answer.json is not None
    assert answer.json["address"] == f"{translator.base}{HELLO}?state=all"
    assert answer.json["html"].lstrip().startswith("<div data-i18n=")
    assert answer.headers["Cache-Control"] == "no-store"


def test_fifty_entries_stand_on_a_page_and_an_entry_shows_the_page_it_is_on(
    translator: Translator, write: Writer
) -> None:
    write("de", "\n\n".join(f'msgid "harbour number {index:03}"\nmsgstr "Hafen {index}"' for index in range(120)))
    first = listed(translator.sees("?state=translated"))
    assert len(first) == 50
    last = listed(translator.sees("?state=translated&page=3"))
    assert len(last) == 20
    assert listed(translator.sees(f"{last[4]}?state=translated")) == last
    assert len(listed(translator.sees("?state=translated&page=99999999999"))) == 50


@pytest.mark.parametrize(
    "query",
    [
        "?state=nonsense&check=x&since=never&by=me&page=-1",
        "?q=%00&file=%00",
        "?since=2026-11-01&mine=1",
        "?since=0001-01-01",
        "?since=9999-12-31",
    ],
)
def test_an_address_that_makes_no_sense_shows_a_list_all_the_same(translator: Translator, query: str) -> None:
    assert translator.sees(query).status_code == 200


def test_the_words_of_another_entry_come_into_the_boxes_without_a_script(translator: Translator) -> None:
    page = translator.sees(f"{OPEN}?use=messages:{CLOSE}").text
    assert ">\nTor schließen.</textarea>" in page


def test_a_catalog_that_cannot_be_read_says_so_and_breaks_no_page(translator: Translator, write: Writer) -> None:
    path = write("de", "")
    path.unlink()
    path.mkdir()
    assert "Is a directory" in translator.sees().text
    assert translator.browser.get("/admin/i18n/").status_code == 200
    assert translator.browser.get(f"{translator.base}download.po").status_code == 302


def test_a_catalog_with_a_broken_file_says_so_and_opens(translator: Translator, write: Writer) -> None:
    path = write("de", GERMAN)
    path.write_text(path.read_text() + 'msgid "torn\nmsgstr ""\n')
    page = translator.sees()
    assert page.status_code == 200
    assert "The file has to be mended first" in page.text


def test_places_lead_to_the_code_where_an_operator_says_where_it_is(
    make_app: Callable[..., Flask], folder: Path, write: Writer
) -> None:
    write("de", GERMAN)
    app = make_app(TRANSLATIONS=folder, SOURCE_URL="https://code.example.org/{path}#L{line}")
    page = Translator(app, "translate").sees(SAVED).text
    assert 'href="https://code.example.org/backoffice/a.py#L1"' in page


@pytest.mark.parametrize("pattern", ["javascript:alert({path})", "https://code.example.org/"])
def test_a_pattern_that_leads_nowhere_stops_the_start(pattern: str) -> None:
    with pytest.raises(SettingError):
        settings_from({"BACKOFFICE_SOURCE_URL": pattern})
