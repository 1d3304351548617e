"""Editing a text in the browser: nobody overwrites anybody in silence, and nothing typed is lost."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from backoffice.accounts.models import User
from tests.browser import Browser, fields_in
from tests.files.samples import GENUINE
from tests.files.shared import Shared

SignIn = Callable[[str | User], Browser]


@pytest.fixture
def filled(shared: Shared) -> Shared:
    """A text in a folder."""
    shared.put("press/a.txt")
    return shared


def test_a_text_is_edited(filled: Shared, sign_in: SignIn) -> None:
    browser = sign_in("ed")
    form = fields_in(browser.get("/admin/file/edit/?path=press/a.txt").text, holding="text")
    assert form["text"] == ["words\n"]
    answer = browser.post("/admin/file/edit/", data={**form, "text": "one\r\ntwo\r\n"})
    assert answer.headers["Location"] == "/admin/file/b/press"
    assert (filled.root / "press/a.txt").read_bytes() == b"one\ntwo\n"
    assert filled.told() == [("file.edit", "press/a.txt")]


def test_a_second_save_loses_neither_text(filled: Shared, sign_in: SignIn) -> None:
    first, second = sign_in("ed"), sign_in("ana")
    forms = [fields_in(each.get("/admin/file/edit/?path=press/a.txt").text, holding="text") for each in (first, second)]
    first.post("/admin/file/edit/", data={**forms[0], "text": "hers"})
    answer = second.post("/admin/file/edit/", data={**forms[1], "text": "</textarea>his"})
    assert answer.status_code == 409
    assert "You and ed changed the same lines" in answer.text
    assert "hers" in answer.text
    form = fields_in(answer.text, holding="text")
    assert form["text"] == ["</textarea>his"]
    assert (filled.root / "press/a.txt").read_text() == "hers"
    # He has seen hers now, so one button saves what he chose.
    assert second.post("/admin/file/edit/", data=form).status_code == 302
    assert (filled.root / "press/a.txt").read_text() == "</textarea>his"
    assert filled.kept() == [b"hers", b"words\n"]


def test_a_text_typed_for_a_file_that_went_away_is_shown_again(filled: Shared, sign_in: SignIn) -> None:
    browser = sign_in("ed")
    form = fields_in(browser.get("/admin/file/edit/?path=press/a.txt").text, holding="text")
    (filled.root / "press/a.txt").unlink()
    answer = browser.post("/admin/file/edit/", data={**form, "text": "long work"})
    assert answer.status_code == 404
    assert fields_in(answer.text, holding="text")["text"] == ["long work"]


@pytest.mark.parametrize("text", ["a\x00b", "x" * 1_100_000])
def test_a_text_that_cannot_be_kept_is_shown_again(filled: Shared, sign_in: SignIn, text: str) -> None:
    browser = sign_in("ed")
    form = fields_in(browser.get("/admin/file/edit/?path=press/a.txt").text, holding="text")
    answer = browser.post("/admin/file/edit/", data={**form, "text": text})
    assert answer.status_code in (413, 422)
    assert text in answer.text
    assert (filled.root / "press/a.txt").read_text() == "words\n"
    assert filled.told() == []


def test_a_form_that_lost_its_text_empties_nothing(filled: Shared, sign_in: SignIn) -> None:
    browser = sign_in("ed")
    form = fields_in(browser.get("/admin/file/edit/?path=press/a.txt").text, holding="text")
    del form["text"]
    assert browser.post("/admin/file/edit/", data=form).status_code == 400
    assert (filled.root / "press/a.txt").read_text() == "words\n"


@pytest.mark.parametrize("name", ["a.png", "evil.html", "noextension"])
def test_only_plain_texts_are_edited(filled: Shared, sign_in: SignIn, name: str) -> None:
    filled.put(f"press/{name}", GENUINE["png"] if name == "a.png" else b"<script>")
    browser, before = sign_in("ed"), filled.tree()
    assert browser.get(f"/admin/file/edit/?path=press/{name}").status_code == 409
    form = {"path": f"press/{name}", "text": "x", "version": "0" * 64}
    assert browser.submit("/admin/file/edit/", form).status_code == 409
    assert filled.tree() == before
