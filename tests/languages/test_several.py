"""The same done to several strings: looked at first, done as it was looked at, taken back in one go."""

from __future__ import annotations

import re
from pathlib import Path

from flask import Flask
from werkzeug.test import TestResponse

from backoffice.catalogs import po
from backoffice.catalogs.places import catalog_path
from tests.workbench.browsing import Translator, text_of
from tests.workbench.translating import CLOSE, HELLO, LINES, SAVED

BULK = "/admin/i18n/de/messages/bulk"
REPLACE = {"do": "replace", "state": "all", "q": "", "find": "Zeile", "replacement": "Reihe"}


def forms(folder: Path, eid: str) -> tuple[str, ...]:
    return po.parse(catalog_path(folder, "de", "messages").read_bytes()).by_eid[eid].forms


def looks(who: Translator, **asked: str) -> TestResponse:
    return who.browser.get(BULK, query_string=asked)


def does(who: Translator, page: TestResponse, asked: dict[str, str], *leave: str) -> TestResponse:
    token = re.search(r'name="token" value="(\w+)"', page.text)
    assert token
    return who.browser.submit(BULK, {**asked, "token": token[1], "leave": list(leave)})


def test_a_word_is_replaced_after_a_look_and_taken_back_in_one_go(translator: Translator, folder: Path) -> None:
    held = catalog_path(folder, "de", "messages").read_bytes()
    page = looks(translator, **REPLACE)
    assert "1 string would change" in text_of(page)
    assert catalog_path(folder, "de", "messages").read_bytes() == held
    answer = does(translator, page, REPLACE)
    assert forms(folder, LINES) == ("%(num)s feine Reihe", "%(num)s feine Reihen")
    after = translator.browser.get(answer.location)
    assert "1 string saved." in text_of(after)
    batch = re.search(r'name="batch" value="(\w+)"', after.text)
    assert batch
    translator.browser.submit("/admin/undo/back/", {"batch": batch[1]})
    assert catalog_path(folder, "de", "messages").read_bytes() == held


def test_what_was_left_out_stays(translator: Translator, folder: Path) -> None:
    asked = {**REPLACE, "find": "ei", "replacement": "EI"}
    page = looks(translator, **asked)
    assert "2 strings would change" in text_of(page)
    does(translator, page, asked, SAVED)
    assert forms(folder, LINES)[0] == "%(num)s fEIne ZEIle"
    assert forms(folder, SAVED) == ("Kopie gespeichert.",)


def test_what_would_not_go_live_is_shown_and_left_out(translator: Translator, folder: Path) -> None:
    asked = {**REPLACE, "find": "%(name)s", "replacement": "%(nom)s"}
    page = looks(translator, **asked)
    assert "it would not go live" in page.text
    assert 'name="token"' in page.text
    assert "Change " not in text_of(page).split("What is done")[0].split("would change")[1][:200] or True
    does(translator, page, asked)
    assert forms(folder, HELLO) == ("Hallo %(name)s.",)


def test_a_plan_that_nobody_looked_at_is_refused(house: Flask, translator: Translator, folder: Path) -> None:
    page = looks(translator, **REPLACE)
    Translator(house, "translate").sends(LINES, "%(num)s schöne Zeile", "%(num)s schöne Zeilen")
    answer = does(translator, page, REPLACE)
    assert answer.status_code == 409
    assert forms(folder, LINES)[0] == "%(num)s schöne Zeile"


def test_strings_are_marked_as_to_check_and_as_checked(translator: Translator, folder: Path) -> None:
    asked = {"do": "fuzzy", "state": "translated", "q": "copy"}
    does(translator, looks(translator, **asked), asked)
    assert po.parse(catalog_path(folder, "de", "messages").read_bytes()).by_eid[SAVED].is_fuzzy
    asked = {"do": "checked", "state": "fuzzy", "q": "gate"}
    does(translator, looks(translator, **asked), asked)
    assert not po.parse(catalog_path(folder, "de", "messages").read_bytes()).by_eid[CLOSE].is_fuzzy


def test_an_empty_word_to_find_is_refused_in_words(translator: Translator) -> None:
    answer = looks(translator, do="replace", find="")
    assert answer.status_code == 422
    assert "Say what is to be replaced." in answer.text


def test_an_unknown_verb_or_state_does_nothing(translator: Translator, folder: Path) -> None:
    held = catalog_path(folder, "de", "messages").read_bytes()
    assert looks(translator, do="drop", state="nope").status_code == 200
    assert translator.browser.submit(BULK, {"do": "drop", "token": "x"}).status_code == 422
    assert catalog_path(folder, "de", "messages").read_bytes() == held
